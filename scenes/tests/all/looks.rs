//! Looks, face sets, primvars, lights and cameras of small scenes.

use std::fs;
use std::path::{Path, PathBuf};

use halle_scenes::{Diagnostics, World, load};
use halle_world::components::{
    Camera, DomeLayout, FaceLooks, Geometry, Input, Interpolation, Light, LightKind, Look, Plant,
    Projection, Skin, Source, SourcePath, Subdivision,
};
use halle_world::{Entity, Shape, visible_shapes};

use crate::local;
use crate::looked::{Looked, compare, judged};

/// A folder of its own with the scene of `tests/looks` and its pictures, whose bytes do not matter.
fn scene(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("halle-looks-{name}-{}", std::process::id()));
    fs::create_dir_all(folder.join("tex")).unwrap();
    for picture in ["wood", "normal", "tile.1001", "tile.1011"] {
        fs::write(folder.join(format!("tex/{picture}.png")), picture).unwrap();
    }
    let file = folder.join("look.usda");
    fs::copy(local("tests/looks/look.usda"), &file).unwrap();
    file
}

fn loaded(file: &Path) -> (World, Diagnostics) {
    let loaded = load(file).unwrap();
    fs::remove_dir_all(file.parent().unwrap()).unwrap();
    loaded
}

fn at(world: &World, path: &str) -> Entity {
    let all = &world.get_resource::<Plant>().unwrap().entities;
    let found = all
        .iter()
        .find(|e| world.get::<SourcePath>(**e).unwrap().prim == path);
    *found.unwrap()
}

/// usd-core has the same looks, face sets and primvars.
#[test]
fn usd_core_sees_the_same() {
    let file = scene("judge");
    let Some(judge) = judged(&[&file]) else {
        println!("skipped: no Python with usd-core (HALLE_PYTHON names one)");
        return;
    };
    let (world, findings) = load(&file).unwrap();
    let mut sum = Looked::default();
    compare(&world, &findings, &judge[file.to_str().unwrap()], &mut sum);
    fs::remove_dir_all(file.parent().unwrap()).unwrap();
    assert!(sum.wrong.is_empty(), "{}", sum.wrong.join("\n"));
    assert_eq!(sum.counts["face sets"], 2);
    assert!(
        sum.counts["textures"] >= 5 && sum.counts["primvars"] >= 2,
        "{sum:?}"
    );
}

/// Every input of a surface through a node graph: constants, textures, a primvar.
#[test]
fn inputs_are_followed() {
    let (world, _) = loaded(&scene("inputs"));
    let Look(wood) = world.get::<Look>(at(&world, "/World/Plate")).unwrap();
    assert_eq!(wood.roughness, Input::constant(0.7));
    assert_eq!(wood.opacity_threshold, Input::constant(0.25));
    // The authored fallback of the texture stands in for it.
    assert_eq!(wood.diffuse_color.value, [0.9, 0.8, 0.7]);
    let Some(Source::Texture(image, _)) = &wood.diffuse_color.source else {
        panic!("{wood:?}");
    };
    let resolved = image.image.resolved.as_deref().unwrap();
    assert!(resolved.ends_with("/tex/wood.png"), "{resolved}");
    assert_eq!(image.scale, [0.5, 0.5, 0.5, 1.0]);
    assert_eq!(image.coordinates.primvar.as_deref(), Some("st"));
    let transform = image.coordinates.transforms[0];
    assert!((transform.rotation - 30_f64.to_radians()).abs() < 1e-12);
    // Colour and opacity read one picture.
    let Some(Source::Texture(same, _)) = &wood.opacity.source else {
        panic!("{wood:?}");
    };
    assert!(std::sync::Arc::ptr_eq(image, same));
    let Some(Source::Texture(tiles, _)) = &wood.occlusion.source else {
        panic!("{wood:?}");
    };
    let tiles = tiles.image.resolved.as_deref().unwrap();
    assert!(tiles.ends_with("/tex/tile.<UDIM>.png"), "{tiles}");
    assert_eq!(wood.primvars(), ["st", "wear"]);
}

/// Faces keep their looks and values when they are cut into triangles.
#[test]
fn faces_reach_triangles() {
    let (world, findings) = loaded(&scene("faces"));
    let plate = at(&world, "/World/Plate");
    let Skin(skin) = world.get::<Skin>(plate).unwrap();
    assert_eq!(skin.cut.faces, [0, 0, 1, 1, 2]);
    assert_eq!(skin.cut.corners[3], [4, 6, 7]);
    let normals = skin.normals.as_ref().unwrap();
    assert_eq!(normals.interpolation, Interpolation::Uniform);
    let FaceLooks(sets) = world.get::<FaceLooks>(plate).unwrap();
    let left = sets[0].look.as_ref().unwrap();
    assert!(left.specular_workflow);
    // Without a binding of its own a set has the look of the mesh.
    let own = &world.get::<Look>(plate).unwrap().0;
    assert!(std::sync::Arc::ptr_eq(sets[1].look.as_ref().unwrap(), own));
    let lost = findings.findings().iter();
    let lost = lost.filter(|f| f.code == "SC0122");
    assert!(
        lost.clone()
            .any(|f| f.message.starts_with("faces in no set"))
    );
    // Pictures show two shapes: the left face, and the others with the look of wood.
    let shown = visible_shapes(&world);
    let parts: Vec<_> = shown.iter().filter(|s| s.prim == "/World/Plate").collect();
    let triangles = parts.iter().map(|p| match &p.shape {
        Shape::Mesh(mesh) => mesh.triangles.len(),
        _ => 0,
    });
    assert_eq!(triangles.collect::<Vec<_>>(), [1, 2, 2]);
}

/// Display colours: inherited constants, and one for each point.
#[test]
fn display_colours() {
    let (world, _) = loaded(&scene("colours"));
    let Look(plain) = world.get::<Look>(at(&world, "/World/Plain")).unwrap();
    assert_eq!(plain.diffuse_color, Input::constant([0.1, 0.2, 0.3]));
    let painted = at(&world, "/World/Painted");
    let Look(look) = world.get::<Look>(painted).unwrap();
    assert!(
        matches!(&look.diffuse_color.source, Some(Source::Primvar(r)) if r.name == "displayColor")
    );
    assert_eq!(look.opacity, Input::constant(0.5));
    let Skin(skin) = world.get::<Skin>(painted).unwrap();
    assert_eq!(skin.primvar("displayColor").unwrap().values.len(), 3);
    assert!(world.get::<Subdivision>(painted).is_none());
    assert!(world.get::<Geometry>(painted).is_some());
}

/// A picture that is not there, and connections that lead nowhere or in circles, are told with prim
/// and property; the rest loads.
#[test]
fn what_is_not_there_is_told() {
    let (world, findings) = loaded(&scene("told"));
    let told = |code: &str, prim: &str, property: &str, part: &str| {
        let all = findings.findings().iter();
        let mut found =
            all.filter(|f| f.code == code && f.site.prim == prim && f.site.property == property);
        assert!(found.any(|f| f.message.contains(part)), "{findings}");
    };
    told(
        "SC0121",
        "/World/Looks/Steel/Image",
        "inputs:file",
        "tex/gone.png",
    );
    let surface = "/World/Looks/Wood/Graph/Surface";
    told(
        "SC0111",
        surface,
        "inputs:clearcoat",
        "/World/Looks/Wood/Nope.outputs:r",
    );
    assert!(world.get::<Look>(at(&world, "/World/Plate")).is_some());
}

/// Lights and cameras with all that `UsdLux` and `UsdGeomCamera` say.
#[test]
fn lights_and_cameras() {
    let (world, _) = loaded(&scene("lights"));
    let sky = world.get::<Light>(at(&world, "/World/Sky")).unwrap();
    let extra = sky.extra.as_ref().unwrap();
    assert_eq!(extra.texture_layout, DomeLayout::LatLong);
    assert!(extra.texture.as_ref().unwrap().resolved.is_some() && extra.pole_along_z);
    let tube = world.get::<Light>(at(&world, "/World/Tube")).unwrap();
    let kind = LightKind::Cylinder {
        radius: 0.05,
        length: 1.5,
    };
    assert_eq!((tube.kind, tube.intensity), (kind, 12.0));
    let extra = tube.extra.as_ref().unwrap();
    assert_eq!(extra.temperature, Some(4000.0));
    assert!((extra.shaping.cone_angle - 40_f64.to_radians()).abs() < 1e-12);
    assert!(!extra.shadow.enable);
    let camera = world.get::<Camera>(at(&world, "/World/Cam")).unwrap();
    // A tenth of a stage unit, here of a metre, is the unit of lens and film.
    assert!((camera.focal_length - 3.5).abs() < 1e-12);
    assert!((camera.aperture_offset[0] - 0.1).abs() < 1e-12);
    assert_eq!(camera.projection, Projection::Orthographic);
    assert_eq!(camera.clipping_planes, [[1.0, 0.0, 0.0, 2.0]]);
    assert_eq!((camera.f_stop, camera.exposure.compensation), (2.8, 1.5));
}
