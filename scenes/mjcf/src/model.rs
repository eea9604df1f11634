//! The model between the file and the world: bodies and assets by name, frames resolved.

use std::collections::BTreeMap;

use nalgebra::{Isometry3, Translation3};

use crate::assets::Assets;
use crate::bodies::{Body, Thing};
use crate::error::MjcfError;
use crate::geoms;
use crate::inertia;
use crate::joints;
use crate::mass;
use crate::orient;
use crate::report::Report;
use crate::settings::{Options, Scope};
use crate::tree::{Element, Files};
use crate::values::View;

/// Everything that becomes entities.
pub(crate) struct Model<'a> {
    pub(crate) root: &'a Element,
    pub(crate) scopes: &'a [Scope],
    pub(crate) options: Options,
    pub(crate) assets: Assets<'a>,
    pub(crate) bodies: Vec<Body<'a>>,
    /// What joints feel at the reference configuration.
    pub(crate) apparent: Vec<Vec<inertia::Apparent>>,
    names: BTreeMap<(&'static str, &'a str), usize>,
}

impl<'a> Model<'a> {
    /// Works out a model whose replicas and attachments are written out.
    pub(crate) fn build(
        root: &'a Element,
        scopes: &'a [Scope],
        options: Options,
        files: &mut Files,
        report: &Report,
    ) -> Result<Self, MjcfError> {
        let assets = Assets::load(root, scopes, files, report)?;
        let world = Body::new(root, 0, Isometry3::identity());
        let mut model = Self {
            root,
            scopes,
            options,
            assets,
            bodies: vec![world],
            apparent: Vec::new(),
            names: BTreeMap::new(),
        };
        model.names.insert(("body", "world"), 0);
        model.name_sections()?;
        for section in root.children.iter().filter(|s| &*s.name == "worldbody") {
            for child in &section.children {
                model.visit(child, 0, Isometry3::identity(), "main", report)?;
            }
        }
        model.check_targets()?;
        for index in 1..model.bodies.len() {
            model.bodies[index].mass = mass::of_body(&model.bodies[index], scopes, report)?;
        }
        mass::settle(&mut model.bodies, &scopes[0])?;
        let driven = model.section("actuator").next().is_some();
        model.apparent = inertia::apparent(&model.bodies, driven);
        inertia::derive_springs(&mut model.bodies, &model.apparent, report);
        Ok(model)
    }

    /// Elements of all sections of a name.
    pub(crate) fn section(
        &self,
        name: &'static str,
    ) -> impl Iterator<Item = &'a Element> + use<'a> {
        let sections = self.root.children.iter().filter(move |s| &*s.name == name);
        sections.flat_map(|s| s.children.iter())
    }

    /// An element seen through the default classes; sections inherit from `main`.
    pub(crate) fn view(&self, element: &'a Element, kind: &str) -> Result<View<'a>, MjcfError> {
        self.scopes[element.scope]
            .defaults
            .view(element, kind, "main")
    }

    /// Names something, once per kind and name.
    fn name(&mut self, kind: &'static str, e: &'a Element, index: usize) -> Result<(), MjcfError> {
        let Some(name) = e.text("name") else {
            return Ok(());
        };
        if self.names.insert((kind, name), index).is_some() {
            return Err(MjcfError::RepeatedName {
                place: e.place.clone(),
                kind,
                name: name.to_owned(),
            });
        }
        Ok(())
    }

    /// Names of what stands outside the kinematic tree.
    fn name_sections(&mut self) -> Result<(), MjcfError> {
        for (section, kind) in [
            ("contact", ""),
            ("equality", "equality"),
            ("tendon", "tendon"),
            ("actuator", "actuator"),
            ("sensor", "sensor"),
            ("keyframe", "key"),
        ] {
            for (index, element) in self.section(section).enumerate() {
                let kind = match &*element.name {
                    "pair" => "pair",
                    "exclude" => "exclude",
                    _ => kind,
                };
                self.name(kind, element, index)?;
            }
        }
        Ok(())
    }

    /// Bodies that cameras and lights look at, and textures of lights.
    fn check_targets(&self) -> Result<(), MjcfError> {
        for thing in self
            .bodies
            .iter()
            .flat_map(|b| b.cameras.iter().chain(&b.lights))
        {
            let element = thing.view.element();
            if let Some(name) = element.text("target") {
                self.body(element, name)?;
            }
            if let Some(name) = element
                .text("texture")
                .filter(|n| !self.assets.has_texture(n))
            {
                return Err(element.unknown("texture", name));
            }
        }
        Ok(())
    }

    fn visit(
        &mut self,
        element: &'a Element,
        body: usize,
        body_from_frame: Isometry3<f64>,
        class: &'a str,
        report: &Report,
    ) -> Result<(), MjcfError> {
        let scope = &self.scopes[element.scope];
        let defaults = &scope.defaults;
        let not_in_world = || element.invalid("the world body cannot have one");
        let inner = element.text("childclass").unwrap_or(class);
        match &*element.name {
            "body" => {
                known_class(element, inner, scope)?;
                let pose = body_from_frame * orient::pose(&View::plain(element), scope)?;
                let index = self.add_body(element, body, pose)?;
                for child in &element.children {
                    self.visit(child, index, Isometry3::identity(), inner, report)?;
                }
                self.finish_body(index, report)?;
            }
            "frame" => {
                known_class(element, inner, scope)?;
                self.name("frame", element, body)?;
                let pose = body_from_frame * orient::pose(&View::plain(element), scope)?;
                for child in &element.children {
                    self.visit(child, body, pose, inner, report)?;
                }
            }
            "inertial" | "joint" | "freejoint" if body == 0 => return Err(not_in_world()),
            "inertial" => {
                if self.bodies[body].inertial.is_some() {
                    return Err(element.invalid("the body has another one"));
                }
                self.bodies[body].inertial = Some((element, body_from_frame));
            }
            "joint" | "freejoint" => {
                self.name("joint", element, body)?;
                let view = match &*element.name {
                    "joint" => defaults.view(element, "joint", class)?,
                    _ => View::plain(element),
                };
                let joint = joints::read(view, &body_from_frame, scope, report)?;
                self.bodies[body].joints.push(joint);
            }
            "geom" => {
                self.name("geom", element, body)?;
                let view = defaults.view(element, "geom", class)?;
                let geom = geoms::read(view, &body_from_frame, scope, &self.assets, report)?;
                self.bodies[body].geoms.push(geom);
            }
            "site" | "camera" | "light" => {
                self.thing(element, body, body_from_frame, class)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn thing(
        &mut self,
        element: &'a Element,
        body: usize,
        body_from_frame: Isometry3<f64>,
        class: &'a str,
    ) -> Result<(), MjcfError> {
        let scope = &self.scopes[element.scope];
        let kind = crate::references::made_kind(&element.name);
        self.name(kind, element, body)?;
        let view = scope.defaults.view(element, kind, class)?;
        if kind == "camera" && view.number_or("fovy", 45.0) >= 180.0 {
            return Err(element.invalid("`fovy` must be below 180 degrees"));
        }
        let pose = match kind {
            "site" => geoms::site_pose(&view, scope)?,
            // Lights have a direction in place of an orientation.
            "light" => {
                let position = view.fill("pos", [0.0; 3]);
                let down = nalgebra::Vector3::from(view.fill("dir", [0.0, 0.0, -1.0]));
                let up = (-down).try_normalize(1e-14);
                let up = up.ok_or_else(|| element.invalid("`dir` has no length"))?;
                let turn = orient::turn_z_to(&up);
                Isometry3::from_parts(Translation3::from(position), turn)
            }
            _ => orient::pose(&view, scope)?,
        };
        let thing = Thing {
            view,
            body_from_thing: body_from_frame * pose,
        };
        let body = &mut self.bodies[body];
        match kind {
            "site" => body.sites.push(thing),
            "camera" => body.cameras.push(thing),
            _ => body.lights.push(thing),
        }
        Ok(())
    }

    fn add_body(
        &mut self,
        element: &'a Element,
        parent: usize,
        parent_from_body: Isometry3<f64>,
    ) -> Result<usize, MjcfError> {
        let index = self.bodies.len();
        self.name("body", element, index)?;
        let view = View::plain(element);
        let mut body = Body::new(element, parent, parent_from_body);
        body.world_from_body = self.bodies[parent].world_from_body * parent_from_body;
        body.mocap = view.truth_or("mocap", false);
        body.gravity_compensation = view.number_or("gravcomp", 0.0);
        self.bodies.push(body);
        Ok(index)
    }

    /// Checks what can be checked when all of a body is known.
    fn finish_body(&mut self, index: usize, report: &Report) -> Result<(), MjcfError> {
        let parent = self.bodies[index].parent;
        let body = &mut self.bodies[index];
        joints::check(body.element, &body.joints, parent, report)?;
        if body.mocap && (!body.joints.is_empty() || parent != 0) {
            return Err(body
                .element
                .invalid("a mocap body is a child of the world without joints"));
        }
        Ok(())
    }

    /// Body of a name.
    pub(crate) fn body(&self, element: &Element, name: &str) -> Result<usize, MjcfError> {
        let found = self.names.get(&("body", name)).copied();
        found.ok_or_else(|| element.unknown("body", name))
    }

    /// Body that carries a named joint, geom, site, camera or light.
    pub(crate) fn carrier(&self, kind: &'static str, name: &str) -> Option<usize> {
        self.names.get(&(kind, name)).copied()
    }
}

fn known_class(element: &Element, class: &str, scope: &Scope) -> Result<(), MjcfError> {
    // `class` on a body is not obeyed by MuJoCo either, but it must be there.
    scope.defaults.class_of(element, "main")?;
    if scope.defaults.has(class) {
        return Ok(());
    }
    Err(element.unknown("default class", class))
}
