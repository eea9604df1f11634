//! AVX-512 and AVX2+FMA registers as lanes.
//!
//! Every operation is `inline(always)` down to the intrinsic, so that it ends up inside the
//! caller that enables the instructions; called from anywhere else it is correct but slow.
#![expect(unsafe_code, reason = "intrinsics; see the SAFETY note of each block")]

use core::arch::x86_64::*;
use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, DivAssign, Mul, MulAssign, Neg, Not, Sub, SubAssign,
};

use crate::{Bits, Body, Carry, CpuLane, Lane, Mask, Slab, trig};

// SAFETY, for every block of this file: values of these types are only made by laws run through a
// backend that has found the instruction set on this machine (`supported`), as the docs of the types
// demand; no other precondition exists for register-to-register intrinsics, and the two that touch memory are
// given a slice of full width.
macro_rules! run {
    ($e:expr) => {{
        // SAFETY: the instruction set is present, see the top of the file.
        unsafe { $e }
    }};
}

macro_rules! binary {
    ($ty:ident, $($op:ident $name:ident $intrinsic:ident),* $(,)?) => {
        $(impl $op for $ty {
            type Output = Self;
            #[inline(always)]
            fn $name(self, o: Self) -> Self { Self(run!($intrinsic(self.0, o.0))) }
        })*
    };
}

macro_rules! assign {
    ($ty:ident, $($op:ident $name:ident $plain:ident),* $(,)?) => {
        $(impl $op for $ty {
            #[inline(always)]
            fn $name(&mut self, o: Self) { *self = $plain(*self, o); }
        })*
    };
}

#[inline(always)]
fn plus<T: Add<Output = T>>(a: T, b: T) -> T {
    a + b
}
#[inline(always)]
fn minus<T: Sub<Output = T>>(a: T, b: T) -> T {
    a - b
}
#[inline(always)]
fn times<T: Mul<Output = T>>(a: T, b: T) -> T {
    a * b
}
#[inline(always)]
fn over<T: Div<Output = T>>(a: T, b: T) -> T {
    a / b
}

/// Sixteen envs in one register. Use only where `supported()` names AVX-512.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Avx512(__m512);

/// Sixteen outcomes.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Avx512Mask(__mmask16);

/// Sixteen words.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Avx512Bits(__m512i);

binary!(Avx512, Add add _mm512_add_ps, Sub sub _mm512_sub_ps, Mul mul _mm512_mul_ps,
    Div div _mm512_div_ps);
assign!(Avx512, AddAssign add_assign plus, SubAssign sub_assign minus, MulAssign mul_assign times,
    DivAssign div_assign over);
binary!(Avx512Bits, Add add _mm512_add_epi32, Mul mul _mm512_mullo_epi32,
    BitXor bitxor _mm512_xor_si512, BitAnd bitand _mm512_and_si512);

impl Neg for Avx512 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(run!(_mm512_castsi512_ps(_mm512_xor_si512(
            _mm512_castps_si512(self.0),
            _mm512_set1_epi32(i32::MIN)
        ))))
    }
}
impl BitAnd for Avx512Mask {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, o: Self) -> Self {
        Self(self.0 & o.0)
    }
}
impl BitOr for Avx512Mask {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, o: Self) -> Self {
        Self(self.0 | o.0)
    }
}
impl Not for Avx512Mask {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(!self.0)
    }
}
impl Mask for Avx512Mask {
    #[inline(always)]
    fn any(self) -> bool {
        self.0 != 0
    }
}

impl Bits for Avx512Bits {
    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self(run!(_mm512_set1_epi32(word.cast_signed())))
    }
    #[inline(always)]
    fn shr<const S: u32>(self) -> Self {
        Self(run!(_mm512_srli_epi32::<S>(self.0)))
    }
}

impl CpuLane for Avx512 {
    #[inline(always)]
    fn words(words: &[u32]) -> Avx512Bits {
        let words = &words[..16];
        Avx512Bits(run!(_mm512_loadu_si512(words.as_ptr().cast())))
    }
}

/// Eight envs in one register. Use only where `supported()` names AVX2.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Avx2(__m256);

/// Eight outcomes, all bits of a lane set or clear.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Avx2Mask(__m256);

/// Eight words.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Avx2Bits(__m256i);

binary!(Avx2, Add add _mm256_add_ps, Sub sub _mm256_sub_ps, Mul mul _mm256_mul_ps,
    Div div _mm256_div_ps);
assign!(Avx2, AddAssign add_assign plus, SubAssign sub_assign minus, MulAssign mul_assign times,
    DivAssign div_assign over);
binary!(Avx2Mask, BitAnd bitand _mm256_and_ps, BitOr bitor _mm256_or_ps);
binary!(Avx2Bits, Add add _mm256_add_epi32, Mul mul _mm256_mullo_epi32,
    BitXor bitxor _mm256_xor_si256, BitAnd bitand _mm256_and_si256);

impl Neg for Avx2 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(run!(_mm256_xor_ps(self.0, _mm256_set1_ps(-0.0))))
    }
}
impl Not for Avx2Mask {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(run!(_mm256_xor_ps(
            self.0,
            _mm256_castsi256_ps(_mm256_set1_epi32(-1))
        )))
    }
}
impl Mask for Avx2Mask {
    #[inline(always)]
    fn any(self) -> bool {
        run!(_mm256_movemask_ps(self.0)) != 0
    }
}

impl Bits for Avx2Bits {
    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self(run!(_mm256_set1_epi32(word.cast_signed())))
    }
    #[inline(always)]
    fn shr<const S: u32>(self) -> Self {
        Self(run!(_mm256_srl_epi32(
            self.0,
            _mm_cvtsi32_si128(S.cast_signed())
        )))
    }
}

impl CpuLane for Avx2 {
    #[inline(always)]
    fn words(words: &[u32]) -> Avx2Bits {
        let words = &words[..8];
        Avx2Bits(run!(_mm256_loadu_si256(words.as_ptr().cast())))
    }
}

macro_rules! register_lane {
    ($ty:ident, $mask:ident, $bits:ident, $width:literal, $load:ident, $store:ident, $set:ident,
     $fma:ident, $sqrt:ident, $min:ident, $max:ident, $abs:expr, $floor:expr, $lt:expr, $le:expr,
     $blend:expr, $to_int:ident, $from_int:ident) => {
        impl Lane for $ty {
            type Elem = f32;
            type Mask = $mask;
            type Bits = $bits;
            type Index = usize;
            type Array<'a> = Slab<'a, f32>;
            const WIDTH: usize = $width;

            #[inline(always)]
            fn splat(x: f32) -> Self {
                Self(run!($set(x)))
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                Self(run!($fma(self.0, factor.0, addend.0)))
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(run!($sqrt(self.0)))
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self(run!($abs(self.0)))
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self(run!($min(self.0, other.0)))
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self(run!($max(self.0, other.0)))
            }
            #[inline(always)]
            fn floor(self) -> Self {
                Self(run!($floor(self.0)))
            }
            #[inline(always)]
            fn sin_cos(self) -> (Self, Self) {
                trig::sin_cos(self)
            }
            #[inline(always)]
            fn lt(self, other: Self) -> $mask {
                $mask(run!($lt(self.0, other.0)))
            }
            #[inline(always)]
            fn le(self, other: Self) -> $mask {
                $mask(run!($le(self.0, other.0)))
            }
            #[inline(always)]
            fn select(mask: $mask, if_true: Self, if_false: Self) -> Self {
                Self(run!($blend(mask.0, if_true.0, if_false.0)))
            }
            #[inline(always)]
            fn to_bits(self) -> $bits {
                $bits(run!($to_int(self.0)))
            }
            #[inline(always)]
            fn from_bits(bits: $bits) -> Self {
                Self(run!($from_int(bits.0)))
            }
            #[inline(always)]
            fn index(k: usize) -> usize {
                k
            }
            #[inline(always)]
            fn index_mul_add(a: usize, stride: usize, offset: usize) -> usize {
                a * stride + offset
            }
            #[inline(always)]
            fn index_lane(index: usize) -> Self {
                Self::splat(index as f32)
            }
            #[inline(always)]
            fn load(array: &Slab<'_, f32>, index: usize) -> Self {
                let row = &array.0[index * $width..index * $width + $width];
                Self(run!($load(row.as_ptr())))
            }
            #[inline(always)]
            fn store(array: &mut Slab<'_, f32>, index: usize, value: Self) {
                let row = &mut array.0[index * $width..index * $width + $width];
                run!($store(row.as_mut_ptr(), value.0));
            }
            #[inline(always)]
            fn repeat<C: Carry<Self>, B: Body<Self, C>>(count: usize, carry: &mut C, body: &mut B) {
                for k in 0..count {
                    body.run(k, carry);
                }
            }
        }
    };
}

#[inline(always)]
unsafe fn floor512(a: __m512) -> __m512 {
    run!(_mm512_roundscale_ps::<0x09>(a))
}
#[inline(always)]
unsafe fn lt512(a: __m512, b: __m512) -> __mmask16 {
    run!(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b))
}
#[inline(always)]
unsafe fn le512(a: __m512, b: __m512) -> __mmask16 {
    run!(_mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b))
}
#[inline(always)]
unsafe fn blend512(m: __mmask16, t: __m512, f: __m512) -> __m512 {
    run!(_mm512_mask_blend_ps(m, f, t))
}
#[inline(always)]
unsafe fn abs256(a: __m256) -> __m256 {
    run!(_mm256_andnot_ps(_mm256_set1_ps(-0.0), a))
}
#[inline(always)]
unsafe fn lt256(a: __m256, b: __m256) -> __m256 {
    run!(_mm256_cmp_ps::<_CMP_LT_OQ>(a, b))
}
#[inline(always)]
unsafe fn le256(a: __m256, b: __m256) -> __m256 {
    run!(_mm256_cmp_ps::<_CMP_LE_OQ>(a, b))
}
#[inline(always)]
unsafe fn blend256(m: __m256, t: __m256, f: __m256) -> __m256 {
    run!(_mm256_blendv_ps(f, t, m))
}

register_lane!(
    Avx512,
    Avx512Mask,
    Avx512Bits,
    16,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_set1_ps,
    _mm512_fmadd_ps,
    _mm512_sqrt_ps,
    _mm512_min_ps,
    _mm512_max_ps,
    _mm512_abs_ps,
    floor512,
    lt512,
    le512,
    blend512,
    _mm512_cvttps_epi32,
    _mm512_cvtepi32_ps
);
register_lane!(
    Avx2,
    Avx2Mask,
    Avx2Bits,
    8,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_set1_ps,
    _mm256_fmadd_ps,
    _mm256_sqrt_ps,
    _mm256_min_ps,
    _mm256_max_ps,
    abs256,
    _mm256_floor_ps,
    lt256,
    le256,
    blend256,
    _mm256_cvttps_epi32,
    _mm256_cvtepi32_ps
);
