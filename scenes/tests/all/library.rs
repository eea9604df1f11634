//! The scene that ships: against the published numbers of the arm, written here as facts.

use halle_model::{JointKind, Model, Pose, SURFACE_TERMS};
use halle_world::{Shape, cameras, lights, visible_shapes};

use crate::{local, whole};

const SCENE: &str = "library/polishing_cell.usda";
pub(crate) const BASE_HEIGHT: f64 = 0.60;

/// Roll, pitch, yaw and origin of each joint in its parent link, as in the published URDF.
#[expect(
    clippy::approx_constant,
    reason = "facts as published, rounding included"
)]
const URDF: [([f64; 3], [f64; 3]); 6] = [
    ([0.0, 0.0, 0.0], [0.0, 0.0, 0.1807]),
    ([1.570796327, 0.0, 0.0], [0.0, 0.0, 0.0]),
    ([0.0, 0.0, 0.0], [-0.6127, 0.0, 0.0]),
    ([0.0, 0.0, 0.0], [-0.57155, 0.0, 0.17415]),
    (
        [1.570796327, 0.0, 0.0],
        [0.0, -0.11985, -2.458164590756244e-11],
    ),
    (
        [1.570796326589793, 3.141592653589793, 3.141592653589793],
        [0.0, 0.11655, -2.390480459346185e-11],
    ),
];

fn rpy([r, p, y]: [f64; 3]) -> [[f64; 3]; 3] {
    let ((sr, cr), (sp, cp), (sy, cy)) = (r.sin_cos(), p.sin_cos(), y.sin_cos());
    [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
}

fn turn(angle: f64) -> Pose {
    Pose {
        rotation: rpy([0.0, 0.0, angle]),
        translation: [0.0; 3],
    }
}

/// World poses of the six links by the URDF's numbers alone.
pub(crate) fn urdf_forward(q: &[f64; 6]) -> Vec<Pose> {
    let base = Pose {
        rotation: rpy([0.0, 0.0, 0.0]),
        translation: [0.0, 0.0, BASE_HEIGHT],
    };
    let mut pose = base.then(&turn(std::f64::consts::PI));
    let mut poses = Vec::new();
    for ((angles, origin), q) in URDF.iter().zip(q) {
        let joint = Pose {
            rotation: rpy(*angles),
            translation: *origin,
        };
        pose = pose.then(&joint).then(&turn(*q));
        poses.push(pose);
    }
    poses
}

pub(crate) fn model_forward(model: &Model, q: &[f64; 6]) -> Vec<Pose> {
    let mut poses: Vec<Pose> = Vec::new();
    for (link, q) in model.links.iter().zip(q) {
        let parent = link.parent.map_or(Pose::IDENTITY, |p| poses[p]);
        poses.push(parent.then(&link.parent_from_link).then(&turn(*q)));
    }
    poses
}

fn home(model: &Model) -> [f64; 6] {
    std::array::from_fn(|k| model.links[k].home)
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
}

/// Nothing to complain about in the scene that we ship, and its files are named with hashes.
#[test]
fn loads_without_findings() {
    let (world, model, diagnostics) = whole(&local(SCENE));
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(model.links.len(), 6);
    assert_eq!(model.time_step, 0.002);
    assert_eq!(model.gravity, [0.0, 0.0, -9.81]);
    let inputs = &world.resource::<halle_world::Plant>().inputs;
    assert_eq!(inputs.len(), 1);
    assert_eq!(inputs[0].0, "polishing_cell.usda");
    assert_eq!(inputs[0].1.len(), 64);
}

/// Forward kinematics against the URDF. The tolerance is 1e-9 m because the URDF itself rounds
/// right angles to 1e-10 rad over a reach of 1.3 m.
#[test]
fn kinematics_are_the_published_ones() {
    let (_, model, _) = whole(&local(SCENE));
    let vectors = [
        home(&model),
        [0.0; 6],
        [0.3, -1.1, 1.7, -0.4, 2.2, -2.9],
        [-2.5, 0.8, -2.1, 1.3, -0.7, 5.0],
        [6.0, -5.5, 3.0, 4.0, -6.1, 0.1],
    ];
    for q in vectors {
        for (ours, published) in model_forward(&model, &q).iter().zip(urdf_forward(&q)) {
            let off = distance(ours.translation, published.translation);
            assert!(off < 1e-9, "{q:?}: {off:e} m");
            for i in 0..3 {
                let off = distance(ours.rotation[i], published.rotation[i]);
                assert!(off < 1e-9, "{q:?}: {off:e} rad");
            }
        }
    }
}

/// Masses, limits, torques and speeds are the published ones; the last link carries the tool.
#[test]
fn limits_and_masses_are_the_published_ones() {
    let (_, model, _) = whole(&local(SCENE));
    let turn = std::f64::consts::TAU;
    let published = [
        ("shoulder", 7.369, 330.0, 120.0_f64, turn),
        ("upper_arm", 13.051, 330.0, 120.0, turn),
        ("forearm", 3.989, 150.0, 180.0, turn / 2.0),
        ("wrist_1", 2.1, 54.0, 180.0, turn),
        ("wrist_2", 1.98, 54.0, 180.0, turn),
        ("wrist_3", 0.615 + 1.2, 54.0, 180.0, turn),
    ];
    for (link, (name, mass, torque, speed, limit)) in model.links.iter().zip(published) {
        assert_eq!(link.name, name);
        assert_eq!(link.joint, JointKind::Revolute);
        assert!((link.mass - mass).abs() < 1e-12, "{name}: {}", link.mass);
        assert_eq!(link.effort_limit, torque);
        assert!((link.velocity_limit - speed.to_radians()).abs() < 1e-12);
        assert!((link.limit[0] + limit).abs() < 1e-12 && (link.limit[1] - limit).abs() < 1e-12);
    }
    // Drives are written per degree in single precision: seven digits.
    assert!((model.links[0].drive_stiffness / 20_000.0 - 1.0).abs() < 1e-6);
    assert!((model.links[0].drive_damping / 1000.0 - 1.0).abs() < 1e-6);
    assert!((model.links[5].drive_stiffness / 6000.0 - 1.0).abs() < 1e-6);
}

/// Inertias come back from principal axes in single precision: 1e-6 of the largest entry.
#[test]
fn inertias_are_the_published_ones() {
    let (_, model, _) = whole(&local(SCENE));
    // Published tensor (xx xy xz yy yz zz) and the roll of its frame against the link.
    let half = std::f64::consts::FRAC_PI_2;
    let published = [
        (half, [0.03408, 2e-05, -0.00425, 0.03529, 8e-05, 0.02156]),
        (0.0, [0.02814, 5e-05, -0.01561, 0.77068, 2e-05, 0.76943]),
        (0.0, [0.01014, 8e-05, 0.00916, 0.30928, 0.0, 0.30646]),
        (half, [0.00296, -1e-05, 0.0, 0.00222, -0.00024, 0.00258]),
        (-half, [0.00296, -1e-05, 0.0, 0.00222, -0.00024, 0.00258]),
    ];
    for (link, (roll, [xx, xy, xz, yy, yz, zz])) in model.links.iter().zip(published) {
        let (r, tensor) = (
            rpy([roll, 0.0, 0.0]),
            [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]],
        );
        let entry = |i: usize, j: usize| -> f64 {
            let sum = |a: usize| {
                (0..3)
                    .map(|b| r[i][a] * tensor[a][b] * r[j][b])
                    .sum::<f64>()
            };
            (0..3).map(sum).sum()
        };
        let expected = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)].map(|(i, j)| entry(i, j));
        let scale = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        for (ours, theirs) in link.inertia.iter().zip(expected) {
            assert!(
                (ours - theirs).abs() < 1e-6 * scale,
                "{}: {ours} {theirs}",
                link.name
            );
        }
    }
}

/// The tool is merged into the last link by the parallel axis theorem, worked out here by hand.
#[test]
fn tool_is_merged_into_the_wrist() {
    let (_, model, _) = whole(&local(SCENE));
    let wrist = &model.links[5];
    let (m1, z1, m2, z2) = (0.615, -0.026, 1.2, 0.07);
    let z = (m1 * z1 + m2 * z2) / (m1 + m2);
    assert!(distance(wrist.center_of_mass, [0.0, 0.0, z]) < 1e-12);
    let shift: f64 = m1 * m2 / (m1 + m2) * (z2 - z1).powi(2);
    let expected = [
        0.0004 + 0.0026 + shift,
        0.00041 + 0.0026 + shift,
        0.00034 + 0.00075,
    ];
    for i in 0..3 {
        assert!(
            (wrist.inertia[i] - expected[i]).abs() < 1e-9,
            "{:?}",
            wrist.inertia
        );
    }
}

/// At home the pad hangs 30 mm over the middle of the part and faces it; the file rounds angles to
/// 1e-6 degrees, which is 2e-8 rad over a reach of one metre.
#[test]
fn pad_hangs_over_the_part_at_home() {
    let (_, model, _) = whole(&local(SCENE));
    let q = home(&model);
    let pad = model_forward(&model, &q)[model.tool.link].then(&model.tool.link_from_pad);
    assert!(
        distance(pad.translation, [0.75, 0.0, 0.89]) < 1e-7,
        "{pad:?}"
    );
    let facing = pad.vector([0.0, 0.0, 1.0]);
    assert!(distance(facing, [0.0, 0.0, -1.0]) < 1e-7, "{facing:?}");
    assert_eq!(model.tool.radius, 0.0375);
    assert!((model.tool.spindle_speed - 3000.0 * std::f64::consts::TAU / 60.0).abs() < 1e-12);
    assert_eq!(model.tool.friction, 0.25);
    // Elbow up: the elbow stands higher than shoulder and wrist.
    let poses = model_forward(&model, &q);
    let height = |k: usize| poses[k].translation[2];
    assert!(height(2) > height(1) + 0.3 && height(2) > height(3) + 0.1);
    // Far from limits and from the wrist's singular position.
    for (link, q) in model.links.iter().zip(q) {
        let slack = (link.limit[1] - q).min(q - link.limit[0]);
        assert!(slack > 1.0, "{}: {slack} rad", link.name);
    }
    assert!(q[4].sin().abs() > 0.9);
}

/// Over the whole region the tool can stand square on the surface without stretching the arm.
#[test]
fn region_is_within_reach() {
    let (_, model, _) = whole(&local(SCENE));
    let part = &model.workpiece;
    let shoulder = [0.0, 0.0, BASE_HEIGHT + 0.1807];
    for (sx, sy) in [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)] {
        let [hx, hy] = part.polish_half_extent;
        let point = part.world_from_workpiece.point([sx * hx, sy * hy, 0.0]);
        let wrist = [point[0], point[1], point[2] + 0.16 + 0.11655];
        let reach = distance(shoulder, wrist);
        assert!(reach < 0.9 * (0.6127 + 0.57155), "{reach}");
    }
}

/// The polynomial is the formula that the file's comment states; points are written to 0.1 um.
#[test]
fn part_is_the_stated_saddle() {
    let (_, model, _) = whole(&local(SCENE));
    let part = &model.workpiece;
    assert!(part.fit_error < 1e-6, "{:e}", part.fit_error);
    for (term, coefficient) in SURFACE_TERMS.iter().zip(part.surface) {
        let expected = match term {
            (2, 0) => 0.30,
            (0, 2) => -0.45,
            (3, 0) => 0.4,
            (2, 1) => -0.3,
            _ => 0.0,
        };
        // Heights at most 1e-7 m off, seen through a half size of 0.15 m to the power i + j.
        let tolerance = 1e-7 / 0.15_f64.powi((term.0 + term.1) as i32);
        assert!(
            (coefficient - expected).abs() < tolerance,
            "{term:?}: {coefficient}"
        );
    }
    assert!((part.half_extent[0] - 0.18).abs() < 1e-12);
    assert!((part.half_extent[1] - 0.15).abs() < 1e-12);
    assert_eq!(part.polish_half_extent, [0.10, 0.07]);
    assert_eq!(part.target_removal, 6e-6);
    assert_eq!(part.world_from_workpiece.translation, [0.75, 0.0, 0.86]);
}

/// Pictures get every link's shapes, the part, two cameras and four lights.
#[test]
fn pictures_show_the_cell() {
    let (world, model, _) = whole(&local(SCENE));
    let shapes = visible_shapes(&world);
    for link in 0..model.links.len() {
        assert!(
            shapes.iter().any(|s| s.link == Some(link)),
            "link {link} is bare"
        );
    }
    let surface: Vec<_> = shapes.iter().filter(|s| s.polishable).collect();
    assert_eq!(surface.len(), 1);
    assert_eq!(surface[0].prim, "/Cell/Workpiece/Surface");
    assert!(matches!(&surface[0].shape, Shape::Mesh(m) if m.points.len() == 37 * 31));
    assert!(surface[0].material.metallic > 0.5);
    // The pad's disc ends in the pad's face: 9 mm behind the face, 18 mm thick.
    let disc = shapes
        .iter()
        .find(|s| s.prim.ends_with("/Pad/Disc"))
        .unwrap();
    assert_eq!(disc.link, Some(model.tool.link));
    assert!((disc.parent_from_shape.translation[2] - (0.16 - 0.009)).abs() < 1e-12);
    assert_eq!(cameras(&world).len(), 2);
    assert_eq!(lights(&world).len(), 4);
}
