//! Tests on a device: what the recorder prints against the `f32` lane, and the device's own rules.

#[cfg(test)]
mod device;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod mlp_forward;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod size;
