//! Bodies with what is on them.

use halle_world::MassProperties;
use nalgebra::Isometry3;

use crate::geoms::Geom;
use crate::joints::{Joint, Kind};
use crate::tree::Element;
use crate::values::View;

/// A site, camera or light on a body.
#[derive(Debug)]
pub(crate) struct Thing<'a> {
    pub(crate) view: View<'a>,
    pub(crate) body_from_thing: Isometry3<f64>,
}

/// A body; the first one is the world.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    pub(crate) element: &'a Element,
    pub(crate) parent: usize,
    pub(crate) parent_from_body: Isometry3<f64>,
    pub(crate) world_from_body: Isometry3<f64>,
    pub(crate) joints: Vec<Joint<'a>>,
    pub(crate) geoms: Vec<Geom<'a>>,
    pub(crate) sites: Vec<Thing<'a>>,
    pub(crate) cameras: Vec<Thing<'a>>,
    pub(crate) lights: Vec<Thing<'a>>,
    pub(crate) mocap: bool,
    pub(crate) gravity_compensation: f64,
    /// The `inertial` element, and the body frame from the frame around it.
    pub(crate) inertial: Option<(&'a Element, Isometry3<f64>)>,
    /// In the body frame.
    pub(crate) mass: MassProperties,
    /// Whether a mesh that gives mass is not there.
    pub(crate) mass_unknown: bool,
    /// First body of the group that is welded together; zero is what stands still.
    pub(crate) weld: usize,
}

impl Body<'_> {
    /// Whether a free joint lets the body fly.
    pub(crate) fn floats(&self) -> bool {
        matches!(&self.joints[..], [joint] if joint.kind == Kind::Free)
    }
}

impl<'a> Body<'a> {
    /// A body with nothing on it, placed as a child of the world.
    pub(crate) fn new(
        element: &'a Element,
        parent: usize,
        parent_from_body: Isometry3<f64>,
    ) -> Self {
        Self {
            element,
            parent,
            parent_from_body,
            world_from_body: parent_from_body,
            joints: Vec::new(),
            geoms: Vec::new(),
            sites: Vec::new(),
            cameras: Vec::new(),
            lights: Vec::new(),
            mocap: false,
            gravity_compensation: 0.0,
            inertial: None,
            mass: MassProperties::ZERO,
            mass_unknown: false,
            weld: 0,
        }
    }
}
