//! The same cell in other units, with another axis up, and with other joint axes.

use std::fs;

use halle_model::{JointKind, Pose};

use crate::{local, whole};

fn close(a: &Pose, b: &Pose, tolerance: f64) -> bool {
    let rows =
        (0..3).all(|i| (0..3).all(|j| (a.rotation[i][j] - b.rotation[i][j]).abs() < tolerance));
    rows && (0..3).all(|i| (a.translation[i] - b.translation[i]).abs() < tolerance)
}

/// Rewrites the smallest scene, loads it, and removes the file again.
fn rewritten(name: &str, edit: impl Fn(String) -> String) -> halle_model::Model {
    let text = fs::read_to_string(local("tests/broken/base.usda")).unwrap();
    let path = std::env::temp_dir().join(format!("halle-{name}-{}.usda", std::process::id()));
    fs::write(&path, edit(text)).unwrap();
    let (_, model, diagnostics) = whole(&path);
    fs::remove_file(&path).unwrap();
    assert!(diagnostics.is_empty(), "{diagnostics}");
    model
}

/// The stage in millimetres and grams: the same model up to rounding. Drives, limits and `halle:`
/// numbers keep their physical meaning.
#[test]
fn millimetres_and_grams() {
    let reference = rewritten("si", |t| t);
    let model = rewritten("mm", |text| {
        let text = text.replace(
            "metersPerUnit = 1",
            "metersPerUnit = 0.001\n    kilogramsPerUnit = 0.001",
        );
        let text = text
            .replace("size = 0.2", "size = 200")
            .replace("0, 0.5)", "0, 500)");
        let text = text
            .replace("mass = 4", "mass = 4000")
            .replace("mass = 2", "mass = 2000");
        // A torque in g mm^2/s^2 is 1e-9 N m.
        let text = text.replace("stiffness = 100", "stiffness = 1e11");
        let text = text.replace("physics:damping = 10", "physics:damping = 1e10");
        let text = text.replace("maxForce = 50", "maxForce = 5e10");
        text.replace("0.1", "100").replace("0.05", "50")
    });
    let (a, b) = (&reference.links[0], &model.links[0]);
    assert!((a.mass - b.mass).abs() < 1e-12);
    assert!((0..6).all(|k| (a.inertia[k] - b.inertia[k]).abs() < 1e-12));
    assert!(close(&a.parent_from_link, &b.parent_from_link, 1e-12));
    assert!((a.drive_stiffness / b.drive_stiffness - 1.0).abs() < 1e-6);
    assert!((a.drive_damping / b.drive_damping - 1.0).abs() < 1e-6);
    assert!((a.effort_limit / b.effort_limit - 1.0).abs() < 1e-6);
    assert!((0..3).all(|k| (reference.gravity[k] - model.gravity[k]).abs() < 1e-12));
    assert!((reference.workpiece.half_extent[0] - model.workpiece.half_extent[0]).abs() < 1e-12);
}

/// With y up the stage is turned by a quarter about x: y becomes z.
#[test]
fn y_up() {
    let model = rewritten("yup", |text| {
        text.replace("upAxis = \"Z\"", "upAxis = \"Y\"")
    });
    assert_eq!(model.gravity, [0.0, 0.0, -9.81]);
    // The workpiece's own z, up along the file's z, now points along -y.
    let up = model.workpiece.world_from_workpiece.vector([0.0, 0.0, 1.0]);
    assert!((up[1] + 1.0).abs() < 1e-12, "{up:?}");
    let arm = model.links[0].parent_from_link.translation;
    assert!((arm[1] + 0.5).abs() < 1e-12, "{arm:?}");
}

/// Whatever axis the author chose, the link turns about its own z; the frame's z is that axis.
#[test]
fn joint_axis_becomes_z() {
    for (name, axis) in [
        ("X", [1.0, 0.0, 0.0]),
        ("Y", [0.0, 1.0, 0.0]),
        ("Z", [0.0, 0.0, 1.0]),
    ] {
        let model = rewritten(&format!("axis{name}"), |text| {
            text.replace("axis = \"Y\"", &format!("axis = \"{name}\""))
        });
        let z = model.links[0].parent_from_link.vector([0.0, 0.0, 1.0]);
        assert!(
            (0..3).all(|k| (z[k] - axis[k]).abs() < 1e-12),
            "{name}: {z:?}"
        );
        // The cube's inertia looks the same from every axis: m s^2 / 6.
        let inertia = model.links[0].inertia;
        assert!(
            (0..3).all(|k| (inertia[k] - 2.0 * 0.04 / 6.0).abs() < 1e-12),
            "{inertia:?}"
        );
    }
}

/// A joint whose first body is the far one moves the same way: its axis points back.
#[test]
fn swapped_bodies() {
    let model = rewritten("swapped", |text| {
        let text = text.replace(
            "rel physics:body0 = </Cell/Robot/base>",
            "rel physics:bodyX",
        );
        let text = text.replace(
            "rel physics:body1 = </Cell/Robot/arm>",
            "rel physics:body0 = </Cell/Robot/arm>\n            rel physics:body1 = </Cell/Robot/base>",
        );
        let text = text.replace("            rel physics:bodyX\n", "");
        text.replace("localPos0", "localPos1")
    });
    let z = model.links[0].parent_from_link.vector([0.0, 0.0, 1.0]);
    assert!((z[1] + 1.0).abs() < 1e-12, "{z:?}");
    let origin = model.links[0].parent_from_link.translation;
    assert!((origin[2] - 0.5).abs() < 1e-12);
}

/// A slide is driven per metre and limited in metres.
#[test]
fn prismatic() {
    let model = rewritten("slide", |text| {
        let text = text.replace("PhysicsRevoluteJoint", "PhysicsPrismaticJoint");
        let text = text.replace("PhysicsDriveAPI:angular", "PhysicsDriveAPI:linear");
        text.replace("drive:angular", "drive:linear")
            .replace("Limit = -90", "Limit = -0.1")
    });
    let link = &model.links[0];
    assert_eq!(link.joint, JointKind::Prismatic);
    assert_eq!(link.limit, [-0.1, 90.0]);
    assert_eq!(link.drive_stiffness, 100.0);
    assert_eq!(link.velocity_limit, 90.0);
}
