//! Vectors, matrices, transforms.

use halle_spatial::{Motion, Sym3, Transform, Vec3, Wrench};

use crate::dense::{Stream, check, dense3, dense33, mat, sym, vec};

#[test]
fn vectors() {
    let mut random = Stream::new(1);
    for _ in 0..100 {
        let (a, b, s) = (random.vector(), random.vector(), random.signed());
        let (x, y) = (vec(&a), vec(&b));
        check(dense3(&(x + y)), a + b, 1.0);
        check(dense3(&(x - y)), a - b, 1.0);
        check(dense3(&-x), -a, 1.0);
        check(dense3(&(x * s)), a * s, 1.0);
        check(dense3(&x.mul_add(s, y)), a * s + b, 1.0);
        check(dense3(&x.cross(y)), a.cross(&b), 1.0);
        assert!((x.dot(y) - a.dot(&b)).abs() < 1.0e-15);
        assert!((x.norm() - a.norm()).abs() < 1.0e-15);
        check(
            dense3(&Vec3::select(s < 0.0, x, y)),
            if s < 0.0 { a } else { b },
            0.0,
        );
    }
}

#[test]
fn matrices() {
    let mut random = Stream::new(2);
    for _ in 0..100 {
        let (a, b, v) = (random.matrix(), random.matrix(), random.vector());
        let (m, n) = (mat(&a), mat(&b));
        check(dense3(&m.apply(vec(&v))), a * v, 3.0);
        check(dense3(&m.apply_transposed(vec(&v))), a.transpose() * v, 3.0);
        check(dense33(&m.product(&n)), a * b, 3.0);
        check(dense33(&m.product_transposed(&n)), a * b.transpose(), 3.0);
        check(dense33(&m.transposed()), a.transpose(), 0.0);
        check(dense33(&m.plus(&n)), a + b, 2.0);
        check(
            dense33(&m.crossed_from_left(vec(&v))),
            v.cross_matrix() * a,
            3.0,
        );
        for (k, column) in [m.column_x(), m.column_y(), m.column_z()]
            .iter()
            .enumerate()
        {
            check(dense3(column), a.column(k).into_owned(), 0.0);
        }
        let angle = 3.0 * random.signed();
        let turn = nalgebra::Rotation3::from_axis_angle(&nalgebra::Vector3::z_axis(), angle);
        check(
            dense33(&m.turned_z(angle.cos(), angle.sin())),
            a * turn.matrix(),
            3.0,
        );
    }
}

#[test]
fn symmetric_matrices() {
    let mut random = Stream::new(3);
    for _ in 0..100 {
        let (a, b, v, d) = (
            random.symmetric(),
            random.symmetric(),
            random.vector(),
            random.signed(),
        );
        let r = random.rotation();
        let m = sym(&a);
        check(dense33(&m.full()), a, 0.0);
        check(dense33(&Sym3::of(&mat(&a)).full()), a, 0.0);
        check(dense3(&m.apply(vec(&v))), a * v, 6.0);
        check(dense33(&m.plus(&sym(&b)).full()), a + b, 4.0);
        check(
            dense33(&m.minus_outer(vec(&v), d).full()),
            a - v * v.transpose() * d,
            4.0,
        );
        check(
            dense33(&m.rotated(&mat(&r)).full()),
            r * a * r.transpose(),
            6.0,
        );
        // A full turn back and forth leaves the eigenvalues, so also the trace, alone.
        let back = m.rotated(&mat(&r)).rotated(&mat(&r.transpose()));
        check(dense33(&back.full()), a, 12.0);
    }
}

#[test]
fn transforms_invert_and_chain() {
    let mut random = Stream::new(4);
    for _ in 0..100 {
        let frame = |random: &mut Stream| Transform {
            rotation: mat(&random.rotation()),
            origin: vec(&random.vector()),
        };
        let (a_from_b, b_from_c) = (frame(&mut random), frame(&mut random));
        let p = random.vector();
        let there = a_from_b.point(vec(&p));
        check(dense3(&a_from_b.point_back(there)), p, 4.0);
        let expected = dense33(&a_from_b.rotation) * p + dense3(&a_from_b.origin);
        check(dense3(&there), expected, 4.0);
        let chained = a_from_b.then(&b_from_c).point(vec(&p));
        check(
            dense3(&chained),
            dense3(&a_from_b.point(b_from_c.point(vec(&p)))),
            6.0,
        );
        // The inverse written out undoes the transform.
        let back = a_from_b.rotation.transposed();
        let b_from_a = Transform {
            rotation: back,
            origin: back.apply(-a_from_b.origin),
        };
        let same = b_from_a.then(&a_from_b);
        check(dense33(&same.rotation), nalgebra::Matrix3::identity(), 3.0);
        check(dense3(&same.origin), nalgebra::Vector3::zeros(), 4.0);
    }
}

#[test]
fn power_does_not_depend_on_the_point_of_reference() {
    let mut random = Stream::new(5);
    for _ in 0..100 {
        let (w, v, m, f, r) = (
            random.vector(),
            random.vector(),
            random.vector(),
            random.vector(),
            random.vector(),
        );
        // The body's origin is `r` away from a second point whose velocity is v - w x r.
        let motion = Motion {
            angular: vec(&w),
            linear: vec(&v),
        };
        let wrench = Wrench {
            moment: vec(&m),
            force: vec(&f),
        };
        let moved = wrench.shifted(vec(&r));
        let power = m.dot(&w) + f.dot(&v);
        let there = dense3(&motion.at(vec(&-r)));
        let seen = dense3(&moved.moment).dot(&w) + dense3(&moved.force).dot(&there);
        assert!((power - seen).abs() < 100.0 * f64::EPSILON * 10.0);
        let only = Wrench::of_force(vec(&r), vec(&f));
        check(dense3(&only.moment), r.cross(&f), 2.0);
        check(
            dense3(&only.plus(&only.negated()).moment),
            nalgebra::Vector3::zeros(),
            0.0,
        );
    }
}
