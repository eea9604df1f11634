//! Motion without contact: energy, momentum, order of convergence.

use halle_model::Pose;
use halle_model::articulated::{ContactForm, System, SystemJoint, SystemLink};

use crate::systems::{G, Run, add_body, empty, link};

/// Two rods of 1 kg and 1 m, as capsules of radius 50 mm, hanging in a chain from horizontal.
fn double_pendulum(time_step: f64) -> System {
    let (r, l): (f64, f64) = (0.05, 1.0);
    // A cylinder and two half balls of one density.
    let (cylinder, ball) = (r * r * l, 4.0 / 3.0 * r * r * r);
    let (mc, mb) = (cylinder / (cylinder + ball), ball / (cylinder + ball));
    let along = 0.5 * mc * r * r + 0.4 * mb * r * r;
    let across =
        mc * (r * r / 4.0 + l * l / 12.0) + mb * (0.4 * r * r + l * l / 4.0 + 3.0 / 8.0 * l * r);
    let mut system = empty(time_step, [0.0, 0.0, -G]);
    for k in 0..2 {
        // z of the link is the y axis of the world, x stays.
        let rotation = if k == 0 {
            [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]
        } else {
            Pose::IDENTITY.rotation
        };
        let translation = [if k == 0 { 0.0 } else { l }, 0.0, 0.0];
        system.links.push(SystemLink {
            parent_from_link: Pose {
                rotation,
                translation,
            },
            mass: 1.0,
            center_of_mass: [0.5, 0.0, 0.0],
            inertia: [along, across, across, 0.0, 0.0, 0.0],
            ..link(SystemJoint::Revolute, (k > 0).then(|| k - 1))
        });
    }
    system.start_position = vec![0.0; 2];
    system.start_velocity = vec![0.0; 2];
    system
}

/// Largest error of the energy over 10 s, over M g 2 m.
fn pendulum_drift(time_step: f64) -> f64 {
    let mut run = Run::<f64>::new(double_pendulum(time_step));
    let start = run.energy();
    let mut worst: f64 = 0.0;
    for _ in 0..(10.0 / time_step) as usize {
        run.steps(1);
        worst = worst.max((run.energy() - start).abs());
    }
    worst / (2.0 * G * 2.0)
}

#[test]
fn t1_energy_of_a_double_pendulum() {
    for h in [1.0e-3, 2.0e-3, 5.0e-3] {
        println!("T1 {h}: {:.2e}", pendulum_drift(h));
    }
}

#[test]
fn t2_tumbling() {
    for h in [1.0e-3, 2.0e-3, 5.0e-3] {
        let mut system = empty(h, [0.0; 3]);
        let form = ContactForm::Box {
            half_extent: [0.1, 0.2, 0.3],
        };
        add_body(
            &mut system,
            form,
            1.0,
            [0.0; 3],
            [0.01, 5.0, 0.01, 0.0, 0.0, 0.0],
        );
        let mut run = Run::<f64>::new(system);
        let i = run.tree.system().links[0].inertia;
        let momentum = |run: &Run<f64>| {
            let w = [0, 1, 2].map(|k| run.v(k) * i[k]);
            let (a, v) = (
                run.q(3),
                nalgebra::Vector3::new(run.q(4), run.q(5), run.q(6)),
            );
            let q =
                nalgebra::UnitQuaternion::from_quaternion(nalgebra::Quaternion::from_parts(a, v));
            q * nalgebra::Vector3::from(w)
        };
        let (l, k) = (momentum(&run), run.energy());
        let (mut dl, mut dk): (f64, f64) = (0.0, 0.0);
        for _ in 0..(10.0 / h) as usize {
            run.steps(1);
            dl = dl.max((momentum(&run) - l).norm() / l.norm());
            dk = dk.max((run.energy() - k).abs() / k);
        }
        println!("T2 {h}: {dl:.2e} {dk:.2e}");
    }
}
