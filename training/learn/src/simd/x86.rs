//! AVX-512, and AVX2 with FMA.
#![expect(unsafe_code, reason = "processor intrinsics")]

use core::arch::x86_64::*;

use super::{LANES, Wide};

/// One register of 16 lanes.
///
/// Made only inside the `avx512` twins of `dispatch!`, where the instructions are known to exist.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(__m512);

/// Two registers of 8 lanes.
///
/// Made only inside the `avx2` twins of `dispatch!`, where the instructions are known to exist.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(__m256, __m256);

macro_rules! avx512 {
    ($($name:ident($($arg:ident),*) = $intrinsic:ident;)*) => {
        $(#[inline(always)]
        fn $name(self, $($arg: Self),*) -> Self {
            // SAFETY: values of this type exist only where AVX-512F does.
            Self(unsafe { $intrinsic(self.0, $($arg.0),*) })
        })*
    };
}

impl Wide for Avx512 {
    const TILE: usize = 4;

    avx512! {
        add(other) = _mm512_add_ps;
        sub(other) = _mm512_sub_ps;
        mul(other) = _mm512_mul_ps;
        div(other) = _mm512_div_ps;
        sqrt() = _mm512_sqrt_ps;
        min(other) = _mm512_min_ps;
        max(other) = _mm512_max_ps;
        fma(b, c) = _mm512_fmadd_ps;
    }

    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: reached only from code compiled for AVX-512F.
        Self(unsafe { _mm512_set1_ps(x) })
    }
    #[inline(always)]
    fn load(x: &[f32; LANES]) -> Self {
        // SAFETY: the reference covers sixteen floats; AVX-512F as above.
        Self(unsafe { _mm512_loadu_ps(x.as_ptr()) })
    }
    #[inline(always)]
    fn store(self, out: &mut [f32; LANES]) {
        // SAFETY: the reference covers sixteen floats; AVX-512F as above.
        unsafe { _mm512_storeu_ps(out.as_mut_ptr(), self.0) };
    }
    #[inline(always)]
    unsafe fn load_from(from: *const f32) -> Self {
        // SAFETY: the caller vouches for sixteen readable floats.
        Self(unsafe { _mm512_loadu_ps(from) })
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut f32) {
        // SAFETY: the caller vouches for sixteen writable floats.
        unsafe { _mm512_storeu_ps(to, self.0) };
    }
    #[inline(always)]
    fn where_positive(self, positive: Self, other: Self) -> Self {
        // SAFETY: values of this type exist only where AVX-512F does.
        Self(unsafe {
            let mask = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, _mm512_setzero_ps());
            _mm512_mask_blend_ps(mask, other.0, positive.0)
        })
    }
    #[inline(always)]
    fn pow2_of_shifted(self) -> Self {
        // SAFETY: values of this type exist only where AVX-512F does.
        Self(unsafe {
            let exponent = _mm512_slli_epi32::<23>(_mm512_castps_si512(self.0));
            _mm512_castsi512_ps(_mm512_add_epi32(exponent, _mm512_set1_epi32(0x3F80_0000)))
        })
    }
}

macro_rules! avx2 {
    ($($name:ident($($arg:ident),*) = $intrinsic:ident;)*) => {
        $(#[inline(always)]
        fn $name(self, $($arg: Self),*) -> Self {
            // SAFETY: values of this type exist only where AVX2 and FMA do.
            unsafe { Self($intrinsic(self.0, $($arg.0),*), $intrinsic(self.1, $($arg.1),*)) }
        })*
    };
}

impl Wide for Avx2 {
    const TILE: usize = 1;

    avx2! {
        add(other) = _mm256_add_ps;
        sub(other) = _mm256_sub_ps;
        mul(other) = _mm256_mul_ps;
        div(other) = _mm256_div_ps;
        sqrt() = _mm256_sqrt_ps;
        min(other) = _mm256_min_ps;
        max(other) = _mm256_max_ps;
        fma(b, c) = _mm256_fmadd_ps;
    }

    #[inline(always)]
    fn splat(x: f32) -> Self {
        // SAFETY: reached only from code compiled for AVX2 and FMA.
        let lanes = unsafe { _mm256_set1_ps(x) };
        Self(lanes, lanes)
    }
    #[inline(always)]
    fn load(x: &[f32; LANES]) -> Self {
        // SAFETY: the reference covers sixteen floats.
        unsafe { Self::load_from(x.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, out: &mut [f32; LANES]) {
        // SAFETY: the reference covers sixteen floats.
        unsafe { self.store_to(out.as_mut_ptr()) };
    }
    #[inline(always)]
    unsafe fn load_from(from: *const f32) -> Self {
        // SAFETY: the caller vouches for sixteen readable floats.
        unsafe { Self(_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))) }
    }
    #[inline(always)]
    unsafe fn store_to(self, to: *mut f32) {
        // SAFETY: the caller vouches for sixteen writable floats.
        unsafe {
            _mm256_storeu_ps(to, self.0);
            _mm256_storeu_ps(to.add(8), self.1);
        }
    }
    #[inline(always)]
    fn where_positive(self, positive: Self, other: Self) -> Self {
        #[inline(always)]
        fn half(x: __m256, positive: __m256, other: __m256) -> __m256 {
            // SAFETY: values of this type exist only where AVX2 and FMA do.
            unsafe {
                let mask = _mm256_cmp_ps::<_CMP_GT_OQ>(x, _mm256_setzero_ps());
                _mm256_blendv_ps(other, positive, mask)
            }
        }
        Self(
            half(self.0, positive.0, other.0),
            half(self.1, positive.1, other.1),
        )
    }
    #[inline(always)]
    fn pow2_of_shifted(self) -> Self {
        #[inline(always)]
        fn half(x: __m256) -> __m256 {
            // SAFETY: values of this type exist only where AVX2 and FMA do.
            unsafe {
                let exponent = _mm256_slli_epi32::<23>(_mm256_castps_si256(x));
                _mm256_castsi256_ps(_mm256_add_epi32(exponent, _mm256_set1_epi32(0x3F80_0000)))
            }
        }
        Self(half(self.0), half(self.1))
    }
}
