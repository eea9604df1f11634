//! What every kind of lane has in common: arithmetic, sine and cosine, random numbers, memory.

mod arithmetic;
mod kinds;
mod memory;
mod random;
mod trig;
