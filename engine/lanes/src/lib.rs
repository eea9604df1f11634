//! Scalars that the laws of physics are written over.
//!
//! Owns [`Lane`]: the arithmetic that a law may use, and its kinds: `f64` (reference), `f32` (mirror
//! of a GPU), SIMD registers with one env per lane, and [`Rec`], which records the law as
//! an expression graph to be printed as WGSL.
//! Must not know what a law computes. Start reading at [`Lane`].

mod few;
mod lane;
mod random;
mod record;
mod scalar;
mod simd;
mod slab;
mod trig;

pub use few::Few;
pub use lane::{Bits, Body, Carry, CpuLane, Elem, Lane, Mask};
pub use random::{Draw, pcg4d, pcg4d_words};
pub use record::{
    Access, ArrayId, ArraySpec, KernelSpec, OperationCount, Rec, RecBits, RecIndex, RecMask,
    Recording, record,
};
pub use scalar::Word;
#[cfg(target_arch = "x86_64")]
pub use simd::{Avx2, Avx512};
pub use simd::{Portable8, Simd, supported};
pub use slab::Slab;
