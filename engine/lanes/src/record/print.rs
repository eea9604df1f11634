//! The graph as WGSL.

use core::fmt::Write as _;

use super::graph::{Binary, BlockId, Graph, Item, LoopId, NodeId, Op, Unary};
use super::live::Plan;
use super::spec::{Access, ArrayId};

/// Writes to a string, which cannot fail.
macro_rules! put {
    ($text:expr, $($argument:tt)*) => {
        write!($text, $($argument)*).unwrap_or_default()
    };
}

/// Prints the kernel.
pub(super) fn print(graph: &Graph, plan: &Plan) -> String {
    let mut printer = Printer {
        graph,
        plan,
        text: String::new(),
        names: vec![None; graph.nodes.len()],
        variables: vec![Vec::new(); graph.loops.len()],
        turns: vec![0; graph.loops.len()],
        last_name: 0,
        last_variable: 0,
        last_turn: 0,
    };
    printer.head();
    printer.block(BlockId(0), 1);
    printer.text.push_str("}\n");
    printer.text
}

struct Printer<'a> {
    graph: &'a Graph,
    plan: &'a Plan,
    text: String,
    /// Numbers of `let`s.
    names: Vec<Option<u32>>,
    /// Numbers of the variables of a loop, by slot; zero where a slot has none.
    variables: Vec<Vec<u32>>,
    turns: Vec<u32>,
    last_name: u32,
    last_variable: u32,
    last_turn: u32,
}

impl Printer<'_> {
    fn head(&mut self) {
        let spec = &self.graph.spec;
        let (mut printed, mut executed) = (0, 0);
        for kind in self.plan.operations(self.graph) {
            printed += kind.printed;
            executed += kind.executed;
        }
        let names = |wanted: &[Access]| {
            let arrays = spec
                .arrays
                .iter()
                .filter(|array| wanted.contains(&array.access));
            arrays
                .map(|array| array.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let reads = names(&[
            Access::Read,
            Access::Words,
            Access::Shared,
            Access::ReadWrite,
        ]);
        let writes = names(&[Access::ReadWrite]);
        let colon = if spec.about.is_empty() { "" } else { ": " };
        put!(
            self.text,
            "// {}{colon}{}\n//\n",
            spec.entry,
            spec.about.replace('\n', "\n// ")
        );
        put!(
            self.text,
            "// One invocation per env. Recorded from laws for one model: {printed} operations,\n\
             // {executed} executed per env.\n//\n\
             // reads : {reads}\n// writes: {writes}\n\n\
             struct Params {{\n    env_count: u32,\n}}\n\n\
             @group(0) @binding(0) var<uniform> params: Params;\n"
        );
        for (index, array) in spec.arrays.iter().enumerate() {
            let (access, element) = match array.access {
                Access::Read | Access::Shared => ("read", "f32"),
                Access::ReadWrite => ("read_write", "f32"),
                Access::Words => ("read", "u32"),
            };
            let (binding, name) = (index + 1, &array.name);
            put!(
                self.text,
                "@group(0) @binding({binding}) var<storage, {access}> {name}: array<{element}>;\n"
            );
        }
        if self.has_odd_number() {
            self.text.push_str(
                "\nfn number_from_word(word: u32) -> f32 {\n    return bitcast<f32>(word);\n}\n",
            );
        }
        put!(
            self.text,
            "\n@compute @workgroup_size({})\n\
             fn {}(@builtin(global_invocation_id) id: vec3<u32>) {{\n    \
             let env = id.x;\n    let env_count = params.env_count;\n    \
             if (env >= env_count) {{\n        return;\n    }}\n",
            spec.workgroup_size,
            spec.entry
        );
    }

    /// Whether a constant is printed that WGSL has no literal for.
    fn has_odd_number(&self) -> bool {
        self.graph
            .nodes
            .iter()
            .enumerate()
            .any(|(index, node)| match node.op {
                Op::Number(bits) => {
                    self.plan.is_live(NodeId(index as u32)) && !f32::from_bits(bits).is_finite()
                }
                _ => false,
            })
    }

    fn block(&mut self, block: BlockId, depth: usize) {
        let graph = self.graph;
        for item in &graph.block(block).items {
            match *item {
                Item::Node(id) => self.binding(id, depth),
                Item::Store {
                    array,
                    place,
                    value,
                } => {
                    self.indent(depth);
                    self.element(array, place);
                    self.text.push_str(" = ");
                    self.expression(value, true);
                    self.text.push_str(";\n");
                }
                Item::Loop(turn) => {
                    if self.plan.is_live_loop(turn) {
                        self.repeat(turn, depth);
                    }
                }
            }
        }
    }

    fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.text.push_str("    ");
        }
    }

    /// `let v1 = …;` for a node that has a name.
    fn binding(&mut self, id: NodeId, depth: usize) {
        if !self.plan.is_live(id) || self.plan.is_inline(id) {
            return;
        }
        self.indent(depth);
        self.last_name += 1;
        put!(self.text, "let v{} = ", self.last_name);
        self.term(id, true);
        self.names[id.0 as usize] = Some(self.last_name);
        self.text.push_str(";\n");
    }

    fn repeat(&mut self, turn: LoopId, depth: usize) {
        let graph = self.graph;
        let known = &graph.loops[turn.0 as usize];
        let slots = self.plan.live_slots(graph, turn);
        let mut variables = vec![0; known.before.len()];
        for &slot in &slots {
            self.last_variable += 1;
            variables[slot] = self.last_variable;
            self.indent(depth);
            put!(self.text, "var a{} = ", self.last_variable);
            self.expression(known.before[slot], true);
            self.text.push_str(";\n");
        }
        self.variables[turn.0 as usize] = variables;
        self.last_turn += 1;
        let k = self.last_turn;
        self.turns[turn.0 as usize] = k;
        self.indent(depth);
        let count = known.count;
        put!(
            self.text,
            "for (var k{k} = 0u; k{k} < {count}u; k{k} += 1u) {{\n"
        );
        self.block(known.body, depth + 1);
        self.next_turn(turn, &slots, depth + 1);
        self.indent(depth);
        self.text.push_str("}\n");
    }

    /// Hands all carried numbers on at once.
    fn next_turn(&mut self, turn: LoopId, slots: &[usize], depth: usize) {
        let graph = self.graph;
        let known = &graph.loops[turn.0 as usize];
        let mut taken = vec![0; slots.len()];
        for (place, &slot) in slots.iter().enumerate() {
            // A variable of this loop may be overwritten before it is read.
            if matches!(graph.op(graph.resolve(known.next[slot])), Op::Carried { turn: t, .. } if t == turn)
            {
                self.last_name += 1;
                taken[place] = self.last_name;
                self.indent(depth);
                put!(self.text, "let v{} = ", self.last_name);
                self.expression(known.next[slot], true);
                self.text.push_str(";\n");
            }
        }
        for (place, &slot) in slots.iter().enumerate() {
            self.indent(depth);
            put!(self.text, "a{} = ", self.variables[turn.0 as usize][slot]);
            if taken[place] > 0 {
                put!(self.text, "v{}", taken[place]);
            } else {
                self.expression(known.next[slot], true);
            }
            self.text.push_str(";\n");
        }
    }

    /// The name of a node, or its term where it has none.
    fn expression(&mut self, id: NodeId, alone: bool) {
        let id = self.graph.resolve(id);
        match self.names[id.0 as usize] {
            Some(name) => put!(self.text, "v{name}"),
            None => self.term(id, alone),
        }
    }

    /// The operation of a node; in parentheses unless it stands alone.
    fn term(&mut self, id: NodeId, alone: bool) {
        match self.graph.op(id) {
            Op::Number(bits) => self.number(f32::from_bits(bits)),
            Op::Word(word) => put!(self.text, "{word}u"),
            Op::Truth(truth) => put!(self.text, "{truth}"),
            Op::Unary(kind, a) => self.unary(kind, a, alone),
            Op::Binary(Binary::Min, a, b) => self.call("min", &[a, b]),
            Op::Binary(Binary::Max, a, b) => self.call("max", &[a, b]),
            Op::Binary(kind, a, b) => self.infix(kind, a, b, alone),
            Op::Fma(a, b, c) => self.call("fma", &[a, b, c]),
            Op::Select {
                mask,
                if_true,
                if_false,
            } => {
                self.call("select", &[if_false, if_true, mask]);
            }
            Op::ShiftRight(a, by) => {
                self.open(alone);
                self.expression(a, false);
                put!(self.text, " >> {by}u");
                self.close(alone);
            }
            Op::Load { array, place, .. } => self.element(array, place),
            Op::Turn(turn) => put!(self.text, "k{}", self.turns[turn.0 as usize]),
            Op::Carried { turn, slot } | Op::Outcome { turn, slot } => {
                let variable = self.variables[turn.0 as usize][slot as usize];
                put!(self.text, "a{variable}");
            }
        }
    }

    fn open(&mut self, alone: bool) {
        if !alone {
            self.text.push('(');
        }
    }

    fn close(&mut self, alone: bool) {
        if !alone {
            self.text.push(')');
        }
    }

    fn call(&mut self, name: &str, operands: &[NodeId]) {
        self.text.push_str(name);
        for (index, &operand) in operands.iter().enumerate() {
            self.text.push_str(if index == 0 { "(" } else { ", " });
            self.expression(operand, true);
        }
        self.text.push(')');
    }

    fn unary(&mut self, kind: Unary, a: NodeId, alone: bool) {
        match kind {
            Unary::Neg | Unary::Not => {
                self.open(alone);
                self.text.push(if kind == Unary::Neg { '-' } else { '!' });
                self.expression(a, false);
                self.close(alone);
            }
            Unary::Sqrt => self.call("sqrt", &[a]),
            Unary::Abs => self.call("abs", &[a]),
            Unary::Floor => self.call("floor", &[a]),
            Unary::ToWord => self.call("u32", &[a]),
            Unary::ToNumber => self.call("f32", &[a]),
            Unary::Finite => {
                self.open(alone);
                self.text.push_str("(bitcast<u32>(");
                self.expression(a, true);
                put!(
                    self.text,
                    ") & 0x7fffffffu) < {:#010x}u",
                    3.0e38_f32.to_bits()
                );
                self.close(alone);
            }
        }
    }

    fn infix(&mut self, kind: Binary, a: NodeId, b: NodeId, alone: bool) {
        let sign = match kind {
            Binary::Add | Binary::WordAdd => "+",
            Binary::Sub => "-",
            Binary::Mul | Binary::WordMul => "*",
            Binary::Div => "/",
            Binary::Lt => "<",
            Binary::Le => "<=",
            Binary::And | Binary::WordAnd => "&",
            Binary::Or => "|",
            Binary::WordXor => "^",
            Binary::Min | Binary::Max => ",",
        };
        self.open(alone);
        self.expression(a, false);
        put!(self.text, " {sign} ");
        self.expression(b, false);
        self.close(alone);
    }

    fn number(&mut self, x: f32) {
        if x.is_finite() {
            put!(self.text, "{x:?}f");
        } else {
            put!(self.text, "number_from_word({:#010x}u)", x.to_bits());
        }
    }

    /// An element of an array, of this env or of all.
    fn element(&mut self, array: ArrayId, place: NodeId) {
        let graph = self.graph;
        let array = &graph.spec.arrays[array.0 as usize];
        self.text.push_str(&array.name);
        self.text.push('[');
        if array.access == Access::Shared {
            self.expression(place, true);
        } else {
            match graph.op(place) {
                Op::Word(0) => self.text.push_str("env"),
                Op::Word(1) => self.text.push_str("env_count + env"),
                _ => {
                    self.expression(place, false);
                    self.text.push_str(" * env_count + env");
                }
            }
        }
        self.text.push(']');
    }
}
