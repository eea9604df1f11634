//! Each operation of each kind of lane gives the bits that plain `f32` gives.

use halle_lanes::{CpuLane, Lane};

use crate::kinds::{BOUNDARY, any_floats, for_each_kind, map3, pairs, plain_floats, same};

/// Checks one operation against the scalar written with std alone.
fn check<S: CpuLane<Elem = f32>>(
    name: &str,
    [a, b]: &[Vec<f32>; 2],
    law: impl Fn(S, S) -> S,
    expected: impl Fn(f32, f32) -> f32,
) {
    let got = map3::<S>([a, b, b], |x, y, _| law(x, y));
    for k in 0..a.len() {
        let want = expected(a[k], b[k]);
        assert!(
            same(got[k], want),
            "{name}({:e}, {:e}): {:e}, not {want:e}",
            a[k],
            b[k],
            got[k]
        );
    }
}

fn truth(yes: bool) -> f32 {
    if yes { 1.0 } else { 0.0 }
}

fn told<S: Lane>(mask: S::Mask) -> S {
    S::select(mask, S::lit(1.0), S::lit(0.0))
}

#[expect(
    clippy::neg_cmp_op_on_partial_ord,
    reason = "the law under test is `not`, NaN included"
)]
fn operations<S: CpuLane<Elem = f32>>(kind: &str) {
    let n = |op: &str| format!("{kind} {op}");
    // Arithmetic on what it may yield, too: overflow, infinity minus infinity, NaN.
    let all = pairs(true);
    check::<S>(&n("+"), &all, |a, b| a + b, |a, b| a + b);
    check::<S>(&n("-"), &all, |a, b| a - b, |a, b| a - b);
    check::<S>(&n("*"), &all, |a, b| a * b, |a, b| a * b);
    check::<S>(&n("/"), &all, |a, b| a / b, |a, b| a / b);
    check::<S>(
        &n("neg"),
        &all,
        |a, _| -a,
        |a, _| f32::from_bits(a.to_bits() ^ 0x8000_0000),
    );
    check::<S>(&n("sqrt"), &all, |a, _| a.sqrt(), |a, _| a.sqrt());
    check::<S>(
        &n("abs"),
        &all,
        |a, _| a.abs(),
        |a, _| f32::from_bits(a.to_bits() & 0x7fff_ffff),
    );
    check::<S>(&n("floor"), &all, |a, _| a.floor(), |a, _| a.floor());
    check::<S>(&n("<"), &all, |a, b| told(a.lt(b)), |a, b| truth(a < b));
    check::<S>(&n("<="), &all, |a, b| told(a.le(b)), |a, b| truth(a <= b));
    check::<S>(&n(">"), &all, |a, b| told(a.gt(b)), |a, b| truth(a > b));
    check::<S>(&n(">="), &all, |a, b| told(a.ge(b)), |a, b| truth(a >= b));
    check::<S>(
        &n("not"),
        &all,
        |a, b| told(!a.lt(b)),
        |a, b| truth(!(a < b)),
    );
    check::<S>(
        &n("and"),
        &all,
        |a, b| told(a.le(b) & b.le(a)),
        |a, b| truth(a == b),
    );
    check::<S>(
        &n("or"),
        &all,
        |a, b| told(a.lt(b) | b.lt(a)),
        |a, b| truth(a < b || b < a),
    );
    check::<S>(
        &n("select"),
        &all,
        |a, b| S::select(a.lt(b), a, b),
        |a, b| if a < b { a } else { b },
    );
    check::<S>(
        &n("is_finite"),
        &all,
        |a, _| told(a.is_finite()),
        |a, _| truth(a.abs() < 3.0e38),
    );

    // min and max exclude NaN. Where both compare equal (two zeros), the second is taken.
    let finite = pairs(false);
    check::<S>(
        &n("min"),
        &finite,
        |a, b| a.min(b),
        |a, b| if a < b { a } else { b },
    );
    check::<S>(
        &n("max"),
        &finite,
        |a, b| a.max(b),
        |a, b| if a > b { a } else { b },
    );
    let law = |a: S, b: S| a.clamp(S::lit(-1.5), b.abs());
    check::<S>(&n("clamp"), &finite, law, |a, b| {
        let low = if a > -1.5 { a } else { -1.5 };
        if low < b.abs() { low } else { b.abs() }
    });

    let change = |f: fn(&mut S, S)| {
        move |mut a: S, b: S| {
            f(&mut a, b);
            a
        }
    };
    check::<S>(&n("+="), &all, change(|a, b| *a += b), |a, b| a + b);
    check::<S>(&n("-="), &all, change(|a, b| *a -= b), |a, b| a - b);
    check::<S>(&n("*="), &all, change(|a, b| *a *= b), |a, b| a * b);
    check::<S>(&n("/="), &all, change(|a, b| *a /= b), |a, b| a / b);
}

#[test]
fn operations_have_the_bits_of_f32() {
    for_each_kind!(operations);
}

/// Every triple of boundary numbers, then random triples.
fn triples() -> [Vec<f32>; 3] {
    let mut out: [Vec<f32>; 3] = core::array::from_fn(|_| Vec::new());
    for a in BOUNDARY {
        for b in BOUNDARY {
            for c in BOUNDARY {
                out[0].push(a);
                out[1].push(b);
                out[2].push(c);
            }
        }
    }
    for (i, row) in out.iter_mut().enumerate() {
        row.extend(any_floats(10 + i as u32, 5000));
        row.extend(plain_floats(20 + i as u32, 5000));
    }
    // Products that nearly cancel the addend: what a second rounding would get wrong.
    let n = out[0].len();
    for k in n - 5000..n {
        let (a, b) = (out[0][k], out[1][k]);
        out[0].push(a);
        out[1].push(b);
        out[2].push(-(a * b));
    }
    out
}

fn multiply_add<S: CpuLane<Elem = f32>>(kind: &str) {
    let [a, b, c] = triples();
    let got = map3::<S>([&a, &b, &c], |x, y, z| x.mul_add(y, z));
    // The portable kind rounds product and sum apart where the build has no fused instruction.
    let fused = kind != "portable" || cfg!(any(target_feature = "fma", target_arch = "aarch64"));
    for k in 0..a.len() {
        let want = if fused {
            a[k].mul_add(b[k], c[k])
        } else {
            a[k] * b[k] + c[k]
        };
        let name = format!("{kind} mul_add({:e}, {:e}, {:e})", a[k], b[k], c[k]);
        assert!(same(got[k], want), "{name}: {:e}, not {want:e}", got[k]);
    }
}

#[test]
fn multiply_add_rounds_once() {
    for_each_kind!(multiply_add);
    // 2^-24 is lost when the product is rounded first: (1 + 2^-12)^2 - (1 + 2^-11) = 2^-24.
    let x = 1.0_f32 + 2.0_f32.powi(-12);
    assert_eq!(
        Lane::mul_add(x, x, -(1.0 + 2.0_f32.powi(-11))),
        2.0_f32.powi(-24)
    );
}

#[test]
fn f64_lane_is_f64() {
    let [a, b, c] = triples().map(|v| v.into_iter().map(f64::from).collect::<Vec<_>>());
    for k in 0..a.len() {
        let (a, b, c) = (a[k] * 1.1, b[k] / 3.0, c[k] + 0.1);
        let same = |x: f64, y: f64| x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan());
        assert!(same(Lane::mul_add(a, b, c), a.mul_add(b, c)));
        assert!(same(Lane::sqrt(a), a.sqrt()));
        assert!(same(Lane::abs(a), a.abs()));
        assert!(same(Lane::floor(a), a.floor()));
        assert!(same(Lane::min(a, b), if a < b { a } else { b }));
        assert!(same(Lane::max(a, b), if a > b { a } else { b }));
        assert!(same(Lane::clamp(a, -1.5, 2.5), a.clamp(-1.5, 2.5)));
        assert_eq!(Lane::lt(a, b), a < b);
    }
    // A literal keeps all its digits.
    assert_eq!(<f64 as Lane>::lit(0.1), 0.1);
    assert_eq!(<f32 as Lane>::lit(0.1), 0.1_f32);
}
