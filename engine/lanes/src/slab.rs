//! Memory that a CPU lane loads from and stores to.

/// Memory of one group of envs: element `k` of env `lane` is at `k * WIDTH + lane`.
#[derive(Debug)]
pub struct Slab<'a, E>(pub &'a mut [E]);
