//! Two directions across a normal.

use halle_lanes::Lane;
use halle_spatial::Vec3;

use super::measure::sign;

/// Two tangents of a unit normal: `(t1, t2, normal)` is orthonormal and right-handed.
///
/// Without branches and continuous but where the normal's z changes its sign (Duff et al. 2017).
#[inline(always)]
pub fn tangents<S: Lane>(normal: Vec3<S>) -> (Vec3<S>, Vec3<S>) {
    let one = S::lit(1.0);
    let side = sign(normal.z);
    let a = -(one / (side + normal.z));
    let b = normal.x * normal.y * a;
    let (x, y) = (normal.x * a, normal.y * a);
    (
        Vec3::new(
            (side * normal.x).mul_add(x, one),
            side * b,
            -(side * normal.x),
        ),
        Vec3::new(b, normal.y.mul_add(y, side), -normal.y),
    )
}
