//! The articulated-body algorithm against dense equations of motion.

use halle_dynamics::{forward_kinematics, forward_motion, pad_from};
use halle_spatial::{Vec3, Wrench};
use nalgebra::{DVector, Vector3};

use crate::cells::random_tree;
use crate::dense::{
    gravity_terms, isometry, jacobian, mass_matrix, place, potential, velocity_terms,
};
use crate::laws::accelerate;
use crate::stream::Stream;

fn vec3(v: Vector3<f64>) -> Vec3<f64> {
    Vec3::new(v.x, v.y, v.z)
}

fn near(a: Vec3<f64>, b: Vector3<f64>, tolerance: f64) {
    let off = Vector3::new(a.x, a.y, a.z) - b;
    assert!(off.amax() < tolerance, "{a:?} is not {b}");
}

#[test]
fn accelerations_solve_the_equations_of_motion() {
    let mut random = Stream::new(101);
    let (mut worst_force, mut worst_acceleration) = (0.0_f64, 0.0_f64);
    for round in 0..200 {
        let model = random_tree(&mut random);
        let count = model.links.len();
        let (q, qd) = (random.list(count, 2.0), random.list(count, 2.0));
        let torque = random.list(count, 10.0);
        // A third of the trees has no rotor inertia at all.
        let size = if round % 3 == 0 { 0.0 } else { 1.0 };
        let extra: Vec<f64> = random.list(count, size).into_iter().map(f64::abs).collect();
        let (moment, force) = (random.vector() * 5.0, random.vector() * 20.0);
        let wrench = Wrench {
            moment: vec3(moment),
            force: vec3(force),
        };

        let qdd = accelerate(&model, [&q, &qd, &torque, &extra], &wrench);
        let qdd = DVector::from_vec(qdd);

        let placed = place(&model, &q);
        let origin = placed.links[model.tool.link].translation.vector;
        let (angular, linear) = jacobian(&model, &placed, model.tool.link, origin);
        let mut m = mass_matrix(&model, &q);
        for i in 0..count {
            m[(i, i)] += extra[i];
        }
        let push = angular.transpose() * moment + linear.transpose() * force;
        let applied = DVector::from_vec(torque) + push;
        let bias = velocity_terms(&model, &q, &qd) + gravity_terms(&model, &q);

        // Residual in force: the differences of the reference are good to about 1e-12 of
        // the forces at play, the recursion to some hundred roundings.
        let scale = applied.amax() + bias.amax() + (&m * &qdd).amax();
        let residual = (&m * &qdd + &bias - &applied).amax() / scale;
        worst_force = worst_force.max(residual);
        assert!(residual < 1.0e-10, "round {round}: residual {residual:e}");

        // The accelerations themselves lose what the mass matrix's condition takes.
        let singular = m.singular_values();
        let condition = singular.max() / singular.min();
        let expected = m.lu().solve(&(applied - bias)).unwrap();
        let off = (&qdd - &expected).amax() / expected.amax();
        worst_acceleration = worst_acceleration.max(off);
        assert!(
            off < 1.0e-10 * condition,
            "round {round}: {off:e}, condition {condition}"
        );
    }
    println!("worst residual {worst_force:.1e}, worst acceleration {worst_acceleration:.1e}");
}

#[test]
fn kinematics_agree_with_homogeneous_matrices() {
    let mut random = Stream::new(102);
    for _ in 0..100 {
        let model = random_tree(&mut random);
        let count = model.links.len();
        let (q, qd) = (random.list(count, 3.0), random.list(count, 2.0));
        let placed = place(&model, &q);
        let links = forward_motion(&model, &q, &qd);
        let v = DVector::from_column_slice(&qd);
        for i in 0..count {
            let origin = placed.links[i].translation.vector;
            // Lengths stay below ten metres: 1e-13 is some tens of roundings.
            near(links[i].world_from_link.origin, origin, 1.0e-13);
            near(links[i].axis, placed.axes[i], 1.0e-13);
            let x = placed.links[i] * Vector3::x();
            near(links[i].world_from_link.rotation.column_x(), x, 1.0e-13);
            let parent = model.links[i]
                .parent
                .map_or(Vector3::zeros(), |p| placed.links[p].translation.vector);
            near(links[i].from_parent, origin - parent, 1.0e-13);
            let (angular, linear) = jacobian(&model, &placed, i, origin);
            near(links[i].velocity.angular, angular * &v, 1.0e-12);
            near(links[i].velocity.linear, linear * &v, 1.0e-12);
        }
        let pad = pad_from(&model, &forward_kinematics(&model, &q));
        let expected = placed.links[model.tool.link] * isometry(&model.tool.link_from_pad);
        near(pad.origin, expected.translation.vector, 1.0e-13);
        near(pad.rotation.column_z(), expected * Vector3::z(), 1.0e-13);
    }
}

#[test]
fn power_of_the_wrench_and_torques_is_the_change_of_energy() {
    // d(T + U)/dt = qd . torque + v . wrench: holds at every instant for any tree.
    let mut random = Stream::new(103);
    for _ in 0..50 {
        let model = random_tree(&mut random);
        let count = model.links.len();
        let (q, qd) = (random.list(count, 2.0), random.list(count, 2.0));
        let (torque, none) = (random.list(count, 10.0), vec![0.0; count]);
        let (moment, force) = (random.vector() * 5.0, random.vector() * 20.0);
        let wrench = Wrench {
            moment: vec3(moment),
            force: vec3(force),
        };
        let qdd = DVector::from_vec(accelerate(&model, [&q, &qd, &torque, &none], &wrench));
        let v = DVector::from_column_slice(&qd);

        let along = |d: f64| -> Vec<f64> { q.iter().zip(&qd).map(|(q, v)| q + v * d).collect() };
        let kinetic = |d: f64| 0.5 * v.dot(&(mass_matrix(&model, &along(d)) * &v));
        let change =
            crate::dense::derivative(|d| kinetic(d) + potential(&model, &along(d)), 1.0e-3)
                + v.dot(&(mass_matrix(&model, &q) * &qdd));
        let placed = place(&model, &q);
        let origin = placed.links[model.tool.link].translation.vector;
        let (angular, linear) = jacobian(&model, &placed, model.tool.link, origin);
        let outside = moment.dot(&(angular * &v)) + force.dot(&(linear * &v));
        let power = v.dot(&DVector::from_vec(torque)) + outside;
        // Motion along qd has up to 2 x 2 x 8 rad/s in one angle, so differences are
        // coarser here: 32 * 16^5 * h^4 / 30 = 1e-6 at worst, far less on average.
        let scale = power.abs() + change.abs() + 100.0;
        assert!(
            (change - power).abs() < 1.0e-6 * scale,
            "{change} is not {power}"
        );
    }
}
