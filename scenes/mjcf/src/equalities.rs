//! Equality constraints as joints that close loops, and as joints that follow others.

use halle_world::components::{Axis, Joint, Mimic, Motion};
use halle_world::{Entity, Severity};
use nalgebra::{Isometry3, Quaternion, Translation3, UnitQuaternion, Vector3};

use crate::error::MjcfError;
use crate::geoms::at;
use crate::joints::Kind;
use crate::placing::Spawner;
use crate::tree::Element;
use crate::values::View;

/// Makes what the `equality` sections ask for.
pub(crate) fn apply(spawner: &mut Spawner<'_, '_>) -> Result<(), MjcfError> {
    let elements: Vec<&Element> = spawner.model.section("equality").collect();
    for element in elements {
        let scope = &spawner.model.scopes[element.scope];
        let view = scope.defaults.view(element, "equality", "main")?;
        let active = view.truth_or("active", true) && spawner.model.options.equalities;
        let made = match &*element.name {
            "connect" | "weld" => closing(spawner, &view)?,
            "joint" => follow(spawner, &view, active)?,
            "tendon" => {
                unsupported(spawner, element, "couplings of tendons are not supported");
                continue;
            }
            _ => continue,
        };
        for name in ["solref", "solimp"] {
            if view.text(name).is_some() && active {
                let message = format!("`{name}` has no effect: the constraint is hard");
                spawner
                    .report
                    .at(Severity::Note, "MJ0111", element, name, message);
            }
        }
        if !active {
            let message = "the equality is switched off: it is left out".to_owned();
            spawner
                .report
                .at(Severity::Note, "MJ0111", element, "active", message);
            continue;
        }
        let Some(made) = made else {
            continue;
        };
        let root = spawner.bodies[0];
        let path = spawner.path(root);
        let wanted = element.text("name").unwrap_or(&element.name).to_owned();
        let pose = made
            .body0
            .and_then(|b| spawner.pose(b))
            .unwrap_or_else(Isometry3::identity);
        let pose = pose * made.body0_from_joint;
        let prim = spawner.prim(element, &path, &wanted, pose, Some(root));
        spawner.world.entity_mut(prim).insert(made);
    }
    Ok(())
}

fn unsupported(spawner: &Spawner<'_, '_>, element: &Element, message: &str) {
    spawner
        .report
        .at(Severity::Warning, "MJ0111", element, "", message.to_owned());
}

/// Two bodies, or the bodies of two sites, with the frames that shall coincide.
struct Ends {
    bodies: [usize; 2],
    /// Frames in the bodies.
    frames: [Isometry3<f64>; 2],
}

fn closing(spawner: &Spawner<'_, '_>, view: &View<'_>) -> Result<Option<Joint>, MjcfError> {
    let element = view.element();
    let weld = &*element.name == "weld";
    let ends = match element.text("site1").or(element.text("site2")) {
        Some(_) => of_sites(spawner, element, weld)?,
        None if weld => of_weld(spawner, view)?,
        None => of_connect(spawner, view)?,
    };
    if weld && view.number("torquescale").is_some_and(|s| s != 1.0) {
        let message = "`torquescale` has no effect: the constraint is hard".to_owned();
        spawner
            .report
            .at(Severity::Note, "MJ0111", element, "torquescale", message);
    }
    let [first, second] = ends.bodies;
    if first == second {
        // MuJoCo takes two sites of one body and does nothing with them.
        if element.text("site1").is_none() {
            return Err(element.invalid("both sides are the same body"));
        }
        unsupported(
            spawner,
            element,
            "both sites are on the same body: it is left out",
        );
        return Ok(None);
    }
    let motion = if weld {
        Motion::Fixed
    } else {
        Motion::Spherical { cone: [None; 2] }
    };
    let body = |k: usize| (k > 0).then(|| spawner.bodies[k]);
    let mut made = Joint::between(motion, body(first), body(second));
    [made.body0_from_joint, made.body1_from_joint] = ends.frames;
    made.axis = Axis::X;
    made.excluded = true;
    // Contacts are taken out by name in MJCF, never by an equality.
    made.bodies_touch = true;
    Ok(Some(made))
}

/// Sites coincide, wherever the model is shown.
fn of_sites(spawner: &Spawner<'_, '_>, element: &Element, weld: bool) -> Result<Ends, MjcfError> {
    let mixed = ["body1", "body2", "anchor", "relpose"];
    if mixed.iter().any(|name| element.text(name).is_some()) {
        return Err(element.invalid("expected sites or bodies, not both"));
    }
    let mut ends = Ends {
        bodies: [0; 2],
        frames: [Isometry3::identity(); 2],
    };
    for (k, attribute) in ["site1", "site2"].into_iter().enumerate() {
        let name = element.required(attribute)?;
        let body = spawner.model.carrier("site", name);
        let body = body.ok_or_else(|| element.unknown("site", name))?;
        let sites = &spawner.model.bodies[body].sites;
        let site = sites
            .iter()
            .find(|s| s.view.element().text("name") == Some(name));
        let frame = site.map_or_else(Isometry3::identity, |s| s.body_from_thing);
        ends.bodies[k] = body;
        // Only the places of sites matter where they may turn.
        ends.frames[k] = if weld {
            frame
        } else {
            at(frame.translation.vector)
        };
    }
    Ok(ends)
}

fn two_bodies(spawner: &Spawner<'_, '_>, element: &Element) -> Result<[usize; 2], MjcfError> {
    let first = spawner.model.body(element, element.required("body1")?)?;
    let second = match element.text("body2") {
        Some(name) => spawner.model.body(element, name)?,
        None => 0,
    };
    Ok([first, second])
}

/// A point of the first body stays with the point of the second one that it meets as shown.
fn of_connect(spawner: &Spawner<'_, '_>, view: &View<'_>) -> Result<Ends, MjcfError> {
    let element = view.element();
    let bodies = two_bodies(spawner, element)?;
    element.required("anchor")?;
    let anchor = at(Vector3::from(view.fill("anchor", [0.0; 3])));
    let [first, second] = bodies.map(|k| spawner.model.bodies[k].world_from_body);
    let other = second.inverse() * first * anchor;
    Ok(Ends {
        bodies,
        frames: [anchor, other],
    })
}

/// The second body keeps a pose in the first one: as written, else as shown.
fn of_weld(spawner: &Spawner<'_, '_>, view: &View<'_>) -> Result<Ends, MjcfError> {
    let element = view.element();
    let bodies = two_bodies(spawner, element)?;
    let [first, second] = bodies.map(|k| spawner.model.bodies[k].world_from_body);
    let written = view
        .exact::<7>("relpose")
        .and_then(|[x, y, z, w, i, j, k]| {
            let turn = UnitQuaternion::try_new(Quaternion::new(w, i, j, k), 1e-14)?;
            Some(Isometry3::from_parts(Translation3::new(x, y, z), turn))
        });
    let first_from_second = written.unwrap_or_else(|| first.inverse() * second);
    // The anchor is a point of the second body.
    let anchor = at(Vector3::from(view.fill("anchor", [0.0; 3])));
    Ok(Ends {
        bodies,
        frames: [first_from_second * anchor, anchor],
    })
}

/// One joint is a polynomial of another; both count from their references.
fn follow(
    spawner: &mut Spawner<'_, '_>,
    view: &View<'_>,
    active: bool,
) -> Result<Option<Joint>, MjcfError> {
    let element = view.element();
    let (follower, from) = scalar_joint(spawner, element, element.required("joint1")?)?;
    let Some(leader) = element.text("joint2") else {
        let message = "a joint that is held in place is not supported";
        unsupported(spawner, element, message);
        return Ok(None);
    };
    let (leader, to) = scalar_joint(spawner, element, leader)?;
    if leader == follower {
        return Err(element.invalid("a joint cannot follow itself"));
    }
    if !active {
        return Ok(None);
    }
    let mut coefficients = shifted(view.fill("polycoef", [0.0, 1.0, 0.0, 0.0, 0.0]), to);
    coefficients[0] += from;
    if spawner.world.get::<Mimic>(follower).is_some() {
        unsupported(
            spawner,
            element,
            "the joint follows another one already: it is left out",
        );
        return Ok(None);
    }
    let mimic = Mimic {
        leader,
        coefficients,
    };
    spawner.world.entity_mut(follower).insert(mimic);
    Ok(None)
}

/// Prim and reference of a hinge or slide.
fn scalar_joint(
    spawner: &Spawner<'_, '_>,
    element: &Element,
    name: &str,
) -> Result<(Entity, f64), MjcfError> {
    let found = spawner.named.get(&("joint", name.to_owned())).copied();
    let entity = found.ok_or_else(|| element.unknown("joint", name))?;
    let joint = spawner.joints.iter().find(|j| j.entity == entity);
    let reference = joint
        .filter(|j| matches!(j.kind, Kind::Hinge | Kind::Slide))
        .map(|j| spawner.model.bodies[j.body].joints[j.index].reference);
    let reference =
        reference.ok_or_else(|| element.invalid("only hinges and slides can be coupled"))?;
    Ok((entity, reference))
}

/// Coefficients of p(x - shift).
fn shifted(p: [f64; 5], shift: f64) -> [f64; 5] {
    let mut made = [0.0; 5];
    // Horner's rule on polynomials: made = made * (x - shift) + p[k].
    for coefficient in p.iter().rev() {
        for k in (1..5).rev() {
            made[k] = made[k - 1] - shift * made[k];
        }
        made[0] = coefficient - shift * made[0];
    }
    made
}

impl Spawner<'_, '_> {
    /// World pose of a prim.
    fn pose(&self, entity: Entity) -> Option<Isometry3<f64>> {
        let pose = self.world.get::<halle_world::components::WorldPose>(entity);
        pose.map(|p| p.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// p(x - s) by its coefficients is p at x - s.
    #[test]
    fn shifted_polynomial() {
        let p = [0.5, -1.0, 0.25, 2.0, -0.75];
        let at = |p: &[f64; 5], x: f64| p.iter().rev().fold(0.0, |sum, c| sum * x + c);
        let made = shifted(p, 0.3);
        for x in [-1.0, 0.0, 0.7, 2.0] {
            assert!((at(&made, x) - at(&p, x - 0.3)).abs() < 1e-12);
        }
    }
}
