//! Whether sizes and gravity look as if the units were those that are stated.

use halle_world::Site;
use halle_world::components::Geometry;
use nalgebra::Vector3;

use crate::bounds::{Bounds, Boxes};
use crate::plant::Facts;
use crate::rule;
use crate::sink::{Sink, word};
use crate::wording::{length, number};

/// Largest sides that a plant has \[m\]: halls with their grounds stay below, line layouts too.
const PLANT: [f64; 2] = [0.005, 5_000.0];
/// Gravity on the surface of the earth \[m/s^2\], poles and equator with their mountains.
const EARTH: [f64; 2] = [9.76, 9.84];
/// Part of a unit vector by which gravity may point aside.
const ASIDE: f64 = 1e-3;

/// Checks size and gravity.
pub(crate) fn check(facts: &Facts<'_>, sink: &mut Sink) {
    let site = Site {
        layer: facts.root_layer(),
        ..Site::default()
    };
    extent(facts, sink, &site);
    gravity(facts, sink, &site);
}

fn extent(facts: &Facts<'_>, sink: &mut Sink, site: &Site) {
    let mut boxes = Boxes::default();
    let mut all = Bounds::empty();
    for &entity in &facts.plant.entities {
        let Some(geometry) = facts.world.get::<Geometry>(entity) else {
            continue;
        };
        if facts.prototypes.contains(&entity) {
            continue;
        }
        if let Some(bounds) = boxes.of(&geometry.shape) {
            all.join(&bounds.seen_from(&geometry.world_from_shape));
        }
    }
    if all.is_empty() {
        return;
    }
    let size = all.size();
    let largest = size.max();
    if (PLANT[0]..=PLANT[1]).contains(&largest) {
        return;
    }
    let sides = [size.x, size.y, size.z].map(number);
    let [factor, guess] = if largest > PLANT[1] {
        [1e-3, 1e-2]
    } else {
        [1e3, 1e2]
    };
    let factor = [factor, guess]
        .into_iter()
        .find(|f| (0.2..=1_000.0).contains(&(largest * f)));
    let note = factor.map_or_else(String::new, |f| {
        let kind = if f < 1.0 { "smaller" } else { "larger" };
        let times = number(if f < 1.0 { 1.0 / f } else { f });
        format!(
            "{times} times {kind} it would measure {}",
            length(largest * f)
        )
    });
    sink.at(
        &rule::EXTENT,
        site.with_property("metersPerUnit"),
        word(
            format!(
                "plant measures {} x {} x {} m",
                sides[0], sides[1], sides[2]
            ),
            "compare `metersPerUnit` with the program that wrote the model",
        )
        .note(note),
    );
}

fn gravity(facts: &Facts<'_>, sink: &mut Sink, site: &Site) {
    let gravity = Vector3::from(facts.plant.gravity);
    let size = gravity.norm();
    let site = site.with_property("physics:gravityMagnitude");
    if size == 0.0 {
        let message = "there is no gravity";
        let help = "author `physics:gravityMagnitude` unless the plant is in orbit";
        sink.at(&rule::GRAVITY, site, word(message, help));
        return;
    }
    if !(EARTH[0]..=EARTH[1]).contains(&size) {
        let units = [1000.0, 100.0, 0.01, 0.001]
            .into_iter()
            .find(|f| (EARTH[0]..=EARTH[1]).contains(&(size / f)));
        let note = units.map_or_else(String::new, |f| {
            format!(
                "{} times that of the earth: its unit is not that of `metersPerUnit`",
                number(f)
            )
        });
        sink.at(
            &rule::GRAVITY,
            site.clone(),
            word(
                format!("gravity is {} m/s^2: expected 9.76 to 9.84", number(size)),
                "author `physics:gravityMagnitude` in stage units, or leave it out",
            )
            .note(note),
        );
    }
    let down = gravity / size;
    if (down + Vector3::z()).norm() > ASIDE {
        let [x, y, z] = [down.x, down.y, down.z].map(|v| number((v * 1e4).round() / 1e4));
        sink.at(
            &rule::DOWN,
            site.with_property("physics:gravityDirection"),
            word(
                format!("gravity points along ({x}, {y}, {z}) where z is up"),
                "compare `physics:gravityDirection` with `upAxis`, or leave it out",
            ),
        );
    }
}
