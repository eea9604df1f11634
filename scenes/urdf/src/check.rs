//! Links and joints make a tree, or several.

use halle_world::Severity;

use crate::error::UrdfError;
use crate::reader::{Reader, child};
use crate::robot::Robot;

/// Refuses robots whose links are no trees; several trees are a finding.
pub(crate) fn tree(reader: &Reader<'_>, robot: &Robot<'_>) -> Result<(), UrdfError> {
    let mut carrier: Vec<Option<usize>> = vec![None; robot.links.len()];
    for (index, joint) in robot.joints.iter().enumerate() {
        if let Some(other) = carrier[joint.child] {
            let named = child(joint.element, "child").unwrap_or(joint.element);
            return Err(UrdfError::TwoParents {
                at: reader.place(named),
                link: robot.links[joint.child].name.clone(),
                joint: robot.joints[other].name.clone(),
            });
        }
        carrier[joint.child] = Some(index);
    }
    // With at most one parent each, a link that no root reaches is in or below a circle.
    let mut reached = vec![false; robot.links.len()];
    let roots: Vec<usize> = (0..robot.links.len())
        .filter(|l| carrier[*l].is_none())
        .collect();
    let mut below = vec![Vec::new(); robot.links.len()];
    for joint in &robot.joints {
        below[joint.parent].push(joint.child);
    }
    let mut open = roots.clone();
    while let Some(link) = open.pop() {
        reached[link] = true;
        open.extend(&below[link]);
    }
    if let Some(link) = reached.iter().position(|r| !r) {
        let link = &robot.links[link];
        return Err(UrdfError::Circle {
            at: reader.place(link.element),
            kind: "link",
            name: link.name.clone(),
        });
    }
    for root in roots.iter().skip(1) {
        let link = &robot.links[*root];
        let message = format!("`{}` is one more root: no joint carries it", link.name);
        let help = "connect it by a joint; URDF describes one tree";
        reader.find(
            Severity::Warning,
            "UR0111",
            (link.element, ""),
            message,
            help,
        );
    }
    mimics(reader, robot)
}

/// Refuses joints that follow each other in a circle.
fn mimics(reader: &Reader<'_>, robot: &Robot<'_>) -> Result<(), UrdfError> {
    // Zero is not seen, one is on the way, two leads to no circle.
    let mut state = vec![0_u8; robot.joints.len()];
    for start in 0..robot.joints.len() {
        let mut way = Vec::new();
        let mut next = Some(start);
        while let Some(joint) = next.filter(|j| state[*j] == 0) {
            state[joint] = 1;
            way.push(joint);
            next = robot.joints[joint].mimic.map(|(leader, ..)| leader);
        }
        if let Some(joint) = next.filter(|j| state[*j] == 1) {
            let joint = &robot.joints[joint];
            return Err(UrdfError::Circle {
                at: reader.place(joint.element),
                kind: "joint",
                name: joint.name.clone(),
            });
        }
        way.into_iter().for_each(|joint| state[joint] = 2);
    }
    Ok(())
}
