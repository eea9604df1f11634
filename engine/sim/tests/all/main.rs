//! Tests of batches through their public surface, with a small program in place of a task.

#[cfg(test)]
mod backends;
#[cfg(test)]
mod cpu;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod toy;
