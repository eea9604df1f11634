//! Values in and out of lanes of any kind, and numbers worth trying.

use halle_lanes::{Bits as _, CpuLane, Slab, Word, pcg4d};

/// Runs a generic check on every kind of `f32` lane that this machine has.
macro_rules! for_each_kind {
    ($check:ident) => {{
        $check::<f32>("f32");
        $check::<halle_lanes::Portable8>("portable");
        #[cfg(target_arch = "x86_64")]
        {
            let found = halle_lanes::supported();
            if found.contains(&halle_lanes::Simd::Avx2) {
                $check::<halle_lanes::Avx2>("avx2");
            } else {
                println!("skipped: this machine has no AVX2");
            }
            if found.contains(&halle_lanes::Simd::Avx512) {
                $check::<halle_lanes::Avx512>("avx512");
            } else {
                println!("skipped: this machine has no AVX-512");
            }
        }
    }};
}
pub(crate) use for_each_kind;

/// Numbers at which arithmetic changes its ways: zeros, subnormal, halves, the end of the integers, huge.
pub(crate) const BOUNDARY: [f32; 24] = [
    0.0,
    -0.0,
    1.0e-45,
    -1.0e-45,
    1.0e-40,
    f32::MIN_POSITIVE,
    -f32::MIN_POSITIVE,
    0.5,
    -0.5,
    1.0,
    -1.0,
    1.5,
    -1.5,
    2.5,
    -2.5,
    1.000_000_1,
    0.333_333_34,
    8_388_607.5,
    -8_388_607.5,
    16_777_216.0,
    3.3e7,
    -1.0e30,
    f32::MAX,
    -f32::MAX,
];

/// Numbers that only comparisons promise to understand, and those that arithmetic may yield.
pub(crate) const UNBOUNDED: [f32; 3] = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN];

/// `count` words that depend on nothing but `seed`.
pub(crate) fn words(seed: u32, count: usize) -> Vec<u32> {
    (0..count.div_ceil(4))
        .flat_map(|k| pcg4d([seed, k as u32, 0x9e37, 0x79b9].map(Word)).map(|w| w.0))
        .take(count)
        .collect()
}

/// Numbers of all exponents and both signs, NaN and infinity left out.
pub(crate) fn any_floats(seed: u32, count: usize) -> Vec<f32> {
    words(seed, count)
        .into_iter()
        .map(f32::from_bits)
        .map(|x| if x.is_finite() { x } else { 1.0 })
        .collect()
}

/// Numbers in -1000..1000.
pub(crate) fn plain_floats(seed: u32, count: usize) -> Vec<f32> {
    words(seed, count)
        .into_iter()
        .map(|w| (w as f32 / 4.294_967_3e9 - 0.5) * 2.0e3)
        .collect()
}

/// Every pair of boundary numbers, then random pairs.
pub(crate) fn pairs(unbounded: bool) -> [Vec<f32>; 2] {
    let mut set = BOUNDARY.to_vec();
    if unbounded {
        set.extend(UNBOUNDED);
    }
    let mut a: Vec<f32> = set.iter().flat_map(|x| vec![*x; set.len()]).collect();
    let mut b: Vec<f32> = set.iter().flat_map(|_| set.clone()).collect();
    for (seed, count) in [(1, 2000), (3, 2000)] {
        a.extend(any_floats(seed, count));
        b.extend(any_floats(seed + 1, count));
    }
    a.extend(plain_floats(5, 2000));
    b.extend(plain_floats(6, 2000));
    [a, b]
}

/// Loads a group, short groups filled with ones.
pub(crate) fn load<S: CpuLane<Elem = f32>>(group: &[f32]) -> S {
    let mut row = group.to_vec();
    row.resize(S::WIDTH, 1.0);
    S::load(&Slab(&mut row), 0)
}

/// The numbers of a group.
pub(crate) fn unload<S: CpuLane<Elem = f32>>(x: S) -> Vec<f32> {
    let mut row = vec![0.0; S::WIDTH];
    S::store(&mut Slab(&mut row), 0, x);
    row
}

/// The words of a group: the high 8 and the low 24 bits pass through floats without loss.
pub(crate) fn unload_words<S: CpuLane<Elem = f32>>(bits: S::Bits) -> Vec<u32> {
    let low = unload(S::from_bits(bits & S::Bits::splat(0x00ff_ffff)));
    let high = unload(S::from_bits(bits.shr::<24>()));
    low.iter()
        .zip(high)
        .map(|(l, h)| *l as u32 | ((h as u32) << 24))
        .collect()
}

/// Applies an operation of three numbers to each triple, a group at a time.
pub(crate) fn map3<S: CpuLane<Elem = f32>>(
    input: [&[f32]; 3],
    f: impl Fn(S, S, S) -> S,
) -> Vec<f32> {
    let count = input[0].len();
    let mut out = Vec::with_capacity(count + S::WIDTH);
    let mut k = 0;
    while k < count {
        let end = (k + S::WIDTH).min(count);
        let [a, b, c] = input.map(|x| load::<S>(&x[k..end]));
        out.extend(unload(f(a, b, c)));
        k += S::WIDTH;
    }
    out.truncate(count);
    out
}

/// Whether two numbers have the same bits; any NaN is like any other.
pub(crate) fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}
