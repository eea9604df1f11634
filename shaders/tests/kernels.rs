//! Every kernel is valid WGSL and is what the table says; no file is missing from the table.

use halle_shaders::{Access, KERNELS};
use naga::{AddressSpace, StorageAccess};

fn parse(name: &str, wgsl: &str) -> naga::Module {
    let module = naga::front::wgsl::parse_str(wgsl)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(wgsl, name)));
    let flags = naga::valid::ValidationFlags::all();
    let mut validator = naga::valid::Validator::new(flags, naga::valid::Capabilities::empty());
    validator
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(wgsl, name)));
    module
}

#[test]
fn kernels_are_what_the_table_says() {
    for kernel in KERNELS {
        let module = parse(kernel.name, kernel.wgsl);
        let entries: Vec<_> = module
            .entry_points
            .iter()
            .map(|point| point.name.as_str())
            .collect();
        assert_eq!(entries, [kernel.name]);
        assert_eq!(
            module.entry_points[0].workgroup_size,
            [kernel.workgroup_size, 1, 1]
        );
        let mut bindings = Vec::new();
        for (_, variable) in module.global_variables.iter() {
            let place = variable.binding.as_ref().expect("a binding");
            assert_eq!(place.group, 0, "{}", kernel.name);
            let AddressSpace::Storage { access } = variable.space else {
                panic!("{}: {:?} is not storage", kernel.name, variable.name);
            };
            let writes = access.contains(StorageAccess::STORE);
            let access = if writes {
                Access::ReadWrite
            } else {
                Access::Read
            };
            bindings.push((
                place.binding,
                variable.name.clone().unwrap_or_default(),
                access,
            ));
        }
        bindings.sort_by_key(|binding| binding.0);
        let expected: Vec<_> = (0..)
            .zip(kernel.bindings)
            .map(|(index, binding)| (index, binding.name.to_owned(), binding.access))
            .collect();
        assert_eq!(bindings, expected, "{}", kernel.name);
    }
}

#[test]
fn every_file_is_in_the_table_with_a_head_and_a_mirror() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut stems: Vec<String> = std::fs::read_dir(root.join("wgsl"))
        .expect("folder of kernels")
        .map(|entry| entry.expect("entry").path())
        .map(|path| {
            path.file_stem()
                .expect("stem")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    stems.sort();
    let names: Vec<_> = KERNELS.iter().map(|kernel| kernel.name).collect();
    assert_eq!(stems, names);
    for kernel in KERNELS {
        let name = kernel.name;
        assert!(
            kernel.wgsl.starts_with(&format!("// {name}: ")),
            "{name} has no head"
        );
        for word in [
            "// One invocation per ",
            "// reads : ",
            "writes: ",
            "// mirror: ",
        ] {
            assert!(kernel.wgsl.contains(word), "{name} does not say `{word}`");
        }
        let mirror = format!("src/mirror/{name}.rs");
        assert!(
            kernel.wgsl.contains(&mirror) && root.join(&mirror).exists(),
            "{mirror}"
        );
    }
}
