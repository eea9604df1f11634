//! What joints feel of the bodies behind them, in the configuration that the file shows.

use halle_world::Severity;
use nalgebra::{DMatrix, DVector, Point3, Vector3};

use crate::bodies::Body;
use crate::joints::Kind;
use crate::report::Report;

/// Most degrees of freedom of a tree for which the mass matrix is inverted.
const DOF_LIMIT: usize = 600;

/// Inertia at one joint \[kg m^2 or kg\] while all other joints are free, the mean over its degrees
/// of freedom. `None` where nothing asks, the tree is too large, or joints of it do the same.
pub(crate) type Apparent = Option<f64>;

/// A degree of freedom: what a unit of its speed does to the bodies behind it.
struct Dof {
    /// World axes \[rad/s\].
    turn: Vector3<f64>,
    /// Velocity of the point at the world's origin \[m/s\].
    slide: Vector3<f64>,
}

fn dofs(body: &Body<'_>, index: usize) -> Vec<Dof> {
    let joint = &body.joints[index];
    let pose = &body.world_from_body;
    let anchor = (pose * Point3::from(joint.anchor)).coords;
    let about = |axis: Vector3<f64>| Dof {
        turn: axis,
        slide: -axis.cross(&anchor),
    };
    let along = |axis: Vector3<f64>| Dof {
        turn: Vector3::zeros(),
        slide: axis,
    };
    let axes = [Vector3::x(), Vector3::y(), Vector3::z()];
    match joint.kind {
        Kind::Hinge => vec![about(pose.rotation * joint.axis)],
        Kind::Slide => vec![along(pose.rotation * joint.axis)],
        Kind::Ball => axes.map(|a| about(pose.rotation * a)).into(),
        Kind::Free => {
            let turns = axes.map(|a| about(pose.rotation * a));
            axes.map(along).into_iter().chain(turns).collect()
        }
    }
}

/// Apparent inertia at every joint of every body: of the inverse mass matrix.
pub(crate) fn apparent(bodies: &[Body<'_>], wanted: bool) -> Vec<Vec<Apparent>> {
    let springs = bodies
        .iter()
        .flat_map(|b| &b.joints)
        .any(|j| j.spring_damper.is_some());
    let mut made: Vec<Vec<Apparent>> = bodies.iter().map(|b| vec![None; b.joints.len()]).collect();
    if !wanted && !springs {
        return made;
    }
    // Trees that hang on the world are independent, and each stands in one piece.
    let mut start = 1;
    while start < bodies.len() {
        let rest = bodies[start + 1..].iter();
        let end = start + 1 + rest.take_while(|b| b.parent >= start).count();
        of_tree(&bodies[start..end], start, &mut made[start..end]);
        start = end;
    }
    made
}

/// As [`apparent`], for the bodies of one tree; `first` is the index of its root.
fn of_tree(bodies: &[Body<'_>], first: usize, made: &mut [Vec<Apparent>]) {
    let mut all: Vec<Dof> = Vec::new();
    let mut armature: Vec<f64> = Vec::new();
    // The degree of freedom above each, and the last one that moves each body.
    let mut above: Vec<Option<usize>> = Vec::new();
    let mut nearest: Vec<Option<usize>> = Vec::with_capacity(bodies.len());
    for (k, body) in bodies.iter().enumerate() {
        let mut last = if k == 0 {
            None
        } else {
            nearest[body.parent - first]
        };
        for index in 0..body.joints.len() {
            for dof in dofs(body, index) {
                above.push(last);
                last = Some(all.len());
                all.push(dof);
                armature.push(body.joints[index].armature);
            }
        }
        nearest.push(last);
    }
    if all.len() > DOF_LIMIT {
        return;
    }
    let mut matrix = DMatrix::from_diagonal(&DVector::from_vec(armature));
    for (body, nearest) in bodies.iter().zip(&nearest) {
        let center = (body.world_from_body * Point3::from(body.mass.center)).coords;
        let turn = body
            .world_from_body
            .rotation
            .to_rotation_matrix()
            .into_inner();
        let inertia = turn * body.mass.inertia * turn.transpose();
        let velocity = |dof: &Dof| dof.slide + dof.turn.cross(&center);
        let mut row = *nearest;
        while let Some(i) = row {
            let mut column = Some(i);
            while let Some(j) = column {
                let (a, b) = (&all[i], &all[j]);
                let value = body.mass.mass * velocity(a).dot(&velocity(b))
                    + a.turn.dot(&(inertia * b.turn));
                matrix[(i, j)] += value;
                if i != j {
                    matrix[(j, i)] += value;
                }
                column = above[j];
            }
            row = above[i];
        }
    }
    let Some(inverse) = matrix.cholesky().map(|c| c.inverse()) else {
        return;
    };
    let mut next = 0;
    for (body, made) in bodies.iter().zip(made) {
        for (joint, made) in body.joints.iter().zip(made) {
            let n = joint.kind.counts()[1];
            let sum: f64 = (next..next + n).map(|i| inverse[(i, i)]).sum();
            *made = Some(n as f64 / sum).filter(|inertia| inertia.is_finite());
            next += n;
        }
    }
}

/// Stiffness and damping of joints that give a time constant and a damping ratio in their place.
pub(crate) fn derive_springs(bodies: &mut [Body<'_>], apparent: &[Vec<Apparent>], report: &Report) {
    for (body, apparent) in bodies.iter_mut().zip(apparent) {
        for (joint, apparent) in body.joints.iter_mut().zip(apparent) {
            let Some([time, ratio]) = joint.spring_damper else {
                continue;
            };
            let Some(inertia) = *apparent else {
                let message = "the mass matrix cannot be inverted for `springdamper`: \
                               `stiffness` and `damping` hold";
                let element = joint.element;
                report.at(
                    Severity::Warning,
                    "MJ0103",
                    element,
                    "springdamper",
                    message.to_owned(),
                );
                continue;
            };
            joint.stiffness = inertia / (time * ratio).powi(2).max(1e-15);
            joint.damping = 2.0 * inertia / time;
        }
    }
}
