//! An open device.

use std::sync::{Arc, Mutex, PoisonError};

use crate::adapter::{Adapter, DeviceChoice, choose};
use crate::error::GpuError;

/// What the device reported outside of a call.
#[derive(Debug, Default)]
struct Reports {
    lost: Option<String>,
    refused: Option<wgpu::Error>,
}

/// An open GPU device with its queue.
///
/// All calls may come from any thread. A device that went away makes calls return
/// [`GpuError::DeviceLost`]; open a new one then.
#[derive(Debug)]
pub struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    adapter: Adapter,
    reports: Arc<Mutex<Reports>>,
}

impl Gpu {
    /// Opens a device with all that its adapter allows.
    ///
    /// # Errors
    ///
    /// [`GpuError::NoAdapter`] if none is of that kind, [`GpuError::NoDevice`] if the driver gives none.
    pub fn open(choice: &DeviceChoice) -> Result<Self, GpuError> {
        let chosen = choose(choice)?;
        let adapter = Adapter::of(&chosen);
        let timing = chosen.features() & wgpu::Features::TIMESTAMP_QUERY;
        let request = chosen.request_device(&wgpu::DeviceDescriptor {
            label: Some("halle"),
            required_features: timing,
            required_limits: chosen.limits(),
            memory_hints: wgpu::MemoryHints::Performance,
            ..wgpu::DeviceDescriptor::default()
        });
        let (device, queue) = pollster::block_on(request).map_err(|source| GpuError::NoDevice {
            adapter: adapter.name.clone(),
            source: Box::new(source),
        })?;
        let reports = Arc::new(Mutex::new(Reports::default()));
        let lost = Arc::clone(&reports);
        device.set_device_lost_callback(move |reason, message| {
            let mut reports = lost.lock().unwrap_or_else(PoisonError::into_inner);
            reports
                .lost
                .get_or_insert_with(|| format!("{reason:?} {message}").trim().to_owned());
        });
        let refused = Arc::clone(&reports);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let mut reports = refused.lock().unwrap_or_else(PoisonError::into_inner);
            reports.refused.get_or_insert(error);
        }));
        log::debug!(
            "opened GPU adapter {} ({:?}, {})",
            adapter.name,
            adapter.kind,
            adapter.driver
        );
        Ok(Self {
            device,
            queue,
            adapter,
            reports,
        })
    }

    /// The adapter that the device belongs to.
    pub fn adapter(&self) -> &Adapter {
        &self.adapter
    }

    /// Bytes that one storage buffer may have.
    pub fn max_buffer_bytes(&self) -> u64 {
        let limits = self.device.limits();
        limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size)
    }

    /// Workgroups that one dispatch may have.
    pub(crate) fn max_workgroups(&self) -> u64 {
        u64::from(self.device.limits().max_compute_workgroups_per_dimension)
    }

    /// Waits until all that was submitted is finished.
    ///
    /// # Errors
    ///
    /// [`GpuError::DeviceLost`] if the device went away, [`GpuError::Refused`] if it refused a piece
    /// of the work.
    pub fn wait(&self) -> Result<(), GpuError> {
        let polled = self.device.poll(wgpu::PollType::wait_indefinitely());
        self.check()?;
        polled.map(drop).map_err(|source| GpuError::Refused {
            what: "wait".to_owned(),
            source: Box::new(source),
        })
    }

    /// What the device reported since it was asked last.
    pub(crate) fn check(&self) -> Result<(), GpuError> {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = &reports.lost {
            return Err(GpuError::DeviceLost {
                reason: reason.clone(),
            });
        }
        match reports.refused.take() {
            Some(source) => Err(GpuError::Refused {
                what: "submitted work".to_owned(),
                source: Box::new(source),
            }),
            None => Ok(()),
        }
    }

    /// Runs calls on the device; gives back the first error of theirs.
    pub(crate) fn scoped<T>(&self, act: impl FnOnce() -> T) -> Result<T, wgpu::Error> {
        let internal = self.device.push_error_scope(wgpu::ErrorFilter::Internal);
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let value = act();
        let errors = [
            pollster::block_on(validation.pop()),
            pollster::block_on(memory.pop()),
            pollster::block_on(internal.pop()),
        ];
        match errors.into_iter().flatten().next() {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }

    /// Turns a device that went away into its error, else makes the other error.
    pub(crate) fn lost_or(&self, other: impl FnOnce() -> GpuError) -> GpuError {
        self.check().err().unwrap_or_else(other)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Commands, GpuError, TestDevice, test_device};

    #[test]
    fn a_lost_device_is_an_error() {
        let gpu = match test_device().expect("a device is required") {
            TestDevice::Run(gpu) => gpu,
            TestDevice::Skip(line) => {
                println!("{line}");
                return;
            }
        };
        let buffer = gpu.buffer_of("values", &[1_u32, 2, 3]).expect("small");
        gpu.device.destroy();
        let lost = |what: &str, outcome: Result<(), GpuError>| {
            assert!(
                matches!(outcome, Err(GpuError::DeviceLost { .. })),
                "{what}: {outcome:?}"
            );
        };
        lost("wait", gpu.wait());
        lost("download", gpu.download::<u32>(&buffer).map(drop));
        lost("upload", gpu.upload(&buffer, 0, &[4_u32]));
        lost("buffer", gpu.buffer("more", 16).map(drop));
        lost("submit", gpu.submit(&Commands::new()));
        lost(
            "kernel",
            gpu.kernel("k", "@compute @workgroup_size(1) fn k() {}")
                .map(drop),
        );
    }
}
