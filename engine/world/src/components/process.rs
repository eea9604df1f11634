//! What the polishing task adds to a prim.

use bevy_ecs::component::Component;

/// A spinning compliant disc; the prim's frame is the pad frame (z out of the face).
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Tool {
    /// Kind of tool; only `disc` can be simulated.
    pub kind: String,
    /// Radius \[m\].
    pub radius: f64,
    /// Normal stiffness of the full face \[N/m\].
    pub stiffness: f64,
    /// Normal damping of the full face \[N s/m\].
    pub damping: f64,
    /// Preston coefficient \[1/Pa\].
    pub preston: f64,
    /// Spindle speed about the pad's z axis \[rad/s\].
    pub spindle_speed: f64,
    /// Normal force that the process asks for \[N\].
    pub force_set_point: f64,
}

/// A mesh to polish; the prim's frame is the workpiece frame (z out of the material).
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Polishable {
    /// Half sizes of the region to polish, centred on the frame \[m\].
    pub half_extent: [f64; 2],
    /// Depth of material to remove \[m\].
    pub target_removal: f64,
}
