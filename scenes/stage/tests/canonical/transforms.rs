//! Transform stacks. USD's rule: the last op of the order acts first on a point.

use halle_stage::xform::{self, XformCache};
use nalgebra::{Matrix4, Point3};

use crate::support::{prim, scene};

/// Where a point of a prim comes to be in the world, at a time.
fn placed(name: &str, text: &str, time: Option<f64>, point: [f64; 3], expected: [f64; 3]) {
    let scene = scene(name, text);
    let world = XformCache::new(&scene, time).world(&prim(&scene, "/A/B"));
    let found = world.transform_point(&Point3::from(point));
    let expected = Point3::from(expected);
    // Angles pass through radians and a unit quaternion: a few roundings of numbers below 20.
    assert!(
        (found - expected).norm() < 1e-13,
        "{name}: expected {expected}, got {found}"
    );
}

fn body(ops: &str, order: &str) -> String {
    format!(
        "def Xform \"A\" {{\n    double3 xformOp:translate = (10, 0, 0)\n    \
         uniform token[] xformOpOrder = [\"xformOp:translate\"]\n    def Xform \"B\" {{\n\
         {ops}\n        uniform token[] xformOpOrder = [{order}]\n    }}\n}}\n"
    )
}

#[test]
fn ops_act_last_first() {
    let ops = "double3 xformOp:translate = (1, 2, 3)\nfloat xformOp:rotateZ = 90\n\
               half3 xformOp:scale = (2, 2, 2)";
    let order = r#""xformOp:translate", "xformOp:rotateZ", "xformOp:scale""#;
    // (1,0,0) is doubled, turned onto y, moved by (1,2,3) and by the parent's (10,0,0).
    placed(
        "order",
        &body(ops, order),
        None,
        [1.0, 0.0, 0.0],
        [11.0, 4.0, 3.0],
    );
}

#[test]
fn three_axes_turn_in_the_order_of_their_letters() {
    let ops = "double3 xformOp:rotateXYZ = (90, 0, 90)";
    // About x: y goes to z; about z: z stays.
    placed(
        "xyz",
        &body(ops, r#""xformOp:rotateXYZ""#),
        None,
        [0.0, 1.0, 0.0],
        [10.0, 0.0, 1.0],
    );
    let ops = "double3 xformOp:rotateZYX = (90, 0, 90)";
    // About z first: y goes to -x; about x: it stays.
    placed(
        "zyx",
        &body(ops, r#""xformOp:rotateZYX""#),
        None,
        [0.0, 1.0, 0.0],
        [9.0, 0.0, 0.0],
    );
}

#[test]
fn pivots_invert_and_cancel() {
    let ops = "double3 xformOp:translate:pivot = (1, 0, 0)\nfloat xformOp:rotateZ = 180";
    let order =
        r#""xformOp:translate:pivot", "xformOp:rotateZ", "!invert!xformOp:translate:pivot""#;
    // The pivot stays where it is; the origin is mirrored at it.
    placed(
        "pivot",
        &body(ops, order),
        None,
        [0.0, 0.0, 0.0],
        [12.0, 0.0, 0.0],
    );
    let ops = "matrix4d xformOp:transform = ((0,0,0,0), (0,0,0,0), (0,0,0,0), (0,0,0,0))";
    let order = r#""xformOp:transform", "!invert!xformOp:transform""#;
    // Neighbours that undo each other are left out, so a singular matrix does no harm.
    placed(
        "cancel",
        &body(ops, order),
        None,
        [1.0, 2.0, 3.0],
        [11.0, 2.0, 3.0],
    );
}

#[test]
fn reset_leaves_out_parents_and_earlier_ops() {
    let ops = "double3 xformOp:translate = (1, 0, 0)\ndouble3 xformOp:translate:b = (0, 5, 0)";
    let order = r#""xformOp:translate", "!resetXformStack!", "xformOp:translate:b""#;
    placed("reset", &body(ops, order), None, [0.0; 3], [0.0, 5.0, 0.0]);
    let scene = scene("reset_flag", &body(ops, order));
    assert!(xform::local(&prim(&scene, "/A/B"), None).unwrap().1);
}

/// A quaternion that is no unit: USD takes its real part for a cosine and its axis for a direction.
#[test]
fn orient_reads_a_cosine_and_an_axis() {
    let ops = "quatf xformOp:orient = (0, 0, 0, 7)";
    // Cosine of half the angle is zero: half a turn about z.
    placed(
        "orient",
        &body(ops, r#""xformOp:orient""#),
        None,
        [1.0, 0.0, 0.0],
        [9.0, 0.0, 0.0],
    );
    let ops = "quatd xformOp:orient = (5, 0, 0, 1)";
    // A real part above one counts as one: no turn.
    placed(
        "orient5",
        &body(ops, r#""xformOp:orient""#),
        None,
        [1.0, 0.0, 0.0],
        [11.0, 0.0, 0.0],
    );
}

#[test]
fn values_that_do_not_suit_are_no_transform() {
    let ops = "float3 xformOp:rotateX = (90, 0, 0)\ndouble3 xformOp:bogus = (1, 1, 1)\n\
               double3 xformOp:translate";
    let order = r#""xformOp:rotateX", "xformOp:bogus", "xformOp:translate", "xformOp:missing""#;
    placed(
        "unsuited",
        &body(ops, order),
        None,
        [0.0, 1.0, 0.0],
        [10.0, 1.0, 0.0],
    );
}

/// Oddities that are kept, as usd-core 26.11 has them: an inverted scale along one axis changes its
/// sign, and a singular matrix inverts to a scale by the largest float.
#[test]
fn inverses_are_those_of_usd() {
    let ops = "double xformOp:scaleX = 4";
    let order = r#""!invert!xformOp:scaleX""#;
    placed(
        "scale_x",
        &body(ops, order),
        None,
        [1.0, 1.0, 1.0],
        [6.0, 1.0, 1.0],
    );
    let flat = Matrix4::new_nonuniform_scaling(&[1.0, 1.0, 0.0].into());
    assert_eq!(xform::inverse(&flat)[(0, 0)], f64::from(f32::MAX));
}

#[test]
fn time_moves_ops_and_default_is_no_time() {
    let ops = "double3 xformOp:translate = (1, 0, 0)\n\
               double3 xformOp:translate.timeSamples = {\n0: (0, 0, 0),\n10: (0, 20, 0),\n}";
    let text = body(ops, r#""xformOp:translate""#);
    placed("still", &text, None, [0.0; 3], [11.0, 0.0, 0.0]);
    placed("moved", &text, Some(2.5), [0.0; 3], [10.0, 5.0, 0.0]);
}
