//! What prims say in their own attributes, before poses and paths are known.

use std::sync::Arc;

use openusd::gf::Vec3f;
use openusd::sdf::Path;
use openusd::tf::Token;

use super::desc::{
    Axis, Drive, Driven, Freedom, Geometry, JointKind, Limit, Round, SpherePoint, Tapered,
};
use super::facts::{Form, JointForm};
use super::read::Reader;

/// Limits beyond this are none (`usdPhysicsSentinelLimit`).
const SENTINEL: f32 = 0.5e38;

/// A geometry without its scale.
#[derive(Clone, Debug)]
pub(super) enum RawGeometry {
    Sphere {
        radius: f64,
    },
    Cube {
        size: f64,
    },
    Round {
        form: Form,
        axis: Axis,
        radius: f64,
        height: f64,
    },
    Tapered {
        form: Form,
        axis: Axis,
        top: f64,
        bottom: f64,
        height: f64,
    },
    Plane {
        axis: Axis,
    },
    Mesh {
        approximation: Token,
        double_sided: bool,
    },
    Points(Option<Arc<[SpherePoint]>>),
}

impl RawGeometry {
    pub(super) fn read(reader: &Reader<'_>, form: Form) -> Self {
        match form {
            Form::Sphere => Self::Sphere {
                radius: reader.double("radius"),
            },
            Form::Cube => Self::Cube {
                size: reader.double("size"),
            },
            Form::Capsule | Form::Cylinder | Form::Cone => Self::Round {
                form,
                axis: reader.axis("axis"),
                radius: reader.double("radius"),
                height: reader.double("height"),
            },
            Form::Capsule1 | Form::Cylinder1 => Self::Tapered {
                form,
                axis: reader.axis("axis"),
                top: reader.double("radiusTop"),
                bottom: reader.double("radiusBottom"),
                height: reader.double("height"),
            },
            Form::Plane => Self::Plane {
                axis: reader.axis("axis"),
            },
            Form::Mesh => {
                let named = if reader.facts.mesh_api {
                    reader.get::<Token>("physics:approximation")
                } else {
                    None
                };
                Self::Mesh {
                    approximation: named.unwrap_or_else(|| Token::from("none")),
                    double_sided: reader.flag("doubleSided", false),
                }
            }
            Form::Points => Self::Points(sphere_points(reader)),
        }
    }

    /// What a mesh is approximated by.
    pub(super) fn approximation(&self) -> Option<&Token> {
        match self {
            Self::Mesh { approximation, .. } => Some(approximation),
            _ => None,
        }
    }

    /// The geometry at a scale, and whether it can be used.
    pub(super) fn scaled(&self, scale: [f64; 3]) -> (Geometry, bool) {
        let s = scale.map(|x| x as f32);
        let largest = s[1].abs().max(s[0].abs()).max(s[2].abs());
        let across = |axis: Axis| {
            let k = axis.index();
            s[(k + 1) % 3].abs().max(s[(k + 2) % 3].abs())
        };
        let half = |height: f64, axis: Axis| (height as f32 * 0.5 * s[axis.index()]).abs();
        let geometry = match *self {
            Self::Sphere { radius } => Geometry::Sphere {
                radius: (largest * radius as f32).abs(),
            },
            Self::Cube { size } => {
                let half = (size.abs() * 0.5) as f32;
                Geometry::Cube {
                    half_extents: s.map(|x| x * half),
                }
            }
            Self::Round {
                form,
                axis,
                radius,
                height,
            } => {
                let round = Round {
                    axis,
                    radius: (radius as f32 * across(axis)).abs(),
                    half_height: half(height, axis),
                };
                match form {
                    Form::Capsule => Geometry::Capsule(round),
                    Form::Cone => Geometry::Cone(round),
                    _ => Geometry::Cylinder(round),
                }
            }
            Self::Tapered {
                form,
                axis,
                top,
                bottom,
                height,
            } => {
                let tapered = Tapered {
                    axis,
                    top: (top as f32 * across(axis)).abs(),
                    bottom: (bottom as f32 * across(axis)).abs(),
                    half_height: half(height, axis),
                };
                match form {
                    Form::Capsule1 => Geometry::Capsule1(tapered),
                    _ => Geometry::Cylinder1(tapered),
                }
            }
            Self::Plane { axis } => Geometry::Plane { axis },
            Self::Mesh {
                ref approximation,
                double_sided,
            } => Geometry::Mesh {
                approximation: approximation.clone(),
                scale: s,
                double_sided,
            },
            Self::Points(ref points) => {
                let grown = |p: &SpherePoint| SpherePoint {
                    center: p.center,
                    radius: largest * p.radius * 0.5,
                };
                let balls = points.iter().flat_map(|points| points.iter().map(grown));
                return (Geometry::SpherePoints(balls.collect()), points.is_some());
            }
        };
        (geometry, true)
    }
}

/// Points with their widths (as radii); `None` if there is not one width each.
fn sphere_points(reader: &Reader<'_>) -> Option<Arc<[SpherePoint]>> {
    let widths = reader.get::<Vec<f32>>("widths").unwrap_or_default();
    if widths.is_empty() {
        return None;
    }
    let points = reader.get::<Vec<Vec3f>>("points").unwrap_or_default();
    let pair = |(p, w): (&Vec3f, &f32)| SpherePoint {
        center: [p.x, p.y, p.z],
        radius: *w,
    };
    (points.len() == widths.len()).then(|| points.iter().zip(&widths).map(pair).collect())
}

/// A joint without its bodies' frames.
#[derive(Clone, Debug)]
pub(super) struct RawJoint {
    pub(super) kind: JointKind,
    pub(super) targets: [Option<Path>; 2],
    pub(super) positions: [[f32; 3]; 2],
    pub(super) rotations: [[f32; 4]; 2],
    pub(super) enabled: bool,
    pub(super) collision_enabled: bool,
    pub(super) excluded: bool,
    pub(super) break_force: f32,
    pub(super) break_torque: f32,
}

impl RawJoint {
    pub(super) fn read(reader: &Reader<'_>, form: JointForm) -> Self {
        const UNIT: [f32; 4] = [1.0, 0.0, 0.0, 0.0];
        let first = |name: &str| reader.targets(name).into_iter().next();
        let turn = |name: &str| super::gf::normalized(reader.quaternion(name, UNIT));
        Self {
            kind: kind(reader, form),
            targets: [first("physics:body0"), first("physics:body1")],
            positions: [
                reader.vector("physics:localPos0"),
                reader.vector("physics:localPos1"),
            ],
            rotations: [turn("physics:localRot0"), turn("physics:localRot1")],
            enabled: reader.flag("physics:jointEnabled", true),
            collision_enabled: reader.flag("physics:collisionEnabled", false),
            excluded: reader.flag("physics:excludeFromArticulation", false),
            break_force: reader.float("physics:breakForce", f32::MAX),
            break_torque: reader.float("physics:breakTorque", f32::MAX),
        }
    }
}

fn kind(reader: &Reader<'_>, form: JointForm) -> JointKind {
    let axis = || reader.axis("physics:axis");
    let facts = &reader.facts;
    let ends = |low: &str, high: &str| (reader.float(low, 90.0), reader.float(high, -90.0));
    match form {
        JointForm::Fixed => JointKind::Fixed,
        JointForm::Revolute => {
            let (lower, upper) = ends("physics:lowerLimit", "physics:upperLimit");
            // A hinge is limited at both ends or not at all.
            let limit = Limit {
                enabled: bounded_below(lower) && bounded_above(upper),
                lower,
                upper,
            };
            let drive = drive(reader, facts.angular_drive, "angular");
            JointKind::Revolute(Driven {
                axis: axis(),
                limit,
                drive,
            })
        }
        JointForm::Prismatic => {
            let (lower, upper) = ends("physics:lowerLimit", "physics:upperLimit");
            let limit = limit(lower, upper);
            let drive = drive(reader, facts.linear_drive, "linear");
            JointKind::Prismatic(Driven {
                axis: axis(),
                limit,
                drive,
            })
        }
        JointForm::Spherical => {
            let (lower, upper) = ends("physics:coneAngle0Limit", "physics:coneAngle1Limit");
            let fine = |x: f32| x.is_finite() && x >= 0.0;
            let enabled = fine(lower) && fine(upper);
            let limit = Limit {
                enabled,
                lower,
                upper,
            };
            JointKind::Spherical {
                axis: axis(),
                limit,
            }
        }
        JointForm::Distance => {
            let (lower, upper) = ends("physics:minDistance", "physics:maxDistance");
            JointKind::Distance {
                min_enabled: lower >= 0.0,
                max_enabled: upper >= 0.0,
                limit: Limit {
                    enabled: false,
                    lower,
                    upper,
                },
            }
        }
        JointForm::D6 => JointKind::D6 {
            limits: facts
                .limits
                .iter()
                .map(|f| free_limit(reader, *f))
                .collect(),
            drives: facts
                .drives
                .iter()
                .map(|f| (f.0, drive(reader, true, f.1)))
                .collect(),
        },
    }
}

fn bounded_below(lower: f32) -> bool {
    lower.is_finite() && lower > -SENTINEL
}

fn bounded_above(upper: f32) -> bool {
    upper.is_finite() && upper < SENTINEL
}

/// A limit that holds where either end is a bound.
fn limit(lower: f32, upper: f32) -> Limit {
    Limit {
        enabled: bounded_below(lower) || bounded_above(upper),
        lower,
        upper,
    }
}

fn free_limit(reader: &Reader<'_>, (freedom, name): (Freedom, &str)) -> (Freedom, Limit) {
    let lower = reader.float(&format!("limit:{name}:physics:low"), 90.0);
    let upper = reader.float(&format!("limit:{name}:physics:high"), -90.0);
    (freedom, limit(lower, upper))
}

fn drive(reader: &Reader<'_>, applied: bool, name: &str) -> Drive {
    if !applied {
        return Drive::NONE;
    }
    let float = |field: &str, otherwise: f32| {
        reader.float(&format!("drive:{name}:physics:{field}"), otherwise)
    };
    let form = reader.get::<Token>(&format!("drive:{name}:physics:type"));
    Drive {
        enabled: true,
        position: float("targetPosition", 0.0),
        velocity: float("targetVelocity", 0.0),
        max_force: float("maxForce", f32::MAX),
        stiffness: float("stiffness", 0.0),
        damping: float("damping", 0.0),
        acceleration: form.is_some_and(|form| form.as_str() == "acceleration"),
    }
}
