//! Kernels and what is bound to them.

use crate::{Buffer, Gpu, GpuError};

/// What a binding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// A few numbers that are the same for the whole dispatch.
    Uniform,
    /// Storage that is only read.
    Read,
    /// Storage that is read and written.
    ReadWrite,
}

/// A place for a buffer, in group 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Number of the place.
    pub index: u32,
    /// Name of the variable.
    pub name: String,
    /// How the kernel uses it.
    pub kind: BindingKind,
}

/// A compiled kernel.
#[derive(Clone, Debug)]
pub struct Kernel {
    pub(crate) name: String,
    pub(crate) pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
    bindings: Vec<Binding>,
    workgroup_size: u32,
}

/// A kernel with a buffer in every place.
#[derive(Clone, Debug)]
pub struct BoundKernel {
    pub(crate) kernel: Kernel,
    pub(crate) group: wgpu::BindGroup,
}

/// What a kernel's text says about itself.
#[derive(Debug)]
struct Reflection {
    module: naga::Module,
    bindings: Vec<Binding>,
    workgroup_size: u32,
}

impl Kernel {
    /// Name for messages and timings: that of the entry point.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Places for buffers, by number.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// Invocations per workgroup.
    pub fn workgroup_size(&self) -> u32 {
        self.workgroup_size
    }
}

impl Gpu {
    /// Compiles WGSL; bindings and workgroup size are read from the text.
    ///
    /// The kernel must keep its bindings in group 0 and be one-dimensional.
    ///
    /// # Errors
    ///
    /// [`GpuError::KernelText`] if the text is not valid, [`GpuError::Kernel`] if the driver does not
    /// take it, [`GpuError::DeviceLost`].
    pub fn kernel(&self, entry: &str, wgsl: &str) -> Result<Kernel, GpuError> {
        self.check()?;
        let Reflection {
            module,
            bindings,
            workgroup_size,
        } = reflect(entry, wgsl)?;
        let compiled = self.scoped(|| self.compile(entry, module, &bindings));
        let (pipeline, layout) = compiled.map_err(|error| {
            self.lost_or(|| GpuError::Kernel {
                kernel: entry.to_owned(),
                source: Box::new(error),
            })
        })?;
        Ok(Kernel {
            name: entry.to_owned(),
            pipeline,
            layout,
            bindings,
            workgroup_size,
        })
    }

    fn compile(
        &self,
        entry: &str,
        module: naga::Module,
        bindings: &[Binding],
    ) -> (wgpu::ComputePipeline, wgpu::BindGroupLayout) {
        let label = Some(entry);
        let source = wgpu::ShaderSource::Naga(std::borrow::Cow::Owned(module));
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor { label, source });
        let entries: Vec<_> = bindings.iter().map(layout_entry).collect();
        let group = self
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label,
                entries: &entries,
            });
        let layout = self
            .device
            .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label,
                bind_group_layouts: &[Some(&group)],
                immediate_size: 0,
            });
        let pipeline = self
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label,
                layout: Some(&layout),
                module: &module,
                entry_point: label,
                compilation_options: wgpu::PipelineCompilationOptions {
                    // Workgroup memory is written before it is read.
                    zero_initialize_workgroup_memory: false,
                    ..wgpu::PipelineCompilationOptions::default()
                },
                cache: None,
            });
        (pipeline, group)
    }

    /// Puts a buffer in every place of a kernel, by the names of its variables.
    ///
    /// # Errors
    ///
    /// [`GpuError::Bindings`] if names are missing, left over or of the wrong kind,
    /// [`GpuError::Refused`] if the device does not take a buffer, [`GpuError::DeviceLost`].
    pub fn bind(
        &self,
        kernel: &Kernel,
        buffers: &[(&str, &Buffer)],
    ) -> Result<BoundKernel, GpuError> {
        self.check()?;
        let mismatch = || GpuError::Bindings {
            kernel: kernel.name.clone(),
            wanted: kernel
                .bindings
                .iter()
                .map(|binding| binding.name.clone())
                .collect(),
            given: buffers.iter().map(|(name, _)| (*name).to_owned()).collect(),
        };
        if buffers.len() != kernel.bindings.len() {
            return Err(mismatch());
        }
        let mut entries = Vec::with_capacity(buffers.len());
        for binding in &kernel.bindings {
            let found = buffers.iter().find(|(name, _)| *name == binding.name);
            let (_, buffer) = found.ok_or_else(mismatch)?;
            if buffer.uniform != (binding.kind == BindingKind::Uniform) {
                return Err(mismatch());
            }
            let resource = buffer.inner.as_entire_binding();
            entries.push(wgpu::BindGroupEntry {
                binding: binding.index,
                resource,
            });
        }
        let group = self.scoped(|| {
            self.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(&kernel.name),
                layout: &kernel.layout,
                entries: &entries,
            })
        });
        let group = group.map_err(|error| {
            self.lost_or(|| GpuError::Refused {
                what: format!("binding of {}", kernel.name),
                source: Box::new(error),
            })
        })?;
        Ok(BoundKernel {
            kernel: kernel.clone(),
            group,
        })
    }
}

fn layout_entry(binding: &Binding) -> wgpu::BindGroupLayoutEntry {
    let ty = match binding.kind {
        BindingKind::Uniform => wgpu::BufferBindingType::Uniform,
        BindingKind::Read => wgpu::BufferBindingType::Storage { read_only: true },
        BindingKind::ReadWrite => wgpu::BufferBindingType::Storage { read_only: false },
    };
    wgpu::BindGroupLayoutEntry {
        binding: binding.index,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    }
}

/// Reads the bindings and the workgroup size of a kernel from its text.
fn reflect(entry: &str, wgsl: &str) -> Result<Reflection, GpuError> {
    let invalid = |report: String| GpuError::KernelText {
        kernel: entry.to_owned(),
        report,
    };
    let module = naga::front::wgsl::parse_str(wgsl)
        .map_err(|error| invalid(error.emit_to_string_with_path(wgsl, entry)))?;
    let point = module.entry_points.iter().find(|point| point.name == entry);
    let Some(point) = point else {
        return Err(invalid(format!("no entry point `{entry}`")));
    };
    let [workgroup_size, 1, 1] = point.workgroup_size else {
        return Err(invalid(format!(
            "workgroup size {:?} is not flat",
            point.workgroup_size
        )));
    };
    let mut bindings = Vec::new();
    for (_, variable) in module.global_variables.iter() {
        let name = variable.name.clone().unwrap_or_default();
        let kind = match variable.space {
            naga::AddressSpace::Uniform => BindingKind::Uniform,
            naga::AddressSpace::Storage { access } => {
                if access.contains(naga::StorageAccess::STORE) {
                    BindingKind::ReadWrite
                } else {
                    BindingKind::Read
                }
            }
            naga::AddressSpace::Private | naga::AddressSpace::WorkGroup => continue,
            _ => return Err(invalid(format!("`{name}` is not a buffer"))),
        };
        match &variable.binding {
            Some(place) if place.group == 0 => {
                bindings.push(Binding {
                    index: place.binding,
                    name,
                    kind,
                });
            }
            _ => return Err(invalid(format!("`{name}` is not in group 0"))),
        }
    }
    bindings.sort_by_key(|binding| binding.index);
    Ok(Reflection {
        module,
        bindings,
        workgroup_size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KERNEL: &str = "
        struct Params { count: u32 }
        @group(0) @binding(2) var<storage, read_write> result: array<f32>;
        @group(0) @binding(0) var<uniform> params: Params;
        @group(0) @binding(1) var<storage, read> input: array<f32>;
        @compute @workgroup_size(32)
        fn double(@builtin(global_invocation_id) id: vec3<u32>) {
            if (id.x < params.count) { result[id.x] = 2.0 * input[id.x]; }
        }";

    #[test]
    fn bindings_come_from_the_text() {
        let kernel = reflect("double", KERNEL).expect("valid");
        assert_eq!(kernel.workgroup_size, 32);
        let names: Vec<_> = kernel
            .bindings
            .iter()
            .map(|b| (b.name.as_str(), b.kind))
            .collect();
        let expected = [
            ("params", BindingKind::Uniform),
            ("input", BindingKind::Read),
            ("result", BindingKind::ReadWrite),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn broken_text_is_reported_with_its_kernel() {
        let text = |entry: &str, wgsl: &str| {
            reflect(entry, wgsl)
                .map(drop)
                .expect_err("broken")
                .to_string()
        };
        let unknown = text("double", &KERNEL.replace("2.0 * input", "2.0 * inputs"));
        assert!(
            unknown.contains("kernel `double` is not valid"),
            "{unknown}"
        );
        assert!(unknown.contains("inputs"), "{unknown}");
        assert!(text("triple", KERNEL).contains("no entry point `triple`"));
        let group = text(
            "double",
            &KERNEL.replace("@group(0) @binding(1)", "@group(1) @binding(1)"),
        );
        assert!(group.contains("`input` is not in group 0"), "{group}");
        assert!(text("double", &KERNEL.replace("(32)", "(8, 8)")).contains("not flat"));
    }
}
