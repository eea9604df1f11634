//! A kernel of the size that a robot's control step has.

use halle_lanes::Lane;

use crate::harness::{Inputs, Law, check, device, recording};

/// Eight thousand operations in a row on numbers within ±1.5, each of slope one at most.
struct Large;

const KEPT: usize = 32;
const TURNS: usize = 3000;

impl Law for Large {
    fn rows(&self) -> (usize, usize) {
        (KEPT, KEPT)
    }

    fn run<S: Lane>(&self, _: [S::Bits; 2], input: &S::Array<'_>, output: &mut S::Array<'_>) {
        let mut x: Vec<S> = (0..KEPT).map(|k| S::load(input, S::index(k))).collect();
        let half = S::lit(0.5);
        for turn in 0..TURNS {
            let at = |factor: usize, offset: usize| x[(turn * factor + offset) % KEPT];
            let (a, b, c) = (at(1, 0), at(7, 3), at(11, 5));
            let made = match turn % 4 {
                0 => a.mul_add(half, b * half),
                1 => (a - c) / (b.abs() + S::lit(1.5)),
                2 => (b.abs() + S::lit(0.5)).sqrt() - c * half,
                _ => a.max(b).min(c + half),
            };
            x[turn % KEPT] = made;
        }
        for (k, x) in x.into_iter().enumerate() {
            S::store(output, S::index(k), x);
        }
    }
}

#[test]
fn a_large_kernel_agrees() {
    let Some(gpu) = device() else { return };
    let (printed, executed) = recording(&Large).operation_totals();
    assert!(
        printed > 7000 && printed == executed,
        "{printed} printed, {executed} executed"
    );
    // Roundings fade, for most operations halve them; some tens may stand at the end.
    check(
        gpu,
        &Large,
        &Inputs::uniform(100, KEPT, 21, -1.0, 1.0),
        1e-5,
    );
}
