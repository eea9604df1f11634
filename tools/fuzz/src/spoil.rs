//! One case out of what is known: which file is taken, and how often it is spoiled.

use crate::format::Form;
use crate::package;
use crate::random::Random;
use crate::seed::Seed;
use crate::{spoil_bytes, spoil_text};

/// Largest case \[byte\]; few are that large.
const LARGEST: usize = 1 << 20;
/// A case is spoiled at most this often.
const MOST_TIMES: usize = 6;

/// What a case is made of.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Index of the file that it is made from.
    pub(crate) from: usize,
    /// Contents.
    pub(crate) bytes: Vec<u8>,
}

/// Makes a case. The first cases are the files as they are; later ones are drawn.
pub(crate) fn case(form: Form, known: &[Seed], seeds: usize, number: u64, seed: u64) -> Case {
    if let Some(plain) = usize::try_from(number).ok().filter(|n| *n < seeds) {
        let bytes = known[plain].bytes.clone();
        return Case { from: plain, bytes };
    }
    let mut random = Random::new(seed, number);
    let from = draw(known, &mut random);
    let other = &known[draw(known, &mut random)].bytes;
    let mut bytes = known[from].bytes.clone();
    let room = LARGEST.min(bytes.len() * 4 + (64 << 10));
    let limit = if random.once_in(16) { LARGEST } else { room };
    let text = form.is_text(&bytes);
    for _ in 0..random.count(MOST_TIMES) {
        // Text is spoiled as bytes now and then: what is no text is no text of any form.
        if text && !random.once_in(24) {
            spoil_text::spoil(form, &mut bytes, other, limit, &mut random);
        } else {
            spoil_bytes::spoil(&mut bytes, other, limit, &mut random);
        }
    }
    if form == Form::UsdPackage && text {
        bytes = package::pack(&bytes, &mut random);
    }
    Case { from, bytes }
}

/// The smaller of two draws, most of the time: small files are quick.
fn draw(known: &[Seed], random: &mut Random) -> usize {
    let (one, two) = (random.below(known.len()), random.below(known.len()));
    let larger = known[one].bytes.len() > known[two].bytes.len();
    if larger != random.once_in(4) {
        two
    } else {
        one
    }
}
