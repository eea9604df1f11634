//! Memory on the device.

use bytemuck::Pod;

use crate::{Gpu, GpuError};

/// Bytes in a word, the unit of all copies.
const WORD: u64 = 4;

/// Memory on the device.
///
/// Cloning gives another name for the same memory.
#[derive(Clone, Debug)]
pub struct Buffer {
    pub(crate) inner: wgpu::Buffer,
    pub(crate) name: String,
    pub(crate) uniform: bool,
    bytes: u64,
}

impl Buffer {
    /// Bytes that were asked for.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn check_range(&self, offset: u64, len: u64) -> Result<(), GpuError> {
        let whole = offset.is_multiple_of(WORD) && len.is_multiple_of(WORD);
        if whole && offset.checked_add(len).is_some_and(|end| end <= self.bytes) {
            return Ok(());
        }
        Err(GpuError::Range {
            buffer: self.name.clone(),
            offset,
            len,
            size: self.bytes,
        })
    }
}

/// Memory that the device writes and the CPU reads.
#[derive(Clone, Debug)]
pub struct Readback {
    pub(crate) inner: Buffer,
}

impl Readback {
    /// Bytes that were asked for.
    pub fn bytes(&self) -> u64 {
        self.inner.bytes
    }
}

impl Gpu {
    /// Makes a storage buffer of zeros.
    ///
    /// # Errors
    ///
    /// [`GpuError::BufferTooLarge`] if a binding cannot have as many bytes, [`GpuError::OutOfMemory`] if
    /// the device has no room, [`GpuError::DeviceLost`].
    pub fn buffer(&self, name: &str, bytes: u64) -> Result<Buffer, GpuError> {
        use wgpu::BufferUsages as Usage;
        let limit = self.max_buffer_bytes();
        self.make(
            name,
            bytes,
            limit,
            Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST,
        )
    }

    /// Makes a storage buffer that holds `values`.
    ///
    /// # Errors
    ///
    /// As [`Gpu::buffer`] and [`Gpu::upload`].
    pub fn buffer_of<T: Pod>(&self, name: &str, values: &[T]) -> Result<Buffer, GpuError> {
        let buffer = self.buffer(name, size_of_val(values) as u64)?;
        self.upload(&buffer, 0, values)?;
        Ok(buffer)
    }

    /// Makes a uniform buffer that holds `values`: the few numbers that a whole dispatch shares.
    ///
    /// # Errors
    ///
    /// As [`Gpu::buffer`] and [`Gpu::upload`].
    pub fn uniform_of<T: Pod>(&self, name: &str, values: &[T]) -> Result<Buffer, GpuError> {
        use wgpu::BufferUsages as Usage;
        let limit = self.device.limits().max_uniform_buffer_binding_size;
        let bytes = size_of_val(values) as u64;
        let buffer = self.make(name, bytes, limit, Usage::UNIFORM | Usage::COPY_DST)?;
        self.upload(&buffer, 0, values)?;
        Ok(buffer)
    }

    /// Makes memory to read results from.
    ///
    /// # Errors
    ///
    /// As [`Gpu::buffer`].
    pub fn readback(&self, name: &str, bytes: u64) -> Result<Readback, GpuError> {
        use wgpu::BufferUsages as Usage;
        let limit = self.device.limits().max_buffer_size;
        let inner = self.make(name, bytes, limit, Usage::MAP_READ | Usage::COPY_DST)?;
        Ok(Readback { inner })
    }

    fn make(
        &self,
        name: &str,
        bytes: u64,
        limit: u64,
        usage: wgpu::BufferUsages,
    ) -> Result<Buffer, GpuError> {
        let buffer = || name.to_owned();
        if bytes > limit {
            return Err(GpuError::BufferTooLarge {
                buffer: buffer(),
                needed: bytes,
                limit,
            });
        }
        self.check()?;
        let made = self.scoped(|| {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(name),
                // A binding needs at least one word.
                size: bytes.next_multiple_of(WORD).max(WORD),
                usage,
                mapped_at_creation: false,
            })
        });
        let inner = made.map_err(|error| {
            self.lost_or(|| match error {
                wgpu::Error::OutOfMemory { .. } => GpuError::OutOfMemory {
                    buffer: buffer(),
                    needed: bytes,
                },
                error => GpuError::Refused {
                    what: buffer(),
                    source: Box::new(error),
                },
            })
        })?;
        let uniform = usage.contains(wgpu::BufferUsages::UNIFORM);
        Ok(Buffer {
            inner,
            name: buffer(),
            uniform,
            bytes,
        })
    }
}
