//! What follows from a system before any number changes.

use halle_model::articulated::{MAX_DOFS, Place, System, SystemJoint, SystemLink};

use crate::contact;

/// Empties a list and fills it with as many of the same; its room stays.
#[inline(always)]
pub(crate) fn refill<T: Copy>(list: &mut Vec<T>, value: T, count: usize) {
    list.clear();
    for _ in 0..count {
        list.push(value);
    }
}

/// One degree of freedom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dof {
    /// Link that it moves.
    pub(crate) link: usize,
    /// Which of the link's own: turning about x, y, z, then moving along x, y, z; a revolute or
    /// prismatic joint has its only one.
    pub(crate) kind: DofKind,
    /// The next one on the way to the root.
    pub(crate) parent: Option<usize>,
}

/// How a degree of freedom moves its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DofKind {
    /// Turns about an axis of the link.
    Turn(usize),
    /// Slides along an axis of the link.
    Slide(usize),
    /// Moves along an axis of the world.
    Drift(usize),
}

/// A system and what follows from it.
#[derive(Clone, Debug)]
pub struct Tree {
    system: System,
    places: Vec<Place>,
    dofs: Vec<Dof>,
    /// Last degree of freedom at or above each link.
    tips: Vec<Option<usize>>,
    /// Friction against sliding, turning and rolling of each pair.
    frictions: Vec<[f64; 3]>,
    /// What each shape lies in.
    bounds: Vec<contact::Bounds>,
    /// Points of each pair.
    points: Vec<usize>,
    position_count: usize,
    warm_count: usize,
    /// Actuators of each link's joint.
    motors: Vec<Vec<usize>>,
    /// Farthest that a shape of each link reaches from the link's origin \[m\].
    reaches: Vec<f64>,
}

impl Tree {
    /// Prepares a system.
    ///
    /// # Panics
    ///
    /// If it has more than [`MAX_DOFS`] degrees of freedom, or a parent stands behind its child: who
    /// makes a system checks that first.
    #[must_use]
    pub fn new(system: System) -> Self {
        assert!(
            system.dof_count() <= MAX_DOFS,
            "{} degrees of freedom",
            system.dof_count()
        );
        let places = system.places();
        let mut dofs: Vec<Dof> = Vec::new();
        let mut tips: Vec<Option<usize>> = Vec::new();
        for (i, link) in system.links.iter().enumerate() {
            let mut parent = link.parent.and_then(|p| tips[p]);
            let kinds: &[DofKind] = match link.joint {
                SystemJoint::Revolute => &[DofKind::Turn(2)],
                SystemJoint::Prismatic => &[DofKind::Slide(2)],
                SystemJoint::Spherical => &[DofKind::Turn(0), DofKind::Turn(1), DofKind::Turn(2)],
                SystemJoint::Free => &[
                    DofKind::Turn(0),
                    DofKind::Turn(1),
                    DofKind::Turn(2),
                    DofKind::Drift(0),
                    DofKind::Drift(1),
                    DofKind::Drift(2),
                ],
            };
            for kind in kinds {
                dofs.push(Dof {
                    link: i,
                    kind: *kind,
                    parent,
                });
                parent = Some(dofs.len() - 1);
            }
            tips.push(parent);
        }
        let pairs = system.pairs.iter();
        let frictions = pairs
            .map(|p| [p.friction, p.torsional_friction, p.rolling_friction])
            .collect();
        let warm_count = warm_count(&system, &dofs);
        let mut motors = vec![Vec::new(); system.links.len()];
        for (j, actuator) in system.actuators.iter().enumerate() {
            motors[actuator.link].push(j);
        }
        let mut reaches = vec![0.0_f64; system.links.len()];
        for shape in &system.shapes {
            if let Some(link) = shape.link {
                let [x, y, z] = shape.link_from_shape.translation;
                let reach = x.hypot(y).hypot(z) + contact::bounding_radius(&shape.form);
                reaches[link] = reaches[link].max(reach);
            }
        }
        let bounds = system.shapes.iter();
        let bounds = bounds.map(|s| contact::Bounds::of(&s.form)).collect();
        let points = system.pairs.iter().map(|pair| {
            let [a, b] = pair.shapes.map(|k| &system.shapes[k].form);
            contact::point_count(a, b)
        });
        Self {
            points: points.collect(),
            bounds,
            position_count: system.position_count(),
            motors,
            reaches,
            system,
            places,
            dofs,
            tips,
            frictions,
            warm_count,
        }
    }

    /// Impulses that are kept between steps.
    #[inline(always)]
    #[must_use]
    pub fn warm_count(&self) -> usize {
        self.warm_count
    }

    /// Numbers of a position of the whole system.
    #[inline(always)]
    #[must_use]
    pub fn position_count(&self) -> usize {
        self.position_count
    }

    /// What a shape lies in.
    #[inline(always)]
    pub(crate) fn bounds(&self, shape: usize) -> &contact::Bounds {
        &self.bounds[shape]
    }

    /// Points of a pair.
    #[inline(always)]
    pub(crate) fn points(&self, pair: usize) -> usize {
        self.points[pair]
    }

    /// Actuators of a link's joint.
    #[inline(always)]
    pub(crate) fn motors(&self, link: usize) -> &[usize] {
        &self.motors[link]
    }

    /// Farthest that a shape of a link reaches from the link's origin \[m\].
    #[inline(always)]
    pub(crate) fn reach(&self, link: usize) -> f64 {
        self.reaches[link]
    }

    #[inline(always)]
    pub(crate) fn pair_frictions(&self) -> &[[f64; 3]] {
        &self.frictions
    }

    /// The system.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// Degrees of freedom.
    #[inline(always)]
    #[must_use]
    pub fn dof_count(&self) -> usize {
        self.dofs.len()
    }

    /// Where the numbers of a link stand.
    #[inline(always)]
    #[must_use]
    pub fn place(&self, link: usize) -> Place {
        self.places[link]
    }

    #[inline(always)]
    pub(crate) fn dof(&self, k: usize) -> Dof {
        self.dofs[k]
    }

    /// Last degree of freedom that moves a link, if any does.
    #[inline(always)]
    pub(crate) fn tip(&self, link: Option<usize>) -> Option<usize> {
        link.and_then(|link| self.tips[link])
    }
}

/// As the constraints of a step take their places.
fn warm_count(system: &System, dofs: &[Dof]) -> usize {
    let locked = |all: &[bool; 6]| all.iter().filter(|is| **is).count();
    let loops: usize = system.loops.iter().map(|l| locked(&l.locked)).sum();
    let limited =
        |l: &&SystemLink| l.joint.dof_count() == 1 && l.limit.iter().any(|bound| bound.is_finite());
    let rubs = |dof: &&Dof| {
        system.links[dof.link].friction > 0.0 && !matches!(dof.kind, DofKind::Drift(_))
    };
    let points = system.pairs.iter().map(|pair| {
        let [a, b] = pair.shapes.map(|k| &system.shapes[k].form);
        3 * contact::point_count(a, b)
    });
    loops
        + system.couplings.len()
        + system.links.iter().filter(limited).count()
        + dofs.iter().filter(rubs).count()
        + points.sum::<usize>()
}
