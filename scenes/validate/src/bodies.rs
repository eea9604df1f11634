//! Masses and inertias of bodies.

use std::collections::BTreeSet;

use halle_world::Entity;
use halle_world::components::{AuthoredMass, ContactMaterial, Joint, RigidBody};
use nalgebra::{Matrix3, SymmetricEigen, Vector3};

use crate::bounds::{Bounds, Boxes};
use crate::plant::Facts;
use crate::rule;
use crate::sink::{Sink, word};
use crate::wording::{length, number};

/// Densities of what plants are made of \[kg/m^3\]: foam and crates with air in them to tungsten.
const DENSITIES: [f64; 2] = [1.0, 25_000.0 * (1.0 + 1e-6)];
/// Masses of single bodies in plants \[kg\]: a screw to a ladle crane.
const MASSES: [f64; 2] = [1e-6, 1e6];
/// Mass ratio of neighbours above which iterative solvers give way.
const RATIO: f64 = 1_000.0;
/// Radius of gyration over half diagonal of the body's box: an empty shell has 1 at most.
const GYRATION: [f64; 2] = [0.02, 2.0];
/// Relative room for rounding of authored inertias in single precision.
const ROUNDING: f64 = 1e-4;

/// Checks all bodies.
pub(crate) fn check(facts: &Facts<'_>, sink: &mut Sink) {
    let mut boxes = Boxes::default();
    let heavy = clusters_with_mass(facts);
    for &body in &facts.bodies {
        let authored = facts.authored(body);
        if !numbers(facts, sink, body, &authored) {
            continue;
        }
        velocity(facts, sink, body);
        if !facts.moves(body) {
            continue;
        }
        let Some(mass) = facts.masses.get(&body) else {
            let cluster = facts.clusters.get(&body);
            if cluster.is_none_or(|c| !heavy.contains(c)) && !facts.anchored.contains(&body) {
                no_mass(facts, sink, body);
            }
            continue;
        };
        magnitude(facts, sink, body, mass.mass);
        inertia(facts, sink, body, &mass.inertia);
        density(facts, sink, body, mass.mass);
        water(facts, sink, body, &authored, mass.mass);
        proportion(facts, sink, &mut boxes, body);
    }
    for &joint in &facts.joints {
        ratio(facts, sink, joint);
    }
}

/// Sets of bodies held together of which one at least has a mass.
fn clusters_with_mass(facts: &Facts<'_>) -> BTreeSet<usize> {
    let of = |body: &Entity| facts.clusters.get(body).copied();
    facts.masses.keys().filter_map(of).collect()
}

/// Refuses numbers that are none; true if the rest can be looked at.
fn numbers(facts: &Facts<'_>, sink: &mut Sink, body: Entity, authored: &AuthoredMass) -> bool {
    let bad = |v: f64| !(v.is_finite() && v >= 0.0);
    let mut good = true;
    let mut owners = vec![(body, *authored)];
    let parts = facts.own_colliders(body).iter().filter(|c| **c != body);
    owners.extend(parts.map(|c| (*c, facts.authored(*c))));
    for (entity, mass) in owners {
        let inertia = mass.diagonal_inertia.map(|i| i.min());
        let center = mass
            .center_of_mass
            .filter(|c| !c.iter().all(|v| v.is_finite()));
        let found = [
            ("physics:mass", "mass", mass.mass.filter(|v| bad(*v)), "kg"),
            (
                "physics:density",
                "density",
                mass.density.filter(|v| bad(*v)),
                "kg/m^3",
            ),
            (
                "physics:diagonalInertia",
                "inertia",
                inertia.filter(|v| bad(*v)),
                "kg m^2",
            ),
            (
                "physics:centerOfMass",
                "centre of mass",
                center.map(|c| c.sum()),
                "m",
            ),
        ];
        for (property, what, value, unit) in found {
            let Some(value) = value else { continue };
            good = false;
            let text = format!("{what} is {} {unit}", number(value));
            let text = word(text, "author a finite number that is not negative");
            sink.on(&rule::NO_NUMBER, facts.world, entity, property, text);
        }
    }
    good
}

fn velocity(facts: &Facts<'_>, sink: &mut Sink, entity: Entity) {
    let Some(body) = facts.world.get::<RigidBody>(entity) else {
        return;
    };
    let speed = body.linear_velocity.norm();
    let spin = body.angular_velocity.norm();
    if body.kinematic && speed.max(spin) > 0.0 {
        let text = format!(
            "kinematic body with a velocity of {} m/s and {} rad/s",
            number(speed),
            number(spin)
        );
        let help = "author a surface velocity for a belt, or make the body dynamic with a drive";
        let text = word(text, help).note("its motion is a script's: the velocity moves nothing");
        sink.on(
            &rule::KINEMATIC_SPEED,
            facts.world,
            entity,
            "physics:velocity",
            text,
        );
    }
}

fn no_mass(facts: &Facts<'_>, sink: &mut Sink, body: Entity) {
    let text = word(
        "body has neither a mass nor a collider with a volume",
        "author `physics:mass` and `physics:diagonalInertia`, or add colliders",
    );
    sink.on(&rule::NO_MASS, facts.world, body, "physics:mass", text);
}

fn magnitude(facts: &Facts<'_>, sink: &mut Sink, body: Entity, mass: f64) {
    if (MASSES[0]..=MASSES[1]).contains(&mass) {
        return;
    }
    let authored = facts.authored(body).mass.is_some();
    let text = format!("body weighs {} kg: expected 1e-6 to 1e6 kg", number(mass));
    let note = if authored {
        String::new()
    } else {
        "density times volume of its colliders: the cube of a unit of length is in it".to_owned()
    };
    let help = "compare `metersPerUnit`, `kilogramsPerUnit` and the mass with the real part";
    sink.on(
        &rule::MASS,
        facts.world,
        body,
        "physics:mass",
        word(text, help).note(note),
    );
}

fn inertia(facts: &Facts<'_>, sink: &mut Sink, body: Entity, inertia: &Matrix3<f64>) {
    let mut moments: Vec<f64> = SymmetricEigen::new(*inertia)
        .eigenvalues
        .iter()
        .copied()
        .collect();
    moments.sort_by(f64::total_cmp);
    if moments[0] + moments[1] >= moments[2] * (1.0 - ROUNDING) && moments[0] >= 0.0 {
        return;
    }
    let [a, b, c] = [moments[0], moments[1], moments[2]].map(number);
    let text = word(
        format!("principal moments of inertia {a}, {b} and {c} kg m^2: no body has these"),
        "export the inertia again; no moment is larger than the sum of the two others",
    );
    sink.on(
        &rule::TRIANGLE,
        facts.world,
        body,
        "physics:diagonalInertia",
        text,
    );
}

/// Mass over volume of the colliders, and every density that is authored.
fn density(facts: &Facts<'_>, sink: &mut Sink, body: Entity, mass: f64) {
    let outside = |d: f64| !(DENSITIES[0]..=DENSITIES[1]).contains(&d);
    let help =
        "compare `metersPerUnit` and `kilogramsPerUnit` with the program that wrote the model";
    let mut volume = 0.0;
    for part in facts.parts(body) {
        volume += part.shape.unit_mass().map_or(0.0, |u| u.volume);
    }
    if facts.authored(body).mass.is_some() && volume > 0.0 && outside(mass / volume) {
        let text = format!(
            "{} kg in colliders of {} m^3 make {} kg/m^3: expected 1 to 25000 kg/m^3",
            number(mass),
            number(volume),
            number(mass / volume)
        );
        sink.on(
            &rule::DENSITY,
            facts.world,
            body,
            "physics:mass",
            word(text, help),
        );
    }
    let said = |entity: &Entity| {
        let own = facts
            .world
            .get::<AuthoredMass>(*entity)
            .and_then(|m| m.density);
        let material = facts
            .world
            .get::<ContactMaterial>(*entity)
            .map(|m| m.density);
        let both = [own, material.filter(|d| *d > 0.0)];
        both.into_iter()
            .flatten()
            .map(|d| (*entity, d))
            .collect::<Vec<_>>()
    };
    let mut owners = vec![body];
    owners.extend(facts.own_colliders(body).iter().filter(|c| **c != body));
    for (entity, density) in owners.iter().flat_map(said) {
        if outside(density) {
            let text = format!("density is {} kg/m^3: expected 1 to 25000", number(density));
            sink.on(
                &rule::DENSITY,
                facts.world,
                entity,
                "physics:density",
                word(text, help),
            );
        }
    }
}

/// Bodies whose mass nobody said anything about.
fn water(facts: &Facts<'_>, sink: &mut Sink, body: Entity, authored: &AuthoredMass, mass: f64) {
    if authored.mass.is_some() || authored.density.is_some() {
        return;
    }
    let silent = |collider: &&Entity| {
        let own = facts.authored(**collider);
        let material = facts.world.get::<ContactMaterial>(**collider);
        own.mass.is_none() && own.density.is_none() && material.is_none_or(|m| m.density <= 0.0)
    };
    let colliders = facts.own_colliders(body);
    let count = colliders.iter().filter(silent).count();
    if count == 0 {
        return;
    }
    let text = word(
        format!(
            "mass of {} kg is that of water in the colliders",
            number(mass)
        ),
        "author `physics:mass`, or a density on the body or its material",
    )
    .note("nothing says a mass or a density: UsdPhysics takes 1000 kg/m^3");
    sink.on(&rule::WATER, facts.world, body, "physics:mass", text);
}

/// Authored inertia and centre of mass beside the size of the body.
fn proportion(facts: &Facts<'_>, sink: &mut Sink, boxes: &mut Boxes, body: Entity) {
    let (authored, Some(mass)) = (facts.authored(body), facts.masses.get(&body)) else {
        return;
    };
    let mut bounds = Bounds::empty();
    for part in facts.parts(body) {
        if let Some(own) = boxes.of(part.shape) {
            bounds.join(&own.seen_from(&part.body_from_shape));
        }
    }
    if bounds.is_empty() || bounds.size().norm() <= 0.0 {
        return;
    }
    let half = bounds.size().norm() / 2.0;
    if authored.center_of_mass.is_some() {
        let middle = (bounds.low + bounds.high) / 2.0;
        let away = (mass.center - middle).norm();
        if away > 2.0 * half {
            let text = word(
                format!(
                    "centre of mass lies {} from the middle of colliders that reach {}",
                    length(away),
                    length(half)
                ),
                "author `physics:centerOfMass` in the frame and units of the prim",
            );
            sink.on(
                &rule::CENTER,
                facts.world,
                body,
                "physics:centerOfMass",
                text,
            );
        }
    }
    let Some(moments) = authored.diagonal_inertia else {
        return;
    };
    let gyration = (largest(&moments) / mass.mass).sqrt();
    let share = gyration / half;
    if share.is_finite() && !(GYRATION[0]..=GYRATION[1]).contains(&share) {
        let text = word(
            format!(
                "inertia is that of {} kg at a radius of {}, colliders reach {}",
                number(mass.mass),
                length(gyration),
                length(half)
            ),
            "author `physics:diagonalInertia` in kg times square of the unit of length",
        );
        sink.on(
            &rule::GYRATION,
            facts.world,
            body,
            "physics:diagonalInertia",
            text,
        );
    }
}

fn largest(moments: &Vector3<f64>) -> f64 {
    moments.max()
}

fn ratio(facts: &Facts<'_>, sink: &mut Sink, entity: Entity) {
    let Some(joint) = facts.world.get::<Joint>(entity) else {
        return;
    };
    let mass = |side| facts.side(side).and_then(|b| facts.masses.get(&b));
    let (Some(a), Some(b)) = (mass(joint.body0), mass(joint.body1)) else {
        return;
    };
    let ratio = (a.mass / b.mass).max(b.mass / a.mass);
    if ratio.is_finite() && ratio > RATIO {
        let text = word(
            format!("joint holds {} kg to {} kg", number(b.mass), number(a.mass)),
            "merge the light body with a neighbour, or use an articulation",
        )
        .note("solvers that iterate give way at ratios above 1000");
        sink.on(&rule::MASS_RATIO, facts.world, entity, "", text);
    }
}
