//! Algebra on nodes before they are made: constants are computed, what cannot matter is left out.
//!
//! Constants come out as the `f32` lane would compute them. A product with a literal zero is zero
//! and `x + 0` is `x`: this differs from the lane only for the sign of zero and where `x` is not finite.

use super::graph::{Binary, Graph, NodeId, Op, Unary};

impl Graph {
    pub(super) fn number(&mut self, x: f32) -> NodeId {
        // One zero: the sign of zero does not matter to a law.
        let x = if x == 0.0 { 0.0 } else { x };
        self.intern(Op::Number(x.to_bits()))
    }

    pub(super) fn word(&mut self, word: u32) -> NodeId {
        self.intern(Op::Word(word))
    }

    fn truth(&mut self, truth: bool) -> NodeId {
        self.intern(Op::Truth(truth))
    }

    fn as_number(&self, id: NodeId) -> Option<f32> {
        match self.op(id) {
            Op::Number(bits) => Some(f32::from_bits(bits)),
            _ => None,
        }
    }

    fn as_word(&self, id: NodeId) -> Option<u32> {
        match self.op(id) {
            Op::Word(word) => Some(word),
            _ => None,
        }
    }

    fn as_negated(&self, id: NodeId) -> Option<NodeId> {
        match self.op(id) {
            Op::Unary(Unary::Neg, x) => Some(x),
            _ => None,
        }
    }

    fn is(&self, id: NodeId, x: f32) -> bool {
        self.as_number(id) == Some(x)
    }

    pub(super) fn unary(&mut self, kind: Unary, a: NodeId) -> NodeId {
        match (kind, self.op(a)) {
            (Unary::ToNumber, Op::Word(word)) => return self.number(word as f32),
            (Unary::Neg, Op::Unary(Unary::Neg, x)) | (Unary::Not, Op::Unary(Unary::Not, x)) => {
                return x;
            }
            (Unary::Abs, Op::Unary(Unary::Neg, x)) => return self.unary(Unary::Abs, x),
            (Unary::Abs, Op::Unary(Unary::Abs, _)) => return a,
            (Unary::Not, Op::Truth(truth)) => return self.truth(!truth),
            _ => {}
        }
        let Some(x) = self.as_number(a) else {
            return self.intern(Op::Unary(kind, a));
        };
        match kind {
            Unary::Neg => self.number(-x),
            Unary::Sqrt => self.number(x.sqrt()),
            Unary::Abs => self.number(x.abs()),
            Unary::Floor => self.number(x.floor()),
            Unary::Finite => self.truth(x.abs() < 3.0e38),
            Unary::ToWord => self.word(x as u32),
            Unary::ToNumber | Unary::Not => self.intern(Op::Unary(kind, a)),
        }
    }

    pub(super) fn binary(&mut self, kind: Binary, a: NodeId, b: NodeId) -> NodeId {
        let folded = match kind {
            Binary::Add => self.fold_add(a, b),
            Binary::Sub => self.fold_sub(a, b),
            Binary::Mul => self.fold_mul(a, b),
            Binary::Div => self.fold_div(a, b),
            Binary::Min | Binary::Max if a == b => Some(a),
            Binary::Min => self.fold_numbers(a, b, |x, y| if x < y { x } else { y }),
            Binary::Max => self.fold_numbers(a, b, |x, y| if x > y { x } else { y }),
            Binary::Lt | Binary::Le => self.fold_compare(kind, a, b),
            Binary::And | Binary::Or => self.fold_truth(kind, a, b),
            Binary::WordAdd | Binary::WordMul | Binary::WordXor | Binary::WordAnd => {
                self.fold_words(kind, a, b)
            }
        };
        if let Some(id) = folded {
            return id;
        }
        // The order of commuting operands does not change the result: either order is the same node.
        let ordered = matches!(kind, Binary::Sub | Binary::Div | Binary::Lt | Binary::Le);
        if !ordered && let Some(id) = self.known(Op::Binary(kind, b, a)) {
            return id;
        }
        self.intern(Op::Binary(kind, a, b))
    }

    fn fold_numbers(&mut self, a: NodeId, b: NodeId, f: fn(f32, f32) -> f32) -> Option<NodeId> {
        let (x, y) = (self.as_number(a)?, self.as_number(b)?);
        Some(self.number(f(x, y)))
    }

    fn fold_add(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if self.is(a, 0.0) {
            return Some(b);
        }
        if self.is(b, 0.0) {
            return Some(a);
        }
        if let Some(b) = self.as_negated(b) {
            return Some(self.binary(Binary::Sub, a, b));
        }
        if let Some(a) = self.as_negated(a) {
            return Some(self.binary(Binary::Sub, b, a));
        }
        self.fold_numbers(a, b, |x, y| x + y)
    }

    fn fold_sub(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if self.is(b, 0.0) {
            return Some(a);
        }
        if self.is(a, 0.0) {
            return Some(self.unary(Unary::Neg, b));
        }
        if let Some(b) = self.as_negated(b) {
            return Some(self.binary(Binary::Add, a, b));
        }
        self.fold_numbers(a, b, |x, y| x - y)
    }

    fn fold_mul(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        for (x, y) in [(a, b), (b, a)] {
            if self.is(x, 0.0) {
                return Some(x);
            }
            if self.is(x, 1.0) {
                return Some(y);
            }
            if self.is(x, -1.0) {
                return Some(self.unary(Unary::Neg, y));
            }
        }
        match (self.as_negated(a), self.as_negated(b)) {
            (Some(a), Some(b)) => Some(self.binary(Binary::Mul, a, b)),
            _ => self.fold_numbers(a, b, |x, y| x * y),
        }
    }

    fn fold_div(&mut self, a: NodeId, b: NodeId) -> Option<NodeId> {
        if self.is(b, 1.0) || (self.is(a, 0.0) && !self.is(b, 0.0)) {
            return Some(a);
        }
        if self.is(b, -1.0) {
            return Some(self.unary(Unary::Neg, a));
        }
        if let Some(folded) = self.fold_numbers(a, b, |x, y| x / y) {
            return Some(folded);
        }
        // Dividing by a power of two is multiplying by its inverse, to the bit.
        let divisor = self.as_number(b)?;
        let inverse = 1.0 / divisor;
        let power =
            divisor.to_bits() & 0x007f_ffff == 0 && divisor.is_normal() && inverse.is_normal();
        power.then(|| {
            let inverse = self.number(inverse);
            self.binary(Binary::Mul, a, inverse)
        })
    }

    fn fold_compare(&mut self, kind: Binary, a: NodeId, b: NodeId) -> Option<NodeId> {
        if kind == Binary::Lt && a == b {
            return Some(self.truth(false));
        }
        let (x, y) = (self.as_number(a)?, self.as_number(b)?);
        Some(self.truth(if kind == Binary::Lt { x < y } else { x <= y }))
    }

    fn fold_truth(&mut self, kind: Binary, a: NodeId, b: NodeId) -> Option<NodeId> {
        if a == b {
            return Some(a);
        }
        for (x, y) in [(a, b), (b, a)] {
            if let Op::Truth(truth) = self.op(x) {
                let decides = truth == (kind == Binary::Or);
                return Some(if decides { x } else { y });
            }
        }
        None
    }

    fn fold_words(&mut self, kind: Binary, a: NodeId, b: NodeId) -> Option<NodeId> {
        if let (Some(x), Some(y)) = (self.as_word(a), self.as_word(b)) {
            return Some(self.word(match kind {
                Binary::WordAdd => x.wrapping_add(y),
                Binary::WordMul => x.wrapping_mul(y),
                Binary::WordXor => x ^ y,
                _ => x & y,
            }));
        }
        if a == b {
            match kind {
                Binary::WordXor => return Some(self.word(0)),
                Binary::WordAnd => return Some(a),
                _ => {}
            }
        }
        for (x, y) in [(a, b), (b, a)] {
            match (kind, self.as_word(x)) {
                (Binary::WordAdd | Binary::WordXor, Some(0))
                | (Binary::WordMul, Some(1))
                | (Binary::WordAnd, Some(u32::MAX)) => return Some(y),
                (Binary::WordMul | Binary::WordAnd, Some(0)) => return Some(x),
                _ => {}
            }
        }
        None
    }

    /// `a * b + c`.
    pub(super) fn fma(&mut self, a: NodeId, b: NodeId, c: NodeId) -> NodeId {
        if let (Some(x), Some(y), Some(z)) =
            (self.as_number(a), self.as_number(b), self.as_number(c))
        {
            return self.number(x.mul_add(y, z));
        }
        // Where the product needs no rounding, or the sum none, there is nothing to fuse.
        let product_exact = [a, b].iter().any(|&x| {
            self.as_number(x)
                .is_some_and(|x| x == 0.0 || x.abs() == 1.0)
        });
        if product_exact || self.is(c, 0.0) {
            let product = self.binary(Binary::Mul, a, b);
            return self.binary(Binary::Add, product, c);
        }
        let (a, b) = match (self.as_negated(a), self.as_negated(b)) {
            (Some(a), Some(b)) => (a, b),
            _ => (a, b),
        };
        match self.known(Op::Fma(b, a, c)) {
            Some(id) => id,
            None => self.intern(Op::Fma(a, b, c)),
        }
    }

    pub(super) fn select(&mut self, mask: NodeId, if_true: NodeId, if_false: NodeId) -> NodeId {
        if if_true == if_false {
            return if_true;
        }
        match self.op(mask) {
            Op::Truth(true) => if_true,
            Op::Truth(false) => if_false,
            Op::Unary(Unary::Not, mask) => self.select(mask, if_false, if_true),
            _ => self.intern(Op::Select {
                mask,
                if_true,
                if_false,
            }),
        }
    }

    pub(super) fn shift_right(&mut self, word: NodeId, by: u32) -> NodeId {
        match (self.as_word(word), by) {
            (_, 0) => word,
            (Some(x), _) => self.word(x >> by),
            _ => self.intern(Op::ShiftRight(word, by)),
        }
    }
}
