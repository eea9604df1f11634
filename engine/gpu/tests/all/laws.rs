//! Small laws that use every operation of a lane.
//!
//! Where results are exactly rounded on both sides and no product is added to, they must be equal;
//! else WGSL may fuse or not, which moves the last bits: 1e-6 of the magnitude is some ten roundings.

use halle_lanes::{Bits as _, Body, Draw, Lane, pcg4d};

use crate::harness::{Inputs, Law, check, device, recording, run_on_gpu};

/// Envs of a test: several workgroups, the last one not full.
const ENVS: usize = 200;

fn row<S: Lane>(array: &S::Array<'_>, k: usize) -> S {
    S::load(array, S::index(k))
}

fn put<S: Lane>(array: &mut S::Array<'_>, k: usize, x: S) {
    S::store(array, S::index(k), x);
}

struct Exact;

impl Law for Exact {
    fn rows(&self) -> (usize, usize) {
        (2, 16)
    }

    fn run<S: Lane>(&self, _: [S::Bits; 2], input: &S::Array<'_>, output: &mut S::Array<'_>) {
        let (x, y) = (row::<S>(input, 0), row::<S>(input, 1));
        let one = S::lit(1.0);
        let zero = S::lit(0.0);
        let pick = |mask| S::select(mask, one, zero);
        let results = [
            x + y,
            x - y,
            -x,
            x.abs(),
            x.min(y),
            x.max(y),
            x.floor(),
            x.clamp(S::lit(-1.5), y.abs()),
            pick(x.lt(y)),
            pick(x.le(x)),
            pick(x.gt(y) & y.ge(zero)),
            pick(x.lt(zero) | !y.lt(one)),
            S::from_bits(x.abs().to_bits()),
            S::from_bits((x.abs() * S::lit(1000.0)).to_bits() & S::Bits::splat(0xff)),
            S::index_lane(S::index(7)),
            S::select(x.lt(y), x, y) * S::lit(0.125),
        ];
        for (k, x) in results.into_iter().enumerate() {
            put(output, k, x);
        }
    }
}

#[test]
fn rounded_operations_are_equal() {
    let Some(gpu) = device() else { return };
    check(gpu, &Exact, &Inputs::uniform(ENVS, 2, 1, -9.0, 9.0), 0.0);
}

struct Smooth;

impl Law for Smooth {
    fn rows(&self) -> (usize, usize) {
        (2, 9)
    }

    fn run<S: Lane>(&self, _: [S::Bits; 2], input: &S::Array<'_>, output: &mut S::Array<'_>) {
        let (x, y) = (row::<S>(input, 0), row::<S>(input, 1));
        let (s, c) = x.sin_cos();
        let (far, _) = (x * S::lit(400.0)).sin_cos();
        let mut z = x;
        z += y;
        z *= x;
        z -= y;
        z /= y.abs() + S::lit(1.0);
        let results = [
            x.mul_add(y, z),
            z,
            x / (S::lit(3.0) + y.abs()),
            y.abs().sqrt(),
            (-y.abs() - S::lit(0.1)).sqrt(),
            s,
            c,
            s.mul_add(s, c * c),
            far,
        ];
        for (k, x) in results.into_iter().enumerate() {
            put(output, k, x);
        }
    }
}

#[test]
fn inexact_operations_agree() {
    let Some(gpu) = device() else { return };
    check(gpu, &Smooth, &Inputs::uniform(ENVS, 2, 2, -9.0, 9.0), 1e-6);
}

/// Whether a number is finite, where it is made of NaN, infinity and large numbers at run time.
struct Finite;

impl Law for Finite {
    fn rows(&self) -> (usize, usize) {
        (2, 5)
    }

    fn run<S: Lane>(&self, _: [S::Bits; 2], input: &S::Array<'_>, output: &mut S::Array<'_>) {
        let (x, y) = (row::<S>(input, 0), row::<S>(input, 1));
        let pick = |mask| S::select(mask, S::lit(1.0), S::lit(0.0));
        put(output, 0, pick(x.is_finite()));
        put(output, 1, pick((x / y).is_finite()));
        put(output, 2, pick((x * x).is_finite()));
        put(output, 3, pick(x.lt(y) | x.ge(y)));
        put(
            output,
            4,
            S::select(!(x / y).is_finite(), S::lit(0.0), x / y),
        );
    }
}

#[test]
fn broken_numbers_are_seen() {
    let Some(gpu) = device() else { return };
    let odd = [
        0.0,
        1.0,
        -2.5,
        1e30,
        -1e30,
        2.9e38,
        3.1e38,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
    ];
    let inputs = Inputs::new(ENVS, 2, 3, |word| odd[word as usize % odd.len()]);
    check(gpu, &Finite, &inputs, 1e-6);
}

struct Random;

impl Law for Random {
    fn rows(&self) -> (usize, usize) {
        (2, 14)
    }

    fn run<S: Lane>(&self, key: [S::Bits; 2], input: &S::Array<'_>, output: &mut S::Array<'_>) {
        let (episode, step) = (row::<S>(input, 0).floor(), row::<S>(input, 1).floor());
        // Words in two halves, for a float holds 24 bits.
        let words = pcg4d([key[0], key[1], episode.to_bits(), step.to_bits()]);
        for (k, word) in words.into_iter().enumerate() {
            put(output, 2 * k, S::from_bits(word.shr::<16>()));
            put(
                output,
                2 * k + 1,
                S::from_bits(word & S::Bits::splat(0xffff)),
            );
        }
        let draw = Draw::<S> { key, episode, step };
        for (k, x) in draw.signed4(5).into_iter().enumerate() {
            put(output, 8 + k, x);
        }
        put(output, 12, draw.uniform4(6)[2]);
        put(output, 13, draw.bell(7));
    }
}

#[test]
fn random_words_are_equal() {
    let Some(gpu) = device() else { return };
    let inputs = Inputs::uniform(ENVS, 2, 4, 0.0, 100_000.0);
    // Rows 8 to 12 need no rounding; the bell rounds a sum of four.
    check(gpu, &Random, &inputs, 1e-6);
    let found = run_on_gpu(gpu, &Random, &inputs);
    let expected = crate::harness::run_on_cpu(&Random, &inputs);
    assert_eq!(found[..13 * ENVS], expected[..13 * ENVS]);
}

/// A chain of masses on springs, integrated with nested loops over memory: rows are positions, then
/// velocities.
struct Chain;

const MASSES: usize = 6;

struct Force;

impl<S: Lane> Body<S, (Vec<S>, S)> for Force {
    fn run(&mut self, k: S::Index, (state, energy): &mut (Vec<S>, S)) {
        // The chain turns like a belt, so that each turn does the same to another mass.
        let stretch = state[1] - state[0] - S::index_lane(k) * S::lit(0.01);
        let force = stretch * S::lit(40.0);
        *energy = stretch.mul_add(force, *energy);
        state[MASSES] += force * S::lit(1e-3);
        state[MASSES + 1] -= force * S::lit(1e-3);
        state[..MASSES].rotate_left(1);
        state[MASSES..].rotate_left(1);
    }
}

struct Step<'a, S: Lane, A> {
    output: &'a mut A,
    lane: core::marker::PhantomData<S>,
}

impl<'a, S: Lane<Array<'a> = A>, A> Body<S, Carried<S>> for Step<'_, S, A> {
    fn run(&mut self, k: S::Index, carry: &mut Carried<S>) {
        let mut inner = (carry.0.clone(), S::lit(0.0));
        S::repeat(MASSES, &mut Inner(&mut inner), &mut Unwrap(Force));
        let (mut state, energy) = inner;
        for mass in 0..MASSES {
            let moved = state[MASSES + mass].mul_add(S::lit(1e-3), state[mass]);
            state[mass] = moved;
        }
        carry.0 = state;
        let place = S::index_mul_add(k, 1, S::index(2 * MASSES + 1));
        let before = S::load(self.output, S::index_mul_add(k, 1, S::index(2 * MASSES)));
        S::store(self.output, place, before + energy);
    }
}

struct Carried<S>(Vec<S>);

impl<S: Lane> halle_lanes::Carry<S> for Carried<S> {
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        self.0.iter_mut().for_each(each);
    }
}

struct Inner<'a, S>(&'a mut (Vec<S>, S));

impl<S: Lane> halle_lanes::Carry<S> for Inner<'_, S> {
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        self.0.0.iter_mut().for_each(&mut *each);
        each(&mut self.0.1);
    }
}

struct Unwrap<B>(B);

impl<S: Lane, B: Body<S, (Vec<S>, S)>> Body<S, Inner<'_, S>> for Unwrap<B> {
    fn run(&mut self, k: S::Index, carry: &mut Inner<'_, S>) {
        self.0.run(k, carry.0);
    }
}

const STEPS: usize = 20;

impl Law for Chain {
    fn rows(&self) -> (usize, usize) {
        (2 * MASSES, 2 * MASSES + STEPS + 1)
    }

    fn run<S: Lane>(&self, _: [S::Bits; 2], input: &S::Array<'_>, output: &mut S::Array<'_>) {
        let mut carry = Carried((0..2 * MASSES).map(|k| row::<S>(input, k)).collect());
        put(output, 2 * MASSES, S::lit(0.0));
        step_chain::<S>(&mut carry, output);
        for (k, x) in carry.0.into_iter().enumerate() {
            put(output, k, x);
        }
    }
}

fn step_chain<'a, S: Lane>(carry: &mut Carried<S>, output: &mut S::Array<'a>) {
    let mut step = Step::<S, S::Array<'a>> {
        output,
        lane: core::marker::PhantomData,
    };
    S::repeat(STEPS, carry, &mut step);
}

#[test]
fn nested_loops_over_memory_agree() {
    let Some(gpu) = device() else { return };
    let inputs = Inputs::uniform(ENVS, 2 * MASSES, 5, -1.0, 1.0);
    // 120 spring turns of some five roundings each on numbers near one.
    check(gpu, &Chain, &inputs, 3e-5);
    let text = recording(&Chain).wgsl();
    assert_eq!(text.matches("for (var ").count(), 2, "{text}");
}

#[test]
fn a_device_gives_the_same_bits_twice() {
    let Some(gpu) = device() else { return };
    let inputs = Inputs::uniform(ENVS, 2 * MASSES, 6, -1.0, 1.0);
    let bits = || -> Vec<u32> {
        run_on_gpu(gpu, &Chain, &inputs)
            .into_iter()
            .map(f32::to_bits)
            .collect()
    };
    assert_eq!(bits(), bits());
}
