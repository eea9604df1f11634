//! What the `compiler` and `option` sections say.

use std::path::PathBuf;

use halle_world::Severity;

use crate::error::MjcfError;
use crate::report::Report;
use crate::tree::Element;
use crate::values::{Defaults, View};

/// When the inertia of a body comes from its geoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FromGeoms {
    Never,
    Always,
    WhereNotWritten,
}

/// The `compiler` sections of one model, and what else holds for all of its elements.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// Folder of the model's main file.
    pub(crate) folder: PathBuf,
    pub(crate) degrees: bool,
    pub(crate) euler: [char; 3],
    pub(crate) autolimits: bool,
    pub(crate) mesh_folder: String,
    pub(crate) texture_folder: String,
    pub(crate) strip_path: bool,
    pub(crate) from_geoms: FromGeoms,
    pub(crate) groups: [i32; 2],
    pub(crate) bound_mass: f64,
    pub(crate) bound_inertia: f64,
    pub(crate) balance: bool,
    pub(crate) total_mass: Option<f64>,
    pub(crate) fit_box: bool,
    pub(crate) discard_visual: bool,
    pub(crate) defaults: Defaults,
}

impl Scope {
    /// MJCF's defaults.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            degrees: true,
            euler: ['x', 'y', 'z'],
            autolimits: true,
            mesh_folder: String::new(),
            texture_folder: String::new(),
            strip_path: false,
            from_geoms: FromGeoms::WhereNotWritten,
            groups: [0, 5],
            bound_mass: 0.0,
            bound_inertia: 0.0,
            balance: false,
            total_mass: None,
            fit_box: false,
            discard_visual: false,
            defaults: Defaults::default(),
        }
    }

    /// Takes in a `compiler` section; later ones override.
    pub(crate) fn add_compiler(
        &mut self,
        section: &Element,
        report: &Report,
    ) -> Result<(), MjcfError> {
        let view = View::plain(section);
        if view.text("coordinate") == Some("global") {
            return Err(section.invalid("global coordinates are not supported: expected `local`"));
        }
        if let Some(folder) = view.text("assetdir") {
            self.mesh_folder = folder.to_owned();
            self.texture_folder = folder.to_owned();
        }
        let set = |slot: &mut String, attribute| {
            if let Some(folder) = view.text(attribute) {
                *slot = folder.to_owned();
            }
        };
        set(&mut self.mesh_folder, "meshdir");
        set(&mut self.texture_folder, "texturedir");
        if let Some(angle) = view.text("angle") {
            self.degrees = angle == "degree";
        }
        if let Some(order) = view.text("eulerseq") {
            // The grammar has seen to it that there are three.
            for (slot, letter) in self.euler.iter_mut().zip(order.chars()) {
                *slot = letter;
            }
        }
        self.autolimits = view.truth_or("autolimits", self.autolimits);
        self.strip_path = view.truth_or("strippath", self.strip_path);
        self.from_geoms = match view.text("inertiafromgeom") {
            Some("true") => FromGeoms::Always,
            Some("false") => FromGeoms::Never,
            Some(_) => FromGeoms::WhereNotWritten,
            None => self.from_geoms,
        };
        self.groups = [0, 1].map(|k| {
            let written = view.numbers("inertiagrouprange");
            written.map_or(self.groups[k], |v| v[k] as i32)
        });
        self.bound_mass = view.number_or("boundmass", self.bound_mass);
        self.bound_inertia = view.number_or("boundinertia", self.bound_inertia);
        self.balance = view.truth_or("balanceinertia", self.balance);
        let total = view.number("settotalmass").filter(|m| *m > 0.0);
        self.total_mass = total.or(self.total_mass);
        self.fit_box = view.truth_or("fitaabb", self.fit_box);
        self.discard_visual = view.truth_or("discardvisual", self.discard_visual);
        note_compiler(&view, report);
        Ok(())
    }

    /// An angle of the file in radians.
    pub(crate) fn angle(&self, value: f64) -> f64 {
        if self.degrees {
            value.to_radians()
        } else {
            value
        }
    }
}

/// Says which compiler settings change how MuJoCo stores a model and not what moves.
fn note_compiler(view: &View<'_>, report: &Report) {
    let section = view.element();
    for (attribute, what) in [
        (
            "fusestatic",
            "static bodies stay bodies; nothing that moves is changed",
        ),
        (
            "alignfree",
            "frames of floating bodies stay where the file has them",
        ),
        (
            "discardvisual",
            "shapes that touch nothing are kept for pictures",
        ),
    ] {
        if view.truth_or(attribute, false) {
            let message = format!("compiler setting `{attribute}` has no effect: {what}");
            report.at(Severity::Note, "MJ0107", section, attribute, message);
        }
    }
    if !section.children.is_empty() {
        let message = "length ranges of actuators are not computed".to_owned();
        report.at(Severity::Note, "MJ0107", &section.children[0], "", message);
    }
}

/// What the `option` sections say about the simulation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Options {
    /// \[s\]
    pub(crate) time_step: f64,
    /// \[m/s^2\]
    pub(crate) gravity: [f64; 3],
    /// Whether contacts between parent and child bodies are left out.
    pub(crate) filter_parent: bool,
    /// Whether there are contacts.
    pub(crate) contacts: bool,
    /// Whether equalities hold.
    pub(crate) equalities: bool,
    /// Whether joints have limits.
    pub(crate) limits: bool,
    pub(crate) springs: bool,
    pub(crate) dampers: bool,
    pub(crate) friction: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            time_step: 0.002,
            gravity: [0.0, 0.0, -9.81],
            filter_parent: true,
            contacts: true,
            equalities: true,
            limits: true,
            springs: true,
            dampers: true,
            friction: true,
        }
    }
}

/// Settings of MuJoCo's solver: another engine has its own.
const SOLVER: [&str; 14] = [
    "impratio",
    "tolerance",
    "ls_tolerance",
    "noslip_tolerance",
    "ccd_tolerance",
    "sleep_tolerance",
    "integrator",
    "cone",
    "jacobian",
    "solver",
    "iterations",
    "noslip_iterations",
    "ls_iterations",
    "ccd_iterations",
];

impl Options {
    /// Takes in an `option` section; later ones override.
    pub(crate) fn add(&mut self, section: &Element, report: &Report) {
        let view = View::plain(section);
        match view.number("timestep") {
            Some(step) if step > 0.0 => self.time_step = step,
            Some(_) => {
                let message = format!("time step is not positive: {} s is used", self.time_step);
                report.at(Severity::Warning, "MJ0108", section, "timestep", message);
            }
            None => {}
        }
        self.gravity = view.fill("gravity", self.gravity);
        for attribute in SOLVER.into_iter().filter(|a| view.text(a).is_some()) {
            let message =
                format!("option `{attribute}` is about MuJoCo's solver: it has no effect");
            report.at(Severity::Note, "MJ0108", section, attribute, message);
        }
        let zero = |a: &str| view.numbers(a).is_none_or(|v| v.iter().all(|x| *x == 0.0));
        for attribute in ["density", "viscosity", "wind"] {
            if !zero(attribute) {
                let message = format!("option `{attribute}`: the medium's drag is not simulated");
                report.at(Severity::Warning, "MJ0108", section, attribute, message);
            }
        }
        if view.text("actuatorgroupdisable").is_some() {
            let message = "disabled actuator groups stay switched on".to_owned();
            report.at(
                Severity::Warning,
                "MJ0108",
                section,
                "actuatorgroupdisable",
                message,
            );
        }
        for flag in &section.children {
            self.add_flags(&View::plain(flag), report);
        }
    }

    fn add_flags(&mut self, view: &View<'_>, report: &Report) {
        let flag = view.element();
        let on = |name: &str, now: bool| view.text(name).map_or(now, |t| t == "enable");
        if !on("gravity", true) {
            self.gravity = [0.0; 3];
        }
        self.filter_parent = on("filterparent", self.filter_parent);
        let constraints = on("constraint", true);
        self.contacts = on("contact", self.contacts) && constraints;
        self.equalities = on("equality", self.equalities) && constraints;
        self.limits = on("limit", self.limits) && constraints;
        self.friction = on("frictionloss", self.friction) && constraints;
        self.springs = on("spring", self.springs);
        self.dampers = on("damper", self.dampers);
        let obeyed = [
            "gravity",
            "filterparent",
            "constraint",
            "contact",
            "equality",
            "limit",
            "frictionloss",
            "spring",
            "damper",
        ];
        let physics = ["clampctrl", "actuation", "override", "sensor"];
        for (name, text) in &flag.attributes {
            if obeyed.contains(&&**name) {
                continue;
            }
            let switched =
                physics.contains(&&**name) && (text == "enable") == (&**name == "override");
            let (severity, message) = if switched {
                (Severity::Warning, format!("flag `{name}` is not obeyed"))
            } else {
                let message = format!("flag `{name}` is about MuJoCo's solver: it has no effect");
                (Severity::Note, message)
            };
            report.at(severity, "MJ0108", flag, name, message);
        }
    }
}
