//! The tool and the workpiece of a model.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use halle_model::{Tool, Workpiece};
use nalgebra::Isometry3;

use crate::components::{ContactMaterial, Geometry, Polishable, Tool as AuthoredTool, WorldPose};
use crate::error::CompileError;
use crate::finding::{Diagnostics, Finding, Severity};
use crate::place::{in_range, pose, site};
use crate::shape::Shape;
use crate::surface::fit;
use crate::tree::{Tree, moving_body};

/// Misfit of the workpiece polynomial that is worth a finding \[m\].
const FIT_TOLERANCE: f64 = 1e-4;

/// The tool, in the frame of the link that carries it.
pub(crate) fn compile_tool(
    world: &World,
    entity: Entity,
    surface: Entity,
    tree: &Tree,
) -> Result<Tool, CompileError> {
    let not_on_link = || CompileError::ToolNotOnLink {
        site: site(world, entity, "halle:tool:kind"),
    };
    let tool = world.get::<AuthoredTool>(entity).ok_or_else(not_on_link)?;
    if tool.kind != "disc" {
        let site = site(world, entity, "halle:tool:kind");
        return Err(CompileError::UnsupportedTool {
            site,
            kind: tool.kind.clone(),
        });
    }
    for (property, value) in [
        ("halle:tool:radius", tool.radius),
        ("halle:tool:stiffness", tool.stiffness),
        ("halle:tool:preston", tool.preston),
        ("halle:tool:forceSetPoint", tool.force_set_point),
    ] {
        in_range(world, entity, property, "a number above 0", value, |v| {
            v > 0.0
        })?;
    }
    in_range(
        world,
        entity,
        "halle:tool:damping",
        "zero or more",
        tool.damping,
        |v| v >= 0.0,
    )?;
    in_range(
        world,
        entity,
        "halle:tool:spindleSpeed",
        "a speed",
        tool.spindle_speed,
        |_| true,
    )?;
    let body = moving_body(world, entity).ok_or_else(not_on_link)?;
    let carrier = tree.links.iter().enumerate().find_map(|(index, link)| {
        link.bodies
            .iter()
            .find(|(b, _)| *b == body)
            .map(|(_, frame)| (index, *frame))
    });
    let (link, link_from_body) = carrier.ok_or_else(not_on_link)?;
    let world_from = |e| {
        world
            .get::<WorldPose>(e)
            .map_or_else(Isometry3::identity, |p| p.0)
    };
    let body_from_pad = world_from(body).inv_mul(&world_from(entity));
    let friction = |e| {
        world
            .get::<ContactMaterial>(e)
            .map_or(0.0, |m| m.dynamic_friction)
    };
    // UsdPhysics leaves the rule open; the mean is what its engines take by default.
    let friction = (friction(entity) + friction(surface)) / 2.0;
    in_range(
        world,
        entity,
        "material:binding:physics",
        "friction of zero or more",
        friction,
        |v| v >= 0.0,
    )?;
    let reach = body_from_pad.to_homogeneous().norm();
    in_range(
        world,
        entity,
        "xformOpOrder",
        "a finite frame",
        reach,
        |_| true,
    )?;
    Ok(Tool {
        link,
        link_from_pad: pose(&(link_from_body * body_from_pad)),
        radius: tool.radius,
        stiffness: tool.stiffness,
        damping: tool.damping,
        friction,
        spindle_speed: tool.spindle_speed,
        preston: tool.preston,
        force_set_point: tool.force_set_point,
    })
}

/// The polynomial patch that stands for the mesh.
pub(crate) fn compile_workpiece(
    world: &World,
    entity: Entity,
    diagnostics: &mut Diagnostics,
) -> Result<Workpiece, CompileError> {
    let bad = |reason| CompileError::BadSurface {
        site: site(world, entity, "points"),
        reason,
    };
    let polish = world
        .get::<Polishable>(entity)
        .ok_or_else(|| bad("surface is not polishable"))?;
    let (Some(geometry), Some(frame)) = (
        world.get::<Geometry>(entity),
        world.get::<WorldPose>(entity),
    ) else {
        return Err(bad("polishable prim has no mesh"));
    };
    let Shape::Mesh(mesh) = &geometry.shape else {
        return Err(bad("polishable prim is not a mesh"));
    };
    let fit = fit(&mesh.points).ok_or_else(|| {
        bad("mesh points around the prim's origin do not determine a surface of degree four")
    })?;
    for (half, whole) in polish.half_extent.into_iter().zip(fit.half_extent) {
        let expected = "half sizes above 0 m and inside the mesh";
        in_range(
            world,
            entity,
            "halle:polish:halfExtent",
            expected,
            half,
            |v| v > 0.0 && v <= whole,
        )?;
    }
    let expected = "a depth above 0 m";
    let depth = polish.target_removal;
    in_range(
        world,
        entity,
        "halle:polish:targetRemoval",
        expected,
        depth,
        |v| v > 0.0,
    )?;
    if fit.error > FIT_TOLERANCE {
        let message = format!(
            "polynomial of degree four misses the mesh by {:.3} mm",
            fit.error * 1e3
        );
        diagnostics.push(
            Finding::new(
                Severity::Warning,
                "SC0305",
                site(world, entity, "points"),
                message,
            )
            .note("contact and removal follow the polynomial")
            .help("take a smoother or a smaller patch"),
        );
    }
    let reach = frame.0.to_homogeneous().norm();
    in_range(
        world,
        entity,
        "xformOpOrder",
        "a finite frame",
        reach,
        |_| true,
    )?;
    Ok(Workpiece {
        world_from_workpiece: pose(&frame.0),
        surface: fit.surface,
        fit_error: fit.error,
        half_extent: fit.half_extent,
        polish_half_extent: polish.half_extent,
        target_removal: depth,
    })
}
