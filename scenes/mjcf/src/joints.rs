//! Joints of a body.

use halle_world::Severity;
use nalgebra::{Isometry3, Point3, Vector3};

use crate::error::MjcfError;
use crate::report::Report;
use crate::settings::Scope;
use crate::tree::Element;
use crate::values::View;

/// How a joint moves its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Free,
    Ball,
    Slide,
    Hinge,
}

impl Kind {
    /// Numbers that the joint has in a configuration and in a velocity.
    pub(crate) fn counts(self) -> [usize; 2] {
        match self {
            Self::Free => [7, 6],
            Self::Ball => [4, 3],
            Self::Slide | Self::Hinge => [1, 1],
        }
    }
}

/// A joint, in the frame of its body.
#[derive(Debug)]
pub(crate) struct Joint<'a> {
    pub(crate) element: &'a Element,
    pub(crate) kind: Kind,
    /// \[m\]
    pub(crate) anchor: Vector3<f64>,
    /// Unit length.
    pub(crate) axis: Vector3<f64>,
    /// \[rad or m\]; for a ball the largest turn is the second number.
    pub(crate) range: Option<[f64; 2]>,
    /// Position in the configuration that the file shows \[rad or m\].
    pub(crate) reference: f64,
    pub(crate) spring_reference: f64,
    pub(crate) stiffness: f64,
    pub(crate) damping: f64,
    pub(crate) armature: f64,
    pub(crate) friction: f64,
    /// Time constant \[s\] and damping ratio from which stiffness and damping follow.
    pub(crate) spring_damper: Option<[f64; 2]>,
    /// Bounds of what all actuators together may do \[N m or N\].
    pub(crate) effort_range: Option<[f64; 2]>,
}

/// Reads a joint that stands in a frame of its body.
pub(crate) fn read<'a>(
    view: View<'a>,
    body_from_frame: &Isometry3<f64>,
    scope: &Scope,
    report: &Report,
) -> Result<Joint<'a>, MjcfError> {
    let element = view.element();
    let kind = match view.text("type") {
        _ if &*element.name == "freejoint" => Kind::Free,
        Some("free") => Kind::Free,
        Some("ball") => Kind::Ball,
        Some("slide") => Kind::Slide,
        _ => Kind::Hinge,
    };
    let turning = matches!(kind, Kind::Hinge | Kind::Ball);
    let angle = |value: f64| if turning { scope.angle(value) } else { value };
    let springdamper = view.fill("springdamper", [0.0; 2]);
    if springdamper != [0.0; 2] && springdamper.iter().any(|v| *v <= 0.0) {
        return Err(element.invalid("both numbers of `springdamper` must be positive"));
    }
    let axis = Vector3::from(view.fill("axis", [0.0, 0.0, 1.0]));
    let axis = axis.try_normalize(1e-14);
    let axis = axis.filter(|_| matches!(kind, Kind::Slide | Kind::Hinge));
    let axis = match (axis, kind) {
        (Some(axis), _) => body_from_frame.rotation * axis,
        (None, Kind::Free | Kind::Ball) => Vector3::z(),
        (None, _) => return Err(element.invalid("`axis` has no length")),
    };
    let anchor = match kind {
        Kind::Free => Vector3::zeros(),
        _ => {
            let anchor = Point3::from(view.fill("pos", [0.0; 3]));
            (body_from_frame * anchor).coords
        }
    };
    let one_dof = matches!(kind, Kind::Slide | Kind::Hinge);
    // Reference angles of a ball joint have no effect in MuJoCo.
    let reference = |name: &str| {
        if one_dof {
            angle(view.number_or(name, 0.0))
        } else {
            0.0
        }
    };
    note_unused(&view, report);
    let first = |name: &str| view.number_or(name, 0.0);
    Ok(Joint {
        element,
        kind,
        anchor,
        axis,
        range: range(&view, kind, scope)?.map(|r| r.map(angle)),
        reference: reference("ref"),
        spring_reference: reference("springref"),
        stiffness: first("stiffness"),
        damping: first("damping"),
        armature: first("armature"),
        friction: first("frictionloss"),
        spring_damper: (springdamper != [0.0; 2]).then_some(springdamper),
        effort_range: effort_range(&view, one_dof, scope)?,
    })
}

fn range(view: &View<'_>, kind: Kind, scope: &Scope) -> Result<Option<[f64; 2]>, MjcfError> {
    let element = view.element();
    if kind == Kind::Free {
        return Ok(None);
    }
    let Some(range) = view.limited("limited", "range", scope.autolimits)? else {
        return Ok(None);
    };
    if kind == Kind::Ball && range[0] != 0.0 {
        return Err(element.invalid("the first number of a ball's `range` must be zero"));
    }
    if kind != Kind::Ball && range[0] >= range[1] {
        return Err(element.invalid("the first number of `range` must be below the second"));
    }
    Ok(Some(range))
}

fn effort_range(
    view: &View<'_>,
    one_dof: bool,
    scope: &Scope,
) -> Result<Option<[f64; 2]>, MjcfError> {
    if !one_dof {
        return Ok(None);
    }
    let range = view.limited("actuatorfrclimited", "actuatorfrcrange", scope.autolimits)?;
    if range.is_some_and(|[low, high]| low >= high) {
        let rule = "the first number of `actuatorfrcrange` must be below the second";
        return Err(view.element().invalid(rule));
    }
    Ok(range)
}

fn note_unused(view: &View<'_>, report: &Report) {
    let element = view.element();
    for name in [
        "solreflimit",
        "solimplimit",
        "solreffriction",
        "solimpfriction",
        "margin",
    ] {
        let plain = name == "margin" && view.number_or(name, 0.0) == 0.0;
        if view.text(name).is_some() && !plain {
            let message =
                format!("`{name}` of a joint has no effect: limits and friction are hard");
            report.at(Severity::Note, "MJ0103", element, name, message);
        }
    }
    for name in ["stiffness", "damping"] {
        let more = view.numbers(name).unwrap_or_default();
        if more.iter().skip(1).any(|v| *v != 0.0) {
            let message = format!("only the linear part of `{name}` is kept");
            report.at(Severity::Warning, "MJ0103", element, name, message);
        }
    }
    if view.truth_or("actuatorgravcomp", false) {
        let message = "gravity is not compensated by the actuator".to_owned();
        report.at(
            Severity::Warning,
            "MJ0103",
            element,
            "actuatorgravcomp",
            message,
        );
    }
    if view
        .numbers("springyield")
        .is_some_and(|v| v.iter().any(|x| *x != 0.0))
    {
        let message = "`springyield` has no effect".to_owned();
        report.at(Severity::Warning, "MJ0103", element, "springyield", message);
    }
}

/// Refuses joints that cannot stand together on one body.
pub(crate) fn check(
    body: &Element,
    joints: &[Joint<'_>],
    parent: usize,
    report: &Report,
) -> Result<(), MjcfError> {
    let free = joints.iter().filter(|j| j.kind == Kind::Free).count();
    if free > 0 && parent != 0 {
        return Err(body.invalid("a free joint is for children of the world"));
    }
    if free > 0 && joints.len() > 1 {
        return Err(body.invalid("a free joint stands alone"));
    }
    let dofs: usize = joints.iter().map(|j| j.kind.counts()[1]).sum();
    if dofs > 6 {
        return Err(body.invalid(format!(
            "expected at most 6 degrees of freedom, found {dofs}"
        )));
    }
    let ball = joints.iter().position(|j| j.kind == Kind::Ball);
    let turns = |j: &Joint<'_>| matches!(j.kind, Kind::Ball | Kind::Hinge);
    if ball.is_some_and(|at| joints[at + 1..].iter().any(turns)) {
        return Err(body.invalid("no joint that turns may follow a ball joint"));
    }
    if joints.len() > 1 {
        let message = format!(
            "body has {} joints: massless bodies stand between them",
            joints.len()
        );
        report.at(Severity::Note, "MJ0105", body, "", message);
    }
    Ok(())
}
