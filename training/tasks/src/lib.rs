//! Episodes: the polishing task, its scripted baseline and its metrics.
//!
//! Owns what an action means, what is observed, what is rewarded and when an episode ends.
//! Knows no backend and no learner. Start reading at [`polish`].

pub mod polish;
