//! Keys of random numbers.

use std::collections::BTreeSet;

use halle_sim::{EnvKeys, KeyDomain};

#[test]
fn keys_differ_by_seed_domain_and_env() {
    let mut seen = BTreeSet::new();
    let mut count = 0;
    // Seeds that differ in their upper half only are different seeds too.
    for seed in [0, 1, 2, 1 << 32, (1 << 32) + 1, u64::MAX] {
        for domain in [KeyDomain::Training, KeyDomain::HeldOut] {
            let keys = EnvKeys::new(seed, domain, 0, 500);
            assert_eq!(keys.len(), 500);
            count += keys.len();
            seen.extend(keys.first.iter().copied().zip(keys.second.iter().copied()));
        }
    }
    // 6,000 keys of 64 bits collide with probability 1e-12.
    assert_eq!(seen.len(), count);
}

#[test]
fn key_belongs_to_the_env_and_not_to_the_batch() {
    let all = EnvKeys::new(9, KeyDomain::HeldOut, 0, 50);
    for start in [0, 1, 17, 49] {
        let part = EnvKeys::new(9, KeyDomain::HeldOut, start as u32, 50 - start);
        assert_eq!(part.first, all.first[start..]);
        assert_eq!(part.second, all.second[start..]);
    }
}
