//! Bounds and point instances, each rule on a scene of its own.
//!
//! All numbers are those of usd-core 26.11 on the same text; the closed form stands beside them.

#![expect(clippy::unwrap_used, reason = "shared steps of tests fail loudly")]

#[path = "support/scene.rs"]
mod support;

use halle_stage::bound::BoundCache;
use halle_stage::instancer;
use support::{prim, scene};

/// Bounds of several prims of one scene, corners flattened.
fn bounds(name: &str, text: &str, expected: &[(&str, Option<[f64; 6]>)]) {
    let scene = scene(name, text);
    let cache = BoundCache::new(&scene);
    for (path, expected) in expected {
        let found = cache.world_bound(&prim(&scene, path));
        let found = found.map(|[low, high]| [low, high].concat());
        // Extents are single precision; a turned corner sums three rounded products: 1e-7 of 10.
        let close = |a: &f64, b: &f64| (a - b).abs() <= 1e-6;
        let equal = match (&found, expected) {
            (Some(a), Some(b)) => a.iter().zip(b).all(|(a, b)| close(a, b)),
            (a, b) => a.is_none() && b.is_none(),
        };
        assert!(equal, "{name} {path}: expected {expected:?}, got {found:?}");
    }
}

fn cube(half: f64) -> Option<[f64; 6]> {
    Some([-half, -half, -half, half, half, half])
}

fn shape(name: &str, body: &str, expected: [f64; 3]) {
    let [x, y, z] = expected;
    bounds(
        name,
        &format!("def {body}"),
        &[("/S", Some([-x, -y, -z, x, y, z]))],
    );
}

#[test]
fn shapes_without_an_extent_compute_it() {
    shape("cube", "Cube \"S\" {\n double size = 3\n}", [1.5, 1.5, 1.5]);
    shape(
        "sphere",
        "Sphere \"S\" {\n double radius = 3\n}",
        [3.0, 3.0, 3.0],
    );
    let round = "double radius = 2\n double height = 5\n uniform token axis = \"X\"\n}";
    shape(
        "cylinder",
        &format!("Cylinder \"S\" {{\n{round}"),
        [2.5, 2.0, 2.0],
    );
    shape("cone", &format!("Cone \"S\" {{\n{round}"), [2.5, 2.0, 2.0]);
    // Half the height and a cap of one radius.
    shape(
        "capsule",
        &format!("Capsule \"S\" {{\n{round}"),
        [4.5, 2.0, 2.0],
    );
    let two = "double radiusTop = 1\n double radiusBottom = 3\n double height = 5\n}";
    shape(
        "cylinder_1",
        &format!("Cylinder_1 \"S\" {{\n{two}"),
        [3.0, 3.0, 2.5],
    );
    // Width and length lie on Z and Y where the normal is X.
    let plane =
        "Plane \"S\" {\n double width = 4\n double length = 5\n uniform token axis = \"X\"\n}";
    shape("plane", plane, [0.0, 2.5, 2.0]);
    shape(
        "rect",
        "RectLight \"S\" {\n float inputs:width = 3\n}",
        [1.5, 0.5, 0.0],
    );
    shape(
        "disk",
        "DiskLight \"S\" {\n float inputs:radius = 3\n}",
        [3.0, 3.0, 0.0],
    );
    shape(
        "rod",
        "CylinderLight \"S\" {\n float inputs:length = 3\n}",
        [1.5, 0.5, 0.5],
    );
}

#[test]
fn a_capsule_of_two_radii_is_bounded_by_its_tangent_cone() {
    // slope s = (3 - 1) / 5, w = sqrt(1 + s^2): widest 3 w, ends 2.5 + 3 (w + s) and 2.5 + (w - s).
    let (s, w) = (0.4, 1.16_f64.sqrt());
    let (wide, low, high) = (3.0 * w, -(2.5 + 3.0 * (w + s)), 2.5 + (w - s));
    let text = "def Capsule_1 \"S\" {\n double radiusTop = 1\n double radiusBottom = 3\n \
                double height = 5\n}";
    bounds(
        "tangent",
        text,
        &[("/S", Some([-wide, -wide, low, wide, wide, high]))],
    );
    // No height, no slope: the caps alone.
    let text = "def Capsule_1 \"S\" {\n double radiusTop = 2\n double radiusBottom = 1\n \
                double height = 0\n}";
    bounds(
        "flat_capsule",
        text,
        &[("/S", Some([-2.0, -2.0, -1.0, 2.0, 2.0, 2.0]))],
    );
}

#[test]
fn points_and_curves_are_widened_by_their_widths() {
    let two = "point3f[] points = [(0, 0, 0), (1, 2, 3)]";
    let each = |kind: &str, rest: &str| format!("def {kind} \"S\" {{\n {two}\n {rest}\n}}");
    // Each point by half its own width; curves by half the greatest.
    let widths = "float[] widths = [1, 2]";
    let wide = Some([-0.5, -0.5, -0.5, 2.0, 3.0, 4.0]);
    bounds("points", &each("Points", widths), &[("/S", wide)]);
    let wide = Some([-1.0, -1.0, -1.0, 2.0, 3.0, 4.0]);
    bounds("curves", &each("BasisCurves", widths), &[("/S", wide)]);
    let plain = Some([0.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
    bounds("tets", &each("TetMesh", ""), &[("/S", plain)]);
    bounds("patch", &each("NurbsPatch", ""), &[("/S", plain)]);
    // One width for two points fits nothing.
    bounds(
        "few",
        &each("Points", "float[] widths = [1]"),
        &[("/S", None)],
    );
    // Animated points have no value at the default time.
    let text = "def Mesh \"S\" {\n point3f[] points.timeSamples = {1: [(0, 0, 0), (1, 1, 1)]}\n}";
    bounds("animated", text, &[("/S", None)]);
}

#[test]
fn values_of_another_type_than_the_schema_count_as_unauthored() {
    let fallback = cube(1.0);
    bounds(
        "float",
        "def Cube \"S\" {\n float size = 6\n}",
        &[("/S", fallback)],
    );
    let text = "def Cylinder \"S\" {\n string axis = \"X\"\n double height = 10\n}";
    bounds(
        "string",
        text,
        &[("/S", Some([-1.0, -1.0, -5.0, 1.0, 1.0, 5.0]))],
    );
}

#[test]
fn an_authored_extent_wins_and_a_boundable_prim_hides_its_children() {
    let child = "def Cube \"c\" {\n double size = 10\n }";
    let text =
        format!("def Cube \"S\" {{\n float3[] extent = [(0, 0, 0), (1, 1, 1)]\n {child}\n}}");
    bounds(
        "authored",
        &text,
        &[("/S", Some([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]))],
    );
    // The fallback extent of a cube is no authored one.
    let text = "def Cube \"S\" {\n float3[] extent = None\n double size = 4\n}";
    bounds("blocked", text, &[("/S", cube(2.0))]);
    bounds(
        "empty_mesh",
        &format!("def Mesh \"S\" {{\n {child}\n}}"),
        &[("/S", None), ("/", None)],
    );
    bounds(
        "volume",
        &format!("def Volume \"S\" {{\n {child}\n}}"),
        &[("/S", None)],
    );
    bounds(
        "camera",
        &format!("def Camera \"S\" {{\n {child}\n}}"),
        &[("/S", cube(5.0))],
    );
    let text = "def Mesh \"S\" {\n float3[] extent = [(1, 1, 1), (0, 0, 0)]\n}";
    bounds("inverted", text, &[("/S", None)]);
}

#[test]
fn an_inverted_extent_counts_in_its_parent_where_it_stands() {
    // No box of its own, but its corners are taken into the parent's box without the transform.
    let text = "def Xform \"X\" {\n def Cube \"c\" {\n }\n def Mesh \"m\" {\n \
                float3[] extent = [(-7, 0, 0), (0, 0, -1)]\n double3 xformOp:translate = (5, 5, 5)\n \
                uniform token[] xformOpOrder = [\"xformOp:translate\"]\n }\n}";
    let bound = Some([-7.0, -1.0, -1.0, 1.0, 1.0, 1.0]);
    bounds("inverted_child", text, &[("/X/m", None), ("/X", bound)]);
}

#[test]
fn what_an_instance_shares_knows_nothing_of_an_undefined_prim_above() {
    let text = "class \"P\" {\n def Scope \"x\" {\n def Cube \"c\" {\n }\n }\n}\nover \"o\" {\n \
                def \"i\" (instanceable = true\n inherits = </P>) {\n }\n}";
    let cases = [("/", None), ("/o", None), ("/o/i/x", cube(1.0))];
    bounds("undefined_above", text, &cases);
}

#[test]
fn hidden_and_foreign_prims_count_only_when_asked_for() {
    let text = "def Xform \"X\" {\n token visibility = \"invisible\"\n def Cube \"S\" {\n }\n}";
    bounds(
        "invisible",
        text,
        &[("/", None), ("/X", cube(1.0)), ("/X/S", cube(1.0))],
    );
    // A material is typed and not imageable; an unknown type may hold anything.
    let text = "def Material \"X\" {\n def Cube \"S\" {\n }\n}";
    bounds("material", text, &[("/", None), ("/X", cube(1.0))]);
    let text = "def Robot \"X\" {\n def Cube \"S\" {\n }\n}";
    bounds("unknown", text, &[("/", cube(1.0))]);
    let text = "class Cube \"K\" {\n}\nover Cube \"O\" {\n}\ndef Cube \"I\" (active = false) {\n}";
    bounds(
        "unpopulated",
        text,
        &[("/", None), ("/K", cube(1.0)), ("/O", cube(1.0))],
    );
}

const TURN: &str =
    "double xformOp:rotateZ = 45\n uniform token[] xformOpOrder = [\"xformOp:rotateZ\"]";

#[test]
fn children_are_gathered_in_the_space_of_the_component() {
    let turned = |kind: &str| {
        format!("def Xform \"X\" ({kind}) {{\n {TURN}\n def Cube \"S\" {{\n {TURN}\n }}\n}}")
    };
    // Together the two turns make 90 degrees: in the stage's axes the cube is a unit cube.
    bounds(
        "loose",
        &turned(""),
        &[("/X", cube(1.0)), ("/X/S", cube(1.0))],
    );
    // In the component's own axes it is sqrt 2 wide, and that box turned is 2 wide.
    let wide = Some([-2.0, -2.0, -1.0, 2.0, 2.0, 1.0]);
    bounds(
        "kind",
        &turned("kind = \"component\""),
        &[("/X", wide), ("/", wide)],
    );
}

#[test]
fn a_reset_stack_leaves_the_parents_out() {
    let text = "def Xform \"X\" (kind = \"component\") {\n double3 xformOp:translate = (10, 0, 0)\n \
                uniform token[] xformOpOrder = [\"xformOp:translate\"]\n def Cube \"S\" {\n \
                double3 xformOp:translate = (0, 5, 0)\n uniform token[] xformOpOrder = \
                [\"!resetXformStack!\", \"xformOp:translate\"]\n }\n}";
    let there = Some([-1.0, 4.0, -1.0, 1.0, 6.0, 1.0]);
    bounds(
        "reset",
        text,
        &[("/", there), ("/X", there), ("/X/S", there)],
    );
}

#[test]
fn purposes_other_than_the_four_have_no_bound() {
    let text = "def Xform \"X\" {\n def Cube \"S\" {\n token purpose = \"proxy\"\n }\n \
                def Cube \"U\" {\n token purpose = \"other\"\n double size = 9\n }\n}";
    bounds("purposes", text, &[("/", cube(1.0)), ("/X/U", None)]);
}

#[test]
fn instances_pass_their_purpose_on_and_ignore_resets_at_their_root() {
    let text = format!(
        "class \"P\" {{\n def Xform \"x\" {{\n double xformOp:rotateZ = 30\n uniform token[] \
         xformOpOrder = [\"!resetXformStack!\", \"xformOp:rotateZ\"]\n def Cube \"c\" {{\n double3 \
         xformOp:translate = (3, 5, 0)\n uniform token[] xformOpOrder = [\"xformOp:translate\"]\n \
         }}\n def Cube \"g\" {{\n token purpose = \"guide\"\n double size = 9\n }}\n }}\n}}\n\
         def Xform \"i\" (instanceable = true\n inherits = </P>\n kind = \"component\") {{\n {TURN}\n \
         token purpose = \"render\"\n}}"
    );
    // Seen from the stage: the guide cube of 9 turned by 30 degrees in the component, then by 45.
    let (s, c) = 30.0_f64.to_radians().sin_cos();
    let flat = 4.5 * (s + c) * std::f64::consts::SQRT_2;
    let stage = Some([-flat, -flat, -4.5, flat, flat, 4.5]);
    // Asked for itself, both purposes are combined in one turned box.
    let one = Some([-9.435_114_394, -flat, -4.5, flat, 9.435_114_394, 4.5]);
    // A proxy is a prim in its own right, where the reset counts: 30 degrees alone.
    let proxy = Some([
        3.0 * c - 5.0 * s - (c + s),
        3.0 * s + 5.0 * c - (c + s),
        -1.0,
        3.0 * c - 5.0 * s + (c + s),
        3.0 * s + 5.0 * c + (c + s),
        1.0,
    ]);
    bounds(
        "instances",
        &text,
        &[("/", stage), ("/i", one), ("/i/x/c", proxy), ("/P", None)],
    );
}

#[test]
fn a_point_instancer_bounds_its_shown_instances() {
    let text = "def PointInstancer \"S\" (inactiveIds = [1]) {\n def Cube \"c\" {\n }\n \
                def Cube \"g\" {\n token purpose = \"guide\"\n double size = 90\n }\n \
                point3f[] positions = [(0, 0, 0), (90, 0, 0), (20, 20, 20), (30, 30, 30), (0, 0, 0)]\n \
                int[] protoIndices = [0, 0, 0, 0, 1]\n int64[] invisibleIds = [3]\n \
                rel prototypes = [</S/c>, </S/g>]\n}";
    // Cubes of 2 at the origin and at (20, 20, 20); guides do not count, the prototype's place does.
    bounds(
        "instancer",
        text,
        &[("/S", Some([-1.0, -1.0, -1.0, 21.0, 21.0, 21.0]))],
    );
}

#[test]
fn a_skeleton_root_pads_its_joints_so_that_the_skin_fits_at_rest() {
    let text = "def SkelRoot \"R\" (prepend apiSchemas = [\"SkelBindingAPI\"]) {\n \
        rel skel:skeleton = </R/S>\n def Skeleton \"S\" {\n uniform token[] joints = [\"a\"]\n \
        uniform matrix4d[] restTransforms = [((1,0,0,0), (0,1,0,0), (0,0,1,0), (0,0,5,1))]\n }\n \
        def Mesh \"M\" {\n float3[] extent = [(-1, -1, -1), (2, 2, 2)]\n }\n}";
    // The joint is at z = 5, the skin reaches down to -1: a padding of 6 on all sides.
    let root = Some([-6.0, -6.0, -1.0, 6.0, 6.0, 11.0]);
    let joint = Some([0.0, 0.0, 5.0, 0.0, 0.0, 5.0]);
    let skin = Some([-1.0, -1.0, -1.0, 2.0, 2.0, 2.0]);
    bounds(
        "skel",
        text,
        &[("/", root), ("/R", root), ("/R/S", joint), ("/R/M", skin)],
    );
    bounds(
        "bare",
        "def SkelRoot \"R\" {\n def Cube \"C\" {\n }\n}",
        &[("/R", None), ("/", None)],
    );
}

/// Transforms of the instances of an instancer with two prototypes, the second of which is missing.
fn places(name: &str, meta: &str, body: &str) -> Vec<[f64; 16]> {
    let text = format!(
        "def PointInstancer \"S\" ({meta}) {{\n def Cube \"c\" {{\n double3 xformOp:translate = \
         (3, 0, 0)\n uniform token[] xformOpOrder = [\"xformOp:translate\"]\n }}\n rel prototypes = \
         [</S/c>, </S/none>]\n {body}\n}}"
    );
    let scene = scene(name, &text);
    let found = instancer::transforms(&scene, &prim(&scene, "/S")).unwrap();
    found
        .iter()
        .map(|matrix| matrix.as_slice().try_into().unwrap())
        .collect()
}

#[test]
fn instances_stand_where_scale_orientation_position_and_prototype_put_them() {
    let body = "int[] protoIndices = [0, 1]\n point3f[] positions = [(0, 0, 1), (0, 0, 2)]\n \
                float3[] scales = [(1, 2, 3), (4, 5, 6)]\n \
                quath[] orientations = [(0.5, 0.5, 0.5, 0.5), (1, 0, 0, 0)]";
    let found = places("placed", "", body);
    // USD's rows: scale times the turn of x to y to z; the root's (3, 0, 0) lands on y.
    let first = [
        0., 1., 0., 0., 0., 0., 2., 0., 3., 0., 0., 0., 0., 3., 1., 1.,
    ];
    let second = [
        4., 0., 0., 0., 0., 5., 0., 0., 0., 0., 6., 0., 0., 0., 2., 1.,
    ];
    assert_eq!(found, [first, second]);
}

#[test]
fn float_orientations_win_and_are_not_normalised() {
    let body = "int[] protoIndices = [1]\n point3f[] positions = [(0, 0, 0)]\n \
                quath[] orientations = [(1, 0, 0, 0)]\n quatf[] orientationsf = [(0.5, 1, 0, 0)]";
    // 1 - 2 x^2 = -1 on the diagonal, 2 x w = 1 beside it.
    let turned = [
        1., 0., 0., 0., 0., -1., 1., 0., 0., -1., -1., 0., 0., 0., 0., 1.,
    ];
    assert_eq!(places("float_turn", "", body), [turned]);
    // Once it has samples, the double-width attribute is the one that counts, also where it has
    // no default.
    let body = "int[] protoIndices = [1]\n point3f[] positions = [(0, 0, 0)]\n \
                quath[] orientations = [(0, 1, 0, 0)]\n \
                quatf[] orientationsf.timeSamples = {1: [(0.7, 0.7, 0, 0)]}";
    assert_eq!(places("sampled_turn", "", body)[0][5], 1.0);
}

#[test]
fn masked_instances_are_left_out_and_lists_that_do_not_fit_give_none() {
    let three =
        "int[] protoIndices = [0, 0, 0]\n point3f[] positions = [(0, 0, 1), (0, 0, 2), (0, 0, 3)]";
    let heights = |found: Vec<[f64; 16]>| found.iter().map(|m| m[14]).collect::<Vec<f64>>();
    assert_eq!(
        heights(places("inactive", "inactiveIds = [1]", three)),
        [1.0, 3.0]
    );
    let ids = format!("{three}\n int64[] ids = [10, 11, 12]\n int64[] invisibleIds = [11, 1]");
    assert_eq!(heights(places("ids", "", &ids)), [1.0, 3.0]);
    // Two ids for three instances: nothing if one of them is hidden, all if none is.
    let few = format!("{three}\n int64[] ids = [10, 11]\n int64[] invisibleIds = [11]");
    assert_eq!(heights(places("few_ids", "", &few)), [0.0; 0]);
    let other = format!("{three}\n int64[] ids = [10, 11]\n int64[] invisibleIds = [7]");
    assert_eq!(heights(places("other_ids", "", &other)), [1.0, 2.0, 3.0]);
    let lone = "int[] protoIndices = [0]";
    assert_eq!(heights(places("unplaced", "", lone)), [0.0; 0]);
    let out = "int[] protoIndices = [5]\n point3f[] positions = [(0, 0, 0)]";
    assert_eq!(heights(places("out_of_range", "", out)), [0.0; 0]);
}
