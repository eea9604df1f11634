//! How many looks and pictures a world has, each counted once however many prims share it.

use std::collections::BTreeSet;
use std::sync::Arc;

use halle_world::World;
use halle_world::components::{
    FaceLooks, ImageFile, Light, Look, Plant, Skin, Source, Subdivision, Surface,
};

/// What was met so far.
#[derive(Default)]
struct Met<'w> {
    looks: BTreeSet<usize>,
    pictures: BTreeSet<&'w str>,
    missing: BTreeSet<&'w str>,
}

impl<'w> Met<'w> {
    fn picture(&mut self, image: &'w ImageFile) {
        match &image.resolved {
            Some(file) => self.pictures.insert(file),
            None => self.missing.insert(&image.authored),
        };
    }

    fn look(&mut self, look: &'w Arc<Surface>) {
        if !self.looks.insert(Arc::as_ptr(look).addr()) {
            return;
        }
        for (_, source) in look.sources() {
            if let Source::Texture(texture, _) = source {
                self.picture(&texture.image);
            }
        }
    }
}

/// Adds the counts of looks, pictures, and what lies on the faces of meshes.
pub(super) fn count(world: &World, plant: &Plant, add: &mut impl FnMut(&str, usize)) {
    let mut met = Met::default();
    for &entity in &plant.entities {
        if let Some(Look(look)) = world.get::<Look>(entity) {
            met.look(look);
        }
        if let Some(FaceLooks(sets)) = world.get::<FaceLooks>(entity) {
            sets.iter()
                .filter_map(|s| s.look.as_ref())
                .for_each(|l| met.look(l));
            add("mesh with looks of single faces", 1);
        }
        let skin = world.get::<Skin>(entity);
        let carries = skin.is_some_and(|s| !s.0.primvars.is_empty());
        add("shape with primvars", usize::from(carries));
        let cage = matches!(
            world.get::<Subdivision>(entity),
            Some(Subdivision::CatmullClark | Subdivision::Loop)
        );
        add("cage of a subdivision surface", usize::from(cage));
        let light = world.get::<Light>(entity).and_then(|l| l.extra.as_ref());
        if let Some(extra) = light {
            extra.texture.iter().for_each(|i| met.picture(i));
            extra.shaping.profile.iter().for_each(|i| met.picture(i));
        }
    }
    add("look", met.looks.len());
    add("picture", met.pictures.len());
    add("picture that is not there", met.missing.len());
}
