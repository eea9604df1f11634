//! Lanes in an array; the compiler vectorises for what the build targets.

use super::{LANES, Wide};

/// Sixteen lanes in memory order.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f32; LANES]);

/// Whether one multiply-add instruction exists; without, a library call would take 100 times as long.
const FUSED: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

impl Portable {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(core::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl Wide for Portable {
    const TILE: usize = 1;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; LANES])
    }
    #[inline(always)]
    fn load(x: &[f32; LANES]) -> Self {
        Self(*x)
    }
    #[inline(always)]
    fn store(self, out: &mut [f32; LANES]) {
        *out = self.0;
    }
    #[inline(always)]
    #[expect(unsafe_code, reason = "contract of the trait")]
    unsafe fn load_from(from: *const f32) -> Self {
        // SAFETY: the caller vouches for sixteen readable floats.
        Self(unsafe { from.cast::<[f32; LANES]>().read_unaligned() })
    }
    #[inline(always)]
    #[expect(unsafe_code, reason = "contract of the trait")]
    unsafe fn store_to(self, to: *mut f32) {
        // SAFETY: the caller vouches for sixteen writable floats.
        unsafe { to.cast::<[f32; LANES]>().write_unaligned(self.0) };
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.map(f32::sqrt))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        Self(core::array::from_fn(|i| {
            if FUSED {
                self.0[i].mul_add(b.0[i], c.0[i])
            } else {
                self.0[i] * b.0[i] + c.0[i]
            }
        }))
    }
    #[inline(always)]
    fn where_positive(self, positive: Self, other: Self) -> Self {
        Self(core::array::from_fn(|i| {
            if self.0[i] > 0.0 {
                positive.0[i]
            } else {
                other.0[i]
            }
        }))
    }
    #[inline(always)]
    fn pow2_of_shifted(self) -> Self {
        Self(
            self.0
                .map(|x| f32::from_bits((x.to_bits() << 23).wrapping_add(0x3F80_0000))),
        )
    }
}
