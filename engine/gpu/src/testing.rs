//! The device that tests run on.

use crate::{DeviceChoice, Gpu, GpuError};

/// What a test is to do.
#[derive(Debug)]
pub enum TestDevice {
    /// Run on this device.
    Run(Box<Gpu>),
    /// Return at once, after printing this line.
    Skip(String),
}

/// Opens the device for a test as the environment variable `HALLE_GPU` says: `off` skips, `auto` (as
/// without the variable) skips if there is no adapter, `required` fails then.
///
/// Takes software, for WGSL must be tested where there is no GPU.
///
/// # Errors
///
/// What [`Gpu::open`] says, if a device is required or an adapter gave none.
pub fn test_device() -> Result<TestDevice, GpuError> {
    let wish = std::env::var("HALLE_GPU").unwrap_or_default();
    if wish == "off" {
        return Ok(TestDevice::Skip("skipped: HALLE_GPU=off".to_owned()));
    }
    match Gpu::open(&DeviceChoice::Any) {
        Ok(gpu) => Ok(TestDevice::Run(Box::new(gpu))),
        Err(GpuError::NoAdapter { .. }) if wish != "required" => {
            Ok(TestDevice::Skip("skipped: no GPU adapter".to_owned()))
        }
        Err(error) => Err(error),
    }
}
