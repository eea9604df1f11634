//! Sensors, and tendons, which are not simulated.

use halle_world::Severity;
use halle_world::components::Sensor;

use crate::error::MjcfError;
use crate::joints::Kind;
use crate::placing::Spawner;
use crate::references::reference_kind;
use crate::tree::Element;

/// Attributes that say what a sensor is about, the most telling first.
const ABOUT: [&str; 15] = [
    "site", "joint", "tendon", "actuator", "objname", "body", "camera", "geom", "geom1", "body1",
    "subtree1", "geom2", "body2", "subtree2", "refname",
];

/// Makes the sensors' prims.
pub(crate) fn apply(spawner: &mut Spawner<'_, '_>) -> Result<(), MjcfError> {
    tendons(spawner)?;
    let elements: Vec<&Element> = spawner.model.section("sensor").collect();
    for element in elements.into_iter().filter(|e| &*e.name != "plugin") {
        let root = spawner.bodies[0];
        let path = spawner.path(root);
        let mut target = None;
        check(spawner, element)?;
        for attribute in ABOUT {
            let Some(name) = element.text(attribute) else {
                continue;
            };
            let kind = reference_kind(element, attribute).unwrap_or("body");
            if kind == "body" && name == "world" {
                target = target.or(Some(root));
                continue;
            }
            let found = spawner.named.get(&(kind, name.to_owned())).copied();
            target = target.or(Some(found.ok_or_else(|| element.unknown(kind, name))?));
        }
        for attribute in ["cutoff", "noise", "delay", "nsample", "interval"] {
            let written = element
                .text(attribute)
                .map(crate::values::numbers)
                .unwrap_or_default();
            if written.iter().any(|v| *v != 0.0) {
                let message = format!("`{attribute}` of a sensor has no effect");
                spawner
                    .report
                    .at(Severity::Note, "MJ0113", element, attribute, message);
            }
        }
        let wanted = element.text("name").unwrap_or(&element.name).to_owned();
        let pose = nalgebra::Isometry3::identity();
        let prim = spawner.prim(element, &path, &wanted, pose, Some(root));
        if let Some(name) = element.text("name") {
            spawner.named.insert(("sensor", name.to_owned()), prim);
        }
        let sensor = Sensor {
            kind: element.name.to_string(),
            target: target.unwrap_or(root),
        };
        spawner.world.entity_mut(prim).insert(sensor);
    }
    Ok(())
}

/// Refuses sensors that MuJoCo refuses.
fn check(spawner: &Spawner<'_, '_>, element: &Element) -> Result<(), MjcfError> {
    let name = &*element.name;
    let number = |a: &str| {
        element
            .text(a)
            .map(crate::values::numbers)
            .unwrap_or_default()
    };
    if number("cutoff").iter().any(|c| *c < 0.0) {
        return Err(element.invalid("`cutoff` cannot be negative"));
    }
    match name {
        "user" => drop(element.required("dim")?),
        "insidesite" => drop((element.required("objtype")?, element.required("objname")?)),
        _ if name.starts_with("frame") => {
            element.required("objtype")?;
            element.required("objname")?;
        }
        _ => {}
    }
    if element.text("reftype").is_some() != element.text("refname").is_some() {
        return Err(element.invalid("`reftype` and `refname` belong together"));
    }
    let single = ["site", "joint", "tendon", "actuator", "body"];
    if let Some(needed) = single.into_iter().find(|a| needs(name, a)) {
        element.required(needed)?;
    }
    let Some(joint) = element.text("joint") else {
        return Ok(());
    };
    let entity = spawner.named.get(&("joint", joint.to_owned()));
    let joint = entity.and_then(|e| spawner.joints.iter().find(|j| j.entity == *e));
    let Some(joint) = joint else {
        return Ok(());
    };
    let ball = joint.kind == Kind::Ball;
    let limited = spawner.model.bodies[joint.body].joints[joint.index]
        .range
        .is_some();
    let good = match name {
        "ballquat" | "ballangvel" => ball,
        _ if name.starts_with("jointlimit") => limited,
        _ => matches!(joint.kind, Kind::Hinge | Kind::Slide),
    };
    if good {
        Ok(())
    } else {
        Err(element.invalid("the joint is of another kind, or has no limits"))
    }
}

/// Whether a sensor is about exactly one thing that an attribute names.
fn needs(sensor: &str, attribute: &str) -> bool {
    match attribute {
        "site" => matches!(
            sensor,
            "touch"
                | "accelerometer"
                | "velocimeter"
                | "gyro"
                | "force"
                | "torque"
                | "magnetometer"
                | "camprojection"
                | "insidesite"
        ),
        "joint" => sensor.starts_with("joint") || sensor.starts_with("ball"),
        "tendon" => sensor.starts_with("tendon"),
        "actuator" => sensor.starts_with("actuator"),
        _ => sensor.starts_with("subtree"),
    }
}

/// Checks what tendons name, gives them prims that others can refer to, and says that they do not
/// act.
fn tendons(spawner: &mut Spawner<'_, '_>) -> Result<(), MjcfError> {
    let elements: Vec<&Element> = spawner.model.section("tendon").collect();
    for element in elements {
        let view = spawner.model.view(element, "tendon")?;
        if element.children.is_empty() {
            return Err(element.invalid("a tendon needs a path"));
        }
        let fixed = &*element.name == "fixed";
        if !fixed && element.children.len() < 2 {
            return Err(element.invalid("a path in space needs two places"));
        }
        let scope = &spawner.model.scopes[element.scope];
        let range = view.limited("limited", "range", scope.autolimits)?;
        if range.is_some_and(|[low, high]| low >= high) {
            return Err(element.invalid("the first number of `range` must be below the second"));
        }
        for part in &element.children {
            match &*part.name {
                "joint" => drop((part.required("joint")?, part.required("coef")?)),
                "pulley" => drop(part.required("divisor")?),
                "geom" => drop(part.required("geom")?),
                _ => drop(part.required("site")?),
            }
            for (attribute, kind) in [
                ("joint", "joint"),
                ("site", "site"),
                ("geom", "geom"),
                ("sidesite", "site"),
            ] {
                if let Some(name) = part.text(attribute)
                    && spawner.model.carrier(kind, name).is_none()
                {
                    return Err(part.unknown(kind, name));
                }
            }
        }
        // A fixed tendon without properties only serves an actuator, which then says so itself.
        let acts = |name: &&str| {
            view.numbers(name)
                .is_some_and(|v| v.iter().any(|x| *x != 0.0))
        };
        let properties = ["stiffness", "damping", "frictionloss", "armature", "range"];
        let acting: Vec<&str> = properties.iter().filter(|n| acts(n)).copied().collect();
        if &*element.name == "spatial" || !acting.is_empty() {
            let message = match (&*element.name, acting.is_empty()) {
                (_, false) => format!("the tendon does not act: `{}`", acting.join("`, `")),
                _ => "the tendon does not act".to_owned(),
            };
            spawner
                .report
                .at(Severity::Warning, "MJ0110", element, "", message);
        }
        let root = spawner.bodies[0];
        let path = spawner.path(root);
        let wanted = element.text("name").unwrap_or("tendon").to_owned();
        let pose = nalgebra::Isometry3::identity();
        let prim = spawner.prim(element, &path, &wanted, pose, Some(root));
        if let Some(name) = element.text("name") {
            spawner.named.insert(("tendon", name.to_owned()), prim);
        }
    }
    Ok(())
}
