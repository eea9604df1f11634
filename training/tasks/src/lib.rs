//! Episodes: the polishing task, its scripted baseline and its metrics.
//!
//! Owns what an action means, what is observed, what is rewarded and when an episode ends.
//! Knows no backend; a learner sees it as rows of numbers through `halle_learn::VecEnv`.
//! Start reading at [`polish`].

pub mod physics;
pub mod polish;
