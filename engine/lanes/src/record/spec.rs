//! Names of a kernel and its arrays.

/// How a kernel uses an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `f32`, one row of envs per element: `array[index * env_count + env]`.
    Read,
    /// As [`Access::Read`], also written.
    ReadWrite,
    /// `u32`, one row of envs per element, read with [`Rec::input_word`](crate::Rec::input_word).
    Words,
    /// `f32`, the same for every env: `array[index]`.
    Shared,
}

/// One storage array of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArraySpec {
    /// Name in the WGSL.
    pub name: String,
    /// How it is used.
    pub access: Access,
}

/// An array of the kernel that is being recorded: the [`Lane::Array`](crate::Lane::Array) of
/// [`Rec`](crate::Rec).
///
/// Two ids of one kernel name two places in memory; they never overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArrayId(pub(super) u32);

/// What [`record`](crate::record) needs to know beside the law: the kernel's name and its arrays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelSpec {
    pub(super) entry: String,
    pub(super) about: String,
    pub(super) arrays: Vec<ArraySpec>,
    pub(super) workgroup_size: u32,
}

impl KernelSpec {
    /// A kernel without arrays whose entry point is `entry`; 64 invocations per workgroup.
    ///
    /// # Panics
    ///
    /// If the name is not one that WGSL takes.
    pub fn new(entry: &str) -> Self {
        check_name(entry);
        Self {
            entry: entry.to_owned(),
            about: String::new(),
            arrays: Vec::new(),
            workgroup_size: 64,
        }
    }

    /// Sets the sentence that the text opens with: what one invocation computes.
    #[must_use]
    pub fn with_about(mut self, about: &str) -> Self {
        about.clone_into(&mut self.about);
        self
    }

    /// Sets the invocations per workgroup.
    #[must_use]
    pub fn with_workgroup_size(mut self, size: u32) -> Self {
        self.workgroup_size = size.max(1);
        self
    }

    /// Adds an array of `f32`, one row of envs per element, that is only read.
    pub fn read(&mut self, name: &str) -> ArrayId {
        self.array(name, Access::Read)
    }

    /// Adds an array of `f32`, one row of envs per element, that is read and written.
    pub fn read_write(&mut self, name: &str) -> ArrayId {
        self.array(name, Access::ReadWrite)
    }

    /// Adds an array of `u32`, one row of envs per element, that is only read.
    pub fn words(&mut self, name: &str) -> ArrayId {
        self.array(name, Access::Words)
    }

    /// Adds an array of `f32`, the same for every env, that is only read.
    pub fn shared(&mut self, name: &str) -> ArrayId {
        self.array(name, Access::Shared)
    }

    /// Adds an array.
    ///
    /// # Panics
    ///
    /// If the name is not one that WGSL takes, or is taken.
    pub fn array(&mut self, name: &str, access: Access) -> ArrayId {
        check_name(name);
        assert!(
            name != self.entry && self.arrays.iter().all(|array| array.name != name),
            "kernel `{}` has two things named `{name}`",
            self.entry
        );
        self.arrays.push(ArraySpec {
            name: name.to_owned(),
            access,
        });
        ArrayId(self.arrays.len() as u32 - 1)
    }

    /// Name of the entry point.
    pub fn entry(&self) -> &str {
        &self.entry
    }

    /// The arrays; number `i` is binding `i + 1` of group 0.
    pub fn arrays(&self) -> &[ArraySpec] {
        &self.arrays
    }

    /// Invocations per workgroup.
    pub fn workgroup_size(&self) -> u32 {
        self.workgroup_size
    }
}

/// Names must be words of letters, digits and underscores, and not those that the printer makes itself.
fn check_name(name: &str) {
    let word = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let numbered = name.len() > 1 && name[1..].chars().all(|c| c.is_ascii_digit());
    let own = ["env", "env_count", "id", "params", "number_from_word"].contains(&name);
    assert!(
        word && !numbered && !own,
        "`{name}` cannot name a kernel or an array"
    );
}
