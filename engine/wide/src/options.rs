//! What the caller chooses about a simulation.

/// How a plant is simulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WideOptions {
    /// Length of one substep \[s\]; the plant's own if `None`.
    pub time_step: Option<f64>,
    /// Small steps that the solver makes within one substep. More of them make contacts, joints
    /// and drives stiffer and cost about as much more.
    pub iterations: usize,
    /// Natural frequency of a contact as a spring \[Hz\], as a share of the rate of the solver's
    /// small steps. A quarter is the stiffest that stays calm.
    pub contact_stiffness: f64,
    /// Damping ratio of a contact as a spring \[-\].
    pub contact_damping: f64,
    /// Largest speed at which overlapping shapes are pushed apart \[m/s\].
    pub push_speed: f64,
    /// Distance at which contacts are prepared \[m\].
    pub prediction: f64,
    /// Whether bodies at rest may fall asleep until touched. They cost nothing then.
    pub sleeping: bool,
    /// Whether contacts of bodies that hardly move are kept instead of found anew.
    pub recycling: bool,
    /// Friction at every contact point instead of once per contact plane. Measured: per plane it is
    /// within 0.01 % of Coulomb's law in every direction; per point it is up to 13 % too weak along
    /// the axes that the solver happens to choose. Links of articulations always have it per point.
    pub point_friction: bool,
    /// Distance outside the plant's box at which a body is lost \[m\].
    pub bounds_margin: f64,
    /// Speed at which a body has exploded \[m/s\]; at least twice what falling through the plant or
    /// the start gives it.
    pub explosion_speed: f64,
}

impl Default for WideOptions {
    fn default() -> Self {
        Self {
            time_step: None,
            iterations: 4,
            contact_stiffness: 0.25,
            contact_damping: 10.0,
            push_speed: 0.5,
            prediction: 0.01,
            sleeping: true,
            recycling: true,
            point_friction: false,
            bounds_margin: 10.0,
            explosion_speed: 100.0,
        }
    }
}

/// How envs differ from each other at the start. Env 0 is always as authored.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Jitter {
    /// Largest horizontal displacement of a free body along each axis \[m\].
    pub position: f64,
    /// Largest velocity added to a free body along each axis \[m/s\].
    pub velocity: f64,
}
