//! The contract between a law and the thing that evaluates it.

use core::fmt::Debug;
use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, DivAssign, Mul, MulAssign, Neg, Not, Sub, SubAssign,
};

/// A number as it is stored in memory and in a model.
pub trait Elem: Copy + Default + PartialOrd + Debug + Send + Sync + 'static {
    /// Rounds to this precision.
    fn from_f64(x: f64) -> Self;
    /// Widens without loss.
    fn to_f64(self) -> f64;
}

/// The outcome of a comparison, per env.
pub trait Mask:
    Copy + Debug + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self> + 'static
{
    /// Whether it may hold in any env of the group: what no env needs can be left out.
    ///
    /// A law may ask only where leaving out gives every env the same bits as not leaving out. A
    /// recorder, which knows no env, says yes.
    fn any(self) -> bool;
}

/// Unsigned 32-bit integers with wrapping arithmetic, per env: what random numbers are made of.
pub trait Bits:
    Copy
    + Debug
    + Add<Output = Self>
    + Mul<Output = Self>
    + BitXor<Output = Self>
    + BitAnd<Output = Self>
    + 'static
{
    /// The same word for every env.
    fn splat(word: u32) -> Self;
    /// Logical shift to the right by a constant in `0..32`.
    #[must_use]
    fn shr<const N: u32>(self) -> Self;
}

/// A scalar that a law is written over: one number per env.
///
/// A law uses nothing but these operations, so that the same function runs in `f64`, in `f32`, in
/// SIMD registers and on a GPU.
/// Branches on values are [`Lane::select`]; loops over memory or substeps are [`Lane::repeat`].
/// Loops whose count the model fixes (links, contact points) are plain Rust loops.
///
/// Kinds that compute in `f32` give the same bits for the same inputs on every machine with fused
/// multiply-add: each operation is either exactly rounded (`+ - * / sqrt`, [`Lane::mul_add`]) or built from
/// those. [`Portable8`](crate::Portable8) rounds `mul_add` twice where the machine has no such instruction.
pub trait Lane:
    Copy
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + 'static
{
    /// The number as stored.
    type Elem: Elem;
    /// Outcome of a comparison.
    type Mask: Mask;
    /// Integer words.
    type Bits: Bits;
    /// A place in an array; the same for every env.
    type Index: Copy;
    /// An array in memory with one row of envs per element.
    type Array<'a>;

    /// Envs per value.
    const WIDTH: usize;

    /// The same number for every env.
    fn splat(x: Self::Elem) -> Self;

    /// The same literal for every env, rounded to the lane's precision.
    #[inline(always)]
    fn lit(x: f64) -> Self {
        Self::splat(Self::Elem::from_f64(x))
    }

    /// As [`Lane::lit`], one by one.
    #[inline(always)]
    fn lits<const N: usize>(x: [f64; N]) -> [Self; N] {
        // A loop, because a closure given to `map` would not be inlined into SIMD code.
        let mut all = [Self::lit(0.0); N];
        for k in 0..N {
            all[k] = Self::lit(x[k]);
        }
        all
    }

    /// `self * factor + addend`, rounded once.
    #[must_use]
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// Square root; NaN below zero.
    #[must_use]
    fn sqrt(self) -> Self;
    /// Magnitude.
    #[must_use]
    fn abs(self) -> Self;
    /// The smaller of two; neither may be NaN.
    #[must_use]
    fn min(self, other: Self) -> Self;
    /// The larger of two; neither may be NaN.
    #[must_use]
    fn max(self, other: Self) -> Self;
    /// Largest integer that is not above.
    #[must_use]
    fn floor(self) -> Self;
    /// Sine and cosine of an angle within ±8000 rad, to 2e-7 in `f32`.
    #[must_use]
    fn sin_cos(self) -> (Self, Self);

    /// `self < other`; false where either is NaN.
    fn lt(self, other: Self) -> Self::Mask;
    /// `self <= other`; false where either is NaN.
    fn le(self, other: Self) -> Self::Mask;
    /// `if_true` where the mask holds, else `if_false`.
    #[must_use]
    fn select(mask: Self::Mask, if_true: Self, if_false: Self) -> Self;

    /// `self > other`.
    #[inline(always)]
    fn gt(self, other: Self) -> Self::Mask {
        other.lt(self)
    }
    /// `self >= other`.
    #[inline(always)]
    fn ge(self, other: Self) -> Self::Mask {
        other.le(self)
    }
    /// Within `low..=high`.
    #[inline(always)]
    #[must_use]
    fn clamp(self, low: Self, high: Self) -> Self {
        self.max(low).min(high)
    }
    /// Whether the number is neither infinite nor NaN.
    #[inline(always)]
    fn is_finite(self) -> Self::Mask {
        self.abs().lt(Self::lit(3.0e38))
    }

    /// An integer in `0..2^24` held as a float, as a word.
    fn to_bits(self) -> Self::Bits;
    /// A word below 2^24 as a float.
    fn from_bits(bits: Self::Bits) -> Self;

    /// A constant place.
    fn index(k: usize) -> Self::Index;
    /// `a * stride + offset`.
    fn index_mul_add(a: Self::Index, stride: usize, offset: Self::Index) -> Self::Index;
    /// A place as a float.
    fn index_lane(index: Self::Index) -> Self;
    /// Element `index` of the array.
    fn load(array: &Self::Array<'_>, index: Self::Index) -> Self;
    /// Writes element `index` of the array.
    fn store(array: &mut Self::Array<'_>, index: Self::Index, value: Self);

    /// Runs the body `count` times in order, `count >= 1`, with what changes from turn to turn in
    /// `carry`.
    ///
    /// A recorder runs the body once and prints a loop, so a body must keep nothing outside of
    /// `carry` and arrays.
    fn repeat<C: Carry<Self>, B: Body<Self, C>>(count: usize, carry: &mut C, body: &mut B);
}

/// A lane that a CPU evaluates, with its envs side by side in memory.
pub trait CpuLane:
    for<'a> Lane<Array<'a> = crate::Slab<'a, <Self as Lane>::Elem>, Index = usize>
{
    /// One word per env of the group, from the first [`Lane::WIDTH`] words of the slice.
    fn words(words: &[u32]) -> Self::Bits;
}

/// What a loop hands from one turn to the next.
pub trait Carry<S: Lane> {
    /// Calls `each` on every number, always in the same order.
    fn visit(&mut self, each: &mut dyn FnMut(&mut S));
}

/// The body of a loop. Implement with `#[inline(always)]`: a closure would not be inlined into
/// the function that enables the SIMD instructions.
pub trait Body<S: Lane, C> {
    /// One turn; `k` counts from zero.
    fn run(&mut self, k: S::Index, carry: &mut C);
}

impl<S: Lane, const N: usize> Carry<S> for [S; N] {
    #[inline(always)]
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        for x in self {
            each(x);
        }
    }
}

impl<S: Lane> Carry<S> for () {
    #[inline(always)]
    fn visit(&mut self, _: &mut dyn FnMut(&mut S)) {}
}

impl<S: Lane> Carry<S> for Vec<S> {
    #[inline(always)]
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        for x in self {
            each(x);
        }
    }
}
