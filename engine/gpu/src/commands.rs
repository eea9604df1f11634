//! Work for the device, as data.

use std::time::Duration;

use crate::{BoundKernel, Buffer, Gpu, GpuError, Readback};

/// Dispatches and copies in order; may be submitted any number of times.
///
/// What one writes the next one sees.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Dispatch {
        kernel: Box<BoundKernel>,
        invocations: u64,
    },
    Copy {
        from: Buffer,
        from_offset: u64,
        to: Buffer,
        to_offset: u64,
        len: u64,
    },
    Clear {
        buffer: Buffer,
    },
}

impl Commands {
    /// No work.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a kernel with at least `invocations` invocations, in whole workgroups.
    pub fn dispatch(&mut self, kernel: &BoundKernel, invocations: u64) {
        self.steps.push(Step::Dispatch {
            kernel: Box::new(kernel.clone()),
            invocations,
        });
    }

    /// Copies a whole buffer to where the CPU can read it, at `offset` bytes.
    ///
    /// # Errors
    ///
    /// [`GpuError::Range`] if it does not fit.
    pub fn read_back(&mut self, from: &Buffer, to: &Readback, offset: u64) -> Result<(), GpuError> {
        self.copy(from, 0, &to.inner, offset, from.bytes())
    }

    /// Copies `len` bytes between buffers.
    ///
    /// # Errors
    ///
    /// [`GpuError::Range`] if they do not fit or are not whole words.
    pub fn copy(
        &mut self,
        from: &Buffer,
        from_offset: u64,
        to: &Buffer,
        to_offset: u64,
        len: u64,
    ) -> Result<(), GpuError> {
        from.check_range(from_offset, len)?;
        to.check_range(to_offset, len)?;
        let (from, to) = (from.clone(), to.clone());
        self.steps.push(Step::Copy {
            from,
            from_offset,
            to,
            to_offset,
            len,
        });
        Ok(())
    }

    /// Sets a buffer to zero.
    pub fn clear(&mut self, buffer: &Buffer) {
        self.steps.push(Step::Clear {
            buffer: buffer.clone(),
        });
    }
}

impl Gpu {
    /// Hands work to the device and returns at once.
    ///
    /// # Errors
    ///
    /// [`GpuError::DispatchTooLarge`], [`GpuError::Refused`] if the device does not take the work,
    /// [`GpuError::DeviceLost`].
    pub fn submit(&self, commands: &Commands) -> Result<(), GpuError> {
        self.submit_with(commands, None)
    }

    /// Hands work to the device, waits for it and says how long the device took from the first
    /// dispatch to the end of the last one; `None` where it cannot tell.
    ///
    /// # Errors
    ///
    /// As [`Gpu::submit`] and [`Gpu::wait`].
    pub fn submit_timed(&self, commands: &Commands) -> Result<Option<Duration>, GpuError> {
        let dispatches = commands
            .steps
            .iter()
            .any(|step| matches!(step, Step::Dispatch { .. }));
        if !dispatches
            || !self
                .device
                .features()
                .contains(wgpu::Features::TIMESTAMP_QUERY)
        {
            self.submit(commands)?;
            return self.wait().map(|()| None);
        }
        let bytes = 2 * size_of::<u64>() as u64;
        let clock = Clock {
            queries: self.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("clock"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            }),
            resolved: self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("clock"),
                size: bytes,
                usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            readback: self.readback("clock", bytes)?,
        };
        self.submit_with(commands, Some(&clock))?;
        let ticks = self.fetch(&clock.readback, |bytes| {
            let ticks: [u64; 2] = bytemuck::pod_read_unaligned(&bytes[..16]);
            ticks[1].saturating_sub(ticks[0])
        })?;
        let period = f64::from(self.queue.get_timestamp_period());
        Ok(Some(Duration::from_secs_f64(ticks as f64 * period * 1e-9)))
    }

    fn submit_with(&self, commands: &Commands, clock: Option<&Clock>) -> Result<(), GpuError> {
        self.check()?;
        for step in &commands.steps {
            if let Step::Dispatch {
                kernel,
                invocations,
            } = step
            {
                let (needed, limit) = (groups(kernel, *invocations), self.max_workgroups());
                if needed > limit {
                    let kernel = kernel.kernel.name.clone();
                    return Err(GpuError::DispatchTooLarge {
                        kernel,
                        needed,
                        limit,
                    });
                }
            }
        }
        let submitted = self.scoped(|| {
            let encoded = self.encode(commands, clock);
            self.queue.submit([encoded])
        });
        match submitted {
            Ok(_) => self.check(),
            Err(error) => Err(self.lost_or(|| GpuError::Refused {
                what: "submit".to_owned(),
                source: Box::new(error),
            })),
        }
    }

    fn encode(&self, commands: &Commands, clock: Option<&Clock>) -> wgpu::CommandBuffer {
        let description = wgpu::CommandEncoderDescriptor {
            label: Some("commands"),
        };
        let mut encoder = self.device.create_command_encoder(&description);
        let is_dispatch = |step: &Step| matches!(step, Step::Dispatch { .. });
        let runs: Vec<&[Step]> = commands
            .steps
            .chunk_by(|a, b| is_dispatch(a) && is_dispatch(b))
            .collect();
        let passes = runs.iter().filter(|run| is_dispatch(&run[0])).count();
        let mut pass = 0;
        for run in runs {
            match &run[0] {
                Step::Dispatch { .. } => {
                    pass += 1;
                    let timed = clock.filter(|_| pass == 1 || pass == passes);
                    let writes = timed.map(|clock| wgpu::ComputePassTimestampWrites {
                        query_set: &clock.queries,
                        beginning_of_pass_write_index: (pass == 1).then_some(0),
                        end_of_pass_write_index: (pass == passes).then_some(1),
                    });
                    encode_pass(&mut encoder, run, writes);
                }
                Step::Copy {
                    from,
                    from_offset,
                    to,
                    to_offset,
                    len,
                } => {
                    let (from, to) = (&from.inner, &to.inner);
                    encoder.copy_buffer_to_buffer(from, *from_offset, to, *to_offset, *len);
                }
                Step::Clear { buffer } => encoder.clear_buffer(&buffer.inner, 0, None),
            }
        }
        if let Some(clock) = clock {
            encoder.resolve_query_set(&clock.queries, 0..2, &clock.resolved, 0);
            let (from, to) = (&clock.resolved, &clock.readback.inner.inner);
            encoder.copy_buffer_to_buffer(from, 0, to, 0, clock.readback.bytes());
        }
        encoder.finish()
    }
}

/// Two time stamps and the way to read them.
struct Clock {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    readback: Readback,
}

fn groups(kernel: &BoundKernel, invocations: u64) -> u64 {
    invocations.div_ceil(u64::from(kernel.kernel.workgroup_size().max(1)))
}

/// Dispatches that follow each other without a copy.
fn encode_pass(
    encoder: &mut wgpu::CommandEncoder,
    run: &[Step],
    timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
) {
    let description = wgpu::ComputePassDescriptor {
        label: Some("dispatches"),
        timestamp_writes,
    };
    let mut pass = encoder.begin_compute_pass(&description);
    for step in run {
        if let Step::Dispatch {
            kernel,
            invocations,
        } = step
        {
            pass.set_pipeline(&kernel.kernel.pipeline);
            pass.set_bind_group(0, &kernel.group, &[]);
            pass.dispatch_workgroups(groups(kernel, *invocations) as u32, 1, 1);
        }
    }
}
