//! Plain floats as lanes: the reference and the mirror.

use crate::{Bits, Body, Carry, CpuLane, Elem, Lane, Mask, Slab, trig};

impl Elem for f32 {
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as Self
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Elem for f64 {
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

impl Mask for bool {
    #[inline(always)]
    fn any(self) -> bool {
        self
    }
}

/// A word with wrapping arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Word(pub u32);

impl core::ops::Add for Word {
    type Output = Self;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        Self(self.0.wrapping_add(o.0))
    }
}
impl core::ops::Mul for Word {
    type Output = Self;
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        Self(self.0.wrapping_mul(o.0))
    }
}
impl core::ops::BitXor for Word {
    type Output = Self;
    #[inline(always)]
    fn bitxor(self, o: Self) -> Self {
        Self(self.0 ^ o.0)
    }
}
impl core::ops::BitAnd for Word {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, o: Self) -> Self {
        Self(self.0 & o.0)
    }
}

impl Bits for Word {
    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self(word)
    }
    #[inline(always)]
    fn shr<const N: u32>(self) -> Self {
        Self(self.0 >> N)
    }
}

macro_rules! scalar_lane {
    ($float:ident, $sin_cos:expr) => {
        impl Lane for $float {
            type Elem = Self;
            type Mask = bool;
            type Bits = Word;
            type Index = usize;
            type Array<'a> = Slab<'a, Self>;
            const WIDTH: usize = 1;

            #[inline(always)]
            fn splat(x: Self) -> Self {
                x
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                $float::mul_add(self, factor, addend)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }
            // As the SIMD instructions do it: the second operand where they compare equal.
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                if self < other { self } else { other }
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                if self > other { self } else { other }
            }
            #[inline(always)]
            fn floor(self) -> Self {
                $float::floor(self)
            }
            #[inline(always)]
            fn sin_cos(self) -> (Self, Self) {
                $sin_cos(self)
            }
            #[inline(always)]
            fn lt(self, other: Self) -> bool {
                self < other
            }
            #[inline(always)]
            fn le(self, other: Self) -> bool {
                self <= other
            }
            #[inline(always)]
            fn select(mask: bool, if_true: Self, if_false: Self) -> Self {
                if mask { if_true } else { if_false }
            }
            #[inline(always)]
            fn to_bits(self) -> Word {
                Word(self as u32)
            }
            #[inline(always)]
            fn from_bits(bits: Word) -> Self {
                bits.0 as Self
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
                index as Self
            }
            #[inline(always)]
            fn load(array: &Slab<'_, Self>, index: usize) -> Self {
                array.0[index]
            }
            #[inline(always)]
            fn store(array: &mut Slab<'_, Self>, index: usize, value: Self) {
                array.0[index] = value;
            }
            #[inline(always)]
            fn repeat<C: Carry<Self>, B: Body<Self, C>>(count: usize, carry: &mut C, body: &mut B) {
                for k in 0..count {
                    body.run(k, carry);
                }
            }
        }

        impl CpuLane for $float {
            #[inline(always)]
            fn words(words: &[u32]) -> Word {
                Word(words[0])
            }
        }
    };
}

scalar_lane!(f32, trig::sin_cos);
scalar_lane!(f64, f64::sin_cos);
