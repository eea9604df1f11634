//! What has to be printed, and where.

use std::collections::BTreeMap;

use super::graph::{Binary, BlockId, Graph, Item, LoopId, NodeId, Op, Unary};
use super::spec::Access;

/// Operations that may be printed inside of one expression.
const INLINE_LIMIT: u32 = 5;

/// Operations of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationCount {
    /// As WGSL calls it.
    pub kind: &'static str,
    /// How often it is printed.
    pub printed: u64,
    /// How often one env executes it.
    pub executed: u64,
}

/// What stores depend on, and what is printed where it is used.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    live: Vec<bool>,
    inline: Vec<bool>,
    live_loops: Vec<bool>,
    live_slots: Vec<Vec<bool>>,
}

impl Plan {
    pub(super) fn new(graph: &Graph) -> Self {
        let mut plan = Self {
            live: vec![false; graph.nodes.len()],
            inline: vec![false; graph.nodes.len()],
            live_loops: vec![false; graph.loops.len()],
            live_slots: graph
                .loops
                .iter()
                .map(|turn| vec![false; turn.before.len()])
                .collect(),
        };
        let mut work = Vec::new();
        plan.find_stores(graph, BlockId(0), &mut work);
        plan.spread(graph, work);
        plan.place(graph);
        plan
    }

    pub(super) fn is_live(&self, id: NodeId) -> bool {
        self.live[id.0 as usize]
    }

    /// Whether a node is printed where it is used.
    pub(super) fn is_inline(&self, id: NodeId) -> bool {
        self.inline[id.0 as usize]
    }

    pub(super) fn is_live_loop(&self, turn: LoopId) -> bool {
        self.live_loops[turn.0 as usize]
    }

    /// Carried numbers that are printed as variables.
    pub(super) fn live_slots(&self, graph: &Graph, turn: LoopId) -> Vec<usize> {
        let constant = &graph.loops[turn.0 as usize].constant;
        let live = &self.live_slots[turn.0 as usize];
        (0..live.len())
            .filter(|&slot| live[slot] && !constant[slot])
            .collect()
    }

    /// Collects what stores use; says whether the block has one.
    fn find_stores(&mut self, graph: &Graph, block: BlockId, work: &mut Vec<NodeId>) -> bool {
        let mut found = false;
        for item in &graph.block(block).items {
            match *item {
                Item::Node(_) => {}
                Item::Store { place, value, .. } => {
                    work.extend([place, value]);
                    found = true;
                }
                Item::Loop(turn) => {
                    let inside = self.find_stores(graph, graph.loops[turn.0 as usize].body, work);
                    self.live_loops[turn.0 as usize] = inside;
                    found |= inside;
                }
            }
        }
        found
    }

    /// Marks all that the work depends on.
    fn spread(&mut self, graph: &Graph, mut work: Vec<NodeId>) {
        while let Some(id) = work.pop() {
            let id = graph.resolve(id);
            if core::mem::replace(&mut self.live[id.0 as usize], true) {
                continue;
            }
            let op = graph.op(id);
            work.extend(op.operands());
            if let Op::Carried { turn, slot } | Op::Outcome { turn, slot } = op {
                let (turn, slot) = (turn.0 as usize, slot as usize);
                self.live_loops[turn] = true;
                if !core::mem::replace(&mut self.live_slots[turn][slot], true) {
                    work.extend([graph.loops[turn].before[slot], graph.loops[turn].next[slot]]);
                }
            }
        }
    }

    /// Decides what is printed where it is used: constants, and small terms with one use in their own
    /// block.
    fn place(&mut self, graph: &Graph) {
        let mut uses = Uses {
            count: vec![0; graph.nodes.len()],
            held: vec![false; graph.nodes.len()],
        };
        self.count_uses(graph, BlockId(0), &mut uses);
        let mut cost = vec![0_u32; graph.nodes.len()];
        for index in 0..graph.nodes.len() {
            if !self.live[index] {
                continue;
            }
            let op = graph.nodes[index].op;
            let inside: u32 = op
                .operands()
                .map(|id| cost[graph.resolve(id).0 as usize])
                .sum();
            let small = uses.count[index] == 1 && !uses.held[index] && inside < INLINE_LIMIT;
            // Constants are literals, what a loop hands on are the names of variables.
            let leaf = op.operands().next().is_none();
            // What may be stored to is read where the law reads it.
            let ordered = matches!(op, Op::Load { array, .. }
                if graph.spec.arrays[array.0 as usize].access == Access::ReadWrite);
            let inline = leaf || (small && !ordered);
            self.inline[index] = inline;
            cost[index] = if inline && !leaf { inside + 1 } else { 0 };
        }
    }

    fn count_uses(&self, graph: &Graph, block: BlockId, uses: &mut Uses) {
        for item in &graph.block(block).items {
            match *item {
                Item::Node(id) => {
                    if self.is_live(id) {
                        graph
                            .op(id)
                            .operands()
                            .for_each(|id| uses.add(graph, block, id));
                    }
                }
                Item::Store { place, value, .. } => {
                    uses.add(graph, block, place);
                    uses.add(graph, block, value);
                }
                Item::Loop(turn) if self.is_live_loop(turn) => {
                    let known = &graph.loops[turn.0 as usize];
                    let slots = self.live_slots(graph, turn);
                    slots
                        .iter()
                        .for_each(|&slot| uses.add(graph, block, known.before[slot]));
                    self.count_uses(graph, known.body, uses);
                    // All slots get their next values at once: these are computed before.
                    for &slot in &slots {
                        uses.add(graph, known.body, known.next[slot]);
                        if slots.len() > 1 {
                            uses.held[graph.resolve(known.next[slot]).0 as usize] = true;
                        }
                    }
                }
                Item::Loop(_) => {}
            }
        }
    }

    pub(super) fn operations(&self, graph: &Graph) -> Vec<OperationCount> {
        let mut counts = BTreeMap::new();
        self.count_block(graph, BlockId(0), 1, &mut counts);
        let counts = counts.into_iter();
        counts
            .map(|(kind, (printed, executed))| OperationCount {
                kind,
                printed,
                executed,
            })
            .collect()
    }

    fn count_block(
        &self,
        graph: &Graph,
        block: BlockId,
        turns: u64,
        counts: &mut BTreeMap<&'static str, (u64, u64)>,
    ) {
        let mut add = |kind| {
            let (printed, executed) = counts.entry(kind).or_insert((0, 0));
            *printed += 1;
            *executed += turns;
        };
        let mut loops = Vec::new();
        for item in &graph.block(block).items {
            match *item {
                Item::Node(id) if self.is_live(id) => {
                    if let Some(kind) = kind(graph.op(id)) {
                        add(kind);
                    }
                }
                Item::Store { .. } => add("store"),
                Item::Loop(turn) if self.is_live_loop(turn) => loops.push(turn),
                Item::Node(_) | Item::Loop(_) => {}
            }
        }
        for turn in loops {
            let known = &graph.loops[turn.0 as usize];
            self.count_block(graph, known.body, turns * u64::from(known.count), counts);
        }
    }
}

struct Uses {
    count: Vec<u32>,
    /// Nodes that need a name.
    held: Vec<bool>,
}

impl Uses {
    fn add(&mut self, graph: &Graph, block: BlockId, id: NodeId) {
        let id = graph.resolve(id).0 as usize;
        self.count[id] += 1;
        self.held[id] |= graph.nodes[id].block != block;
    }
}

/// What an operation is counted as; constants and variables are none.
fn kind(op: Op) -> Option<&'static str> {
    Some(match op {
        Op::Number(_)
        | Op::Word(_)
        | Op::Truth(_)
        | Op::Turn(_)
        | Op::Carried { .. }
        | Op::Outcome { .. } => return None,
        Op::Unary(kind, _) => match kind {
            Unary::Neg => "negate",
            Unary::Sqrt => "sqrt",
            Unary::Abs => "abs",
            Unary::Floor => "floor",
            Unary::Finite => "compare",
            Unary::ToWord | Unary::ToNumber => "convert",
            Unary::Not => "logic",
        },
        Op::Binary(kind, ..) => match kind {
            Binary::Add | Binary::Sub => "add",
            Binary::Mul => "multiply",
            Binary::Div => "divide",
            Binary::Min | Binary::Max => "min max",
            Binary::Lt | Binary::Le => "compare",
            Binary::And | Binary::Or => "logic",
            Binary::WordAdd | Binary::WordMul | Binary::WordXor | Binary::WordAnd => "integer",
        },
        Op::ShiftRight(..) => "integer",
        Op::Fma(..) => "fma",
        Op::Select { .. } => "select",
        Op::Load { .. } => "load",
    })
}
