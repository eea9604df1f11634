//! Which links are bodies: those that weigh something, and those that joints move.
//!
//! URDF writes frames as links without inertia on fixed joints. They become prims inside the body
//! that they are fixed to. A root without inertia is part of the world if the base is fixed, if it
//! is named `world`, or if nothing that weighs is fixed to it.

use halle_world::Severity;

use crate::reader::Reader;
use crate::robot::{Kind, Robot};

/// What the links of a robot are.
#[derive(Debug)]
pub(crate) struct Bodies {
    /// The link that is the body of each link; `None` stands still with the world.
    pub(crate) of: Vec<Option<usize>>,
    /// Joint that carries each link.
    pub(crate) carrier: Vec<Option<usize>>,
    /// Links in an order in which parents stand before children.
    pub(crate) order: Vec<usize>,
}

impl Bodies {
    pub(crate) fn of_robot(reader: &Reader<'_>, robot: &Robot<'_>, fixed_base: bool) -> Self {
        let count = robot.links.len();
        let mut carrier = vec![None; count];
        let mut below = vec![Vec::new(); count];
        for (index, joint) in robot.joints.iter().enumerate() {
            carrier[joint.child] = Some(index);
            below[joint.parent].push(joint.child);
        }
        let roots = (0..count).filter(|l| carrier[*l].is_none());
        let mut order: Vec<usize> = Vec::with_capacity(count);
        for root in roots {
            // Nearest links first; what is below a link follows in the order of the joints.
            let mut next = order.len();
            order.push(root);
            while next < order.len() {
                order.extend(&below[order[next]]);
                next += 1;
            }
        }
        let fixed =
            |link: usize| carrier[link].is_some_and(|j: usize| robot.joints[j].kind == Kind::Fixed);
        // The first link of each group that fixed joints make, and the first of it that weighs.
        let mut first = vec![0; count];
        let mut heavy = vec![None; count];
        for &link in &order {
            let parent = carrier[link].map(|j| robot.joints[j].parent);
            first[link] = parent.filter(|_| fixed(link)).map_or(link, |p| first[p]);
            if robot.links[link].has_mass() && heavy[first[link]].is_none() {
                heavy[first[link]] = Some(link);
            }
        }
        let mut of = vec![None; count];
        for &link in &order {
            let parent = carrier[link].map(|j| robot.joints[j].parent);
            of[link] = match parent {
                _ if robot.links[link].has_mass() => Some(link),
                Some(parent) if fixed(link) => of[parent],
                Some(_) => Some(heavy[link].unwrap_or(link)),
                None if fixed_base || robot.links[link].name == "world" => None,
                None => heavy[link],
            };
        }
        let bodies = Self { of, carrier, order };
        bodies.report(reader, robot);
        bodies
    }

    /// Says which bodies weigh nothing.
    fn report(&self, reader: &Reader<'_>, robot: &Robot<'_>) {
        for (index, link) in robot.links.iter().enumerate() {
            let odd = link.inertial.as_ref().is_some_and(|i| {
                i.mass == 0.0 && i.inertia.is_some_and(|t| t.iter().any(|v| *v != 0.0))
            });
            if odd {
                let message = "link has an inertia but no mass: both are left out".to_owned();
                let help = "author `mass`";
                reader.find(
                    Severity::Warning,
                    "UR0110",
                    (link.element, ""),
                    message,
                    help,
                );
            }
            if self.of[index] == Some(index) && !link.has_mass() {
                let message = format!("`{}` moves and has no inertia", link.name);
                let help = "author `inertial`; colliders, if any, give it a mass at 1000 kg/m^3";
                reader.find(
                    Severity::Warning,
                    "UR0108",
                    (link.element, ""),
                    message,
                    help,
                );
            }
        }
    }
}
