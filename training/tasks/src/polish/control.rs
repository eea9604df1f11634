//! The scripted controller, and what an action adds to it.

use halle_dynamics::{PoseGoal, Surface};
use halle_lanes::Lane;
use halle_spatial::{Mat3, Vec3};

use super::config::Controller;
use super::quantity::{ACTION_COUNT, Quantity};
use super::raster::Raster;
use super::state::EnvState;

/// What each number of an action does at ±1; zero leaves the scripted controller as it is.
pub const ACTIONS: [Quantity; ACTION_COUNT] = [
    Quantity {
        name: "feed",
        unit: "share of the scripted feed, ±0.9",
    },
    Quantity {
        name: "normal_speed",
        unit: "±0.01 m/s away from the surface",
    },
    Quantity {
        name: "lateral",
        unit: "±0.012 m across the path",
    },
    Quantity {
        name: "tilt_x",
        unit: "±0.06 rad about the workpiece's x",
    },
    Quantity {
        name: "tilt_y",
        unit: "±0.06 rad about the workpiece's y",
    },
];

/// Largest relative change of the feed \[-\].
const FEED_SHARE: f64 = 0.9;
/// Largest added speed along the normal \[m/s\].
const NORMAL_SPEED: f64 = 0.01;
/// Largest sideways offset \[m\].
const LATERAL: f64 = 0.012;
/// Largest tilt \[rad\].
const TILT: f64 = 0.06;
/// Share of a newly asked offset or tilt that is taken up in a control step \[-\].
const OFFSET_FILTER: f64 = 0.15;
/// Bounds of the pad's place along the nominal normal \[m\].
const NORMAL_RANGE: [f64; 2] = [-0.03, 0.03];

/// What the controller works with.
#[derive(Clone, Debug)]
pub(crate) struct Control<'a> {
    pub(super) settings: &'a Controller,
    pub(super) raster: &'a Raster,
    pub(super) set_point: f64,
    pub(super) control_step: f64,
    /// Direction that the pad's x axis keeps, world axes.
    pub(super) pad_x: [f64; 3],
}

impl Control<'_> {
    /// Moves the env's controller state on by one control step and says where the pad shall be.
    #[inline(always)]
    pub(super) fn command<S: Lane>(
        &self,
        nominal: &Surface<S>,
        state: &mut EnvState<S>,
        action: &[S; ACTION_COUNT],
    ) -> PoseGoal<S> {
        let c = self.settings;
        let (zero, one) = (S::lit(0.0), S::lit(1.0));
        let dt = S::lit(self.control_step);
        let set_point = S::lit(self.set_point);

        // The path waits until the pad presses.
        let pressed = (state.readings[0] * S::lit(2.0 / self.set_point)).clamp(zero, one);
        let short = state.patch[4] * (one + state.parameters[13]);
        let adapted = short
            .mul_add(S::lit(-c.shortfall_gain), one)
            .clamp(S::lit(0.1), S::lit(1.9));
        let feed = action[0].mul_add(S::lit(FEED_SHARE), one) * adapted * S::lit(c.feed);
        state.path = (feed * pressed)
            .mul_add(dt, state.path)
            .min(S::lit(self.raster.length()));

        let take = S::lit(OFFSET_FILTER);
        state.lateral += action[2].mul_add(S::lit(LATERAL), -state.lateral) * take;
        state.tilt[0] += action[3].mul_add(S::lit(TILT), -state.tilt[0]) * take;
        state.tilt[1] += action[4].mul_add(S::lit(TILT), -state.tilt[1]) * take;

        let error = set_point - state.force;
        let limit = S::lit(c.normal_speed);
        let speed = action[1]
            .mul_add(S::lit(NORMAL_SPEED), error * S::lit(-c.integral_gain))
            .clamp(-limit, limit);
        state.normal_offset = speed
            .mul_add(dt, state.normal_offset)
            .clamp(S::lit(NORMAL_RANGE[0]), S::lit(NORMAL_RANGE[1]));
        let offset = error.mul_add(S::lit(-c.proportional_gain), state.normal_offset);

        let at = self.raster.at(state.path);
        self.goal(nominal, at.x, at.y + state.lateral, offset, state.tilt)
    }

    /// The pad `offset` above a place of the nominal surface, facing it, tilted.
    #[inline(always)]
    pub(super) fn goal<S: Lane>(
        &self,
        nominal: &Surface<S>,
        x: S,
        y: S,
        offset: S,
        tilt: [S; 2],
    ) -> PoseGoal<S> {
        let point = nominal.at(x, y);
        let normal = point.normal();
        let world = &nominal.world_from_workpiece;
        let place = normal.mul_add(offset, Vec3::new(x, y, point.height));
        // Small rotations about x and y turn the normal by their cross product with it.
        let turn = Vec3::new(tilt[0], tilt[1], S::lit(0.0));
        let tilted = normal + turn.cross(normal);
        let z = -world.rotation.apply(tilted * (S::lit(1.0) / tilted.norm()));
        let keep: Vec3<S> = Vec3::constant(self.pad_x);
        let flat = z.mul_add(-keep.dot(z), keep);
        let x_axis = flat * (S::lit(1.0) / flat.norm());
        let y_axis = z.cross(x_axis);
        PoseGoal {
            position: world.point(place),
            rotation: Mat3::new(x_axis, y_axis, z).transposed(),
        }
    }
}
