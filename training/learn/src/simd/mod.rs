//! Sixteen `f32` lanes on the widest registers of the machine.
//!
//! Kernels are written once over [`Wide`] and compiled three times: for AVX-512, for AVX2 with FMA,
//! and for whatever the build targets. Every operation is exact IEEE arithmetic per lane and every
//! sum runs in the same order, so AVX-512, AVX2 and any target with a fused multiply-add give the
//! same bits. A baseline x86-64 processor without FMA rounds twice and gives others.

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use portable::Portable;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

/// Lanes of every [`Wide`].
pub(crate) const LANES: usize = 16;

/// Instruction set that kernels run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    /// What the build targets.
    Portable,
    /// Two registers of 8 lanes with FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// One register of 16 lanes.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// The widest that this machine has; detection is cached by the standard library.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let fma = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if fma && is_x86_feature_detected!("avx512f") {
                return Self::Avx512;
            }
            if fma {
                return Self::Avx2;
            }
        }
        Self::Portable
    }

    /// Those that this machine can run.
    #[cfg(test)]
    pub(crate) fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        match Self::detect() {
            Self::Avx512 => return vec![Self::Portable, Self::Avx2, Self::Avx512],
            Self::Avx2 => return vec![Self::Portable, Self::Avx2],
            Self::Portable => {}
        }
        vec![Self::Portable]
    }

    /// Name for reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
        }
    }
}

/// Sixteen `f32` lanes.
///
/// `min` and `max` return their second operand unless the first is strictly smaller or larger, as
/// the x86 instructions do: with the data second, a NaN survives a clamp.
pub(crate) trait Wide: Copy {
    /// Columns of sixteen that a tile of a product holds in registers.
    const TILE: usize;

    fn splat(x: f32) -> Self;
    fn load(x: &[f32; LANES]) -> Self;
    fn store(self, out: &mut [f32; LANES]);

    /// # Safety
    ///
    /// `from` must be valid for reading sixteen `f32`; no alignment is needed.
    #[expect(unsafe_code, reason = "inner loops of products carry no bounds checks")]
    unsafe fn load_from(from: *const f32) -> Self;

    /// # Safety
    ///
    /// `to` must be valid for writing sixteen `f32`; no alignment is needed.
    #[expect(unsafe_code, reason = "inner loops of products carry no bounds checks")]
    unsafe fn store_to(self, to: *mut f32);

    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn sqrt(self) -> Self;
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    /// `self * b + c`, rounded once where the hardware can.
    fn fma(self, b: Self, c: Self) -> Self;
    /// `positive` where `self > 0`, else `other`.
    fn where_positive(self, positive: Self, other: Self) -> Self;
    /// `2^n` for lanes that hold `1.5 * 2^23 + n`, with `n` whole and within -126 to 127.
    fn pow2_of_shifted(self) -> Self;
}

/// Defines a function that runs `$body::<V>` with the lanes of `$isa`.
macro_rules! dispatch {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) = $body:ident) => {
        $(#[$doc])*
        #[expect(unsafe_code, reason = "calls code compiled for instructions found at run time")]
        $vis fn $name(isa: $crate::simd::Isa, $($arg: $ty),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $ty),*) {
                $body::<$crate::simd::Avx2>($($arg),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx2,fma")]
            fn avx512($($arg: $ty),*) {
                $body::<$crate::simd::Avx512>($($arg),*);
            }
            match isa {
                $crate::simd::Isa::Portable => $body::<$crate::simd::Portable>($($arg),*),
                // SAFETY: `Isa::detect` gives this value only where the processor has the feature.
                #[cfg(target_arch = "x86_64")]
                $crate::simd::Isa::Avx2 => unsafe { avx2($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::simd::Isa::Avx512 => unsafe { avx512($($arg),*) },
            }
        }
    };
}
pub(crate) use dispatch;
