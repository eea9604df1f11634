//! SIMD registers as lanes: one env per lane of the register.

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use portable::Portable8;
#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

/// The instruction set that lanes can use on this machine, found at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simd {
    /// 16 envs per register.
    Avx512,
    /// 8 envs per register, with fused multiply-add.
    Avx2,
    /// 8 envs per group in plain Rust.
    Portable,
}

impl Simd {
    /// Name for people and for manifests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2+fma",
            Self::Portable => "portable",
        }
    }

    /// Envs per group.
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Self::Avx512 => 16,
            Self::Avx2 | Self::Portable => 8,
        }
    }
}

/// Instruction sets that this machine can run, widest first; [`Simd::Portable`] is always among them.
#[must_use]
pub fn supported() -> Vec<Simd> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            found.push(Simd::Avx512);
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            found.push(Simd::Avx2);
        }
    }
    found.push(Simd::Portable);
    found
}
