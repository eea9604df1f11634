//! Memory on the device, and the way there and back.

use std::sync::mpsc;

use bytemuck::Pod;

use crate::{Commands, Gpu, GpuError};

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

    /// Writes `values` at `offset` bytes; takes effect before what is submitted next.
    ///
    /// # Errors
    ///
    /// [`GpuError::Range`] if the values reach over the end or are not whole words,
    /// [`GpuError::DeviceLost`].
    pub fn upload<T: Pod>(
        &self,
        buffer: &Buffer,
        offset: u64,
        values: &[T],
    ) -> Result<(), GpuError> {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        buffer.check_range(offset, bytes.len() as u64)?;
        if !bytes.is_empty() {
            self.queue.write_buffer(&buffer.inner, offset, bytes);
        }
        self.check()
    }

    /// Waits for all that was submitted and reads a whole storage buffer.
    ///
    /// # Errors
    ///
    /// [`GpuError::Range`] if the buffer is not a whole number of `T`, [`GpuError::DeviceLost`].
    pub fn download<T: Pod>(&self, buffer: &Buffer) -> Result<Vec<T>, GpuError> {
        let bytes = buffer.bytes;
        let element = size_of::<T>().max(1) as u64;
        if !bytes.is_multiple_of(element) {
            let name = buffer.name.clone();
            return Err(GpuError::Range {
                buffer: name,
                offset: 0,
                len: element,
                size: bytes,
            });
        }
        let mut values = vec![T::zeroed(); (bytes / element) as usize];
        if values.is_empty() {
            return Ok(values);
        }
        let readback = self.readback(&buffer.name, bytes)?;
        let mut commands = Commands::new();
        commands.read_back(buffer, &readback, 0)?;
        self.submit(&commands)?;
        let target: &mut [u8] = bytemuck::cast_slice_mut(&mut values);
        self.fetch(&readback, |bytes| {
            target.copy_from_slice(&bytes[..target.len()]);
        })?;
        Ok(values)
    }

    /// Waits for all that was submitted and shows the bytes that were read back.
    ///
    /// # Errors
    ///
    /// [`GpuError::DeviceLost`] if the device went away, [`GpuError::Refused`] if a piece of the work
    /// was refused.
    pub fn fetch<T>(
        &self,
        readback: &Readback,
        see: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, GpuError> {
        let refused = |source: Box<dyn core::error::Error + Send + Sync>| GpuError::Refused {
            what: readback.inner.name.clone(),
            source,
        };
        self.check()?;
        let (sender, receiver) = mpsc::channel();
        readback
            .inner
            .inner
            .map_async(wgpu::MapMode::Read, .., move |outcome| {
                // The receiver is gone only if waiting failed, which is reported there.
                sender.send(outcome).unwrap_or_default();
            });
        self.wait()?;
        match receiver.try_recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.lost_or(|| refused(Box::new(error)))),
            Err(error) => return Err(self.lost_or(|| refused(Box::new(error)))),
        }
        let seen = match readback.inner.inner.get_mapped_range(..) {
            Ok(view) => Ok(see(&view)),
            Err(error) => Err(self.lost_or(|| refused(Box::new(error)))),
        };
        readback.inner.inner.unmap();
        seen
    }
}
