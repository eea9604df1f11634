//! What there is to say about a plant on its way into an articulated system.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;

use crate::finding::Severity::{Note, Warning};
use crate::finding::{Diagnostics, Finding, Severity};
use crate::place::site;

/// One thing that can be said, with its code in `scenes/FINDINGS.md`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Say {
    severity: Severity,
    code: &'static str,
    message: &'static str,
    note: &'static str,
    help: &'static str,
}

const fn say(
    severity: Severity,
    code: &'static str,
    [message, note, help]: [&'static str; 3],
) -> Say {
    Say {
        severity,
        code,
        message,
        note,
        help,
    }
}

pub(crate) const JOINT_LEFT_OUT: Say = say(
    Warning,
    "SC0309",
    [
        "joint of a kind that cannot be simulated",
        "it is left out: its bodies move as if it were not there",
        "use a kind of `UsdPhysics` other than a distance joint",
    ],
);
pub(crate) const JOINT_SETTING: Say = say(
    Warning,
    "SC0310",
    [
        "setting of a joint without effect",
        "",
        "do not count on it, or remove it",
    ],
);
pub(crate) const NO_LENGTH: Say = say(
    Warning,
    "SC0311",
    [
        "both sides of the joint are fixed to each other already",
        "it is left out",
        "name two bodies that can move against each other",
    ],
);
pub(crate) const SHAPE_LEFT_OUT: Say = say(
    Warning,
    "SC0312",
    [
        "collider that touches nothing",
        "it is left out of contacts",
        "use a box, ball, capsule or cylinder, or `boundingCube` or `boundingSphere` as approximation",
    ],
);
pub(crate) const START_OUTSIDE: Say = say(
    Warning,
    "SC0313",
    [
        "joint starts outside of its limits",
        "the limit pushes it back",
        "correct the start position or the limits",
    ],
);
pub(crate) const NOT_COUPLED: Say = say(
    Warning,
    "SC0314",
    [
        "mimic without effect",
        "the joint moves freely",
        "name two different joints that turn or slide, neither of which closes a loop",
    ],
);
pub(crate) const NOT_DRIVEN: Say = say(
    Warning,
    "SC0315",
    [
        "drive or actuator without effect",
        "it takes no control signal",
        "put it on a joint that turns or slides, and give it gains",
    ],
);
pub(crate) const BODY_SETTING: Say = say(
    Note,
    "SC0316",
    [
        "setting of a body without effect",
        "",
        "nothing to do unless it matters here",
    ],
);
pub(crate) const UNEVEN_GRAVITY: Say = say(
    Warning,
    "SC0317",
    [
        "gravity acts on only some of the bodies that are fixed to each other",
        "all of them together feel the mean part, by mass",
        "author the same for all",
    ],
);
pub(crate) const TWO_FRICTIONS: Say = say(
    Note,
    "SC0318",
    [
        "friction at rest differs from friction in motion",
        "the mean of both is used for both",
        "author both as the one that matters here",
    ],
);
pub(crate) const COPIES_LEFT_OUT: Say = say(
    Warning,
    "SC0319",
    [
        "copies of a point instancer with bodies or colliders",
        "they are left out",
        "place the parts one by one, or simulate the scene as a wide world",
    ],
);
pub(crate) const KEYFRAME_CONTROLS: Say = say(
    Warning,
    "SC0320",
    [
        "controls of the keyframe do not fit the actuators",
        "control signals start at zero",
        "give one number for each actuator",
    ],
);

/// Findings in the making.
#[derive(Debug)]
pub(crate) struct Says<'w> {
    world: &'w World,
    pub(crate) diagnostics: Diagnostics,
}

impl<'w> Says<'w> {
    /// Nothing said yet.
    pub(crate) fn new(world: &'w World) -> Self {
        Self {
            world,
            diagnostics: Diagnostics::default(),
        }
    }

    /// Adds a finding about a property of a prim.
    pub(crate) fn tell(&mut self, say: &Say, entity: Entity, property: &str, detail: &str) {
        let message = if detail.is_empty() {
            say.message.to_owned()
        } else {
            format!("{}: {detail}", say.message)
        };
        let finding = Finding::new(
            say.severity,
            say.code,
            site(self.world, entity, property),
            message,
        );
        self.diagnostics.push(finding.note(say.note).help(say.help));
    }
}
