//! Sine and cosine from exactly rounded operations.

use crate::Lane;

/// Sine and cosine in `f32` arithmetic, the same bits on every kind of lane.
///
/// Range reduction by pi/2 in three parts (Cody and Waite 1980), then the minimax polynomials of the
/// Cephes library (`sinf`, `cosf`) on ±pi/4: error below 2e-7 within ±8000 rad.
#[inline(always)]
pub(crate) fn sin_cos<S: Lane>(x: S) -> (S, S) {
    let turns = x
        .mul_add(S::lit(core::f64::consts::FRAC_2_PI), S::lit(0.5))
        .floor();
    let r = turns.mul_add(S::lit(-1.570_312_5), x);
    let r = turns.mul_add(S::lit(-4.837_512_969_970_703e-4), r);
    let r = turns.mul_add(S::lit(-7.549_789_948_768_648e-8), r);
    let r2 = r * r;
    let p = r2.mul_add(S::lit(-1.951_529_589e-4), S::lit(8.332_160_873_6e-3));
    let p = p.mul_add(r2, S::lit(-1.666_665_461_1e-1));
    let sine = (p * r2).mul_add(r, r);
    let p = r2.mul_add(
        S::lit(2.443_315_711_809_948e-5),
        S::lit(-1.388_731_625_493_765e-3),
    );
    let p = p.mul_add(r2, S::lit(4.166_664_568_298_827e-2));
    let cosine = (p * r2).mul_add(r2, r2.mul_add(S::lit(-0.5), S::lit(1.0)));
    // The quadrant: turns modulo four, as 0, 1, 2 or 3.
    let quadrant = turns - (turns * S::lit(0.25)).floor() * S::lit(4.0);
    let half = S::lit(0.5);
    let odd = (quadrant - S::lit(1.0)).abs().lt(half) | (quadrant - S::lit(3.0)).abs().lt(half);
    let flip_sine = quadrant.gt(S::lit(1.5));
    let flip_cosine = (quadrant - S::lit(1.5)).abs().lt(S::lit(1.0));
    let s = S::select(odd, cosine, sine);
    let c = S::select(odd, sine, cosine);
    (S::select(flip_sine, -s, s), S::select(flip_cosine, -c, c))
}
