//! Where a prim stands, in its files and in the world.

use std::sync::Arc;

use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;
use nalgebra::Isometry3;

use crate::finding::Site;

/// The whole plant: order of its prims and what holds for all of them.
#[derive(Resource, Clone, Debug, Default)]
pub struct Plant {
    /// Every entity, in the order of the stage (parents before children).
    pub entities: Vec<Entity>,
    /// The scene's root file as the reader was given it.
    pub source: String,
    /// Every file that the scene is made of: its path and the SHA-256 of its bytes, in hex.
    pub inputs: Vec<(String, String)>,
    /// Gravity in world axes \[m/s^2\].
    pub gravity: [f64; 3],
    /// Length of one physics substep \[s\].
    pub time_step: f64,
}

/// Where the prim was written.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub struct SourcePath {
    /// File that holds the strongest opinion, as seen from the scene's folder. Shared by all prims
    /// of the file.
    pub layer: Arc<str>,
    /// Path of the prim on the stage.
    pub prim: String,
}

impl SourcePath {
    /// The prim as a site of findings.
    #[must_use]
    pub fn site(&self, property: &str) -> Site {
        Site {
            layer: self.layer.to_string(),
            prim: self.prim.clone(),
            property: property.to_owned(),
        }
    }

    /// Last part of the prim's path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.prim.rsplit('/').next().unwrap_or_default()
    }
}

/// Entity of the parent prim.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent(pub Entity);

/// `world_from_prim` as authored.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct WorldPose(pub Isometry3<f64>);

/// Nearest rigid body at or above the prim.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct InBody(pub Entity);
