//! Numbers that go in and out of an env, by name.

use serde::{Deserialize, Serialize};

/// Numbers of an action.
pub const ACTION_COUNT: usize = 5;

/// A number with its name and unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// Name, unique among its kind.
    pub name: &'static str,
    /// Unit, or what the number is relative to.
    pub unit: &'static str,
}
