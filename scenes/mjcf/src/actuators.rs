//! Actuators onto joints.

use halle_world::Severity;
use halle_world::components::Actuator;

use crate::actuator_law::{KINDS, law, world_law};
use crate::error::MjcfError;
use crate::joints::Kind;
use crate::placing::{JointPrim, Spawner};
use crate::settings::Scope;
use crate::tree::Element;
use crate::values::View;

/// An element's attributes that all actuators share, seen through every actuator of its classes.
fn view<'a>(element: &'a Element, scope: &'a Scope) -> Result<View<'a>, MjcfError> {
    scope.defaults.view_any(element, &KINDS, "main")
}

/// Makes the actuators; how many controls the model has.
pub(crate) fn apply(spawner: &mut Spawner<'_, '_>) -> Result<usize, MjcfError> {
    let elements: Vec<&Element> = spawner.model.section("actuator").collect();
    let count = elements.len();
    for element in elements {
        let root = spawner.bodies[0];
        let path = spawner.path(root);
        let wanted = element.text("name").unwrap_or(&element.name).to_owned();
        let pose = nalgebra::Isometry3::identity();
        let prim = spawner.prim(element, &path, &wanted, pose, Some(root));
        if let Some(name) = element.text("name") {
            spawner.named.insert(("actuator", name.to_owned()), prim);
        }
        if let Some(actuator) = one(spawner, element)? {
            spawner.world.entity_mut(prim).insert(actuator);
        }
    }
    Ok(count)
}

/// Where an actuator pulls.
enum Target {
    /// A joint, and what the transmission is multiplied with on its way there.
    Joint(JointPrim, f64),
    /// What is not supported, by the attribute that names it.
    Other(&'static str),
}

fn one(spawner: &Spawner<'_, '_>, element: &Element) -> Result<Option<Actuator>, MjcfError> {
    let scope = &spawner.model.scopes[element.scope];
    let report = spawner.report;
    let law = law(element, scope)?;
    let view = view(element, scope)?;
    let target = target(spawner, element)?;
    let limits = |switch, range| -> Result<Option<[f64; 2]>, MjcfError> {
        let found = view.limited(switch, range, scope.autolimits)?;
        if found.is_some_and(|[low, high]| low >= high) {
            let rule = format!("the first number of `{range}` must be below the second");
            return Err(element.invalid(rule));
        }
        Ok(found)
    };
    let mut control_range = limits("ctrllimited", "ctrlrange")?;
    if &*element.name == "damper" && control_range.is_none_or(|[low, _]| low < 0.0) {
        return Err(element.invalid("a damper needs a `ctrlrange` that is not negative"));
    }
    let force_range = limits("forcelimited", "forcerange")?;
    let unsupported = |attribute: &str, message: String| {
        report.at(Severity::Warning, "MJ0109", element, attribute, message);
    };
    let (joint, factor) = match target {
        Target::Joint(joint, factor) => (joint, factor),
        Target::Other(attribute) => {
            unsupported(
                attribute,
                format!("actuators on a {attribute} are not supported"),
            );
            return Ok(None);
        }
    };
    let body = &spawner.model.bodies[joint.body];
    let on = &body.joints[joint.index];
    let gear = view.fill("gear", [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    if !matches!(joint.kind, Kind::Hinge | Kind::Slide) {
        unsupported(
            "joint",
            "actuators on ball and free joints are not supported".to_owned(),
        );
        return Ok(None);
    }
    if law.inherit_range != 0.0 {
        let Some([low, high]) = on.range else {
            return Err(element.invalid("`inheritrange` needs a joint with a range"));
        };
        if law.inherit_range < 0.0 || control_range.is_some() {
            return Err(element.invalid("expected `ctrlrange` or a positive `inheritrange`"));
        }
        let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0 * law.inherit_range);
        control_range = Some([middle - half, middle + half]);
    }
    let gear = gear[0] * factor;
    let mut law = law;
    let apparent = spawner.model.apparent[joint.body][joint.index];
    if !law.settle(apparent.map(|inertia| inertia / (gear * gear).max(1e-15))) {
        let message =
            "the mass matrix cannot be inverted for `dampratio`: there is no damping".to_owned();
        unsupported("dampratio", message);
    }
    let Some(made) = world_law(&law, gear) else {
        unsupported("", format!("`{}` is not supported", law.unsupported()));
        return Ok(None);
    };
    if law.dynamics != "none" {
        let message = format!(
            "dynamics `{}` are left out: the control acts at once",
            law.dynamics
        );
        unsupported("", message);
    }
    note_unused(spawner, &view);
    let effort_range = effort_range(spawner, element, joint, gear, force_range);
    Ok(Some(Actuator {
        joint: joint.entity,
        law: made,
        gear,
        control_range,
        effort_range,
    }))
}

fn target(spawner: &Spawner<'_, '_>, element: &Element) -> Result<Target, MjcfError> {
    for attribute in ["joint", "jointinparent"] {
        if let Some(name) = element.text(attribute) {
            return Ok(Target::Joint(joint(spawner, element, name)?, 1.0));
        }
    }
    if let Some(name) = element.text("tendon") {
        return tendon_target(spawner, element, name);
    }
    for (attribute, kind) in [
        ("cranksite", "site"),
        ("slidersite", "site"),
        ("site", "site"),
        ("refsite", "site"),
        ("body", "body"),
    ] {
        if let Some(name) = element.text(attribute)
            && spawner.model.carrier(kind, name).is_none()
        {
            return Err(element.unknown(kind, name));
        }
    }
    for attribute in ["cranksite", "site", "body"] {
        if element.text(attribute).is_some() {
            return Ok(Target::Other(attribute));
        }
    }
    Err(element.invalid("expected a joint, tendon, site or body to act on"))
}

fn joint(spawner: &Spawner<'_, '_>, element: &Element, name: &str) -> Result<JointPrim, MjcfError> {
    let entity = spawner.named.get(&("joint", name.to_owned()));
    let found = entity.and_then(|e| spawner.joints.iter().find(|j| j.entity == *e));
    found.copied().ok_or_else(|| element.unknown("joint", name))
}

/// A fixed tendon over a single joint acts on that joint.
fn tendon_target(
    spawner: &Spawner<'_, '_>,
    element: &Element,
    name: &str,
) -> Result<Target, MjcfError> {
    let mut tendons = spawner.model.section("tendon");
    let tendon = tendons.find(|t| t.text("name") == Some(name));
    let tendon = tendon.ok_or_else(|| element.unknown("tendon", name))?;
    let ([part], "fixed") = (&tendon.children[..], &*tendon.name) else {
        return Ok(Target::Other("tendon"));
    };
    let on = joint(spawner, part, part.required("joint")?)?;
    Ok(Target::Joint(on, View::plain(part).number_or("coef", 1.0)))
}

fn note_unused(spawner: &Spawner<'_, '_>, view: &View<'_>) {
    let element = view.element();
    for name in ["delay", "armature", "damping", "nsample"] {
        if view
            .numbers(name)
            .is_some_and(|v| v.iter().any(|x| *x != 0.0))
        {
            let message = format!("`{name}` of an actuator is not supported");
            spawner
                .report
                .at(Severity::Warning, "MJ0109", element, name, message);
        }
    }
}

/// Bounds of the actuator's own effort, with those of its joint where it is alone there.
fn effort_range(
    spawner: &Spawner<'_, '_>,
    element: &Element,
    joint: JointPrim,
    gear: f64,
    own: Option<[f64; 2]>,
) -> Option<[f64; 2]> {
    let of_joint = spawner.model.bodies[joint.body].joints[joint.index].effort_range;
    let Some([low, high]) = of_joint else {
        return own;
    };
    let name = spawner.model.bodies[joint.body].joints[joint.index]
        .element
        .text("name");
    let on_joint = |e: &&Element| ["joint", "jointinparent"].iter().any(|a| e.text(a) == name);
    if spawner.model.section("actuator").filter(on_joint).count() > 1 || gear == 0.0 {
        let message = "`actuatorfrcrange` bounds several actuators together: it is not obeyed";
        spawner.report.at(
            Severity::Warning,
            "MJ0109",
            element,
            "joint",
            message.to_owned(),
        );
        return own;
    }
    let (low, high) = if gear > 0.0 {
        (low / gear, high / gear)
    } else {
        (high / gear, low / gear)
    };
    let [least, most] = own.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    Some([least.max(low), most.min(high)])
}
