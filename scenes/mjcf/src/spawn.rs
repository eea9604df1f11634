//! The model into the ECS.

use std::path::Path;

use halle_world::components::{
    ArticulationRoot, AuthoredMass, Axis, InBody, Joint, Motion, RigidBody, Spot, Spring,
};
use halle_world::{Entity, Plant, Severity, World};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

use crate::bodies::Body;
use crate::error::MjcfError;
use crate::geoms::at;
use crate::joints::{self, Kind};
use crate::model::Model;
use crate::moments::principal;
use crate::placing::{JointPrim, Origin, Spawner};
use crate::report::Report;
use crate::tree::{Element, Files};
use crate::{actuators, controls, equalities, filters, looks, sensors};

/// Makes the world of a model.
pub(crate) fn world(
    model: &Model<'_>,
    path: &Path,
    files: &Files,
    report: &Report,
) -> Result<World, MjcfError> {
    let mut spawner = Spawner::new(model, report);
    let title = model.root.text("model").unwrap_or("model");
    let root = spawner.prim(model.root, "", title, Isometry3::identity(), None);
    spawner.bodies.push(root);
    for index in 0..model.bodies.len() {
        spawner.body(index);
    }
    filters::apply(&mut spawner)?;
    equalities::apply(&mut spawner)?;
    let count = actuators::apply(&mut spawner)?;
    sensors::apply(&mut spawner)?;
    controls::apply(&mut spawner, count)?;
    spawner.check_numbers()?;
    let plant = Plant {
        entities: spawner.entities,
        source: path.display().to_string(),
        inputs: files.inputs.clone(),
        gravity: model.options.gravity,
        time_step: model.options.time_step,
    };
    spawner.world.insert_resource(plant);
    Ok(spawner.world)
}

impl<'a> Spawner<'_, 'a> {
    fn body(&mut self, index: usize) {
        let model = self.model;
        let body = &model.bodies[index];
        if index > 0 {
            let parent = self.bodies[body.parent];
            let path = self.path(parent);
            let wanted = body.element.text("name").unwrap_or("body");
            let pose = body.world_from_body;
            let made = self.prim(body.element, &path, wanted, pose, Some(parent));
            self.bodies.push(made);
            if let Some(name) = body.element.text("name") {
                self.named.insert(("body", name.to_owned()), made);
            }
            let rigid = RigidBody {
                kinematic: body.mocap,
                gravity_scale: 1.0 - body.gravity_compensation,
                ..RigidBody::default()
            };
            self.world
                .entity_mut(made)
                .insert((rigid, InBody(made), authored_mass(body)));
            // A body that floats alone needs no tree; one that carries others does.
            let tree = |k: usize| {
                let jointed = |b: &Body<'_>| !b.joints.is_empty() && !b.floats();
                k != index || jointed(&model.bodies[k])
            };
            if body.parent == 0 && !body.mocap && self.subtree(index).any(tree) {
                let root = ArticulationRoot {
                    self_collision: true,
                };
                self.world.entity_mut(made).insert(root);
            }
            self.joints_of(index);
        }
        self.colliders.push(Vec::new());
        for geom in &body.geoms {
            looks::geom(self, index, geom);
        }
        for site in &body.sites {
            let made = self.on_body(site.view.element(), index, "site", &site.body_from_thing);
            self.world.entity_mut(made).insert(Spot);
        }
        for camera in &body.cameras {
            looks::camera(self, index, camera);
        }
        for light in &body.lights {
            looks::light(self, index, light);
        }
    }

    /// Bodies of a subtree: they stand in one piece, the root first.
    fn subtree(&self, root: usize) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let model = self.model;
        let inside = move |k: &usize| *k == root || model.bodies[*k].parent >= root;
        (root..model.bodies.len()).take_while(inside)
    }

    /// Joints between a body and its parent, with massless bodies between them.
    fn joints_of(&mut self, index: usize) {
        let model = self.model;
        let body = &model.bodies[index];
        if body.mocap {
            return;
        }
        let end = self.bodies[index];
        let parent = (body.parent > 0).then(|| self.bodies[body.parent]);
        if body.joints.is_empty() {
            let path = self.path(end);
            let pose = body.world_from_body;
            let made = self.prim(body.element, &path, "fixed_joint", pose, Some(end));
            let mut joint = Joint::between(Motion::Fixed, parent, Some(end));
            joint.body0_from_joint = body.parent_from_body;
            let origin = Origin {
                element: "fixed".into(),
                name: String::new(),
            };
            self.world
                .entity_mut(made)
                .insert((joint, origin, InBody(end)));
            return;
        }
        let (mut side, mut side_from_body) = (parent, body.parent_from_body);
        for (k, joint) in body.joints.iter().enumerate() {
            let (turn, axis) = joint_axis(joint);
            let body_from_joint = at(joint.anchor) * turn;
            let made = self.on_body(joint.element, index, "joint", &body_from_joint);
            self.joints.push(JointPrim {
                entity: made,
                body: index,
                index: k,
                kind: joint.kind,
            });
            let last = k + 1 == body.joints.len();
            let next = if last {
                end
            } else {
                self.link(index, joint.element)
            };
            if let Some(mut component) = self.joint(joint, axis) {
                component.body0 = side;
                component.body1 = Some(next);
                component.body0_from_joint = side_from_body * body_from_joint * back(joint, axis);
                component.body1_from_joint = body_from_joint;
                self.world.entity_mut(made).insert(component);
            }
            (side, side_from_body) = (Some(next), Isometry3::identity());
        }
    }

    /// A massless body between two joints of a body, where that body stands.
    fn link(&mut self, index: usize, joint: &Element) -> Entity {
        let end = self.bodies[index];
        let path = self.path(end);
        let pose = self.model.bodies[index].world_from_body;
        let wanted = format!("{}_link", joint.text("name").unwrap_or("joint"));
        let made = self.prim(joint, &path, &wanted, pose, Some(end));
        let origin = Origin {
            element: "link".into(),
            name: String::new(),
        };
        let mass = AuthoredMass {
            mass: Some(0.0),
            center_of_mass: Some(Vector3::zeros()),
            diagonal_inertia: Some(Vector3::zeros()),
            ..AuthoredMass::default()
        };
        let all = (RigidBody::default(), InBody(made), mass, origin);
        self.world.entity_mut(made).insert(all);
        made
    }

    /// What a joint is, without its sides; nothing for a free one.
    fn joint(&self, joint: &joints::Joint<'_>, axis: Axis) -> Option<Joint> {
        let options = &self.model.options;
        let element = joint.element;
        let on = |switch: bool, value: f64| if switch { value } else { 0.0 };
        let motion = match joint.kind {
            Kind::Free => {
                let dragged = [
                    joint.damping,
                    joint.armature,
                    joint.friction,
                    joint.stiffness,
                ];
                if dragged.iter().any(|v| *v != 0.0) {
                    let message = "spring, damping, friction and armature of a free joint have no \
                                   effect";
                    self.report
                        .at(Severity::Warning, "MJ0103", element, "", message.to_owned());
                }
                return None;
            }
            Kind::Ball => Motion::Spherical { cone: [None; 2] },
            Kind::Slide => Motion::Prismatic,
            Kind::Hinge => Motion::Revolute,
        };
        let range = joint.range.filter(|_| options.limits);
        if joint.kind == Kind::Ball && range.is_some() {
            let message = "the range of a ball joint bounds its whole turn, which no engine here \
                           enforces: it is kept as upper limit";
            self.report.at(
                Severity::Warning,
                "MJ0103",
                element,
                "range",
                message.to_owned(),
            );
        }
        let mut made = Joint::between(motion, None, None);
        made.axis = axis;
        made.lower = range.map(|r| r[0]).filter(|_| joint.kind != Kind::Ball);
        made.upper = range.map(|r| r[1]);
        made.spring = Spring {
            stiffness: on(options.springs, joint.stiffness),
            rest: joint.spring_reference,
        };
        made.armature = joint.armature;
        made.damping = on(options.dampers, joint.damping);
        made.friction = on(options.friction, joint.friction);
        made.home = (joint.kind != Kind::Ball).then_some(joint.reference);
        Some(made)
    }
}

/// Turn of the joint frame, and which of its axes is the joint's.
fn joint_axis(joint: &joints::Joint<'_>) -> (UnitQuaternion<f64>, Axis) {
    let plain = [
        (Vector3::x(), Axis::X),
        (Vector3::y(), Axis::Y),
        (Vector3::z(), Axis::Z),
    ];
    for (axis, name) in plain {
        if joint.axis == axis {
            return (UnitQuaternion::identity(), name);
        }
    }
    let turn = UnitQuaternion::rotation_between(&Vector3::x(), &joint.axis);
    let about_z = || UnitQuaternion::from_axis_angle(&Vector3::z_axis(), std::f64::consts::PI);
    (turn.unwrap_or_else(about_z), Axis::X)
}

/// From the joint's zero to its reference, backwards: the file shows the body at the reference.
fn back(joint: &joints::Joint<'_>, axis: Axis) -> Isometry3<f64> {
    let along = match axis {
        Axis::X => Vector3::x_axis(),
        Axis::Y => Vector3::y_axis(),
        Axis::Z => Vector3::z_axis(),
    };
    match joint.kind {
        Kind::Hinge => Isometry3::from_parts(
            Translation3::identity(),
            UnitQuaternion::from_axis_angle(&along, -joint.reference),
        ),
        Kind::Slide => at(-along.into_inner() * joint.reference),
        Kind::Ball | Kind::Free => Isometry3::identity(),
    }
}

fn authored_mass(body: &Body<'_>) -> AuthoredMass {
    let mass = &body.mass;
    if body.mass_unknown && mass.mass == 0.0 {
        return AuthoredMass::default();
    }
    let (moments, axes) = principal(&mass.inertia);
    AuthoredMass {
        mass: Some(mass.mass),
        density: None,
        center_of_mass: Some(mass.center),
        diagonal_inertia: Some(moments.map(|m| m.max(0.0))),
        principal_axes: axes,
    }
}
