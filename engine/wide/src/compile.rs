//! From the authored world to a model.

use std::collections::BTreeSet;
use std::sync::Arc;

use halle_world::components::Plant;
use halle_world::{Diagnostics, World};
use rapier3d::dynamics::{FrictionModel, IntegrationParameters, SpringCoefficients};
use rapier3d::math::Vector;
use rapier3d::pipeline::ActiveHooks;

use crate::build;
use crate::error::WideError;
use crate::facts::{BodyFacts, BodyKind, Counts, JointFacts};
use crate::filter::Filter;
use crate::hooks::Hooks;
use crate::maths::real;
use crate::model::WideModel;
use crate::options::WideOptions;
use crate::overlaps;
use crate::says;
use crate::tell::Tell;

impl WideModel {
    /// Makes a plant ready, and says what of it cannot be simulated as authored.
    ///
    /// # Errors
    ///
    /// [`WideError`] if there is nothing to simulate, or gravity or the time step make no sense.
    /// Everything else that does not fit is a finding, and the rest is simulated.
    pub fn compile(
        world: &World,
        options: &WideOptions,
    ) -> Result<(Arc<Self>, Diagnostics), WideError> {
        let plant = world.get_resource::<Plant>().ok_or(WideError::NoPlant)?;
        let time_step = checked_step(plant, options)?;
        check_gravity(plant)?;
        let mut tell = Tell::default();
        let made = build::build(world, plant, options, &mut tell);
        if made.bodies.is_empty() && made.colliders.is_empty() {
            return Err(WideError::Empty { site: scene(plant) });
        }
        let [x, y, z] = plant.gravity.map(real);
        let filter: Filter = made.filter;
        let mut collider_at = vec![usize::MAX; made.collider_handles.len()];
        for (index, handle) in made.collider_handles.iter().enumerate() {
            let place = handle.into_raw_parts().0 as usize;
            if place >= collider_at.len() {
                collider_at.resize(place + 1, usize::MAX);
            }
            collider_at[place] = index;
        }
        let counts = counts(&made.bodies, &made.joints, &made.sizes, &filter);
        let bounds = grown(made.bounds, options.bounds_margin);
        let started = made
            .template
            .bodies
            .iter()
            .map(|(_, b)| b.linvel().length());
        let started = f64::from(started.fold(0.0, f32::max));
        let mut model = Self {
            fastest: fastest(options.explosion_speed, plant.gravity, bounds, started),
            template: made.template,
            crowd: None,
            parameters: parameters(time_step, options),
            gravity: Vector::new(x, y, z),
            hooks: Hooks::new(filter, made.belts, made.mobility, made.body_of),
            servos: made.servos,
            bounds,
            collider_at,
            bodies: made.bodies,
            colliders: made.colliders,
            joints: made.joints,
            counts,
            options: *options,
            time_step,
            authored_gravity: plant.gravity,
        };
        if let Some(crowd) = overlaps::crowd(&model) {
            model.crowd = Some(crowd.pairs);
            let entity = model.colliders[crowd.most].entity;
            tell.add(says::CROWD, entity, format!("{} pairs", crowd.pairs));
        } else {
            model.part_stuck(&mut tell);
        }
        Ok((Arc::new(model), tell.into_diagnostics(world)))
    }

    /// Leaves out pairs of which neither side could give way.
    fn part_stuck(&mut self, tell: &mut Tell) {
        for overlap in overlaps::find(self) {
            let (entity, detail) = overlaps::detail(self, &overlap);
            tell.add(says::STUCK_LINK, entity, detail);
            let numbers = overlap.colliders.map(|c| {
                let handle = self.colliders[c].handle;
                let collider = self.template.colliders.get_mut(handle)?;
                let hooks = collider.active_hooks() | ActiveHooks::FILTER_CONTACT_PAIRS;
                collider.set_active_hooks(hooks);
                usize::try_from(collider.user_data).ok()
            });
            if let [Some(a), Some(b)] = numbers {
                self.hooks.part(a, b);
            }
        }
    }
}

fn scene(plant: &Plant) -> halle_world::Site {
    halle_world::Site {
        layer: plant.source.clone(),
        ..Default::default()
    }
}

fn checked_step(plant: &Plant, options: &WideOptions) -> Result<f64, WideError> {
    let value = options.time_step.unwrap_or(plant.time_step);
    if (1.0e-5..=0.1).contains(&value) {
        return Ok(value);
    }
    Err(WideError::OutOfRange {
        site: scene(plant).with_property("halle:scene:timeStep"),
        expected: "a time step of 0.00001 to 0.1 s",
        value,
    })
}

fn check_gravity(plant: &Plant) -> Result<(), WideError> {
    let value: f64 = plant.gravity.iter().map(|g| g.abs()).sum();
    if value <= 1.0e3 {
        return Ok(());
    }
    Err(WideError::OutOfRange {
        site: scene(plant).with_property("physics:gravityMagnitude"),
        expected: "a gravity of at most 1000 m/s^2",
        value,
    })
}

fn parameters(time_step: f64, options: &WideOptions) -> IntegrationParameters {
    let iterations = options.iterations.max(1);
    let rate = iterations as f64 / time_step;
    let softness = SpringCoefficients::new(
        real(options.contact_stiffness * rate),
        real(options.contact_damping),
    );
    IntegrationParameters {
        dt: real(time_step),
        num_solver_iterations: iterations,
        contact_softness: softness,
        static_contact_softness: softness,
        normalized_max_corrective_velocity: real(options.push_speed),
        normalized_prediction_distance: real(options.prediction),
        // A tenth of the default: parts of a plant rest where their shapes end.
        normalized_allowed_linear_error: 5.0e-4,
        contact_recycling: options.recycling,
        normalized_contact_recycle_distance: real(options.prediction.min(0.005)),
        friction_model: if options.point_friction {
            FrictionModel::Coulomb
        } else {
            FrictionModel::Simplified
        },
        warmstart_joints: true,
        ..IntegrationParameters::default()
    }
}

fn grown([low, high]: [[f64; 3]; 2], margin: f64) -> [[f64; 3]; 2] {
    [low.map(|v| v - margin), high.map(|v| v + margin)]
}

fn counts(
    bodies: &[BodyFacts],
    joints: &[JointFacts],
    [shapes, colliders, belts, articulations]: &[usize; 4],
    filter: &Filter,
) -> Counts {
    let kind = |k: BodyKind| bodies.iter().filter(|b| b.kind == k).count();
    let reduced = joints.iter().filter(|j| j.reduced).count();
    let classes: BTreeSet<usize> = filter.class_of.iter().copied().collect();
    Counts {
        dynamic_bodies: kind(BodyKind::Dynamic),
        kinematic_bodies: kind(BodyKind::Kinematic),
        fixed_bodies: kind(BodyKind::Fixed),
        colliders: *colliders,
        shapes: *shapes,
        impulse_joints: joints.len() - reduced,
        articulations: *articulations,
        reduced_joints: reduced,
        filter_classes: classes.len(),
        belts: *belts,
    }
}

/// Speed at which a body has exploded \[m/s\]: the one asked for, or twice what a body can have by
/// falling through the whole plant, where gravity or the start is that wild.
fn fastest(asked: f64, gravity: [f64; 3], bounds: [[f64; 3]; 2], started: f64) -> f64 {
    let norm = |v: [f64; 3]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
    let [low, high] = bounds;
    let depth = norm([0, 1, 2].map(|k| high[k] - low[k]));
    let fallen = (2.0 * norm(gravity) * depth + started * started).sqrt();
    let wild = 2.0 * fallen;
    // An empty plant has no bounds.
    if wild.is_finite() {
        asked.max(wild)
    } else {
        asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that falls 20 m under 1000 m/s^2 is as fast as it should be: 200 m/s; on earth the
    /// bound stays where it was asked for.
    #[test]
    fn falling_is_no_explosion() {
        let box_of = |h: f64| [[0.0; 3], [0.0, 0.0, h]];
        assert_eq!(
            fastest(100.0, [0.0, 0.0, -1000.0], box_of(20.0), 0.0),
            400.0
        );
        assert_eq!(fastest(100.0, [0.0, 0.0, -9.81], box_of(20.0), 0.0), 100.0);
        assert_eq!(fastest(100.0, [0.0; 3], box_of(20.0), 300.0), 600.0);
    }
}
