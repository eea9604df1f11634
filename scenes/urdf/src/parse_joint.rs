//! Elements into joints.

use halle_world::Severity;
use nalgebra::Vector3;

use crate::error::UrdfError;
use crate::names::{Index, Scope, duplicate, renamed};
use crate::reader::{Element, Reader, child, children};
use crate::robot::{JointDef, Kind, Robot};

/// Reads all joints; their index by name.
pub(crate) fn joints<'d>(
    reader: &Reader<'d>,
    robot: &mut Robot<'d>,
    links: &Index,
) -> Result<Index, UrdfError> {
    let mut index = Index::new();
    let mut scope = Scope::default();
    scope.take("root_joint");
    for element in children(robot.element, "joint") {
        let name = reader.required(element, "name", "the attribute `name`")?;
        if let Some(first) = index.insert(name.to_owned(), robot.joints.len()) {
            let first = robot.joints[first].element;
            return Err(duplicate(reader, element, "joint", name, first));
        }
        let prim = format!("{}/joints/{}", robot.prim, scope.take(name));
        renamed(reader, element, name, &prim);
        robot.joints.push(joint(reader, element, links, prim)?);
    }
    for number in 0..robot.joints.len() {
        let joint = &robot.joints[number];
        if let Some(element) = child(joint.element, "mimic") {
            let mimic = mimic(reader, element, &index)?;
            if joint.kind == Kind::Fixed {
                reader.unsupported(element, "mimic of fixed", "`mimic` of a fixed joint");
            } else if robot.joints[mimic.0].kind == Kind::Fixed {
                let what = "joints that follow a fixed one: they are held at their offset";
                reader.unsupported(element, "followers of fixed", what);
                robot.joints[number].range = Some([mimic.2; 2]);
                robot.joints[number].held = Some(mimic.2);
            } else {
                robot.joints[number].mimic = Some(mimic);
            }
        }
    }
    Ok(index)
}

fn mimic<'d>(
    reader: &Reader<'d>,
    element: Element<'d>,
    joints: &Index,
) -> Result<(usize, f64, f64), UrdfError> {
    reader.expect(element, &[], &["joint", "multiplier", "offset"]);
    let leader = named(
        reader,
        element,
        "joint",
        "the attribute `joint`",
        ("joint", joints),
    )?;
    let multiplier = reader.number(element, "multiplier")?.unwrap_or(1.0);
    let offset = reader.number(element, "offset")?.unwrap_or(0.0);
    Ok((leader, multiplier, offset))
}

fn named<'d>(
    reader: &Reader<'d>,
    element: Element<'d>,
    attribute: &str,
    what: &'static str,
    (kind, known): (&'static str, &Index),
) -> Result<usize, UrdfError> {
    let name = reader.required(element, attribute, what)?;
    known.get(name).copied().ok_or_else(|| UrdfError::Unknown {
        at: reader.place(element),
        kind,
        name: name.to_owned(),
    })
}

fn kind(reader: &Reader<'_>, element: Element<'_>, found: &str) -> Result<Kind, UrdfError> {
    Ok(match found {
        "fixed" => Kind::Fixed,
        "revolute" => Kind::Revolute,
        "continuous" => Kind::Continuous,
        "prismatic" => Kind::Prismatic,
        "floating" => Kind::Floating,
        "planar" => Kind::Planar,
        "ball" | "spherical" => Kind::Ball,
        _ => {
            return Err(UrdfError::UnknownJointType {
                at: reader.place(element),
                joint: element.attribute("name").unwrap_or_default().to_owned(),
                found: found.to_owned(),
            });
        }
    })
}

fn joint<'d>(
    reader: &Reader<'d>,
    element: Element<'d>,
    links: &Index,
    prim: String,
) -> Result<JointDef<'d>, UrdfError> {
    let elements = [
        "origin",
        "parent",
        "child",
        "axis",
        "calibration",
        "dynamics",
        "limit",
        "mimic",
        "safety_controller",
    ];
    reader.expect(element, &elements, &["name", "type"]);
    let kind = kind(
        reader,
        element,
        reader.required(element, "type", "the attribute `type`")?,
    )?;
    for (name, what) in [
        ("safety_controller", "soft limits of `safety_controller`"),
        ("calibration", "`calibration` of joints"),
    ] {
        if let Some(found) = child(element, name) {
            reader.unsupported(found, name, what);
        }
    }
    let parent = child(element, "parent").ok_or_else(|| reader.lacks(element, "a `parent`"))?;
    let below = child(element, "child").ok_or_else(|| reader.lacks(element, "a `child`"))?;
    let what = "the attribute `link`";
    let mut made = JointDef {
        element,
        name: element
            .attribute("name")
            .unwrap_or_default()
            .trim()
            .to_owned(),
        prim,
        kind,
        parent: named(reader, parent, "link", what, ("link", links))?,
        child: named(reader, below, "link", what, ("link", links))?,
        origin: reader.origin(element)?,
        axis: axis(reader, element, kind)?,
        range: None,
        effort: None,
        velocity: None,
        dynamics: [0.0; 2],
        held: None,
        mimic: None,
    };
    if let Some(dynamics) = child(element, "dynamics") {
        reader.expect(dynamics, &[], &["damping", "friction"]);
        for (value, name) in made.dynamics.iter_mut().zip(["damping", "friction"]) {
            *value = reader.number(dynamics, name)?.unwrap_or_default();
            if *value < 0.0 {
                return Err(reader.bad(dynamics, name, "a number that is not negative"));
            }
        }
    }
    limits(reader, &mut made)?;
    Ok(made)
}

fn axis<'d>(
    reader: &Reader<'d>,
    joint: Element<'d>,
    kind: Kind,
) -> Result<Vector3<f64>, UrdfError> {
    let Some(element) = child(joint, "axis") else {
        return Ok(Vector3::x());
    };
    reader.expect(element, &[], &["xyz"]);
    let xyz = reader
        .numbers::<3>(element, "xyz")?
        .unwrap_or([1.0, 0.0, 0.0]);
    let axis = Vector3::from(xyz).try_normalize(1e-12);
    match kind {
        Kind::Fixed | Kind::Floating | Kind::Ball => Ok(axis.unwrap_or_else(Vector3::x)),
        _ => axis.ok_or_else(|| reader.bad(element, "xyz", "an axis that is not zero")),
    }
}

fn limits<'d>(reader: &Reader<'d>, joint: &mut JointDef<'d>) -> Result<(), UrdfError> {
    let ranged = matches!(joint.kind, Kind::Revolute | Kind::Prismatic);
    let moves = ranged || joint.kind == Kind::Continuous;
    let without = |element: Element<'d>, message: &str| {
        let help = "author `lower` and `upper`, or make it `continuous`";
        let message = message.to_owned();
        reader.find(Severity::Warning, "UR0109", (element, ""), message, help);
    };
    let Some(element) = child(joint.element, "limit") else {
        if ranged {
            without(
                joint.element,
                "joint has no `limit`: it moves without bounds",
            );
        }
        return Ok(());
    };
    let known = [
        "lower",
        "upper",
        "effort",
        "velocity",
        "acceleration",
        "deceleration",
        "jerk",
    ];
    reader.expect(element, &[], &known);
    let positive = |name: &str| -> Result<Option<f64>, UrdfError> {
        let value = reader.number(element, name)?;
        if value.is_some_and(|v| v < 0.0) {
            return Err(reader.bad(element, name, "a limit that is not negative"));
        }
        Ok(value)
    };
    for name in ["acceleration", "deceleration", "jerk"] {
        if element.has_attribute(name) {
            reader.unsupported(element, name, &format!("the limit `{name}`"));
        }
    }
    if !moves {
        return Ok(());
    }
    // Files write zero where they do not know; a motor without effort is no motor.
    joint.effort = positive("effort")?.filter(|v| *v > 0.0);
    joint.velocity = positive("velocity")?.filter(|v| *v > 0.0);
    let (lower, upper) = (
        reader.number(element, "lower")?,
        reader.number(element, "upper")?,
    );
    if !ranged {
        return Ok(());
    }
    if lower.is_none() && upper.is_none() {
        without(
            element,
            "`limit` has neither `lower` nor `upper`: the joint moves without bounds",
        );
        return Ok(());
    }
    // What is left out is zero by the format.
    let range = [lower.unwrap_or(0.0), upper.unwrap_or(0.0)];
    if range[0] > range[1] {
        let attribute = if lower.is_some() { "lower" } else { "upper" };
        return Err(reader.bad(element, attribute, "`lower` not above `upper`"));
    }
    if range[0] > 0.0 || range[1] < 0.0 {
        let message = format!("zero is outside the limits {} to {}", range[0], range[1]);
        let help = "set a start position within the limits before simulating";
        reader.find(Severity::Note, "UR0116", (element, ""), message, help);
    }
    joint.range = Some(range);
    Ok(())
}
