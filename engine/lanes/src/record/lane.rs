//! Handles to nodes, and the lane they make.

use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, DivAssign, Mul, MulAssign, Neg, Not, Sub, SubAssign,
};

use super::graph::{Binary, Graph, NodeId, Unary};
use super::spec::ArrayId;
use super::with_graph;
use crate::{Bits, Body, Carry, Lane, Mask, trig};

/// A node, and the recording it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Handle {
    id: NodeId,
    session: u32,
}

impl Handle {
    fn new(graph: &Graph, id: NodeId) -> Self {
        Self {
            id,
            session: graph.session,
        }
    }

    fn of(self, graph: &Graph) -> NodeId {
        assert!(
            self.session == graph.session,
            "a `Rec` of another recording was used"
        );
        self.id
    }

    fn constant(make: impl FnOnce(&mut Graph) -> NodeId) -> Self {
        with_graph(|graph| {
            let id = make(graph);
            Self::new(graph, id)
        })
    }

    fn unary(self, kind: Unary) -> Self {
        with_graph(|graph| {
            let id = graph.unary(kind, self.of(graph));
            Self::new(graph, id)
        })
    }

    fn binary(self, kind: Binary, other: Self) -> Self {
        with_graph(|graph| {
            let id = graph.binary(kind, self.of(graph), other.of(graph));
            Self::new(graph, id)
        })
    }
}

/// A number of the law that is being recorded.
///
/// Two are equal if they are the same term of the same recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rec(Handle);

/// The outcome of a comparison of the law that is being recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecMask(Handle);

/// A word of the law that is being recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecBits(Handle);

/// A place in an array: a constant or made from the turn of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecIndex(Handle);

macro_rules! operators {
    ($($type:ident: $trait:ident $method:ident $kind:ident;)*) => {
        $(impl $trait for $type {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self(self.0.binary(Binary::$kind, other.0))
            }
        })*
    };
}

operators! {
    Rec: Add add Add;
    Rec: Sub sub Sub;
    Rec: Mul mul Mul;
    Rec: Div div Div;
    RecMask: BitAnd bitand And;
    RecMask: BitOr bitor Or;
    RecBits: Add add WordAdd;
    RecBits: Mul mul WordMul;
    RecBits: BitXor bitxor WordXor;
    RecBits: BitAnd bitand WordAnd;
}

macro_rules! assign_operators {
    ($($trait:ident $method:ident $operator:tt;)*) => {
        $(impl $trait for Rec {
            fn $method(&mut self, other: Self) {
                *self = *self $operator other;
            }
        })*
    };
}

assign_operators! {
    AddAssign add_assign +;
    SubAssign sub_assign -;
    MulAssign mul_assign *;
    DivAssign div_assign /;
}

impl Neg for Rec {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.unary(Unary::Neg))
    }
}

impl Not for RecMask {
    type Output = Self;
    fn not(self) -> Self {
        Self(self.0.unary(Unary::Not))
    }
}

impl Mask for RecMask {
    fn any(self) -> bool {
        true
    }
}

impl Bits for RecBits {
    fn splat(word: u32) -> Self {
        Self(Handle::constant(|graph| graph.word(word)))
    }

    fn shr<const N: u32>(self) -> Self {
        Self(with_graph(|graph| {
            let id = graph.shift_right(self.0.of(graph), N);
            Handle::new(graph, id)
        }))
    }
}

impl Rec {
    /// The word of the env in row `row` of an array of words.
    ///
    /// # Panics
    ///
    /// If the array does not hold words, and outside of [`record`](crate::record).
    pub fn input_word(array: ArrayId, row: usize) -> RecBits {
        RecBits(Handle::constant(|graph| {
            let place = graph.word(row as u32);
            graph.load(array, place, true)
        }))
    }
}

impl Lane for Rec {
    type Elem = f32;
    type Mask = RecMask;
    type Bits = RecBits;
    type Index = RecIndex;
    type Array<'a> = ArrayId;
    const WIDTH: usize = 1;

    fn splat(x: f32) -> Self {
        Self(Handle::constant(|graph| graph.number(x)))
    }

    fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(with_graph(|graph| {
            let id = graph.fma(self.0.of(graph), factor.0.of(graph), addend.0.of(graph));
            Handle::new(graph, id)
        }))
    }

    fn sqrt(self) -> Self {
        Self(self.0.unary(Unary::Sqrt))
    }

    fn abs(self) -> Self {
        Self(self.0.unary(Unary::Abs))
    }

    fn min(self, other: Self) -> Self {
        Self(self.0.binary(Binary::Min, other.0))
    }

    fn max(self, other: Self) -> Self {
        Self(self.0.binary(Binary::Max, other.0))
    }

    fn floor(self) -> Self {
        Self(self.0.unary(Unary::Floor))
    }

    // Not WGSL's own: those may be off by 2^-11.
    fn sin_cos(self) -> (Self, Self) {
        trig::sin_cos(self)
    }

    fn lt(self, other: Self) -> RecMask {
        RecMask(self.0.binary(Binary::Lt, other.0))
    }

    fn le(self, other: Self) -> RecMask {
        RecMask(self.0.binary(Binary::Le, other.0))
    }

    fn select(mask: RecMask, if_true: Self, if_false: Self) -> Self {
        Self(with_graph(|graph| {
            let id = graph.select(mask.0.of(graph), if_true.0.of(graph), if_false.0.of(graph));
            Handle::new(graph, id)
        }))
    }

    // A shader compiler may take it that numbers are finite, so this is printed as a test of bits.
    fn is_finite(self) -> RecMask {
        RecMask(self.0.unary(Unary::Finite))
    }

    fn to_bits(self) -> RecBits {
        RecBits(self.0.unary(Unary::ToWord))
    }

    fn from_bits(bits: RecBits) -> Self {
        Self(bits.0.unary(Unary::ToNumber))
    }

    fn index(k: usize) -> RecIndex {
        RecIndex(Handle::constant(|graph| graph.word(k as u32)))
    }

    fn index_mul_add(a: RecIndex, stride: usize, offset: RecIndex) -> RecIndex {
        RecIndex(with_graph(|graph| {
            let stride = graph.word(stride as u32);
            let product = graph.binary(Binary::WordMul, a.0.of(graph), stride);
            let id = graph.binary(Binary::WordAdd, product, offset.0.of(graph));
            Handle::new(graph, id)
        }))
    }

    fn index_lane(index: RecIndex) -> Self {
        Self(index.0.unary(Unary::ToNumber))
    }

    fn load(array: &ArrayId, index: RecIndex) -> Self {
        Self(with_graph(|graph| {
            let id = graph.load(*array, index.0.of(graph), false);
            Handle::new(graph, id)
        }))
    }

    fn store(array: &mut ArrayId, index: RecIndex, value: Self) {
        with_graph(|graph| graph.store(*array, index.0.of(graph), value.0.of(graph)));
    }

    fn repeat<C: Carry<Self>, B: Body<Self, C>>(count: usize, carry: &mut C, body: &mut B) {
        match count {
            0 => return,
            1 => return body.run(Self::index(0), carry),
            _ => {}
        }
        let before = numbers(carry);
        let (turn, place, carried) = with_graph(|graph| {
            let before = before.iter().map(|handle| handle.of(graph)).collect();
            let (turn, place) = graph.begin_loop(count as u32, before);
            let carried = graph.loops[turn.0 as usize].carried.clone();
            (turn, Handle::new(graph, place), carried)
        });
        set_numbers(carry, &carried);
        body.run(RecIndex(place), carry);
        let next = numbers(carry);
        let after = with_graph(|graph| {
            let next = next.iter().map(|handle| handle.of(graph)).collect();
            graph.end_loop(turn, next)
        });
        set_numbers(carry, &after);
    }
}

fn numbers<C: Carry<Rec>>(carry: &mut C) -> Vec<Handle> {
    let mut handles = Vec::new();
    carry.visit(&mut |x| handles.push(x.0));
    handles
}

fn set_numbers<C: Carry<Rec>>(carry: &mut C, ids: &[NodeId]) {
    let mut ids = ids.iter();
    carry.visit(&mut |x| {
        if let Some(&id) = ids.next() {
            x.0.id = id;
        }
    });
}
