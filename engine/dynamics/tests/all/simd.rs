//! Lanes of a register give the bits of the `f32` law, env by env.

use halle_dynamics::{
    ArmState, Grid, Links, Pass, Plan, PoseGoal, Reference, Removal, Surface, forward_kinematics,
    joint_velocities, pad_from, remove_material,
};
use halle_lanes::{CpuLane, Portable8, Slab};
use halle_model::Model;

use crate::arms::{home, six_axes};
use crate::laws::run;
use crate::precision::pressed;
use crate::stream::Stream;

/// Envs of the test: a multiple of every width.
const ENVS: usize = 16;

/// Joint positions around home, joint after joint, env after env within.
fn starts(model: &Model) -> Vec<Vec<f32>> {
    let mut random = Stream::new(801);
    home(model)
        .iter()
        .map(|q| {
            (0..ENVS)
                .map(|_| (q + 2.0e-4 * random.signed()) as f32)
                .collect()
        })
        .collect()
}

fn lanes<S: CpuLane<Elem = f32>>(row: &[f32]) -> S {
    S::load(&Slab(&mut row.to_vec()), 0)
}

fn numbers<S: CpuLane<Elem = f32>>(x: S) -> Vec<f32> {
    let mut row = vec![0.0; S::WIDTH];
    S::store(&mut Slab(&mut row), 0, x);
    row
}

/// Inverse kinematics, twenty substeps in contact and a removal for one group of envs.
fn episode<S: CpuLane<Elem = f32>>(model: &Model, group: usize, joints: &[Vec<f32>]) -> Vec<S> {
    let take = |row: &Vec<f32>| lanes::<S>(&row[group * S::WIDTH..(group + 1) * S::WIDTH]);
    let q: Links<S> = joints.iter().map(take).collect();
    let links = forward_kinematics(model, &q);
    let pad = pad_from(model, &links);
    let goal = PoseGoal {
        position: pad.origin,
        rotation: pad.rotation,
    };
    let speed = joint_velocities(model, &links, &goal, 0.02);
    let zero = Links::filled(S::lit(0.0), q.len());
    let mut told: Vec<S> = (0..q.len()).map(|i| speed[i]).collect();
    let reference = Reference {
        q: q.clone(),
        qd: (0..q.len()).map(|i| S::lit(0.01 * i as f64)).collect(),
        feedforward: zero.clone(),
    };
    let mut state = ArmState::new(q.clone(), zero);
    run(model, &reference, &mut state, 20);
    for i in 0..q.len() {
        told.extend([state.q[i], state.qd[i]]);
    }
    told.extend([
        state.force_sum,
        state.force_peak,
        state.depth_sum,
        state.work,
        state.time,
    ]);

    let surface = Surface::<S>::nominal(&model.workpiece);
    let place = pad_from(model, &forward_kinematics(model, &q));
    let world = &surface.world_from_workpiece;
    let axes = world.rotation.transposed().product(&place.rotation);
    let pass = Pass {
        center: world.point_back(place.origin),
        axes: [axes.column_x(), axes.column_y(), axes.column_z()],
        feed: [S::lit(0.03), S::lit(-0.01)],
        force: state.force_sum * S::lit(0.05),
        mean_depth: state.depth_sum * S::lit(0.05),
        preston: S::lit(1.0e-10),
        radius: model.tool.radius,
        spindle_speed: model.tool.spindle_speed,
        duration: 0.02,
        target: 1.0e-9,
        ahead: S::lit(1.0),
        fresh: S::lit(0.0).lt(S::lit(1.0)),
    };
    let grid = Grid::over([0.05, 0.04], 0.01);
    let mut memory = vec![f32::NAN; grid.len() * S::WIDTH];
    let plan = Plan {
        lines: 3,
        line_y: [-0.03, 0.03],
        half_line: 0.06,
        amplitude: 0.7,
        connected: 0.0,
        line: S::lit(1.0),
    };
    let Removal {
        mean,
        mean_square,
        error,
        coverage,
        over,
        volume,
        foreseen,
        patch,
    } = remove_material(&grid, &surface, &pass, &plan, &mut Slab(&mut memory), 0);
    told.extend([mean, mean_square, error, coverage, over, volume]);
    told.extend(foreseen);
    told.extend(patch);
    told
}

fn check<S: CpuLane<Elem = f32>>(kind: &str, tolerance: f64) {
    let model = pressed(six_axes());
    let joints = starts(&model);
    for group in 0..ENVS / S::WIDTH {
        let wide: Vec<Vec<f32>> = episode::<S>(&model, group, &joints)
            .into_iter()
            .map(numbers)
            .collect();
        for lane in 0..S::WIDTH {
            let single = episode::<f32>(&model, group * S::WIDTH + lane, &joints);
            assert!(single.iter().all(|x| x.is_finite()), "finite numbers only");
            assert!(single[model.links.len() * 3] > 1.0, "the pad touches");
            for (k, one) in single.iter().enumerate() {
                let other = wide[k][lane];
                if tolerance == 0.0 {
                    assert_eq!(
                        other.to_bits(),
                        one.to_bits(),
                        "{kind}: number {k}, lane {lane}"
                    );
                } else {
                    let off = f64::from((other - one).abs()) / f64::from(one.abs()).max(1.0);
                    assert!(
                        off < tolerance,
                        "{kind}: number {k}, lane {lane}: {other} {one}"
                    );
                }
            }
        }
    }
}

#[test]
fn registers_give_the_bits_of_f32() {
    #[cfg(target_arch = "x86_64")]
    {
        use halle_lanes::{Avx2, Avx512, Simd, supported};
        let found = supported();
        if found.contains(&Simd::Avx2) {
            check::<Avx2>("avx2", 0.0);
        } else {
            println!("skipped: this machine has no AVX2");
        }
        if found.contains(&Simd::Avx512) {
            check::<Avx512>("avx512", 0.0);
        } else {
            println!("skipped: this machine has no AVX-512");
        }
    }
    // Without a fused instruction the portable kind rounds each product: within what
    // `precision` grants single precision, with force and removal over it.
    let fused = cfg!(any(target_feature = "fma", target_arch = "aarch64"));
    check::<Portable8>("portable", if fused { 0.0 } else { 1.0e-3 });
}
