//! Mass, centre and inertia of bodies: as written, or from their geoms.

use halle_world::{MassProperties, Severity};
use nalgebra::{Matrix3, Translation3, UnitQuaternion, Vector3};

use crate::bodies::Body;
use crate::error::MjcfError;
use crate::moments::principal;
use crate::orient;
use crate::report::Report;
use crate::settings::{FromGeoms, Scope};
use crate::tree::Element;
use crate::values::View;

/// Smaller masses count as none.
const TINY: f64 = 1e-15;

/// Principal moments and axes.
#[derive(Clone, Copy, Debug)]
struct Principal {
    mass: f64,
    /// Body frame.
    center: Vector3<f64>,
    moments: Vector3<f64>,
    /// Body axes from principal axes.
    axes: UnitQuaternion<f64>,
}

/// Mass properties of a body in its frame, by MuJoCo's rules.
pub(crate) fn of_body(
    body: &Body<'_>,
    scopes: &[Scope],
    report: &Report,
) -> Result<MassProperties, MjcfError> {
    let scope = &scopes[body.element.scope];
    let from_geoms = match scope.from_geoms {
        FromGeoms::Always => true,
        FromGeoms::Never => false,
        FromGeoms::WhereNotWritten => body.inertial.is_none(),
    };
    let written = match body.inertial {
        Some((element, frame)) => Some(explicit(element, &frame, scope)?),
        None => None,
    };
    let mut made = written.unwrap_or(Principal {
        mass: 0.0,
        center: Vector3::zeros(),
        moments: Vector3::zeros(),
        axes: UnitQuaternion::identity(),
    });
    let found = if from_geoms {
        of_geoms(body, scope, report)
    } else {
        None
    };
    made = found.unwrap_or(made);
    made.mass = made.mass.max(scope.bound_mass);
    made.moments = made.moments.map(|m| m.max(scope.bound_inertia));
    if made.mass < 0.0 || made.moments.iter().any(|m| *m < 0.0) {
        return Err(body.element.invalid("mass and inertia cannot be negative"));
    }
    let [a, b, c] = made.moments.into();
    // The slack is the rounding of the principal axes.
    let slack = 1e-10 * (a + b + c);
    if [a, b, c]
        .iter()
        .any(|moment| a + b + c - moment < moment - slack)
    {
        if !scope.balance {
            let rule = "no moment of inertia can be larger than the sum of the two others";
            return Err(body.element.invalid(rule));
        }
        made.moments = Vector3::repeat((a + b + c) / 3.0);
    }
    let turn = made.axes.to_rotation_matrix().into_inner();
    Ok(MassProperties {
        mass: made.mass,
        center: made.center,
        inertia: turn * Matrix3::from_diagonal(&made.moments) * turn.transpose(),
    })
}

/// What an `inertial` element says.
fn explicit(
    element: &Element,
    frame: &nalgebra::Isometry3<f64>,
    scope: &Scope,
) -> Result<Principal, MjcfError> {
    let view = View::plain(element);
    element.required("pos")?;
    element.required("mass")?;
    let center = Vector3::from(view.fill("pos", [0.0; 3]));
    let full = view.exact::<6>("fullinertia");
    let diagonal = view.exact::<3>("diaginertia");
    let turned = orient::WAYS.iter().any(|way| view.text(way).is_some());
    if full.is_some() && (turned || diagonal.is_some_and(|d| d != [0.0; 3])) {
        let rule = "`fullinertia` stands without orientation and `diaginertia`";
        return Err(element.invalid(rule));
    }
    let mut axes = orient::orientation(&view, scope)?;
    let mut moments = Vector3::from(diagonal.unwrap_or([0.0; 3]));
    if let Some([xx, yy, zz, xy, xz, yz]) = full {
        let matrix = Matrix3::new(xx, xy, xz, xy, yy, yz, xz, yz, zz);
        (moments, axes) = principal(&matrix);
        if moments.min() < TINY {
            return Err(element.invalid("`fullinertia` must be positive definite"));
        }
    }
    let inertial = frame * nalgebra::Isometry3::from_parts(Translation3::from(center), axes);
    Ok(Principal {
        mass: view.number_or("mass", 0.0),
        center: inertial.translation.vector,
        moments,
        axes: inertial.rotation,
    })
}

/// Sum over the geoms in the groups that count; `None` if they weigh nothing.
fn of_geoms(body: &Body<'_>, scope: &Scope, report: &Report) -> Option<Principal> {
    let [low, high] = scope.groups;
    let counted = body
        .geoms
        .iter()
        .filter(|g| (low..=high).contains(&g.group));
    let counted: Vec<_> = counted.collect();
    let mut total = MassProperties::ZERO;
    let mut unknown = false;
    for geom in &counted {
        match &geom.mass {
            Some(mass) => total = total.merged(mass),
            None => unknown = true,
        }
    }
    if unknown {
        let message = "mass of the body is not known: a mesh that gives it is not there";
        report.at(
            Severity::Warning,
            "MJ0106",
            body.element,
            "",
            message.to_owned(),
        );
    }
    if total.mass < TINY {
        return None;
    }
    let (moments, axes) = principal(&total.inertia);
    Some(Principal {
        mass: total.mass,
        center: total.center,
        // Rounding can leave a moment of a slim body just below zero.
        moments: moments.map(|m| {
            if m < 0.0 && m > -1e-12 * moments.max() {
                0.0
            } else {
                m
            }
        }),
        axes,
    })
}

/// Groups welded bodies, scales to the total mass that is asked for, and refuses moving bodies
/// without mass.
pub(crate) fn settle(bodies: &mut [Body<'_>], scope: &Scope) -> Result<(), MjcfError> {
    for index in 1..bodies.len() {
        let jointed = !bodies[index].joints.is_empty();
        bodies[index].weld = if jointed {
            index
        } else {
            bodies[bodies[index].parent].weld
        };
    }
    // A body moves something if it weighs, or if one that is welded onto it does.
    let mut weighs: Vec<bool> = bodies
        .iter()
        .map(|b| has_mass(b) || has_unknown(b))
        .collect();
    for index in (1..bodies.len()).rev() {
        if bodies[index].joints.is_empty() && weighs[index] {
            weighs[bodies[index].parent] = true;
        }
    }
    for (body, weighs) in bodies.iter_mut().zip(weighs).skip(1) {
        if !body.joints.is_empty() && !weighs {
            let rule = "mass and inertia of a body that moves must be larger than nothing";
            return Err(body.element.invalid(rule));
        }
        if let Some(plane) = body
            .geoms
            .iter()
            .find(|g| g.is_plane())
            .filter(|_| body.weld != 0)
        {
            return Err(plane.view.element().invalid("a plane cannot move"));
        }
        body.mass_unknown = has_unknown(body);
    }
    if let Some(wanted) = scope.total_mass {
        let total: f64 = bodies.iter().map(|b| b.mass.mass).sum();
        let scale = if total > TINY { wanted / total } else { 1.0 };
        for body in bodies.iter_mut() {
            body.mass.mass *= scale;
            body.mass.inertia *= scale;
        }
    }
    Ok(())
}

fn has_mass(body: &Body<'_>) -> bool {
    body.mass.mass > TINY && principal(&body.mass.inertia).0.min() > TINY
}

fn has_unknown(body: &Body<'_>) -> bool {
    body.inertial.is_none() && body.geoms.iter().any(|g| g.mass.is_none())
}
