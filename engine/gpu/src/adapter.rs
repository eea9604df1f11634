//! Which adapters there are, and which one is taken.

use crate::GpuError;

/// Which device to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A hardware GPU; software that plays one is not taken.
    Hardware,
    /// A hardware GPU if there is one, else software.
    Any,
    /// The first adapter whose name contains the text, whatever its kind and the case of letters.
    Named(String),
}

/// What an adapter is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdapterKind {
    /// A GPU with its own memory.
    Discrete,
    /// A GPU that shares the CPU's memory.
    Integrated,
    /// A GPU handed to a virtual machine.
    Virtual,
    /// Software on the CPU, such as lavapipe.
    Software,
    /// The driver does not say.
    Unknown,
}

impl AdapterKind {
    /// Whether this is a GPU for sure.
    pub fn is_hardware(self) -> bool {
        matches!(self, Self::Discrete | Self::Integrated | Self::Virtual)
    }
}

/// A GPU that could be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// As the driver names it.
    pub name: String,
    /// What it is made of.
    pub kind: AdapterKind,
    /// `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// Driver with its version.
    pub driver: String,
}

impl Adapter {
    pub(crate) fn of(adapter: &wgpu::Adapter) -> Self {
        let facts = adapter.get_info();
        Self {
            name: facts.name,
            kind: match facts.device_type {
                wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
                wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
                wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
                wgpu::DeviceType::Cpu => AdapterKind::Software,
                wgpu::DeviceType::Other => AdapterKind::Unknown,
            },
            backend: facts.backend.to_string(),
            driver: format!("{} {}", facts.driver, facts.driver_info)
                .trim()
                .to_owned(),
        }
    }
}

/// All adapters, the best first: discrete, integrated, virtual, software, unknown.
pub fn adapters() -> Vec<Adapter> {
    enumerate().iter().map(Adapter::of).collect()
}

fn enumerate() -> Vec<wgpu::Adapter> {
    let mut description = wgpu::InstanceDescriptor::new_without_display_handle();
    description.backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    // No validation layers: wgpu checks what we send, and the layers print.
    description.flags = wgpu::InstanceFlags::empty();
    let backends = description.backends;
    let instance = wgpu::Instance::new(description);
    let mut adapters = pollster::block_on(instance.enumerate_adapters(backends));
    // Stable: adapters of one kind stay in the driver's order.
    adapters.sort_by_key(|adapter| Adapter::of(adapter).kind);
    adapters
}

/// The adapter that fits the choice best.
pub(crate) fn choose(choice: &DeviceChoice) -> Result<wgpu::Adapter, GpuError> {
    let adapters = enumerate();
    let found: Vec<Adapter> = adapters.iter().map(Adapter::of).collect();
    match pick(choice, &found) {
        Some(index) => Ok(adapters[index].clone()),
        None => Err(GpuError::NoAdapter {
            wanted: match choice {
                DeviceChoice::Hardware => "hardware".to_owned(),
                DeviceChoice::Any => "usable".to_owned(),
                DeviceChoice::Named(name) => format!("`{name}`"),
            },
            found: match found.len() {
                0 => vec!["none".to_owned()],
                _ => found
                    .into_iter()
                    .map(|adapter| format!("`{}`", adapter.name))
                    .collect(),
            },
        }),
    }
}

/// Number of the adapter to take; the list has the best first.
fn pick(choice: &DeviceChoice, adapters: &[Adapter]) -> Option<usize> {
    match choice {
        DeviceChoice::Hardware => adapters
            .iter()
            .position(|adapter| adapter.kind.is_hardware()),
        DeviceChoice::Any => (!adapters.is_empty()).then_some(0),
        DeviceChoice::Named(name) => {
            let name = name.to_lowercase();
            adapters
                .iter()
                .position(|adapter| adapter.name.to_lowercase().contains(&name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(name: &str, kind: AdapterKind) -> Adapter {
        let (backend, driver) = ("vulkan".to_owned(), String::new());
        Adapter {
            name: name.to_owned(),
            kind,
            backend,
            driver,
        }
    }

    #[test]
    fn software_is_taken_only_where_it_is_allowed() {
        let software = [adapter("llvmpipe (LLVM 15)", AdapterKind::Software)];
        assert_eq!(pick(&DeviceChoice::Hardware, &software), None);
        assert_eq!(pick(&DeviceChoice::Any, &software), Some(0));
        assert_eq!(
            pick(&DeviceChoice::Named("LLVMpipe".to_owned()), &software),
            Some(0)
        );
        let unknown = [adapter("?", AdapterKind::Unknown)];
        assert_eq!(pick(&DeviceChoice::Hardware, &unknown), None);
        let both = [
            adapter("card", AdapterKind::Discrete),
            adapter("llvmpipe", AdapterKind::Software),
        ];
        assert_eq!(pick(&DeviceChoice::Hardware, &both), Some(0));
        assert_eq!(
            pick(&DeviceChoice::Named("pipe".to_owned()), &both),
            Some(1)
        );
        assert_eq!(pick(&DeviceChoice::Any, &[]), None);
    }

    #[test]
    fn a_missing_adapter_is_named() {
        let error = choose(&DeviceChoice::Named("no such card".to_owned())).map(drop);
        let text = error.expect_err("no such adapter").to_string();
        assert!(
            text.starts_with("no `no such card` GPU adapter among "),
            "{text}"
        );
    }
}
