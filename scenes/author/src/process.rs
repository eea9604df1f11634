//! The `halle:` namespace of `scenes/HALLE_SCHEMA.md`: tools and surfaces to polish.

use bevy_ecs::entity::Entity;
use halle_world::components::{Polishable, Tool};

use crate::author::Author;
use crate::plan::{Node, Role};
use crate::value::{double, double2, token, truth};

impl Author<'_> {
    /// Tool and workpiece of the polishing task.
    pub(crate) fn process(&mut self, node: &Node, entity: Entity) {
        if let Some(tool) = self.world.get::<Tool>(entity) {
            let prim = self.layer.at(&node.path);
            prim.custom("halle:tool:kind", token(&tool.kind));
            let per_minute = tool.spindle_speed * 60.0 / std::f64::consts::TAU;
            for (name, value) in [
                ("halle:tool:radius", tool.radius),
                ("halle:tool:stiffness", tool.stiffness),
                ("halle:tool:damping", tool.damping),
                ("halle:tool:preston", tool.preston),
                ("halle:tool:spindleSpeed", per_minute),
                ("halle:tool:forceSetPoint", tool.force_set_point),
            ] {
                prim.custom(name, double(value));
            }
        }
        if let Some(polish) = self.world.get::<Polishable>(entity) {
            let prim = self.layer.at(node.path_of(Role::Shape));
            prim.custom("halle:polish:enabled", truth(true));
            prim.custom("halle:polish:halfExtent", double2(polish.half_extent));
            prim.custom("halle:polish:targetRemoval", double(polish.target_removal));
        }
    }
}
