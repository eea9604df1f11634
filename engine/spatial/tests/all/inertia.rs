//! Articulated inertia against its dense 6x6 matrix.

use halle_spatial::{ArticulatedInertia, Motion, Sym3, Vec3, Wrench};
use nalgebra::{Matrix3, Matrix6, Vector3};

use crate::dense::{
    Stream, check, dense_motion, dense_wrench, dense3, dense33, dense66, shift, sym, vec,
};

#[test]
fn rigid_body_is_a_sum_of_point_masses() {
    // Twelve points with random masses: the matrix about the origin is the sum of m X^T X, with X the
    // map from motion of the origin to velocity of the point.
    let mut random = Stream::new(11);
    for _ in 0..50 {
        let points: Vec<(f64, Vector3<f64>)> = (0..12)
            .map(|_| (1.5 + random.signed(), random.vector()))
            .collect();
        let mass: f64 = points.iter().map(|p| p.0).sum();
        let center = points.iter().map(|(m, p)| p * *m).sum::<Vector3<f64>>() / mass;
        let mut about_center = Matrix3::zeros();
        let mut expected = Matrix6::zeros();
        for (m, p) in &points {
            let d = p - center;
            about_center += (Matrix3::identity() * d.norm_squared() - d * d.transpose()) * *m;
            let mut x = nalgebra::Matrix3x6::zeros();
            x.fixed_view_mut::<3, 3>(0, 0).copy_from(&-p.cross_matrix());
            x.fixed_view_mut::<3, 3>(0, 3)
                .copy_from(&Matrix3::identity());
            expected += x.transpose() * x * *m;
        }
        let body = ArticulatedInertia::of_body(mass, vec(&center), sym(&about_center));
        check(dense66(&body), expected, 4.0 * mass);
    }
}

#[test]
fn apply_and_plus() {
    let mut random = Stream::new(12);
    for _ in 0..100 {
        let (i, j) = (random.inertia(), random.inertia());
        let a = Motion {
            angular: vec(&random.vector()),
            linear: vec(&random.vector()),
        };
        check(
            dense_wrench(&i.apply(&a)),
            dense66(&i) * dense_motion(&a),
            20.0,
        );
        check(dense66(&i.plus(&j)), dense66(&i) + dense66(&j), 8.0);
    }
}

#[test]
fn shift_is_a_congruence() {
    // About an origin at -r: X I X^T with X = [[1, r x], [0, 1]].
    let mut random = Stream::new(13);
    for _ in 0..100 {
        let (i, r) = (random.inertia(), random.vector() * 2.0);
        let x = shift(&r);
        let moved = i.shifted(vec(&r));
        check(dense66(&moved), x * dense66(&i) * x.transpose(), 100.0);
        // There and back again, and in two steps as in one.
        check(dense66(&moved.shifted(vec(&-r))), dense66(&i), 200.0);
        let half = vec(&(r * 0.5));
        check(
            dense66(&i.shifted(half).shifted(half)),
            dense66(&moved),
            200.0,
        );
        let w = Wrench {
            moment: vec(&random.vector()),
            force: vec(&random.vector()),
        };
        check(dense_wrench(&w.shifted(vec(&r))), x * dense_wrench(&w), 4.0);
    }
}

#[test]
fn without_joint_is_the_schur_complement() {
    let mut random = Stream::new(14);
    for k in 0..100 {
        let i = random.inertia();
        let axis = random.vector().normalize();
        // A turning joint moves the angular part, a sliding one the linear part.
        let free = if k % 2 == 0 {
            Motion {
                angular: vec(&axis),
                linear: Vec3::zero(),
            }
        } else {
            Motion {
                angular: Vec3::zero(),
                linear: vec(&axis),
            }
        };
        let (dense, s) = (dense66(&i), dense_motion(&free));
        let u = i.apply(&free);
        let d = s.dot(&(dense * s));
        let left = i.without_joint(&u, 1.0 / d);
        let u_dense = dense * s;
        // Entries of u u^T / d stay below those of I, whose entries stay below seven.
        check(
            dense66(&left),
            dense - u_dense * u_dense.transpose() / d,
            20.0,
        );
        // What is left gives no wrench against motion along the joint.
        check(
            dense_wrench(&left.apply(&free)),
            nalgebra::Vector6::zeros(),
            20.0,
        );
    }
}

#[test]
fn rotated_inertia_keeps_its_principal_moments() {
    let mut random = Stream::new(15);
    for _ in 0..50 {
        let principal = Vector3::new(0.1, 0.2, 0.3) + random.vector() * 0.04;
        let r = random.rotation();
        let turned = Sym3::constant([principal.x, principal.y, principal.z, 0.0, 0.0, 0.0])
            .rotated(&crate::dense::mat(&r));
        let mut got: Vec<f64> = dense33(&turned.full())
            .symmetric_eigenvalues()
            .iter()
            .copied()
            .collect();
        got.sort_by(f64::total_cmp);
        let off = Vector3::from_column_slice(&got) - principal;
        // The eigenvalue iteration stops at its own 1e-15.
        assert!(off.amax() < 1.0e-14, "{got:?} {principal}");
        // Each principal axis is a column of the rotation.
        let along = dense3(&turned.apply(vec(&r.column(1).into_owned())));
        check(along, r.column(1) * principal.y, 1.0);
    }
}
