//! Keyframes.

use halle_world::Severity;
use halle_world::components::{Keyframe, Keyframes};

use crate::error::MjcfError;
use crate::joints::Kind;
use crate::placing::Spawner;
use crate::tree::Element;

/// Stores the named configurations of the plant.
pub(crate) fn apply(spawner: &mut Spawner<'_, '_>, controls: usize) -> Result<(), MjcfError> {
    let mut keyframes = Keyframes::default();
    let elements: Vec<&Element> = spawner.model.section("keyframe").collect();
    for element in elements {
        keyframes.0.push(one(spawner, element, controls)?);
    }
    spawner.world.insert_resource(keyframes);
    Ok(())
}

fn one(
    spawner: &Spawner<'_, '_>,
    element: &Element,
    controls: usize,
) -> Result<Keyframe, MjcfError> {
    let numbers = |attribute: &str| element.text(attribute).map(crate::values::numbers);
    let counts = spawner.joints.iter().map(|j| j.kind.counts());
    let [nq, nv] = counts.fold([0, 0], |sum, [q, v]| [sum[0] + q, sum[1] + v]);
    // As in MuJoCo, what a short list leaves out is zero.
    let of_length = |attribute: &str, count: usize| match numbers(attribute) {
        Some(found) if found.len() > count => {
            let rule = format!("`{attribute}` takes {count} numbers, found {}", found.len());
            Err(element.invalid(rule))
        }
        found => Ok(found.map(|mut found| {
            found.resize(count, 0.0);
            found
        })),
    };
    let mocaps = spawner.model.bodies.iter().filter(|b| b.mocap).count();
    of_length("mpos", 3 * mocaps)?;
    of_length("mquat", 4 * mocaps)?;
    let (qpos, qvel) = (of_length("qpos", nq)?, of_length("qvel", nv)?);
    // Actuators that are not supported may take more than one control, or none.
    let ctrl = of_length("ctrl", controls)?.unwrap_or_default();
    let mut made = Keyframe {
        name: element.given_name().to_owned(),
        positions: Vec::new(),
        velocities: Vec::new(),
        controls: ctrl,
    };
    let (mut at_q, mut at_v, mut lost) = (0, 0, false);
    for joint in &spawner.joints {
        let [q, v] = joint.kind.counts();
        if matches!(joint.kind, Kind::Hinge | Kind::Slide) {
            made.positions
                .extend(qpos.as_ref().map(|p| (joint.entity, p[at_q])));
            made.velocities
                .extend(qvel.as_ref().map(|p| (joint.entity, p[at_v])));
        } else {
            lost |= qpos.is_some() || qvel.is_some();
        }
        (at_q, at_v) = (at_q + q, at_v + v);
    }
    if lost {
        let message = "poses of floating bodies and ball joints are not kept in keyframes";
        spawner.report.at(
            Severity::Warning,
            "MJ0114",
            element,
            "qpos",
            message.to_owned(),
        );
    }
    for attribute in ["act", "mpos", "mquat", "plastic"] {
        if element.text(attribute).is_some() {
            let message = format!("`{attribute}` of a keyframe is not kept");
            spawner
                .report
                .at(Severity::Note, "MJ0114", element, attribute, message);
        }
    }
    Ok(made)
}
