//! The laws of motion, contact and removal, written once over a lane.
//!
//! Owns every equation that is evaluated per step. Each law is one `inline(always)` function over
//! [`halle_lanes::Lane`]; it reads constants from the [`halle_model::Model`] and everything
//! that may differ between envs from its arguments. Knows neither tasks nor memory layouts.
//! Start reading at [`substep`].

mod articulated_body;
pub mod contact;
mod drive;
mod inverse_kinematics;
mod kinematics;
mod links;
mod pad;
mod preston;
mod substep;
mod surface;

pub use articulated_body::{accelerations, gravity_compensation};
pub use drive::{JointAction, joint_action};
pub use inverse_kinematics::{PoseGoal, joint_velocities};
pub use kinematics::{
    LinkMotion, forward_kinematics, forward_motion, move_links, pad_from, place_links,
};
pub use links::Links;
pub use pad::{PAD_POINT_COUNT, PadContact, PadParameters, pad_contact, pad_points};
pub use preston::{Grid, PATCH_SIDE, Pass, Plan, Removal, remove_material};
pub use substep::{ArmState, Reference, Substep, substep};
pub use surface::{Surface, SurfacePoint};
