//! Buffers, commands and errors on a device.

use halle_gpu::{BindingKind, Commands, DeviceChoice, Gpu, GpuError, Kernel, adapters};

use crate::harness::device;

const ADD: &str = "
    struct Params { count: u32, increment: u32 }
    @group(0) @binding(0) var<uniform> params: Params;
    @group(0) @binding(1) var<storage, read_write> values: array<u32>;
    @compute @workgroup_size(64)
    fn add(@builtin(global_invocation_id) id: vec3<u32>) {
        if (id.x < params.count) { values[id.x] += params.increment; }
    }";

fn kernel(gpu: &Gpu) -> Kernel {
    gpu.kernel("add", ADD).unwrap()
}

#[test]
fn commands_run_in_order_and_again() {
    let Some(gpu) = device() else { return };
    let kernel = kernel(gpu);
    assert_eq!(kernel.bindings()[1].kind, BindingKind::ReadWrite);
    assert_eq!((kernel.name(), kernel.workgroup_size()), ("add", 64));
    let values = gpu
        .buffer_of("values", &(0..100_u32).collect::<Vec<_>>())
        .unwrap();
    let copy = gpu.buffer("copy", 400).unwrap();
    let params = gpu.uniform_of("params", &[99_u32, 5]).unwrap();
    let bound = gpu
        .bind(&kernel, &[("values", &values), ("params", &params)])
        .unwrap();
    let mut commands = Commands::new();
    commands.dispatch(&bound, 99);
    commands.copy(&values, 0, &copy, 0, 400).unwrap();
    commands.dispatch(&bound, 99);
    commands.dispatch(&bound, 99);
    gpu.submit(&commands).unwrap();
    let (copied, value) = (
        gpu.download::<u32>(&copy).unwrap(),
        gpu.download::<u32>(&values).unwrap(),
    );
    assert_eq!(
        (copied[7], value[7], value[98], value[99]),
        (12, 22, 113, 99)
    );
    // Uploads take effect before what is submitted next.
    gpu.upload(&params, 4, &[1000_u32]).unwrap();
    let taken = gpu.submit_timed(&commands).unwrap();
    assert!(
        taken.is_none_or(|taken| taken.as_secs_f64() < 10.0),
        "{taken:?}"
    );
    assert_eq!(gpu.download::<u32>(&values).unwrap()[7], 3022);
    let mut clear = Commands::new();
    clear.clear(&values);
    gpu.submit(&clear).unwrap();
    assert_eq!(gpu.download::<u32>(&values).unwrap(), [0; 100]);
}

#[test]
fn several_buffers_are_read_in_one_go() {
    let Some(gpu) = device() else { return };
    let a = gpu.buffer_of("a", &[1.0_f32, 2.0]).unwrap();
    let b = gpu.buffer_of("b", &[3.0_f32]).unwrap();
    let rows = gpu.readback("rows", 12).unwrap();
    let mut commands = Commands::new();
    commands.read_back(&a, &rows, 0).unwrap();
    commands.read_back(&b, &rows, 8).unwrap();
    for _ in 0..2 {
        gpu.submit(&commands).unwrap();
        let seen = gpu
            .fetch(&rows, |bytes| {
                bytemuck::pod_collect_to_vec::<u8, f32>(bytes)
            })
            .unwrap();
        assert_eq!(seen, [1.0, 2.0, 3.0]);
    }
}

#[test]
fn limits_are_errors_with_numbers() {
    let Some(gpu) = device() else { return };
    let limit = gpu.max_buffer_bytes();
    match gpu.buffer("huge", limit + 4) {
        Err(GpuError::BufferTooLarge {
            needed,
            limit: found,
            ..
        }) => {
            assert_eq!((needed, found), (limit + 4, limit));
        }
        other => panic!("{other:?}"),
    }
    let values = gpu.buffer("values", 400).unwrap();
    let range = gpu
        .upload(&values, 396, &[0_u32, 0])
        .expect_err("does not fit");
    assert_eq!(
        range.to_string(),
        "buffer `values` has 400 bytes, copy of 8 at 396 does not fit in whole words"
    );
    let kernel = kernel(gpu);
    let params = gpu.uniform_of("params", &[99_u32, 5]).unwrap();
    let missing = gpu.bind(&kernel, &[("params", &params), ("value", &values)]);
    assert_eq!(
        missing.map(drop).expect_err("no `values`").to_string(),
        "kernel `add` has bindings [params, values], expected buffers for each, found [params, value]"
    );
    // A storage buffer is no uniform.
    let swapped = gpu.bind(&kernel, &[("params", &values), ("values", &values)]);
    assert!(
        matches!(swapped, Err(GpuError::Bindings { .. })),
        "{swapped:?}"
    );
    let bound = gpu
        .bind(&kernel, &[("params", &params), ("values", &values)])
        .unwrap();
    let mut commands = Commands::new();
    commands.dispatch(&bound, 1 << 40);
    let result = gpu.submit(&commands);
    assert!(
        matches!(result, Err(GpuError::DispatchTooLarge { .. })),
        "{result:?}"
    );
    // None of this harmed the device.
    gpu.wait().unwrap();
}

#[test]
fn adapters_are_found_by_name() {
    let Some(gpu) = device() else { return };
    let all = adapters();
    assert_eq!(&all[0], gpu.adapter());
    let named = Gpu::open(&DeviceChoice::Named(all[0].name.to_uppercase())).unwrap();
    assert_eq!(named.adapter().name, all[0].name);
    let hardware = Gpu::open(&DeviceChoice::Hardware);
    assert_eq!(
        hardware.is_ok(),
        all.iter().any(|adapter| adapter.kind.is_hardware())
    );
}
