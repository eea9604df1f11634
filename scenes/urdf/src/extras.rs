//! Transmissions, and what Gazebo adds.

use halle_world::Severity;
use roxmltree::Node;

use crate::names::Index;
use crate::reader::{Element, Reader, child, children, full_name};
use crate::robot::{Motor, Robot};

/// Reads simple transmissions; of all others only a finding is left.
pub(crate) fn transmissions<'d>(reader: &Reader<'d>, robot: &mut Robot<'d>, joints: &Index) {
    for element in children(robot.element, "transmission") {
        // The old form says the type in an attribute and the reduction beside it.
        let written = child(element, "type").and_then(|t| t.text());
        let kind = written
            .or(element.attribute("type"))
            .unwrap_or_default()
            .trim();
        if !kind.ends_with("SimpleTransmission") {
            let what = format!("transmissions of type `{kind}`");
            reader.unsupported(element, &what, &what);
            continue;
        }
        let (mut named, mut motors) = (children(element, "joint"), children(element, "actuator"));
        let (Some(joint), motor) = (named.next(), motors.next()) else {
            lost(
                reader,
                element,
                "transmission names no joint: it is left out",
            );
            continue;
        };
        if named.next().is_some() || motors.next().is_some() {
            let what = "transmissions with several joints or actuators";
            reader.unsupported(element, what, what);
            continue;
        }
        let name = joint.attribute("name").unwrap_or_default();
        let Some(index) = joints.get(name) else {
            let message = format!("transmission names the joint `{name}`, which is not there");
            lost(reader, joint, &message);
            continue;
        };
        for inside in element.descendants().filter(Node::is_element) {
            match inside.tag_name().name() {
                "transmission" | "type" | "joint" | "actuator" | "mechanicalReduction" => {}
                other => {
                    let what = format!("`{other}` of transmissions");
                    reader.unsupported(inside, &what, &what);
                }
            }
        }
        let reduction = motor
            .and_then(|m| child(m, "mechanicalReduction"))
            .or_else(|| child(joint, "mechanicalReduction"))
            .or_else(|| child(element, "mechanicalReduction"));
        let gear = match reduction.and_then(|r| r.text()) {
            None => Some(1.0),
            Some(text) => text.trim().parse::<f64>().ok(),
        };
        let Some(gear) = gear.filter(|g| g.is_finite() && *g != 0.0) else {
            let at = reduction.unwrap_or(element);
            lost(
                reader,
                at,
                "`mechanicalReduction` is no number, or zero: the motor is left out",
            );
            continue;
        };
        let name = motor.and_then(|m| m.attribute("name"));
        let name = name.or(element.attribute("name")).unwrap_or("motor");
        robot.motors.push(Motor {
            name: name.to_owned(),
            joint: *index,
            gear,
        });
    }
}

fn lost(reader: &Reader<'_>, element: Element<'_>, message: &str) {
    let help = "correct the transmission";
    reader.find(
        Severity::Warning,
        "UR0117",
        (element, ""),
        message.to_owned(),
        help,
    );
}

/// Reads friction and gravity of links; of all else only a finding is left.
pub(crate) fn gazebo<'d>(reader: &Reader<'d>, robot: &mut Robot<'d>, links: &Index) {
    for element in children(robot.element, "gazebo") {
        let reference = element.attribute("reference").unwrap_or_default();
        let known = links.contains_key(reference);
        let number = |inside: Element<'d>| {
            let value = inside.text().and_then(|t| t.trim().parse::<f64>().ok());
            value.filter(|v| v.is_finite() && *v >= 0.0)
        };
        let yes = |inside: Element<'d>| {
            matches!(inside.text().map(str::trim), Some("true" | "True" | "1"))
        };
        let mut feel = robot.feels.get(reference).copied().unwrap_or_default();
        let mut frictions = [None; 2];
        for inside in element.children().filter(Node::is_element) {
            match full_name(inside).as_str() {
                "mu1" | "mu" if known => frictions[0] = number(inside),
                "mu2" if known => frictions[1] = number(inside),
                "turnGravityOff" if known => feel.floats = yes(inside),
                "gravity" if known => feel.floats = !yes(inside),
                other => {
                    let what = format!("`{other}` of Gazebo");
                    reader.unsupported(inside, &what, &what);
                }
            }
        }
        if let [Some(first), Some(second)] = frictions
            && first != second
        {
            let what = "friction of Gazebo that differs by direction: `mu1` is used";
            reader.unsupported(element, "mu2", what);
        }
        feel.friction = frictions[0].or(frictions[1]).or(feel.friction);
        if known {
            robot.feels.insert(reference.to_owned(), feel);
        }
    }
}
