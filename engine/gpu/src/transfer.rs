//! The way to memory on the device and back.

use std::sync::mpsc;

use bytemuck::Pod;

use crate::{Buffer, Commands, Gpu, GpuError, Readback};

impl Gpu {
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
        let bytes = buffer.bytes();
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
