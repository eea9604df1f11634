//! Random programs: laws made of random operations, loops and stores, evaluated on both sides.

use halle_lanes::{Body, Carry, Lane, Word, pcg4d};

use crate::harness::{Inputs, Law, check, device, recording};

/// Envs per program: more than a workgroup.
const ENVS: usize = 70;
/// Rows that programs load from and store to.
const ROWS: usize = 6;

/// A counter-based source of choices.
struct Choices {
    seed: u32,
    count: u32,
}

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        self.count += 1;
        (pcg4d([self.seed, self.count, 3, 9].map(Word))[1].0 >> 4) as usize % n
    }
}

/// One operation on values numbered in the order they are made.
#[derive(Clone, Debug)]
enum Operation {
    Constant(f64),
    Unary(usize, usize),
    Binary(usize, usize, usize),
    Select([usize; 4]),
    Fma([usize; 3]),
    /// A row of the output, by the turn of the loop if `true`.
    Load(usize, bool),
    Store(usize, bool, usize),
    Repeat {
        count: usize,
        carry: [usize; 3],
        body: Vec<Self>,
    },
}

/// Numbers are small integers and multiples of a quarter, kept below 512: every operation is exact on both
/// sides, so that comparisons and floors cannot differ.
struct Exact {
    operations: Vec<Operation>,
}

fn make(choices: &mut Choices, length: usize, mut values: usize, depth: usize) -> Vec<Operation> {
    let mut operations = Vec::new();
    for _ in 0..length {
        let mut value = || choices.below(values);
        let (a, b, c, d) = (value(), value(), value(), value());
        let operation = match choices.below(16) {
            0 | 1 => Operation::Constant([0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 4.0, 0.25][a % 8]),
            2..=4 => Operation::Unary(choices.below(5), a),
            5..=8 => Operation::Binary(choices.below(6), a, b),
            9 => Operation::Fma([a, b, c]),
            10 | 11 => Operation::Select([a, b, c, d]),
            12 => Operation::Load(choices.below(ROWS), depth > 0 && a % 2 == 0),
            13 | 14 => Operation::Store(choices.below(ROWS), depth > 0 && a % 2 == 0, b),
            _ if depth < 2 => Operation::Repeat {
                count: 1 + choices.below(4),
                carry: [a, b, c],
                body: {
                    let length = 4 + choices.below(8);
                    make(choices, length, values + 3, depth + 1)
                },
            },
            _ => Operation::Binary(0, a, b),
        };
        values += match operation {
            Operation::Store(..) => 0,
            Operation::Repeat { .. } => 3,
            _ => 1,
        };
        operations.push(operation);
    }
    operations
}

/// Keeps a number exact: at most 9 bits before the point and 2 after it.
fn tame<S: Lane>(x: S) -> S {
    (x.clamp(S::lit(-511.0), S::lit(511.0)) * S::lit(4.0)).floor() * S::lit(0.25)
}

fn place<S: Lane>(row: usize, turn: Option<S::Index>) -> S::Index {
    match turn {
        // Turns are below four, rows below six.
        Some(turn) if row < 3 => S::index_mul_add(turn, 1, S::index(row % 3)),
        _ => S::index(row),
    }
}

fn run_all<S: Lane>(
    operations: &[Operation],
    values: &mut Vec<S>,
    turn: Option<S::Index>,
    output: &mut S::Array<'_>,
) {
    for operation in operations {
        let at = |k: usize| values[k];
        let made = match operation {
            Operation::Constant(x) => S::lit(*x),
            Operation::Unary(kind, a) => match kind {
                0 => -at(*a),
                1 => at(*a).abs(),
                2 => at(*a).floor(),
                3 => S::from_bits(at(*a).abs().to_bits()),
                _ => at(*a).abs().sqrt().floor(),
            },
            Operation::Binary(kind, a, b) => match kind {
                0 => at(*a) + at(*b),
                1 => at(*a) - at(*b),
                2 => at(*a) * at(*b),
                3 => at(*a).min(at(*b)),
                4 => at(*a).max(at(*b)),
                _ => at(*a) / S::lit(2.0),
            },
            Operation::Fma([a, b, c]) => at(*a).mul_add(at(*b), at(*c)),
            Operation::Select([a, b, c, d]) => {
                let mask = at(*a).lt(at(*b)) | !at(*c).le(at(*d)) & at(*a).is_finite();
                S::select(mask, at(*c), at(*b))
            }
            Operation::Load(row, by_turn) => {
                S::load(output, place::<S>(*row, turn.filter(|_| *by_turn)))
            }
            Operation::Store(row, by_turn, a) => {
                S::store(output, place::<S>(*row, turn.filter(|_| *by_turn)), at(*a));
                continue;
            }
            Operation::Repeat { count, carry, body } => {
                let mut numbers = Numbers(carry.map(at));
                repeat::<S>(*count, &mut numbers, body, values, output);
                values.extend(numbers.0);
                continue;
            }
        };
        values.push(tame(made));
    }
}

fn repeat<'a, S: Lane>(
    count: usize,
    numbers: &mut Numbers<S>,
    body: &[Operation],
    outer: &[S],
    output: &mut S::Array<'a>,
) {
    S::repeat(
        count,
        numbers,
        &mut Turn::<S, S::Array<'a>> {
            body,
            outer,
            output,
        },
    );
}

struct Numbers<S>([S; 3]);

impl<S: Lane> Carry<S> for Numbers<S> {
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        self.0.iter_mut().for_each(each);
    }
}

struct Turn<'b, S, A> {
    body: &'b [Operation],
    outer: &'b [S],
    output: &'b mut A,
}

impl<'a, S: Lane<Array<'a> = A>, A> Body<S, Numbers<S>> for Turn<'_, S, A> {
    fn run(&mut self, k: S::Index, carry: &mut Numbers<S>) {
        let mut values = self.outer.to_vec();
        values.extend(carry.0);
        run_all::<S>(self.body, &mut values, Some(k), self.output);
        let last = values.len();
        // One is swapped, one is new, one may stay.
        let stays = values[self.outer.len()];
        carry.0 = [
            values[self.outer.len() + 1],
            values[last - 1],
            tame(stays + values[last - 2]),
        ];
    }
}

impl Law for Exact {
    fn rows(&self) -> (usize, usize) {
        (4, ROWS + 12)
    }

    fn run<S: Lane>(&self, _: [S::Bits; 2], input: &S::Array<'_>, output: &mut S::Array<'_>) {
        let mut values: Vec<S> = (0..4).map(|k| S::load(input, S::index(k))).collect();
        for k in 0..ROWS {
            S::store(output, S::index(k), values[k % 4]);
        }
        run_all::<S>(&self.operations, &mut values, None, output);
        for k in 0..12 {
            let value = values[values.len() - 1 - k % values.len()];
            S::store(output, S::index(ROWS + k), value);
        }
    }
}

#[test]
fn exact_programs_are_equal() {
    let Some(gpu) = device() else { return };
    let (mut loops, mut operations_printed) = (0, 0);
    for seed in 0..80 {
        let mut choices = Choices { seed, count: 0 };
        let operations = make(&mut choices, 30, 4, 0);
        let inputs = Inputs::new(ENVS, 4, seed, |word| (word % 81) as f32 * 0.25 - 10.0);
        let law = Exact { operations };
        let recording = recording(&law);
        loops += recording.wgsl().matches("for (var ").count();
        operations_printed += recording.operation_totals().0;
        check(gpu, &law, &inputs, 0.0);
    }
    // The programs have something to them.
    assert!(
        loops > 80 && operations_printed > 8000,
        "{loops} loops, {operations_printed} operations"
    );
}

/// Operations that do not enlarge an error: values stay within ±1.5 and slopes near one.
struct Smooth {
    seed: u32,
}

impl Law for Smooth {
    fn rows(&self) -> (usize, usize) {
        (4, 8)
    }

    fn run<S: Lane>(&self, _: [S::Bits; 2], input: &S::Array<'_>, output: &mut S::Array<'_>) {
        let mut choices = Choices {
            seed: self.seed,
            count: 0,
        };
        let mut values: Vec<S> = (0..4).map(|k| S::load(input, S::index(k))).collect();
        for _ in 0..40 {
            let a = values[choices.below(values.len())];
            let b = values[choices.below(values.len())];
            let half = S::lit(0.5);
            values.push(match choices.below(8) {
                0 => (a + b) * half,
                1 => (a - b) * half,
                2 => a.mul_add(half, b * half),
                3 => a / (b.abs() + S::lit(1.0)),
                4 => (a.abs() + S::lit(0.25)).sqrt(),
                5 => a.sin_cos().0,
                6 => b.sin_cos().1,
                _ => a.max(-b).min(S::lit(1.25)),
            });
        }
        for k in 0..8 {
            S::store(output, S::index(k), values[values.len() - 1 - k]);
        }
    }
}

#[test]
fn smooth_programs_agree() {
    let Some(gpu) = device() else { return };
    for seed in 100..130 {
        let inputs = Inputs::uniform(ENVS, 4, seed, -1.0, 1.0);
        // Forty operations of about one rounding (6e-8) each.
        check(gpu, &Smooth { seed }, &inputs, 5e-6);
    }
}
