//! Eight envs in plain Rust, for machines without a known instruction set.

use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, DivAssign, Mul, MulAssign, Neg, Not, Sub, SubAssign,
};

use crate::{Bits, Body, Carry, CpuLane, Lane, Mask, Slab, trig};

const N: usize = 8;

/// Eight `f32`; the compiler may keep them in registers.
///
/// Multiply-add rounds twice where the target has no fused instruction, so results may differ
/// from the other kinds in the last bits.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(32))]
pub struct Portable8([f32; N]);

/// Eight outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortableMask([bool; N]);

/// Eight words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(32))]
pub struct PortableBits([u32; N]);

#[inline(always)]
fn zip<A: Copy, B: Copy, R>(a: [A; N], b: [B; N], f: impl Fn(A, B) -> R) -> [R; N] {
    core::array::from_fn(|i| f(a[i], b[i]))
}

macro_rules! operators {
    ($ty:ident, $wrap:ident, $($op:ident $name:ident $f:expr),* $(,)?) => {
        $(impl $op for $ty {
            type Output = Self;
            #[inline(always)]
            fn $name(self, o: Self) -> Self { $wrap(zip(self.0, o.0, $f)) }
        })*
    };
}

operators!(Portable8, Portable8, Add add |a, b| a + b, Sub sub |a, b| a - b, Mul mul |a, b| a * b,
    Div div |a, b| a / b);
operators!(PortableMask, PortableMask, BitAnd bitand |a, b| a && b, BitOr bitor |a, b| a || b);
operators!(PortableBits, PortableBits, Add add |a: u32, b: u32| a.wrapping_add(b),
    Mul mul |a: u32, b: u32| a.wrapping_mul(b), BitXor bitxor |a, b| a ^ b,
    BitAnd bitand |a, b| a & b);

impl Neg for Portable8 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(self.0.map(|a| -a))
    }
}
impl AddAssign for Portable8 {
    #[inline(always)]
    fn add_assign(&mut self, o: Self) {
        *self = *self + o;
    }
}
impl SubAssign for Portable8 {
    #[inline(always)]
    fn sub_assign(&mut self, o: Self) {
        *self = *self - o;
    }
}
impl MulAssign for Portable8 {
    #[inline(always)]
    fn mul_assign(&mut self, o: Self) {
        *self = *self * o;
    }
}
impl DivAssign for Portable8 {
    #[inline(always)]
    fn div_assign(&mut self, o: Self) {
        *self = *self / o;
    }
}
impl Not for PortableMask {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(self.0.map(|a| !a))
    }
}

impl Mask for PortableMask {
    #[inline(always)]
    fn any(self) -> bool {
        self.0.iter().any(|holds| *holds)
    }
}

impl Bits for PortableBits {
    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self([word; N])
    }
    #[inline(always)]
    fn shr<const S: u32>(self) -> Self {
        Self(self.0.map(|a| a >> S))
    }
}

impl CpuLane for Portable8 {
    #[inline(always)]
    fn words(words: &[u32]) -> PortableBits {
        PortableBits(core::array::from_fn(|i| words[i]))
    }
}

impl Lane for Portable8 {
    type Elem = f32;
    type Mask = PortableMask;
    type Bits = PortableBits;
    type Index = usize;
    type Array<'a> = Slab<'a, f32>;
    const WIDTH: usize = N;

    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; N])
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
            Self(core::array::from_fn(|i| {
                self.0[i].mul_add(factor.0[i], addend.0[i])
            }))
        } else {
            self * factor + addend
        }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.map(f32::sqrt))
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(zip(self.0, other.0, |a, b| if a < b { a } else { b }))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(zip(self.0, other.0, |a, b| if a > b { a } else { b }))
    }
    #[inline(always)]
    fn floor(self) -> Self {
        Self(self.0.map(f32::floor))
    }
    #[inline(always)]
    fn sin_cos(self) -> (Self, Self) {
        trig::sin_cos(self)
    }
    #[inline(always)]
    fn lt(self, other: Self) -> PortableMask {
        PortableMask(zip(self.0, other.0, |a, b| a < b))
    }
    #[inline(always)]
    fn le(self, other: Self) -> PortableMask {
        PortableMask(zip(self.0, other.0, |a, b| a <= b))
    }
    #[inline(always)]
    fn select(mask: PortableMask, if_true: Self, if_false: Self) -> Self {
        Self(core::array::from_fn(|i| {
            if mask.0[i] {
                if_true.0[i]
            } else {
                if_false.0[i]
            }
        }))
    }
    #[inline(always)]
    fn to_bits(self) -> PortableBits {
        PortableBits(self.0.map(|a| a as u32))
    }
    #[inline(always)]
    fn from_bits(bits: PortableBits) -> Self {
        Self(bits.0.map(|a| a as f32))
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
        let row = &array.0[index * N..index * N + N];
        Self(core::array::from_fn(|i| row[i]))
    }
    #[inline(always)]
    fn store(array: &mut Slab<'_, f32>, index: usize, value: Self) {
        array.0[index * N..index * N + N].copy_from_slice(&value.0);
    }
    #[inline(always)]
    fn repeat<C: Carry<Self>, B: Body<Self, C>>(count: usize, carry: &mut C, body: &mut B) {
        for k in 0..count {
            body.run(k, carry);
        }
    }
}
