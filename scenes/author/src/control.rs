//! What drives, couples, measures and sets joints beside their own drives.

use bevy_ecs::entity::Entity;
use halle_world::components::{
    Actuator, ActuatorLaw, Joint, Keyframe, Keyframes, Mimic, Motion, Sensor, Spot,
};
use halle_world::{Finding, Severity};

use crate::author::Author;
use crate::layer::Prim;
use crate::names::{unique, valid};
use crate::plan::{Node, Role};
use crate::value::{double, doubles, float, token, truth};

impl Author<'_> {
    /// Couplings, sites and sensors of an entity.
    pub(crate) fn control(&mut self, node: &Node, entity: Entity) {
        let world = self.world;
        if let Some(mimic) = world.get::<Mimic>(entity) {
            self.mimic(node, entity, mimic);
        }
        if world.get::<Spot>(entity).is_some() {
            self.layer.at(&node.path).api("MjcSiteAPI");
        }
        if let Some(sensor) = world.get::<Sensor>(entity) {
            let message = format!(
                "sensor `{}` cannot be said in USD: it is left out",
                sensor.kind
            );
            let help = "keep the sensor in the source file";
            self.find(node, Severity::Warning, "AU0304", "", message, help);
        }
    }

    /// A joint that follows another. Newton has offset and ratio, the offset in degrees where the
    /// follower turns; MuJoCo has five coefficients between radians and metres.
    fn mimic(&mut self, node: &Node, entity: Entity, mimic: &Mimic) {
        let Some(leader) = self.target(node, "newton:mimicJoint", mimic.leader, Some(Role::Joint))
        else {
            return;
        };
        let turns = self
            .world
            .get::<Joint>(entity)
            .is_some_and(|j| j.motion == Motion::Revolute);
        let [offset, ratio, higher @ ..] = mimic.coefficients;
        let prim = self.layer.at(node.path_of(Role::Joint));
        if higher == [0.0; 3] {
            let offset = if turns { offset.to_degrees() } else { offset };
            prim.api("NewtonMimicAPI")
                .rel("newton:mimicJoint", vec![leader]);
            prim.set("newton:mimicCoef0", float(offset));
            prim.set("newton:mimicCoef1", float(ratio));
            prim.set("newton:mimicEnabled", truth(true));
        } else {
            prim.api("MjcEqualityJointAPI")
                .rel("mjc:target", vec![leader]);
            for (k, coefficient) in mimic.coefficients.into_iter().enumerate() {
                prim.uniform(&format!("mjc:coef{k}"), double(coefficient));
            }
        }
    }

    /// A motor on a joint, in MuJoCo's words and units.
    pub(crate) fn actuator(&mut self, node: &Node, entity: Entity) {
        let Some(actuator) = self.world.get::<Actuator>(entity) else {
            return;
        };
        let target = self.target(node, "mjc:target", actuator.joint, Some(Role::Joint));
        let prim = self.role(node, Role::Actuator, "MjcActuator");
        prim.rel("mjc:target", target.into_iter().collect());
        prim.uniform(
            "mjc:gear",
            doubles(&[actuator.gear, 0.0, 0.0, 0.0, 0.0, 0.0]),
        );
        law(prim, &actuator.law);
        limits(prim, "ctrl", actuator.control_range);
        limits(prim, "force", actuator.effort_range);
    }

    /// Named configurations. MuJoCo lists positions in the order of the joints; that can be said
    /// here only if every joint of the plant that moves has one number.
    pub(crate) fn keyframes(&mut self, scope: &str) {
        let Some(keyframes) = self.world.get_resource::<Keyframes>() else {
            return;
        };
        let order = self.joint_order();
        let mut names = Vec::new();
        for keyframe in &keyframes.0 {
            let site = halle_world::Site {
                prim: keyframe.name.clone(),
                ..halle_world::Site::default()
            };
            let Some(order) = &order else {
                let message = format!(
                    "keyframe `{}` cannot be said beside joints of several degrees of freedom: left out",
                    keyframe.name
                );
                let finding = Finding::new(Severity::Warning, "AU0305", site, message);
                self.findings
                    .push(finding.help("keep the keyframe in the source file"));
                continue;
            };
            let strange = |e: &Entity| !order.contains(e);
            if keyframe
                .positions
                .iter()
                .chain(&keyframe.velocities)
                .any(|(e, _)| strange(e))
            {
                let message = format!(
                    "keyframe `{}` sets what is no joint of the plant: that part is left out",
                    keyframe.name
                );
                let finding = Finding::new(Severity::Warning, "AU0305", site, message);
                self.findings.push(finding.help("name joints of the plant"));
            }
            if names.is_empty() {
                self.layer.add(scope, "Scope");
            }
            let name = unique(&valid(&keyframe.name), |n| names.iter().any(|m| m == n));
            write_keyframe(
                self.layer.add(&format!("{scope}/{name}"), "MjcKeyframe"),
                keyframe,
                order,
            );
            names.push(name);
        }
    }

    /// Joints with one degree of freedom in the order of the stage; `None` if others move too.
    fn joint_order(&self) -> Option<Vec<Entity>> {
        let entities = self.plan.nodes.iter().filter_map(|n| n.entity);
        let joints = entities.filter_map(|e| Some((e, self.world.get::<Joint>(e)?)));
        // What closes a loop is an equality to MuJoCo and has no number of its own.
        let joints = joints.filter(|(_, joint)| !joint.excluded);
        let mut order = Vec::new();
        for (entity, joint) in joints {
            match joint.motion {
                Motion::Revolute | Motion::Prismatic => order.push(entity),
                Motion::Fixed => {}
                _ => return None,
            }
        }
        Some(order)
    }
}

fn law(prim: &mut Prim, law: &ActuatorLaw) {
    let (gain, bias) = match *law {
        ActuatorLaw::Motor => ([1.0, 0.0, 0.0], [0.0; 3]),
        ActuatorLaw::Position { stiffness, damping } => {
            ([stiffness, 0.0, 0.0], [0.0, -stiffness, -damping])
        }
        ActuatorLaw::Velocity { damping } => ([damping, 0.0, 0.0], [0.0, 0.0, -damping]),
        ActuatorLaw::Affine { gain, bias } => (gain, bias),
    };
    let parameters = |p: [f64; 3]| {
        let mut ten = [0.0; 10];
        ten[..3].copy_from_slice(&p);
        doubles(&ten)
    };
    let fixed = gain[1] == 0.0 && gain[2] == 0.0;
    prim.uniform(
        "mjc:gainType",
        token(if fixed { "fixed" } else { "affine" }),
    );
    prim.uniform("mjc:gainPrm", parameters(gain));
    let none = bias == [0.0; 3];
    prim.uniform("mjc:biasType", token(if none { "none" } else { "affine" }));
    prim.uniform("mjc:biasPrm", parameters(bias));
}

fn limits(prim: &mut Prim, what: &str, range: Option<[f64; 2]>) {
    let Some([low, high]) = range else { return };
    prim.uniform(&format!("mjc:{what}Limited"), token("true"));
    prim.uniform(&format!("mjc:{what}Range:min"), double(low));
    prim.uniform(&format!("mjc:{what}Range:max"), double(high));
}

fn write_keyframe(prim: &mut Prim, keyframe: &Keyframe, order: &[Entity]) {
    let along = |given: &[(Entity, f64)]| -> Vec<f64> {
        let value = |joint: &Entity| {
            given
                .iter()
                .find(|(e, _)| e == joint)
                .map_or(0.0, |(_, v)| *v)
        };
        order.iter().map(value).collect()
    };
    if !keyframe.positions.is_empty() {
        prim.uniform("mjc:qpos", doubles(&along(&keyframe.positions)));
    }
    if !keyframe.velocities.is_empty() {
        prim.uniform("mjc:qvel", doubles(&along(&keyframe.velocities)));
    }
    if !keyframe.controls.is_empty() {
        prim.uniform("mjc:ctrl", doubles(&keyframe.controls));
    }
}
