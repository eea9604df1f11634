//! Random numbers: known answers, moments, independence, and the same on every kind.
//!
//! Statistical bounds are five standard deviations of the estimate under the law that is claimed. Seeds are
//! fixed, so a test either always passes or always fails.

use halle_lanes::{CpuLane, Draw, Word, pcg4d};

use crate::kinds::{for_each_kind, unload, unload_words, words};

/// Draws per sample.
const N: usize = 1 << 17;

/// PCG4D as published, in plain `u32` (Jarzynski and Olano 2020, listing of the paper).
fn published(v: [u32; 4]) -> [u32; 4] {
    let mut v = v.map(|x| x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    for round in 0..2 {
        v[0] = v[0].wrapping_add(v[1].wrapping_mul(v[3]));
        v[1] = v[1].wrapping_add(v[2].wrapping_mul(v[0]));
        v[2] = v[2].wrapping_add(v[0].wrapping_mul(v[1]));
        v[3] = v[3].wrapping_add(v[1].wrapping_mul(v[2]));
        if round == 0 {
            v = v.map(|x| x ^ (x >> 16));
        }
    }
    v
}

fn hash<S: CpuLane<Elem = f32>>(kind: &str) {
    for k in 0..200 {
        let input: [Vec<u32>; 4] = core::array::from_fn(|i| match k {
            0 => vec![0; S::WIDTH],
            1 => vec![u32::MAX; S::WIDTH],
            _ => words(1000 * k + i as u32, S::WIDTH),
        });
        let got = pcg4d(core::array::from_fn(|i| S::words(&input[i]))).map(unload_words::<S>);
        for lane in 0..S::WIDTH {
            let expected = published(core::array::from_fn(|i| input[i][lane]));
            assert_eq!(got.each_ref().map(|g| g[lane]), expected, "{kind}");
        }
    }
}

#[test]
fn hash_is_the_published_one() {
    for_each_kind!(hash);
}

#[test]
fn one_flipped_input_bit_flips_half_of_the_output() {
    // The claim of `pcg4d`: input bits 0 to 24 against the upper 24 bits of each output word.
    // 512 trials of 96 bits each: five standard deviations of the share are 0.012 if bits flip on
    // their own; products tie neighbours together, hence twice that.
    let trials = 512;
    for word in 0..4 {
        for bit in 0..25 {
            let mut flips = 0;
            for trial in 0..trials {
                let w = words(7_000 + trial, 4);
                let mut v = [w[0], w[1], w[2], w[3]];
                let a = pcg4d(v.map(Word));
                v[word] ^= 1 << bit;
                let b = pcg4d(v.map(Word));
                flips += a
                    .iter()
                    .zip(b)
                    .map(|(a, b)| ((a.0 ^ b.0) >> 8).count_ones())
                    .sum::<u32>();
            }
            let share = f64::from(flips) / f64::from(trials * 96);
            assert!(
                (share - 0.5).abs() < 0.024,
                "bit {bit} of word {word}: {share}"
            );
        }
    }
}

fn draw(env: u32, episode: u32, step: u32) -> Draw<f32> {
    Draw {
        key: [Word(0x1234_5678), Word(env)],
        episode: episode as f32,
        step: step as f32,
    }
}

/// The four numbers of `N` draws, along one axis of the key.
fn sample(draws: impl Fn(u32) -> (Draw<f32>, u32)) -> Vec<[f64; 4]> {
    (0..N as u32)
        .map(|k| {
            let (draw, purpose) = draws(k);
            draw.uniform4(purpose).map(f64::from)
        })
        .collect()
}

/// Uniform on [0, 1): mean 1/2, variance 1/12, bins level, neighbours and companions unrelated.
fn check_uniform(name: &str, sample: &[[f64; 4]]) {
    let n = sample.len() as f64;
    for i in 0..4 {
        let x: Vec<f64> = sample.iter().map(|row| row[i] - 0.5).collect();
        let mean = x.iter().sum::<f64>() / n;
        assert!(
            mean.abs() < 5.0 / (12.0 * n).sqrt(),
            "{name}[{i}]: mean {mean}"
        );
        // The variance of x^2 is 1/80 - 1/144 = 1/180.
        let variance = x.iter().map(|x| x * x).sum::<f64>() / n;
        let off = variance - 1.0 / 12.0;
        assert!(
            off.abs() < 5.0 / (180.0 * n).sqrt(),
            "{name}[{i}]: variance {variance}"
        );
        // Chi-square over 256 bins: mean 255, standard deviation sqrt(2 * 255).
        let mut bins = [0.0; 256];
        for row in sample {
            bins[(row[i] * 256.0) as usize] += 1.0;
        }
        let level = n / 256.0;
        let chi: f64 = bins.iter().map(|b| (b - level) * (b - level) / level).sum();
        assert!(
            (chi - 255.0).abs() < 5.0 * 510.0_f64.sqrt(),
            "{name}[{i}]: chi-square {chi}"
        );
        // Correlation with what follows: standard deviation 1/sqrt(n).
        for lag in [1, 2, 3, 4, 16] {
            let pairs = sample.iter().zip(&sample[lag..]);
            let r = 12.0 / n * pairs.map(|(a, b)| (a[i] - 0.5) * (b[i] - 0.5)).sum::<f64>();
            assert!(
                r.abs() < 5.0 / n.sqrt(),
                "{name}[{i}]: lag {lag} correlation {r}"
            );
        }
        for j in 0..i {
            let r = 12.0 / n
                * sample
                    .iter()
                    .map(|a| (a[i] - 0.5) * (a[j] - 0.5))
                    .sum::<f64>();
            assert!(
                r.abs() < 5.0 / n.sqrt(),
                "{name}: companions {i} and {j} correlate by {r}"
            );
        }
    }
}

#[test]
fn uniform_along_every_axis_of_the_key() {
    check_uniform("steps", &sample(|k| (draw(3, 1, k % 65_536), k / 65_536)));
    check_uniform("episodes", &sample(|k| (draw(3, k, 17), 5)));
    check_uniform("envs", &sample(|k| (draw(k, 0, 0), 0)));
    check_uniform("uses", &sample(|k| (draw(k / 256, 2, 9), k % 256)));
}

#[test]
fn neighbours_in_step_and_use_share_no_numbers() {
    // Step takes the upper 24 bits of the counter and use the lower 8: (step, use) is unique.
    let mut seen: Vec<[u32; 4]> = Vec::new();
    for step in 0..64 {
        for purpose in [0, 1, 2, 127, 254, 255] {
            seen.push(draw(1, 0, step).uniform4(purpose).map(f32::to_bits));
        }
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
}

#[test]
fn grain_and_range() {
    for row in sample(|k| (draw(9, 0, k), 1)) {
        for x in row {
            assert!((0.0..1.0).contains(&x), "{x}");
            assert_eq!((x * 16_777_216.0).fract(), 0.0, "a multiple of 2^-24");
        }
    }
    for k in 0..1000 {
        let u = draw(9, 0, k).uniform4(2);
        let s = draw(9, 0, k).signed4(2);
        for i in 0..4 {
            assert_eq!(s[i], 2.0 * u[i] - 1.0);
        }
    }
}

#[test]
fn bell_has_its_moments() {
    let x: Vec<f64> = (0..N as u32)
        .map(|k| f64::from(draw(4, 2, k).bell(3)))
        .collect();
    let n = N as f64;
    let moment = |p: i32| x.iter().map(|x| x.powi(p)).sum::<f64>() / n;
    // Central moments of the scaled sum of four uniform numbers: 1, 2.7, and m6 = 11.06,
    // m8 = 58.6 (from cumulants of the uniform law). Standard deviations of the estimates follow.
    assert!(moment(1).abs() < 5.0 / n.sqrt(), "mean {}", moment(1));
    assert!(
        (moment(2) - 1.0).abs() < 5.0 * (1.7 / n).sqrt(),
        "variance {}",
        moment(2)
    );
    assert!(
        moment(3).abs() < 5.0 * (11.1 / n).sqrt(),
        "third moment {}",
        moment(3)
    );
    let off = moment(4) - 2.7;
    assert!(
        off.abs() < 5.0 * ((58.6 - 2.7 * 2.7) / n).sqrt(),
        "kurtosis {}",
        moment(4)
    );
    let bound = 12.0_f64.sqrt() * (1.0 + 1.0e-7);
    assert!(x.iter().all(|x| x.abs() <= bound));
}

fn same_numbers<S: CpuLane<Elem = f32>>(kind: &str) {
    let keys = [words(61, S::WIDTH), words(62, S::WIDTH)];
    for step in 0..50 {
        let law = Draw::<S> {
            key: [S::words(&keys[0]), S::words(&keys[1])],
            episode: halle_lanes::Lane::lit(12.0),
            step: halle_lanes::Lane::lit(f64::from(step)),
        };
        let uniform = law.uniform4(7).map(unload::<S>);
        let signed = law.signed4(8).map(unload::<S>);
        let bell = unload::<S>(law.bell(9));
        for lane in 0..S::WIDTH {
            let key = [Word(keys[0][lane]), Word(keys[1][lane])];
            let one = Draw::<f32> {
                key,
                episode: 12.0,
                step: step as f32,
            };
            assert_eq!(
                uniform.each_ref().map(|u| u[lane]),
                one.uniform4(7),
                "{kind}"
            );
            assert_eq!(signed.each_ref().map(|u| u[lane]), one.signed4(8), "{kind}");
            assert_eq!(bell[lane], one.bell(9), "{kind}");
            let wide = Draw::<f64> {
                key,
                episode: 12.0,
                step: f64::from(step),
            };
            assert_eq!(
                wide.uniform4(7),
                one.uniform4(7).map(f64::from),
                "f64 and f32"
            );
        }
    }
}

#[test]
fn every_kind_draws_the_same_numbers() {
    for_each_kind!(same_numbers);
}
