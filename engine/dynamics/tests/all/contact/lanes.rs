//! The laws in single precision, in registers and as recorded kernels.

use halle_dynamics::contact::{ContactPoint, MAX_PAIR_POINTS, point_count, touch};
use halle_lanes::{CpuLane, Few, KernelSpec, Lane, Portable8, Rec, Slab, record};
use halle_model::articulated::ContactForm;
use halle_spatial::{Mat3, Transform, Vec3};
use nalgebra::{Matrix3, Vector3};

use super::shapes::{Shape, capsule, cuboid, cylinder, hull, pair, sphere};
use super::tables::{ball_grid, waves};
use crate::stream::Stream;

/// Envs of a test: a multiple of every width.
const ENVS: usize = 64;

/// Numbers of a transform in memory.
const TRANSFORM: usize = 12;

fn forms() -> Vec<ContactForm> {
    vec![
        ContactForm::Plane,
        sphere(0.2),
        capsule(0.1, 0.3),
        cylinder(0.2, 0.25),
        cuboid(0.2, 0.1, 0.3),
        hull([0.2, 0.3, 0.1]),
        waves(),
        ball_grid(),
    ]
}

/// All pairs that have points.
fn pairs() -> Vec<[ContactForm; 2]> {
    let forms = forms();
    let mut pairs = Vec::new();
    for (k, first) in forms.iter().enumerate() {
        for second in &forms[k..] {
            if point_count(first, second) > 0 {
                pairs.push([first.clone(), second.clone()]);
            }
        }
    }
    pairs
}

fn load<S: Lane>(array: &S::Array<'_>, from: usize) -> Transform<S> {
    let at = |k: usize| S::load(array, S::index(from + k));
    let row = |k: usize| Vec3::new(at(k), at(k + 1), at(k + 2));
    Transform {
        rotation: Mat3::new(row(0), row(3), row(6)),
        origin: row(9),
    }
}

fn law<S: Lane>([first, second]: &[ContactForm; 2], input: &S::Array<'_>) -> Vec<S> {
    let mut points: Few<ContactPoint<S>, MAX_PAIR_POINTS> = Few::new();
    touch(
        first,
        &load(input, 0),
        second,
        &load(input, TRANSFORM),
        &mut points,
    );
    let mut told = Vec::new();
    for point in &points {
        let (p, n) = (point.point, point.normal);
        told.extend([point.gap, p.x, p.y, p.z, n.x, n.y, n.z]);
    }
    told
}

fn poses(forms: &[ContactForm; 2]) -> Vec<[Shape; 2]> {
    let mut random = Stream::new(51);
    let finite = forms
        .iter()
        .all(|form| !matches!(form, ContactForm::HeightField { .. } | ContactForm::Plane));
    (0..ENVS)
        .map(|_| {
            let mut shapes = pair(
                &mut random,
                if finite {
                    forms.clone()
                } else {
                    [sphere(0.3), sphere(0.2)]
                },
            );
            for (shape, form) in shapes.iter_mut().zip(forms) {
                shape.form = form.clone();
            }
            shapes
        })
        .collect()
}

/// The numbers of one env as `f32`.
fn numbers(shapes: &[Shape; 2]) -> Vec<f32> {
    let mut row = Vec::new();
    for shape in shapes {
        row.extend(shape.rotation.transpose().iter().map(|x| *x as f32));
        row.extend(shape.origin.iter().map(|x| *x as f32));
    }
    row
}

fn run<S: CpuLane<Elem = f32>>(forms: &[ContactForm; 2], rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mut memory = Vec::new();
    for k in 0..2 * TRANSFORM {
        memory.extend(rows.iter().map(|row| row[k]));
    }
    let told = law::<S>(forms, &Slab(&mut memory));
    let mut out = vec![vec![0.0; told.len()]; S::WIDTH];
    for (k, x) in told.iter().enumerate() {
        let mut row = vec![0.0; S::WIDTH];
        S::store(&mut Slab(&mut row), 0, *x);
        for lane in 0..S::WIDTH {
            out[lane][k] = row[lane];
        }
    }
    out
}

fn check<S: CpuLane<Elem = f32>>(kind: &str) {
    for forms in pairs() {
        let rows: Vec<_> = poses(&forms).iter().map(numbers).collect();
        for group in rows.chunks(S::WIDTH) {
            let wide = run::<S>(&forms, group);
            for (row, wide) in group.iter().zip(wide) {
                let single = &run::<f32>(&forms, core::slice::from_ref(row))[0];
                let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(single), bits(&wide), "{kind} {forms:?}");
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
            check::<Avx2>("avx2");
        } else {
            println!("skipped: this machine has no AVX2");
        }
        if found.contains(&Simd::Avx512) {
            check::<Avx512>("avx512");
        } else {
            println!("skipped: this machine has no AVX-512");
        }
    }
    if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
        check::<Portable8>("portable");
    } else {
        println!("skipped: the portable kind rounds products twice in this build");
    }
}

/// Smallest gap of an env's numbers.
fn smallest(told: &[f32]) -> f64 {
    told.iter()
        .step_by(7)
        .fold(f64::INFINITY, |a, b| a.min(f64::from(*b)))
}

/// In single precision the smallest gap is that of double precision to some rounding errors of numbers of
/// size one, save where a choice between two features falls the other way.
#[test]
fn single_precision_is_near_double() {
    for forms in pairs() {
        let mut off = Vec::new();
        for shapes in poses(&forms) {
            let row = numbers(&shapes);
            let single = smallest(&run::<f32>(&forms, core::slice::from_ref(&row))[0]);
            let mut double: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
            let told = law::<f64>(&forms, &Slab(&mut double));
            let double = told.iter().step_by(7).fold(f64::INFINITY, |a, b| a.min(*b));
            off.push((single - double).abs() / double.abs().max(1.0));
        }
        off.sort_by(f64::total_cmp);
        let name = forms.each_ref().map(name);
        println!(
            "{name:?}: {:.1e}, at most {:.1e}",
            off[ENVS / 2],
            off[ENVS - 1]
        );
        assert!(
            off[ENVS / 2] < 1.0e-6 && off[ENVS - 1] < 1.0e-5,
            "{name:?} {off:?}"
        );
    }
}

/// Faces, edges and axes that lie along each other keep all their corners in single precision, wherever the
/// pair stands: rounding decides on which side of an edge a corner lies, not whether it counts.
#[test]
fn aligned_shapes_keep_their_corners_in_single_precision() {
    let flat = |form, origin: [f64; 3]| Shape::new(form, Matrix3::identity(), origin.into());
    let lower = flat(cuboid(0.2, 0.2, 0.1), [0.0; 3]);
    let lying = Matrix3::new(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0);
    let rod = Shape::new(capsule(0.05, 0.4), lying, [0.0, 0.2, 0.1499].into());
    let corners = |x: f64, y: f64| vec![[x, y], [x, -y], [-x, y], [-x, -y]];
    let cases = [
        (
            flat(cuboid(0.2, 0.2, 0.3), [0.0, 0.0, 0.3999]),
            corners(0.2, 0.2),
        ),
        (
            flat(cuboid(0.4, 0.2, 0.3), [0.0, 0.0, 0.3999]),
            corners(0.2, 0.2),
        ),
        (
            flat(cuboid(0.1, 0.3, 0.3), [0.0, 0.0, 0.3999]),
            corners(0.1, 0.2),
        ),
        (
            flat(hull([0.1, 0.15, 0.3]), [0.0, 0.0, 0.3999]),
            corners(0.1, 0.15),
        ),
        // Over the edge of the box and along it.
        (rod, vec![[-0.2, 0.2], [0.2, 0.2]]),
    ];
    let mut random = Stream::new(52);
    for (upper, feet) in &cases {
        for _ in 0..100 {
            let (turn, shift) = (random.rotation(), random.vector());
            let moved =
                |s: &Shape| Shape::new(s.form.clone(), turn * s.rotation, turn * s.origin + shift);
            let shapes = [moved(&lower), moved(upper)];
            let row = numbers(&shapes);
            let forms = shapes.each_ref().map(|s| s.form.clone());
            let told = &run::<f32>(&forms, core::slice::from_ref(&row))[0];
            for foot in feet {
                let foot = turn * Vector3::new(foot[0], foot[1], 0.1) + shift;
                let holds = |p: &[f32]| {
                    let at = Vector3::new(p[1], p[2], p[3]).map(f64::from);
                    (f64::from(p[0]) + 1.0e-4).abs() < 2.0e-6 && (at - foot).norm() < 2.0e-4
                };
                assert!(told.chunks(7).any(holds), "{forms:?} {foot:?} {told:?}");
            }
        }
    }
}

fn name(form: &ContactForm) -> &'static str {
    match form {
        ContactForm::Plane => "plane",
        ContactForm::Sphere { .. } => "sphere",
        ContactForm::Capsule { .. } => "capsule",
        ContactForm::Cylinder { .. } => "cylinder",
        ContactForm::Box { .. } => "box",
        ContactForm::Hull { .. } => "hull",
        ContactForm::HeightField { .. } => "height field",
        ContactForm::DistanceGrid { .. } => "distance grid",
    }
}

/// Every law can be recorded and is valid WGSL; what it costs is what the module's table says.
#[test]
fn laws_are_kernels_of_known_size() {
    let limits = [
        ("plane", "box", 150),
        ("capsule", "capsule", 150),
        ("box", "box", 1500),
    ];
    let mut table = String::new();
    for forms in pairs() {
        let mut spec = KernelSpec::new("touch");
        let input = spec.read("input");
        let mut output = spec.read_write("output");
        let recording = record(spec, || {
            for (k, x) in law::<Rec>(&forms, &input).into_iter().enumerate() {
                Rec::store(&mut output, Rec::index(k), x);
            }
        });
        let text = recording.wgsl();
        let module = naga::front::wgsl::parse_str(&text)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string(&text)));
        let mut validator = naga::valid::Validator::new(
            naga::valid::ValidationFlags::all(),
            naga::valid::Capabilities::empty(),
        );
        if let Err(error) = validator.validate(&module) {
            panic!("{}", error.emit_to_string(&text));
        }
        let counts = recording.operations();
        // Loads, stores and words are no arithmetic.
        let memory = ["load", "store"];
        let arithmetic: u64 = counts
            .iter()
            .filter(|kind| !memory.iter().any(|m| kind.kind.contains(m)))
            .map(|kind| kind.executed)
            .sum();
        let [a, b] = forms.each_ref().map(name);
        let points = point_count(&forms[0], &forms[1]);
        table += &format!("| {a}, {b} | {points} | {arithmetic} |\n");
        for (first, second, limit) in limits {
            assert!(
                (a, b) != (first, second) || arithmetic <= limit,
                "{a} {b}: {arithmetic}"
            );
        }
    }
    println!("{table}");
}
