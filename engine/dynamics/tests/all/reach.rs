//! Joint velocities that carry the pad to a pose.

use halle_dynamics::{PoseGoal, forward_kinematics, joint_velocities, pad_from};
use halle_model::Model;
use halle_spatial::{Mat3, Transform, Vec3};
use nalgebra::{DMatrix, DVector, Matrix3, Vector3, Vector6};

use crate::arms::{home, seven_axes, six_axes};
use crate::cells::{random_tree, rows};
use crate::dense::{isometry, jacobian, place};
use crate::stream::Stream;

fn pad_at(model: &Model, q: &[f64]) -> Transform<f64> {
    pad_from(model, &forward_kinematics(model, q))
}

fn goal_of(pad: &Transform<f64>) -> PoseGoal<f64> {
    PoseGoal {
        position: pad.origin,
        rotation: pad.rotation,
    }
}

/// Distance \[m\] and angle \[rad\] between the pad and a goal.
fn missed(model: &Model, q: &[f64], goal: &PoseGoal<f64>) -> (f64, f64) {
    let pad = pad_at(model, q);
    let far = (pad.origin - goal.position).norm();
    let turn = |a: Vec3<f64>, b: Vec3<f64>| a.cross(b).norm();
    let x = turn(pad.rotation.column_x(), goal.rotation.column_x());
    let z = turn(pad.rotation.column_z(), goal.rotation.column_z());
    (far, x.max(z))
}

/// Steps towards the goal, each of them `part` of the whole way.
fn solve(model: &Model, start: &[f64], goal: &PoseGoal<f64>, rounds: usize, part: f64) -> Vec<f64> {
    let mut q = start.to_vec();
    for _ in 0..rounds {
        let links = forward_kinematics(model, &q);
        let step = joint_velocities(model, &links, goal, 1.0 / part);
        for i in 0..q.len() {
            q[i] += step[i];
        }
    }
    q
}

#[test]
fn six_and_seven_axes_reach_poses_nearby() {
    let mut random = Stream::new(701);
    for model in [six_axes(), seven_axes()] {
        let start = home(&model);
        let mut worst = 0.0_f64;
        for _ in 0..50 {
            // A posture within 0.3 rad of home: reachable by construction.
            let target: Vec<f64> = start.iter().map(|q| q + 0.3 * random.signed()).collect();
            let goal = goal_of(&pad_at(&model, &target));
            let q = solve(&model, &start, &goal, 100, 1.0);
            let (far, turned) = missed(&model, &q, &goal);
            worst = worst.max(far).max(turned);
            // Damped steps shrink the error by damping^2 / (s^2 + damping^2) each, s the smallest
            // singular value; a tenth of a metre leaves 1 %.
            assert!(
                far < 1.0e-6 && turned < 1.0e-6,
                "{} joints: {far:e} m {turned:e}",
                q.len()
            );
        }
        println!("{} joints: worst miss {worst:.1e}", start.len());
    }
}

#[test]
fn a_small_step_goes_where_it_was_asked_to() {
    // First order: the error that is left after a step of size e is of e^2, plus damping.
    let model = six_axes();
    let q = home(&model);
    let pad = pad_at(&model, &q);
    let shift = Vec3::new(1.0e-4, -2.0e-4, 1.5e-4);
    let goal = PoseGoal {
        position: pad.origin + shift,
        rotation: pad.rotation,
    };
    let duration = 0.02;
    let speed = joint_velocities(&model, &forward_kinematics(&model, &q), &goal, duration);
    let moved: Vec<f64> = (0..6).map(|i| q[i] + speed[i] * duration).collect();
    let (far, turned) = missed(&model, &moved, &goal);
    assert!(
        far < 0.03 * shift.norm() && turned < 1.0e-5,
        "{far:e} {turned:e}"
    );
}

/// Damped least squares the long way, with a lever of 0.3 m and a damping of 0.01 m as documented.
fn dense_step(model: &Model, q: &[f64], goal: &PoseGoal<f64>) -> DVector<f64> {
    let placed = place(model, q);
    let pad = placed.links[model.tool.link] * isometry(&model.tool.link_from_pad);
    let (angular, linear) = jacobian(model, &placed, model.tool.link, pad.translation.vector);
    let mut j = DMatrix::zeros(6, q.len());
    j.rows_mut(0, 3).copy_from(&(angular * 0.3));
    j.rows_mut(3, 3).copy_from(&linear);
    let r = pad.rotation.to_rotation_matrix().into_inner();
    let g = &goal.rotation;
    let g =
        Matrix3::from_rows(&[g.r0, g.r1, g.r2].map(|v| Vector3::new(v.x, v.y, v.z).transpose()));
    let turn = (0..3)
        .map(|k| r.column(k).cross(&g.column(k)))
        .sum::<Vector3<f64>>()
        * 0.15;
    let p = goal.position;
    let shift = Vector3::new(p.x, p.y, p.z) - pad.translation.vector;
    let error = Vector6::new(turn.x, turn.y, turn.z, shift.x, shift.y, shift.z);
    let gram = &j * j.transpose() + DMatrix::identity(6, 6) * 1.0e-4;
    let x = gram
        .cholesky()
        .expect("damped, so positive definite")
        .solve(&DVector::from_column_slice(error.as_slice()));
    j.transpose() * x
}

#[test]
fn steps_are_damped_least_squares_for_any_tree() {
    let mut random = Stream::new(702);
    for round in 0..200 {
        let mut model = random_tree(&mut random);
        for link in &mut model.links {
            link.velocity_limit = 1.0e12;
        }
        let q = random.list(model.links.len(), 3.0);
        let goal = PoseGoal {
            position: Vec3::new(random.signed(), random.signed(), random.signed()),
            rotation: Mat3::constant(rows(&random.rotation())),
        };
        let got = joint_velocities(&model, &forward_kinematics(&model, &q), &goal, 0.5);
        let expected = dense_step(&model, &q, &goal) / 0.5;
        for i in 0..q.len() {
            // The Gram matrix has a condition of at most 1e2 / 1e-4: 1e-16 * 1e6, times sizes of 100.
            let off = (got[i] - expected[i]).abs();
            assert!(
                off < 1.0e-8 * (1.0 + expected.amax()),
                "round {round}: {off:e}"
            );
        }
    }
}

#[test]
fn speeds_stay_bounded_next_to_singular_postures() {
    // |J^T (J J^T + c^2)^-1 e| <= |e| / (2 c), whatever J: with c = 0.01 m.
    let mut model = six_axes();
    for link in &mut model.links {
        link.velocity_limit = 1.0e12;
    }
    let mut random = Stream::new(703);
    for bend in [0.0, 1.0e-9, 1.0e-6, 1.0e-3, 0.1] {
        // Arm stretched and wrist straight: rank four.
        let q = [0.0, -1.0, bend, -0.5, bend, 0.0];
        for _ in 0..50 {
            let pad = pad_at(&model, &q);
            let by = random.vector() * 0.5;
            let goal = PoseGoal {
                position: pad.origin + Vec3::new(by.x, by.y, by.z),
                rotation: pad.rotation,
            };
            let speed = joint_velocities(&model, &forward_kinematics(&model, &q), &goal, 0.1);
            let size = (0..6).map(|i| speed[i] * speed[i]).sum::<f64>().sqrt();
            let bound = by.norm() / (2.0 * 0.01) / 0.1;
            assert!(size <= bound * (1.0 + 1.0e-9), "{size} {bound}");
        }
    }
}

#[test]
fn out_of_reach_stretches_and_stays_finite() {
    let model = six_axes();
    let goal = PoseGoal {
        position: Vec3::new(3.0, 0.5, 0.4),
        rotation: pad_at(&model, &home(&model)).rotation,
    };
    let before = missed(&model, &home(&model), &goal).0;
    let q = solve(&model, &home(&model), &goal, 500, 0.02);
    assert!(q.iter().all(|x| x.is_finite()));
    let after = missed(&model, &q, &goal).0;
    // The arm is 1.4 m long with its pad: stretched, it misses 1.7 m of the 3 m.
    assert!(after < before - 0.5, "{before} {after}");
}

#[test]
fn each_joint_keeps_its_speed_limit() {
    let mut random = Stream::new(704);
    for model in [six_axes(), seven_axes()] {
        let q = home(&model);
        for _ in 0..100 {
            let goal = PoseGoal {
                position: Vec3::new(random.signed(), random.signed(), random.signed()),
                rotation: Mat3::constant(rows(&random.rotation())),
            };
            let speed = joint_velocities(&model, &forward_kinematics(&model, &q), &goal, 0.001);
            for (i, link) in model.links.iter().enumerate() {
                assert!(speed[i].abs() <= link.velocity_limit);
            }
        }
    }
}

#[test]
fn joints_that_do_not_carry_the_tool_stand_still() {
    let mut random = Stream::new(705);
    let mut seen = 0;
    for _ in 0..100 {
        let model = random_tree(&mut random);
        let count = model.links.len();
        let q = random.list(count, 2.0);
        let goal = PoseGoal {
            position: Vec3::new(0.3, 0.2, 0.1),
            rotation: Mat3::constant(rows(&random.rotation())),
        };
        let speed = joint_velocities(&model, &forward_kinematics(&model, &q), &goal, 0.1);
        let mut carries = vec![false; count];
        let mut next = Some(model.tool.link);
        while let Some(i) = next {
            carries[i] = true;
            next = model.links[i].parent;
        }
        for i in 0..count {
            if !carries[i] {
                assert_eq!(speed[i], 0.0);
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "the trees branch");
}
