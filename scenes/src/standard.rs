//! Properties of USD's own schemas that are authored but not read.

use std::collections::HashMap;
use std::sync::OnceLock;

use halle_world::Severity;

use crate::reader::PrimReader;
use crate::vendors::same;

/// Types, name, fallback (empty if there is none), and what happens instead.
type Row = (
    &'static [&'static str],
    &'static str,
    &'static str,
    &'static str,
);

const CAMERA: &[&str] = &["Camera"];
const LIGHTS: &[&str] = &[
    "CylinderLight",
    "DomeLight",
    "DomeLight_1",
    "DistantLight",
    "RectLight",
    "DiskLight",
    "SphereLight",
];
const ANY: &[&str] = &[];
/// Properties of cameras and lights that the world does not keep.
const LOST: [&str; 2] = ["stereoRole", "light:filters"];

/// What pictures and simulations leave out.
const ROWS: [Row; 32] = [
    (
        CAMERA,
        "horizontalApertureOffset",
        "0",
        "the picture is not shifted",
    ),
    (
        CAMERA,
        "verticalApertureOffset",
        "0",
        "the picture is not shifted",
    ),
    (CAMERA, "fStop", "0", "everything is in focus"),
    (CAMERA, "clippingPlanes", "[]", "nothing is cut"),
    (
        CAMERA,
        "exposure",
        "0",
        "the picture is exposed as it comes",
    ),
    (CAMERA, "stereoRole", "mono", "the camera has one eye"),
    (
        LIGHTS,
        "inputs:diffuse",
        "1",
        "the light shines on everything alike",
    ),
    (
        LIGHTS,
        "inputs:specular",
        "1",
        "the light shines on everything alike",
    ),
    (
        LIGHTS,
        "inputs:shaping:focus",
        "0",
        "the light shines everywhere",
    ),
    (
        LIGHTS,
        "inputs:shaping:cone:angle",
        "90",
        "the light shines everywhere",
    ),
    (
        LIGHTS,
        "inputs:shaping:cone:softness",
        "0",
        "the light shines everywhere",
    ),
    (
        LIGHTS,
        "inputs:shaping:ies:file",
        "",
        "the light shines everywhere",
    ),
    (
        LIGHTS,
        "inputs:shadow:enable",
        "True",
        "every light casts shadows",
    ),
    (
        LIGHTS,
        "inputs:shadow:color",
        "(0, 0, 0)",
        "shadows are dark",
    ),
    (
        LIGHTS,
        "inputs:shadow:distance",
        "-1",
        "shadows reach everywhere",
    ),
    (LIGHTS, "light:filters", "", "the light is not filtered"),
    (LIGHTS, "treatAsPoint", "False", "the light has its size"),
    (LIGHTS, "treatAsLine", "False", "the light has its size"),
    (
        LIGHTS,
        "inputs:texture:file",
        "",
        "the light has one colour",
    ),
    (
        LIGHTS,
        "inputs:enableColorTemperature",
        "False",
        "the light has its colour alone",
    ),
    (
        CAMERA,
        "projection",
        "perspective",
        "the picture is in perspective",
    ),
    (ANY, "proxyPrim", "", "the prim itself is used"),
    (
        ANY,
        "physics:simulationOwner",
        "",
        "everything is in one scene",
    ),
    (
        ANY,
        "model:drawMode",
        "inherited",
        "the geometry itself is drawn",
    ),
    (ANY, "guideVisibility", "invisible", "guides are not drawn"),
    (ANY, "proxyVisibility", "inherited", "proxies are not drawn"),
    (
        ANY,
        "renderVisibility",
        "inherited",
        "visibility says what is drawn",
    ),
    (ANY, "skel:skeleton", "", "the mesh does not bend"),
    (ANY, "skel:blendShapes", "[]", "the mesh does not bend"),
    (ANY, "skel:animationSource", "", "nothing is animated"),
    (
        ANY,
        "collection:lightLink:excludes",
        "",
        "the light shines on everything alike",
    ),
    (
        ANY,
        "collection:shadowLink:excludes",
        "",
        "every light casts shadows",
    ),
];

/// Names of properties that need one of some API schemas.
const NEEDED: [(&str, &[&str]); 12] = [
    ("physics:rigidBodyEnabled", &["PhysicsRigidBodyAPI"]),
    ("physics:kinematicEnabled", &["PhysicsRigidBodyAPI"]),
    ("physics:velocity", &["PhysicsRigidBodyAPI"]),
    ("physics:angularVelocity", &["PhysicsRigidBodyAPI"]),
    ("physics:mass", &["PhysicsMassAPI"]),
    ("physics:diagonalInertia", &["PhysicsMassAPI"]),
    ("physics:centerOfMass", &["PhysicsMassAPI"]),
    ("physics:density", &["PhysicsMassAPI", "PhysicsMaterialAPI"]),
    ("physics:approximation", &["PhysicsMeshCollisionAPI"]),
    ("physics:dynamicFriction", &["PhysicsMaterialAPI"]),
    ("physics:restitution", &["PhysicsMaterialAPI"]),
    ("physics:filteredPairs", &["PhysicsFilteredPairsAPI"]),
];

/// Why a property may have no effect.
enum Left {
    /// It is not supported: types, fallback, what happens instead.
    Out(&'static [&'static str], &'static str, &'static str),
    /// It needs one of these API schemas.
    Alone(&'static [&'static str]),
}

/// Both tables by name.
fn rows() -> &'static HashMap<&'static str, Left> {
    static ALL: OnceLock<HashMap<&'static str, Left>> = OnceLock::new();
    ALL.get_or_init(|| {
        let out = ROWS
            .iter()
            .map(|row| (row.1, Left::Out(row.0, row.2, row.3)));
        out.chain(NEEDED.iter().map(|row| (row.0, Left::Alone(row.1))))
            .collect()
    })
}

/// Says which properties of USD's own schemas have no effect.
pub(crate) fn report(prim: &PrimReader<'_>) {
    for name in prim.property_names() {
        match rows().get(name) {
            Some(Left::Out(kinds, fallback, instead)) => {
                let here = kinds.is_empty() || kinds.contains(&prim.kind.as_str());
                if here && !says_nothing(prim, name, fallback) {
                    // What a camera or a light says is kept, and waits for pictures that show it.
                    let kept = kinds.contains(&prim.kind.as_str()) && !LOST.contains(&name);
                    let message = if kept {
                        format!("kept, but pictures do not show it: {instead}")
                    } else {
                        format!("property is not supported: {instead}")
                    };
                    let help = "remove it, or do not count on it";
                    prim.find(Severity::Note, "SC0102", name, message, help);
                }
            }
            Some(Left::Alone(apis)) => {
                let applied = |api: &&str| prim.has(api) || prim.opinions.takes_away(api);
                if !apis.iter().any(applied) {
                    let apis = apis.join("` or `");
                    let message = format!("property needs `{apis}`: it has no effect");
                    prim.find(
                        Severity::Warning,
                        "SC0102",
                        name,
                        message,
                        "apply the schema",
                    );
                }
            }
            None => {}
        }
    }
    instances(prim);
    if prim.has("PhysicsCollisionAPI") && matches!(prim.kind.as_str(), "" | "Xform" | "Scope") {
        let message = "collider without a shape: it collides with nothing";
        let help = "apply `PhysicsCollisionAPI` to the shapes below";
        prim.find(Severity::Warning, "SC0102", "", message, help);
    }
}

/// Drives and limits whose schema is not applied.
fn instances(prim: &PrimReader<'_>) {
    let mut said = Vec::new();
    for name in prim.property_names() {
        if !name.starts_with("drive:") && !name.starts_with("limit:") {
            continue;
        }
        let mut parts = name.split(':');
        let api = match (parts.next(), parts.next(), parts.next()) {
            (Some("drive"), Some(of), Some("physics")) => format!("PhysicsDriveAPI:{of}"),
            (Some("limit"), Some(of), Some("physics")) => format!("PhysicsLimitAPI:{of}"),
            _ => continue,
        };
        if !prim.has(&api) && !said.contains(&api) {
            let message = format!("property needs `{api}`: it has no effect");
            prim.find(
                Severity::Warning,
                "SC0102",
                name,
                message,
                "apply the schema",
            );
            said.push(api);
        }
    }
}

fn says_nothing(prim: &PrimReader<'_>, name: &str, fallback: &str) -> bool {
    match prim.opinions.value(name) {
        Ok(Some((found, _))) => same(&found, fallback),
        _ => prim.targets(name).is_empty(),
    }
}
