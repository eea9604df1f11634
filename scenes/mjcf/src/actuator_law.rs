//! What an actuator does: MJCF's shortcuts into one law.

use halle_world::components::ActuatorLaw;

use crate::error::MjcfError;
use crate::settings::Scope;
use crate::tree::Element;
use crate::values::View;

/// Elements that make actuators.
pub(crate) const KINDS: [&str; 13] = [
    "general",
    "motor",
    "position",
    "velocity",
    "intvelocity",
    "orientation",
    "pid",
    "damper",
    "cylinder",
    "muscle",
    "adhesion",
    "dcmotor",
    "plugin",
];

/// What an actuator does, as MuJoCo stores it: force = gain(l, v) u + bias(l, v).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Law {
    /// The shortcut that wrote it last.
    written: String,
    pub(crate) dynamics: String,
    gain_kind: String,
    bias_kind: String,
    dynamic: [f64; 10],
    gain: [f64; 10],
    bias: [f64; 10],
    kp: f64,
    kv: Option<f64>,
    damping_ratio: Option<f64>,
    pub(crate) inherit_range: f64,
}

impl Default for Law {
    fn default() -> Self {
        let one = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        Self {
            written: "general".into(),
            dynamics: "none".into(),
            gain_kind: "fixed".into(),
            bias_kind: "none".into(),
            dynamic: one,
            gain: one,
            bias: [0.0; 10],
            kp: 1.0,
            kv: None,
            damping_ratio: None,
            inherit_range: 0.0,
        }
    }
}

impl Law {
    /// Takes in one element, of a class or of the model.
    fn apply(&mut self, element: &Element, inherited: Option<&Self>) -> Result<(), MjcfError> {
        let view = View::plain(element);
        let name = &*element.name;
        let word = |slot: &mut String, attribute| {
            if let Some(text) = view.text(attribute) {
                *slot = text.to_owned();
            }
        };
        if matches!(name, "general" | "plugin") {
            word(&mut self.dynamics, "dyntype");
            word(&mut self.gain_kind, "gaintype");
            word(&mut self.bias_kind, "biastype");
            self.dynamic = view.fill("dynprm", self.dynamic);
            self.gain = view.fill("gainprm", self.gain);
            self.bias = view.fill("biasprm", self.bias);
            self.inherit_range = view.number_or("inheritrange", self.inherit_range);
            self.written = "general".into();
            return Ok(());
        }
        // A shortcut starts from the same shortcut or `general` in a class, else from its defaults.
        match inherited {
            Some(from) if from.written == "general" => {
                self.kp = from.gain[0];
                let held = from.bias[2];
                self.kv = (held < 0.0).then_some(-held);
                self.damping_ratio = (held > 0.0).then_some(held);
                self.inherit_range = from.inherit_range;
            }
            Some(from) => *self = from.clone(),
            None => *self = Self::default(),
        }
        name.clone_into(&mut self.written);
        self.shortcut(&view)
    }

    fn shortcut(&mut self, view: &View<'_>) -> Result<(), MjcfError> {
        let element = view.element();
        let (kv, ratio) = (view.number("kv"), view.number("dampratio"));
        if kv.is_some() && ratio.is_some() {
            return Err(element.invalid("expected `kv` or `dampratio`, not both"));
        }
        if kv.is_some() || ratio.is_some() {
            (self.kv, self.damping_ratio) = (kv, ratio);
        }
        self.kp = view.number_or("kp", self.kp);
        self.inherit_range = view.number_or("inheritrange", self.inherit_range);
        let servo = !matches!(&*element.name, "motor" | "velocity" | "cylinder");
        let negative = |what: Option<f64>| servo && what.is_some_and(|v| v < 0.0);
        if negative(self.kv) || negative(self.damping_ratio) {
            return Err(element.invalid("`kv` and `dampratio` cannot be negative"));
        }
        let kinds = |law: &mut Self, dynamics: &str, gain: &str, bias: &str| {
            dynamics.clone_into(&mut law.dynamics);
            gain.clone_into(&mut law.gain_kind);
            bias.clone_into(&mut law.bias_kind);
        };
        let three = |a: f64, b: f64, c: f64| [a, b, c, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        match &*element.name {
            "motor" => {
                kinds(self, "none", "fixed", "none");
                self.gain = three(1.0, 0.0, 0.0);
                self.bias = [0.0; 10];
            }
            "position" | "intvelocity" => {
                let lag = view.number("timeconst").unwrap_or(0.0);
                if lag < 0.0 {
                    return Err(element.invalid("`timeconst` cannot be negative"));
                }
                let dynamics = match &*element.name {
                    "intvelocity" => "integrator",
                    _ if lag > 0.0 => "filterexact",
                    _ => "none",
                };
                kinds(self, dynamics, "fixed", "affine");
                self.gain = three(self.kp, 0.0, 0.0);
                self.bias = three(0.0, -self.kp, -self.kv.unwrap_or(0.0));
            }
            "velocity" => {
                let kv = self.kv.unwrap_or(1.0);
                kinds(self, "none", "fixed", "affine");
                self.gain = three(kv, 0.0, 0.0);
                self.bias = three(0.0, 0.0, -kv);
            }
            "damper" => {
                kinds(self, "none", "affine", "none");
                self.gain = three(0.0, 0.0, -self.kv.unwrap_or(1.0));
                self.bias = [0.0; 10];
            }
            "cylinder" => {
                kinds(self, "filter", "fixed", "affine");
                let area = view.number_or("area", 1.0);
                let round = |d: f64| std::f64::consts::PI / 4.0 * d * d;
                let area = view
                    .number("diameter")
                    .filter(|d| *d >= 0.0)
                    .map_or(area, round);
                let [a, b, c] = view.fill("bias", [0.0; 3]);
                self.gain = three(area, 0.0, 0.0);
                self.bias = three(a, b, c);
            }
            other => kinds(self, other, other, other),
        }
        Ok(())
    }
}

/// The law of an element, its default classes included.
pub(crate) fn law(element: &Element, scope: &Scope) -> Result<Law, MjcfError> {
    let class = scope.defaults.class_of(element, "main")?;
    let mut levels: Vec<Law> = Vec::new();
    let mut law = Law::default();
    for elements in scope.defaults.chain(class).iter().rev() {
        for of_class in elements.iter().filter(|e| KINDS.contains(&&*e.name)) {
            let from = inherited(&levels, &of_class.name);
            law.apply(of_class, from.as_ref())?;
        }
        levels.push(law.clone());
    }
    let from = inherited(&levels, &element.name);
    law.apply(element, from.as_ref())?;
    Ok(law)
}

/// The nearest class that is written with the same shortcut, or with `general` beyond its defaults.
fn inherited(levels: &[Law], name: &str) -> Option<Law> {
    let plain = Law::default();
    let good = |l: &&Law| l.written == name || (l.written == "general" && **l != plain);
    levels.iter().rev().find(good).cloned()
}

impl Law {
    /// Turns a damping ratio into damping, given the inertia that the actuator feels. A positive
    /// number in the place of the damping is such a ratio, if the law is that of a servo. False if
    /// the inertia is needed and not known.
    pub(crate) fn settle(&mut self, inertia: Option<f64>) -> bool {
        if let (Some(ratio), "affine") = (self.damping_ratio, &*self.bias_kind) {
            self.bias[2] = ratio;
        }
        let servo = self.gain[0] == -self.bias[1] && self.bias_kind == "affine";
        if servo && self.bias[2] > 0.0 {
            let inertia_or_none = inertia.unwrap_or(0.0);
            self.bias[2] *= -2.0 * (self.gain[0] * inertia_or_none).max(0.0).sqrt();
            return inertia.is_some();
        }
        true
    }

    /// What keeps the law out of the world.
    pub(crate) fn unsupported(&self) -> &str {
        let known = |kind: &str| matches!(kind, "none" | "fixed" | "affine");
        let kinds = [&self.gain_kind, &self.bias_kind];
        kinds.into_iter().find(|k| !known(k)).map_or("gain", |k| k)
    }
}

/// The law in the world's words; lengths and speeds are those of the transmission.
pub(crate) fn world_law(law: &Law, gear: f64) -> Option<ActuatorLaw> {
    let [a, b, c, ..] = law.gain;
    let gain = match &*law.gain_kind {
        "fixed" => [a, 0.0, 0.0],
        "affine" => [a, b, c],
        _ => return None,
    };
    let [a, b, c, ..] = law.bias;
    let bias = match &*law.bias_kind {
        "none" => [0.0; 3],
        "affine" => [a, b, c],
        _ => return None,
    };
    let plain = gain[1] == 0.0 && gain[2] == 0.0 && bias[0] == 0.0;
    Some(if plain && gain[0] == 1.0 && bias == [0.0; 3] {
        ActuatorLaw::Motor
    } else if plain && gear == 1.0 && bias[1] == -gain[0] {
        ActuatorLaw::Position {
            stiffness: gain[0],
            damping: -bias[2],
        }
    } else if plain && gear == 1.0 && bias[1] == 0.0 && bias[2] == -gain[0] {
        ActuatorLaw::Velocity { damping: gain[0] }
    } else {
        ActuatorLaw::Affine { gain, bias }
    })
}
