//! Loads, stores, words, places and loops.

use halle_lanes::{Bits as _, Body, Carry, CpuLane, Lane, Slab};

use crate::kinds::{for_each_kind, plain_floats, unload, unload_words, words};

fn load_and_store<S: CpuLane<Elem = f32>>(kind: &str) {
    let rows = 7;
    let mut memory = plain_floats(31, rows * S::WIDTH);
    let before = memory.clone();
    let row = |k: usize| k * S::WIDTH..(k + 1) * S::WIDTH;
    for k in 0..rows {
        let x = S::load(&Slab(&mut memory), S::index(k));
        assert_eq!(unload(x), before[row(k)], "{kind}: row {k}");
    }
    S::store(&mut Slab(&mut memory), S::index(2), S::lit(4.5));
    for k in 0..rows {
        let expected = if k == 2 {
            vec![4.5; S::WIDTH]
        } else {
            before[row(k)].to_vec()
        };
        assert_eq!(
            memory[row(k)],
            expected,
            "{kind}: a store touches its own row only"
        );
    }
}

#[test]
fn element_k_of_env_lane_is_at_k_times_width_plus_lane() {
    for_each_kind!(load_and_store);
}

fn places<S: CpuLane<Elem = f32>>(kind: &str) {
    let place = S::index_mul_add(S::index(5), 7, S::index(3));
    assert_eq!(place, 38, "{kind}");
    assert_eq!(unload(S::index_lane(place)), vec![38.0; S::WIDTH], "{kind}");
}

#[test]
fn places_are_numbers() {
    for_each_kind!(places);
}

fn word_arithmetic<S: CpuLane<Elem = f32>>(kind: &str) {
    let all = words(41, 64 * S::WIDTH);
    for pair in all.chunks_exact(2 * S::WIDTH) {
        let (a, b) = pair.split_at(S::WIDTH);
        let (x, y) = (S::words(a), S::words(b));
        let check = |name: &str, got: S::Bits, f: &dyn Fn(u32, u32) -> u32| {
            let expected: Vec<u32> = a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect();
            assert_eq!(unload_words::<S>(got), expected, "{kind} {name}");
        };
        check("words", x, &|a, _| a);
        check("+", x + y, &u32::wrapping_add);
        check("*", x * y, &u32::wrapping_mul);
        check("^", x ^ y, &|a, b| a ^ b);
        check("&", x & y, &|a, b| a & b);
        check("shr 1", x.shr::<1>(), &|a, _| a >> 1);
        check("shr 8", x.shr::<8>(), &|a, _| a >> 8);
        check("shr 16", x.shr::<16>(), &|a, _| a >> 16);
        check("shr 31", x.shr::<31>(), &|a, _| a >> 31);
        check("splat", S::Bits::splat(0xdead_beef), &|_, _| 0xdead_beef);
    }
}

#[test]
fn words_wrap_like_u32() {
    for_each_kind!(word_arithmetic);
}

fn word_conversion<S: CpuLane<Elem = f32>>(kind: &str) {
    for n in [0_u32, 1, 255, 256, 65_535, 65_536, 8_388_608, 16_777_215] {
        let bits = S::lit(f64::from(n)).to_bits();
        assert_eq!(
            unload_words::<S>(bits),
            vec![n; S::WIDTH],
            "{kind}: {n} to bits"
        );
        let back = S::from_bits(S::Bits::splat(n));
        assert_eq!(
            unload(back),
            vec![n as f32; S::WIDTH],
            "{kind}: {n} from bits"
        );
    }
}

#[test]
fn integers_below_two_to_the_24_pass_through_floats() {
    for_each_kind!(word_conversion);
}

/// Horner's rule over an array: the carry depends on the order of the turns.
struct Horner<'a, 'b, S: Lane> {
    memory: &'a mut S::Array<'b>,
}

impl<S: Lane> Body<S, [S; 2]> for Horner<'_, '_, S> {
    #[inline(always)]
    fn run(&mut self, k: S::Index, carry: &mut [S; 2]) {
        let old = S::load(self.memory, k);
        carry[0] = carry[0].mul_add(S::lit(0.5), old);
        carry[1] += S::index_lane(k);
        S::store(self.memory, k, carry[0]);
    }
}

fn loops<S: CpuLane<Elem = f32>>(kind: &str) {
    let count = 9;
    // Halves and small integers: exact, so that every kind must agree to the bit.
    let mut memory: Vec<f32> = words(51, count * S::WIDTH)
        .into_iter()
        .map(|w| (w % 64) as f32)
        .collect();
    let before = memory.clone();
    let mut carry = [S::lit(0.0), S::lit(100.0)];
    S::repeat(
        count,
        &mut carry,
        &mut Horner::<S> {
            memory: &mut Slab(&mut memory),
        },
    );
    assert_eq!(
        unload(carry[1]),
        vec![136.0; S::WIDTH],
        "{kind}: turns counted from zero"
    );
    let last = unload(carry[0]);
    for lane in 0..S::WIDTH {
        let mut sum = 0.0;
        for k in 0..count {
            sum = sum * 0.5 + before[k * S::WIDTH + lane];
            assert_eq!(
                memory[k * S::WIDTH + lane],
                sum,
                "{kind}: turn {k} of lane {lane}"
            );
        }
        assert_eq!(last[lane], sum, "{kind}: carry of lane {lane}");
    }
}

#[test]
fn repeat_runs_in_order_and_hands_on_the_carry() {
    for_each_kind!(loops);
}

#[test]
fn carries_visit_every_number_once_in_order() {
    let mut seen = Vec::new();
    let mut array = [1.0_f64, 2.0, 3.0];
    array.visit(&mut |x: &mut f64| seen.push(*x));
    let mut list = vec![4.0_f64, 5.0];
    list.visit(&mut |x: &mut f64| {
        seen.push(*x);
        *x += 1.0;
    });
    Carry::<f64>::visit(&mut (), &mut |_| panic!("nothing to visit"));
    assert_eq!(seen, [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(list, [5.0, 6.0]);
}
