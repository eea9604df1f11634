//! What the learner asks of a batch of envs.

/// Error of an env batch, passed through unread.
pub type EnvError = Box<dyn core::error::Error + Send + Sync>;

/// A batch of envs that step together and reset themselves.
///
/// Every number must be finite. A batch that finds one of its envs faulty resets it and reports it
/// as terminated, with a finite reward: the final observation is then not read.
///
/// Two calls with the same state and the same actions must give the same bits, or training cannot
/// be repeated.
pub trait VecEnv {
    /// Number of envs; constant.
    fn env_count(&self) -> usize;

    /// Numbers per observation row; constant.
    fn observation_dim(&self) -> usize;

    /// Numbers per action row; constant.
    fn action_dim(&self) -> usize;

    /// Writes the current observation, shape `(env_count, observation_dim)`, row-major.
    ///
    /// Does not advance anything; called once at the start of every iteration.
    ///
    /// # Errors
    ///
    /// Whatever keeps the batch from observing.
    fn observe(&mut self, observation: &mut [f32]) -> Result<(), EnvError>;

    /// Advances every env by one control step and fills every row of `rows`.
    ///
    /// `actions` has shape `(env_count, action_dim)`, row-major. Entries come from a normal law and
    /// are unbounded: the batch clips them to \[-1, 1\]. An env that ends is reset before this
    /// returns, as [`StepRows`] says.
    ///
    /// # Errors
    ///
    /// Whatever keeps the batch from stepping; learning then stops.
    fn step(&mut self, actions: &[f32], rows: &mut StepRows) -> Result<(), EnvError>;

    /// Everything that the future of the batch depends on, for checkpoints.
    fn save(&self) -> Vec<u8>;

    /// Puts the batch into a state given by [`Self::save`].
    ///
    /// # Errors
    ///
    /// When `state` is not one of this batch.
    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError>;
}

/// What one control step gave, one row per env, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepRows {
    /// Shape `(env_count, observation_dim)`; the row of an env that ended already belongs to its
    /// next episode.
    pub observation: Vec<f32>,
    /// Same shape; read only where the env was truncated: the last observation of the old episode.
    pub final_observation: Vec<f32>,
    /// Shape `(env_count)`.
    pub reward: Vec<f32>,
    /// Shape `(env_count)`; the task ended, nothing can be earned after.
    pub terminated: Vec<bool>,
    /// Shape `(env_count)`; the clock or budget ended. Where both are set, terminated counts.
    pub truncated: Vec<bool>,
}

impl StepRows {
    /// Rows for `env_count` envs, all zero.
    #[must_use]
    pub fn new(env_count: usize, observation_dim: usize) -> Self {
        Self {
            observation: vec![0.0; env_count * observation_dim],
            final_observation: vec![0.0; env_count * observation_dim],
            reward: vec![0.0; env_count],
            terminated: vec![false; env_count],
            truncated: vec![false; env_count],
        }
    }
}
