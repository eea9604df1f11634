//! Nodes, blocks and loops of a recording.

use std::collections::HashMap;

use super::memory::Memory;
use super::spec::{Access, ArrayId, KernelSpec};

/// A node of the graph. Operands have smaller numbers than what uses them, save for the values that a
/// loop hands to its next turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NodeId(pub(super) u32);

/// Operations of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unary {
    Neg,
    Sqrt,
    Abs,
    Floor,
    /// Whether the magnitude is below 3e38.
    Finite,
    /// A number as a word.
    ToWord,
    /// A word as a number.
    ToNumber,
    Not,
}

/// Operations of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Min,
    Max,
    Lt,
    Le,
    And,
    Or,
    WordAdd,
    WordMul,
    WordXor,
    WordAnd,
}

/// What a node computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    /// An `f32` by its bits, so that it can be a key.
    Number(u32),
    Word(u32),
    Truth(bool),
    Unary(Unary, NodeId),
    Binary(Binary, NodeId, NodeId),
    /// `a * b + c`.
    Fma(NodeId, NodeId, NodeId),
    /// `if_true` where the mask holds, else `if_false`.
    Select {
        mask: NodeId,
        if_true: NodeId,
        if_false: NodeId,
    },
    ShiftRight(NodeId, u32),
    /// Loads of the same place and version see the same memory.
    Load {
        array: ArrayId,
        place: NodeId,
        version: u32,
    },
    /// The turn of a loop, from zero.
    Turn(LoopId),
    /// A carried number as the turn finds it.
    Carried {
        turn: LoopId,
        slot: u32,
    },
    /// A carried number after the last turn.
    Outcome {
        turn: LoopId,
        slot: u32,
    },
}

impl Op {
    /// Operands in order.
    pub(super) fn operands(self) -> impl Iterator<Item = NodeId> {
        let operands = match self {
            Self::Number(_)
            | Self::Word(_)
            | Self::Truth(_)
            | Self::Turn(_)
            | Self::Carried { .. }
            | Self::Outcome { .. } => [None; 3],
            Self::Unary(_, a) | Self::ShiftRight(a, _) => [Some(a), None, None],
            Self::Load { place, .. } => [Some(place), None, None],
            Self::Binary(_, a, b) => [Some(a), Some(b), None],
            Self::Fma(a, b, c) => [Some(a), Some(b), Some(c)],
            Self::Select {
                mask,
                if_true,
                if_false,
            } => [Some(mask), Some(if_true), Some(if_false)],
        };
        operands.into_iter().flatten()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LoopId(pub(super) u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockId(pub(super) u32);

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) op: Op,
    pub(super) block: BlockId,
}

/// What happens in a block, in order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    Node(NodeId),
    Store {
        array: ArrayId,
        place: NodeId,
        value: NodeId,
    },
    Loop(LoopId),
}

/// The kernel's body or the body of a loop.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) depth: usize,
    pub(super) items: Vec<Item>,
    /// What is already computed here.
    known: HashMap<Op, NodeId>,
}

/// A loop and what it carries; the vectors run over the slots.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    pub(super) count: u32,
    pub(super) body: BlockId,
    pub(super) before: Vec<NodeId>,
    pub(super) carried: Vec<NodeId>,
    pub(super) next: Vec<NodeId>,
    /// Slots that keep the value they had before the loop.
    pub(super) constant: Vec<bool>,
    /// Memory as it was before the loop.
    memory: Memory,
}

/// A recording under way, and afterwards.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    pub(super) spec: KernelSpec,
    pub(super) session: u32,
    pub(super) nodes: Vec<Node>,
    pub(super) blocks: Vec<Block>,
    pub(super) loops: Vec<Loop>,
    /// The blocks that recording is inside of, outermost first.
    open: Vec<BlockId>,
    memory: Memory,
}

impl Graph {
    pub(super) fn new(spec: KernelSpec, session: u32) -> Self {
        let memory = Memory::new(spec.arrays.len());
        let blocks = vec![Block::default()];
        Self {
            spec,
            session,
            blocks,
            open: vec![BlockId(0)],
            memory,
            ..Self::default()
        }
    }

    pub(super) fn op(&self, id: NodeId) -> Op {
        self.nodes[id.0 as usize].op
    }

    pub(super) fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }

    /// The node that stands for another one: a carried number that never changes is what it was before
    /// the loop.
    pub(super) fn resolve(&self, mut id: NodeId) -> NodeId {
        while let Op::Carried { turn, slot } = self.op(id) {
            let turn = &self.loops[turn.0 as usize];
            if !turn.constant.get(slot as usize).copied().unwrap_or(false) {
                break;
            }
            id = turn.before[slot as usize];
        }
        id
    }

    /// How deep in loops a node lives.
    fn depth(&self, id: NodeId) -> usize {
        let block = self.nodes[id.0 as usize].block;
        let depth = self.block(block).depth;
        assert!(
            self.open.get(depth) == Some(&block),
            "a value made inside of a loop was used outside of it: hand it out through `carry`"
        );
        depth
    }

    /// The node of an operation that is already computed.
    pub(super) fn known(&self, op: Op) -> Option<NodeId> {
        let depth = op.operands().map(|id| self.depth(id)).max().unwrap_or(0);
        self.block(self.open[depth]).known.get(&op).copied()
    }

    /// The node for an operation: an old one where it is known, else a new one in the outermost block
    /// that has all operands, which takes what does not change out of loops.
    pub(super) fn intern(&mut self, op: Op) -> NodeId {
        let depth = op.operands().map(|id| self.depth(id)).max().unwrap_or(0);
        self.intern_at(op, depth)
    }

    fn intern_at(&mut self, op: Op, depth: usize) -> NodeId {
        let block = self.open[depth];
        if let Some(&id) = self.blocks[block.0 as usize].known.get(&op) {
            return id;
        }
        let id = self.append(op, block);
        let block = &mut self.blocks[block.0 as usize];
        block.known.insert(op, id);
        block.items.push(Item::Node(id));
        id
    }

    fn append(&mut self, op: Op, block: BlockId) -> NodeId {
        self.nodes.push(Node { op, block });
        NodeId(self.nodes.len() as u32 - 1)
    }

    fn innermost(&self) -> BlockId {
        self.open[self.open.len() - 1]
    }

    fn access(&self, array: ArrayId) -> Access {
        match self.spec.arrays.get(array.0 as usize) {
            Some(array) => array.access,
            None => panic!(
                "kernel `{}` has no array number {}",
                self.spec.entry, array.0
            ),
        }
    }

    /// A number (`words` false) or a word of an array.
    pub(super) fn load(&mut self, array: ArrayId, place: NodeId, words: bool) -> NodeId {
        let access = self.access(array);
        assert!(
            (access == Access::Words) == words,
            "array `{}` holds {}",
            self.spec.arrays[array.0 as usize].name,
            if words {
                "numbers, not words"
            } else {
                "words, not numbers"
            }
        );
        if access != Access::ReadWrite {
            return self.intern(Op::Load {
                array,
                place,
                version: 0,
            });
        }
        let version = self.memory.version(array, self.row(place));
        self.depth(place);
        self.intern_at(
            Op::Load {
                array,
                place,
                version,
            },
            self.open.len() - 1,
        )
    }

    /// The row that a place names, if it is known while recording.
    fn row(&self, place: NodeId) -> Option<u32> {
        match self.op(place) {
            Op::Word(row) => Some(row),
            _ => None,
        }
    }

    pub(super) fn store(&mut self, array: ArrayId, place: NodeId, value: NodeId) {
        assert!(
            self.access(array) == Access::ReadWrite,
            "array `{}` is only read, but the law stores to it",
            self.spec.arrays[array.0 as usize].name
        );
        self.depth(place);
        self.depth(value);
        let version = self.memory.store(array, self.row(place));
        let block = self.innermost();
        let block = &mut self.blocks[block.0 as usize];
        block.items.push(Item::Store {
            array,
            place,
            value,
        });
        // A load of the same place now is what was just stored.
        block.known.insert(
            Op::Load {
                array,
                place,
                version,
            },
            value,
        );
    }

    /// Opens a loop; gives back its turn and the carried numbers as a turn finds them.
    pub(super) fn begin_loop(&mut self, count: u32, before: Vec<NodeId>) -> (LoopId, NodeId) {
        for &id in &before {
            self.depth(id);
        }
        let turn = LoopId(self.loops.len() as u32);
        let body = BlockId(self.blocks.len() as u32);
        self.blocks.push(Block {
            depth: self.open.len(),
            ..Block::default()
        });
        self.open.push(body);
        let slots = before.len() as u32;
        let carried = (0..slots)
            .map(|slot| self.append(Op::Carried { turn, slot }, body))
            .collect();
        let place = self.append(Op::Turn(turn), body);
        let memory = self.memory.begin_loop();
        self.loops.push(Loop {
            count,
            body,
            before,
            carried,
            next: Vec::new(),
            constant: Vec::new(),
            memory,
        });
        (turn, place)
    }

    /// Closes a loop; gives back the carried numbers after it.
    pub(super) fn end_loop(&mut self, turn: LoopId, next: Vec<NodeId>) -> Vec<NodeId> {
        for &id in &next {
            self.depth(id);
        }
        self.open.pop();
        let block = self.innermost();
        let known = &mut self.loops[turn.0 as usize];
        assert!(
            next.len() == known.before.len(),
            "a loop's `carry` changed its length"
        );
        self.memory.end_loop(core::mem::take(&mut known.memory));
        known.constant = (0..next.len())
            .map(|slot| next[slot] == known.carried[slot] || next[slot] == known.before[slot])
            .collect();
        known.next = next;
        let after = known.constant.clone();
        let before = known.before.clone();
        self.blocks[block.0 as usize].items.push(Item::Loop(turn));
        (0..before.len())
            .map(|slot| {
                if after[slot] {
                    before[slot]
                } else {
                    self.append(
                        Op::Outcome {
                            turn,
                            slot: slot as u32,
                        },
                        block,
                    )
                }
            })
            .collect()
    }
}
