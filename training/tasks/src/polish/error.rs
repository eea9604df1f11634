//! Why a polishing task cannot be made.

/// What is wrong with the scene or the settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The arm cannot bring the pad to where the raster starts.
    #[error(
        "the arm cannot reach the start of the raster: {missed_mm:.1} mm and {missed_deg:.1} deg remain"
    )]
    OutOfReach {
        /// Distance that remains \[mm\].
        missed_mm: f64,
        /// Angle that remains \[deg\].
        missed_deg: f64,
    },
    /// The control rate does not hold a whole number of substeps.
    #[error("control step of {control_step} s is not a whole number of substeps of {time_step} s")]
    ControlStep {
        /// Length of a control step \[s\].
        control_step: f64,
        /// Length of a substep \[s\].
        time_step: f64,
    },
    /// A setting is outside of its range.
    #[error("setting `{name}` is {value}, must be {range}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        range: &'static str,
    },
}
