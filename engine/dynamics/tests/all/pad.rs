//! The spinning compliant disc.

use core::f64::consts::PI;

use halle_dynamics::{
    PAD_POINT_COUNT, PadContact, PadParameters, Surface, pad_contact, pad_points,
};
use halle_model::{JointKind, Tool};
use halle_spatial::{Mat3, Motion, Transform, Vec3};
use nalgebra::{Isometry3, Matrix3, Rotation3, Vector3};

use crate::cells::{G, free_link, pad, rows, rpy, untouched};
use crate::laws::{at, rest, run};
use crate::stream::Stream;

/// Stiffness \[N/m\], damping \[N s/m\] and friction of the tests.
const K: f64 = 20_000.0;
const C: f64 = 120.0;
const MU: f64 = 0.25;
const R: f64 = 0.0375;

const SOFT: PadParameters<f64> = PadParameters {
    stiffness: K,
    damping: C,
    friction: MU,
};

fn transform(a_from_b: &Isometry3<f64>) -> Transform<f64> {
    let r = a_from_b.rotation.to_rotation_matrix().into_inner();
    let t = a_from_b.translation.vector;
    Transform {
        rotation: Mat3::constant(rows(&r)),
        origin: Vec3::new(t.x, t.y, t.z),
    }
}

fn vec3(v: Vector3<f64>) -> Vec3<f64> {
    Vec3::new(v.x, v.y, v.z)
}

fn dense(v: Vec3<f64>) -> Vector3<f64> {
    Vector3::new(v.x, v.y, v.z)
}

fn surface(world_from_workpiece: &Isometry3<f64>, terms: &[(usize, f64)]) -> Surface<f64> {
    let mut all = [0.0; 15];
    for (at, value) in terms {
        all[*at] = *value;
    }
    Surface {
        world_from_workpiece: transform(world_from_workpiece),
        terms: all,
        half_extent: [0.2, 0.2],
    }
}

fn flat() -> Surface<f64> {
    surface(&Isometry3::identity(), &[])
}

/// Face down with its centre at a place, turned about world axes by small angles.
fn facing(center: Vector3<f64>, tilt: Vector3<f64>) -> Isometry3<f64> {
    let down = Rotation3::from_axis_angle(&Vector3::x_axis(), PI);
    Isometry3::from_parts(center.into(), (Rotation3::new(tilt) * down).into())
}

/// Contact with a tool at rest or in motion `[angular, linear]`, its disc at some speed.
fn touch(
    surface: &Surface<f64>,
    world_from_pad: &Isometry3<f64>,
    motion: [Vector3<f64>; 2],
    spin: f64,
) -> PadContact<f64> {
    let tool = Tool {
        spindle_speed: spin,
        radius: R,
        ..pad()
    };
    let velocity = Motion {
        angular: vec3(motion[0]),
        linear: vec3(motion[1]),
    };
    pad_contact(&tool, surface, &SOFT, &transform(world_from_pad), &velocity)
}

const STILL: [Vector3<f64>; 2] = [Vector3::new(0.0, 0.0, 0.0), Vector3::new(0.0, 0.0, 0.0)];

#[test]
fn points_integrate_polynomials_over_the_disc() {
    // The mean of x^a y^b over a disc of radius R, closed form, for all powers up to five; the
    // sixth harmonic is the first that six points on a ring cannot see.
    for a in 0..6_u32 {
        for b in 0..6 - a {
            let points = pad_points(R);
            let mean = points
                .iter()
                .map(|[x, y]| x.powi(a as i32) * y.powi(b as i32))
                .sum::<f64>()
                / PAD_POINT_COUNT as f64;
            let double = |n: u32| (1..n).step_by(2).map(f64::from).product::<f64>();
            // Mean of cos^a sin^b over the circle is (a-1)!! (b-1)!! / (a+b)!!; that of r^n 2 / (n+2).
            let exact = if a % 2 == 1 || b % 2 == 1 {
                0.0
            } else {
                let n = a + b;
                let turn =
                    double(a) * double(b) / (2..=n).step_by(2).map(f64::from).product::<f64>();
                turn * 2.0 / (f64::from(n) + 2.0) * R.powi(n as i32)
            };
            let size = R.powi((a + b) as i32);
            assert!(
                (mean - exact).abs() < 1.0e-15 * size,
                "x^{a} y^{b}: {mean} {exact}"
            );
        }
    }
}

#[test]
fn pressing_a_flat_face_takes_stiffness_times_depth() {
    for depth in [1.0e-6, 1.0e-3, 5.0e-3] {
        let contact = touch(
            &flat(),
            &facing(Vector3::new(0.01, 0.02, -depth), Vector3::zeros()),
            STILL,
            0.0,
        );
        // Quadrature of a constant: exact to rounding.
        assert!((contact.axial_force / (K * depth) - 1.0).abs() < 1.0e-13);
        assert!((contact.mean_depth / depth - 1.0).abs() < 1.0e-13);
        assert!((dense(contact.force) - Vector3::z() * K * depth).amax() < 1.0e-12);
        assert!(dense(contact.moment).amax() < 1.0e-13);
    }
    // Against a slope, with the face along it: depth counts along the normal.
    let slope = 0.3_f64;
    let turned = surface(&Isometry3::identity(), &[(1, slope)]);
    let tilt = Vector3::new(0.0, -slope.atan(), 0.0);
    let normal = Rotation3::new(tilt) * Vector3::z();
    let contact = touch(&turned, &facing(normal * -1.0e-3, tilt), STILL, 0.0);
    assert!((dense(contact.force) - normal * K * 1.0e-3).amax() < 1.0e-11);
    assert!((contact.axial_force - K * 1.0e-3).abs() < 1.0e-11);
}

#[test]
fn damping_adds_to_the_force_on_approach() {
    let place = facing(Vector3::new(0.0, 0.0, -1.0e-3), Vector3::zeros());
    let approach = [Vector3::zeros(), Vector3::new(0.0, 0.0, -0.05)];
    let contact = touch(&flat(), &place, approach, 0.0);
    assert!((contact.axial_force - (K * 1.0e-3 + C * 0.05)).abs() < 1.0e-11);
}

#[test]
fn tilt_gives_the_moment_of_an_elastic_foundation() {
    // While the whole face touches: K R^2 / 4 * sin(tilt) cos(tilt) about the tilt axis, closed form.
    for angle in [0.001_f64, 0.01, 0.02] {
        for about in [0.0_f64, 0.4, 1.3] {
            let axis = Vector3::new(about.cos(), about.sin(), 0.0);
            let place = facing(Vector3::new(0.0, 0.0, -1.0e-3), axis * angle);
            let contact = touch(&flat(), &place, STILL, 0.0);
            let stiffness = K * R * R / 4.0;
            let expected = axis * (-stiffness * angle.sin() * angle.cos());
            let off = (dense(contact.moment) - expected).amax();
            assert!(off < 1.0e-13 * K, "{angle} rad: off by {off:e}");
            // In the pad's own axes: the same length, whatever the direction.
            let tilt = contact.tilt_moment;
            assert!((tilt[0].hypot(tilt[1]) - expected.norm()).abs() < 1.0e-13 * K);
            // Small angles: K R^2 / 4 * tilt to tilt^2.
            assert!((expected.norm() / (stiffness * angle) - 1.0).abs() < angle * angle);
        }
    }
}

#[test]
fn partial_contact_is_what_twelve_points_make_of_it() {
    // A face tilted so that it touches along half its width: the mean depth of a half disc under a
    // plane is 2 R sin(tilt) / (3 pi), closed form. Twelve points cannot see the edge of the contact.
    let angle = 0.02_f64;
    let exact = 2.0 * R * angle.sin() / (3.0 * PI);
    let mut worst = 0.0_f64;
    for k in 0..24 {
        let about = f64::from(k) * PI / 12.0;
        let axis = Vector3::new(about.cos(), about.sin(), 0.0);
        let contact = touch(&flat(), &facing(Vector3::zeros(), axis * angle), STILL, 0.0);
        worst = worst.max((contact.mean_depth / exact - 1.0).abs());
    }
    println!(
        "half a face in contact: mean depth off by up to {:.1} %",
        100.0 * worst
    );
    assert!(worst < 0.05, "{worst}");
}

#[test]
fn spinning_disc_drags_with_its_mean_radius() {
    // Uniform pressure: torque = mu F * mean radius. The exact mean is 2 R / 3; two rings give
    // (0.4597 + 0.8881) R / 2 = 0.6739 R, 1.08 % more.
    let force = K * 1.0e-3;
    let place = facing(Vector3::new(0.0, 0.0, -1.0e-3), Vector3::zeros());
    for spin in [314.0, -50.0] {
        let contact = touch(&flat(), &place, STILL, spin);
        let rings = 0.5 * (0.459_700_843_380_983_1 + 0.888_073_833_977_115_3) * R;
        // The disc turns about its z axis, which points down: drag turns against it.
        let torque = contact.moment.z * f64::signum(spin);
        assert!((torque - MU * force * rings).abs() < 1.0e-12, "{torque}");
        let quadrature = torque / (MU * force * R * 2.0 / 3.0) - 1.0;
        assert!((quadrature - 0.010_83).abs() < 1.0e-4, "{quadrature}");
        // No net force: opposite points drag in opposite directions.
        assert!(contact.force.x.abs() < 1.0e-12 && contact.force.y.abs() < 1.0e-12);
    }
}

#[test]
fn sliding_friction_is_coulomb_and_isotropic() {
    let force = K * 1.0e-3;
    let place = facing(Vector3::new(0.0, 0.0, -1.0e-3), Vector3::zeros());
    for degrees in [0.0_f64, 22.5, 45.0, 90.0, 201.0] {
        let (s, c) = degrees.to_radians().sin_cos();
        let direction = Vector3::new(c, s, 0.0);
        let drag = |speed: f64| {
            let contact = touch(&flat(), &place, [Vector3::zeros(), direction * speed], 0.0);
            Vector3::new(contact.force.x, contact.force.y, 0.0)
        };
        // Exactly mu F against the slip, at any speed above 5 mm/s; in proportion below.
        for speed in [0.005, 0.02, 3.0] {
            assert!(
                (drag(speed) + direction * MU * force).amax() < 1.0e-12,
                "{degrees} deg"
            );
        }
        assert!(
            (drag(0.001) + direction * MU * force * 0.2).amax() < 1.0e-12,
            "{degrees} deg"
        );
    }
}

#[test]
fn feed_of_a_spinning_disc_is_dragged_little() {
    // Fast spin turns most of the slip across the feed: drag along the feed v is mu F * v / (2 w r) per point,
    // to second order in v / (w r).
    let (spin, speed) = (314.0, 0.05);
    let place = facing(Vector3::new(0.0, 0.0, -1.0e-3), Vector3::zeros());
    let contact = touch(
        &flat(),
        &place,
        [Vector3::zeros(), Vector3::x() * speed],
        spin,
    );
    let rings = [0.459_700_843_380_983_1, 0.888_073_833_977_115_3];
    let inverse = 0.5 * rings.iter().map(|r| 1.0 / (r * R)).sum::<f64>();
    let expected = -MU * K * 1.0e-3 * speed * inverse / (2.0 * spin);
    assert!(
        (contact.force.x / expected - 1.0).abs() < 1.0e-4,
        "{} {expected}",
        contact.force.x
    );
    assert!(contact.force.y.abs() < 1.0e-12);
}

#[test]
fn pad_never_pulls() {
    let mut random = Stream::new(501);
    let bowl = surface(&Isometry3::identity(), &[(3, 0.4), (5, -0.5), (4, 0.2)]);
    for _ in 0..1000 {
        let center = Vector3::new(0.05, 0.05, 0.003).component_mul(&random.vector());
        let place = facing(center, random.vector() * 0.05);
        let motion = [random.vector(), random.vector()];
        let contact = touch(&bowl, &place, motion, 0.0);
        // Pushes stand on normals within 0.12 of vertical, friction takes at most a quarter across.
        assert!(contact.force.z >= 0.0, "{contact:?}");
        assert!(contact.mean_depth >= 0.0);
    }
    // Lifted faster than the springs follow: nothing is left, friction included.
    let place = facing(Vector3::new(0.0, 0.0, -1.0e-3), Vector3::zeros());
    let away = [
        Vector3::zeros(),
        Vector3::new(0.1, 0.0, K * 1.0e-3 / C + 0.01),
    ];
    let contact = touch(&flat(), &place, away, 314.0);
    assert_eq!(dense(contact.force), Vector3::zeros());
    assert_eq!(dense(contact.moment), Vector3::zeros());
    // Above the surface: nothing at all.
    let above = facing(Vector3::new(0.0, 0.0, 1.0e-6), Vector3::zeros());
    let contact = touch(&flat(), &above, [Vector3::zeros(), -Vector3::z()], 314.0);
    assert_eq!(dense(contact.force), Vector3::zeros());
    assert_eq!(contact.mean_depth, 0.0);
}

#[test]
fn there_is_no_contact_beyond_the_patch() {
    for (x, y) in [(0.25, 0.0), (0.0, -0.25), (-0.24, 0.24)] {
        let place = facing(Vector3::new(x, y, -1.0e-3), Vector3::zeros());
        let contact = touch(&flat(), &place, STILL, 314.0);
        assert_eq!(dense(contact.force), Vector3::zeros());
        assert_eq!(contact.mean_depth, 0.0);
    }
    // Centre on the edge, turned so that no point lies on it: half the points, half the force.
    let turn = Isometry3::rotation(Vector3::z() * 0.1);
    let place = facing(Vector3::new(0.2, 0.0, -1.0e-3), Vector3::zeros()) * turn;
    let contact = touch(&flat(), &place, STILL, 0.0);
    assert!((contact.axial_force / (0.5 * K * 1.0e-3) - 1.0).abs() < 1.0e-12);
    assert!(
        contact.moment.y > 0.0,
        "held at the inner half: tips over the edge"
    );
}

#[test]
fn contact_does_not_depend_on_where_the_cell_stands() {
    // Moving and turning workpiece, pad and velocities together turns the wrench and nothing else.
    let mut random = Stream::new(502);
    let terms = [
        (0, 0.001),
        (1, 0.05),
        (3, 0.4),
        (4, 0.3),
        (5, -0.5),
        (8, 2.0),
        (12, 5.0),
    ];
    for _ in 0..200 {
        let center = Vector3::new(0.05, 0.05, 0.002).component_mul(&random.vector());
        let place = facing(center - Vector3::z() * 0.002, random.vector() * 0.03);
        let motion = [random.vector() * 0.2, random.vector() * 0.1];
        let here = touch(
            &surface(&Isometry3::identity(), &terms),
            &place,
            motion,
            314.0,
        );

        let moved = Isometry3::new(random.vector() * 2.0, random.vector() * 3.0);
        let turn: Matrix3<f64> = moved.rotation.to_rotation_matrix().into_inner();
        let there = touch(
            &surface(&moved, &terms),
            &(moved * place),
            motion.map(|v| turn * v),
            314.0,
        );
        // Depths of a millimetre out of coordinates of metres: 1e-16 / 1e-3, times forces of 100 N.
        let tolerance = 1.0e-10;
        assert!((dense(there.force) - turn * dense(here.force)).amax() < tolerance);
        assert!((dense(there.moment) - turn * dense(here.moment)).amax() < tolerance);
        assert!((there.axial_force - here.axial_force).abs() < tolerance);
        assert!((there.mean_depth - here.mean_depth).abs() < 1.0e-14);
        for k in 0..2 {
            assert!((there.tilt_moment[k] - here.tilt_moment[k]).abs() < tolerance);
        }
    }
}

#[test]
fn weight_on_the_pad_is_carried_by_the_surface() {
    // A pad on a slide sinks until K * depth = m g; sums over substeps are what they say.
    for gain in [1.0, 2.0] {
        let mut link = free_link(None, JointKind::Prismatic, rpy(PI, 0.0, 0.0, [0.0; 3]));
        link.mass = 2.0 * gain;
        let mut model = untouched(0.002, vec![link]);
        model.tool.spindle_speed = 0.0;
        model.workpiece.world_from_workpiece = rpy(0.0, 0.0, 0.0, [0.0; 3]);
        let mut state = at::<f64>(&[0.0], &[0.0]);
        run(&model, &rest(&model), &mut state, 2000);
        let expected = 2.0 * gain * G / K;
        assert!(
            (state.q[0] / expected - 1.0).abs() < 1.0e-9,
            "{} {expected}",
            state.q[0]
        );
        // The slide has settled: a further control step of ten substeps sees the weight each time.
        let mut state = at::<f64>(&[state.q[0]], &[0.0]);
        run(&model, &rest(&model), &mut state, 10);
        assert!((state.force_sum / (10.0 * 2.0 * gain * G) - 1.0).abs() < 1.0e-8);
        assert!((state.force_peak / (2.0 * gain * G) - 1.0).abs() < 1.0e-8);
        assert!((state.depth_sum / (10.0 * expected) - 1.0).abs() < 1.0e-8);
        assert!((state.time - 0.02).abs() < 1.0e-15);
    }
}
