//! Blueprints put in their places on the stage.

use std::rc::Rc;
use std::sync::Arc;

use nalgebra::Matrix4;
use openusd::sdf::Path;

use super::binding::{Binding, Bindings};
use super::blueprint::{Blueprint, Item, LinkSource, Nested, Record};
use super::desc::{Links, MAX_OBJECTS};
use super::gf;
use super::share::roots;

/// Paths of a blueprint's namespace to those of its place; inner blueprints first.
struct Map<'a> {
    pair: Option<(Path, Path)>,
    outer: Option<&'a Self>,
}

impl Map<'_> {
    fn apply(&self, path: &Path) -> Path {
        let moved = self
            .pair
            .as_ref()
            .and_then(|(from, to)| path.replace_prefix(from, to));
        match (moved, self.outer) {
            (Some(moved), _) => moved,
            (None, Some(outer)) => outer.apply(path),
            (None, None) => path.clone(),
        }
    }
}

/// Where a blueprint is put.
pub(super) struct Place<'a> {
    pub(super) blueprint: &'a Blueprint,
    path: Path,
    /// World from the blueprint's root.
    pub(super) world: Matrix4<f64>,
    /// Whether that only turns and moves: scales and poses against bodies are then those of the
    /// blueprint itself.
    pub(super) rigid: bool,
    map: Map<'a>,
    outer: Bindings,
    hidden: bool,
    proxy: bool,
    links: Vec<Option<Arc<Links>>>,
}

/// A record in its place.
pub(super) struct Placed<'a> {
    pub(super) record: &'a Record,
    pub(super) path: Path,
    pub(super) hidden: bool,
    pub(super) proxy: bool,
}

impl Place<'_> {
    pub(super) fn map(&self, paths: &[Path]) -> Vec<Path> {
        paths.iter().map(|path| self.map.apply(path)).collect()
    }

    pub(super) fn map_one(&self, path: &Path) -> Path {
        self.map.apply(path)
    }

    /// The material bound for physics, given what binds inside the blueprint.
    pub(super) fn material(
        &self,
        inner: &Bindings,
        asked: &Path,
        ask: &mut dyn FnMut(&Path) -> Option<Path>,
    ) -> Option<Path> {
        if self.outer.is_empty() && !inner.collections {
            let winner = inner.winner()?;
            return winner.physical.then(|| self.map.apply(&winner.path));
        }
        let all = self.outer.with(&inner.mapped(&|path| self.map.apply(path)));
        if all.collections {
            return ask(asked);
        }
        let winner: &Binding = all.winner()?;
        winner.physical.then(|| winner.path.clone())
    }

    /// The references of a shape; shapes that share them in the blueprint share them here.
    pub(super) fn links(
        &mut self,
        index: usize,
        own: &Path,
        ask: &mut dyn FnMut(&Path) -> Option<Path>,
    ) -> Arc<Links> {
        if let Some(Some(known)) = self.links.get(index) {
            return known.clone();
        }
        let source: &LinkSource = &self.blueprint.links[index];
        let mut by_prim = false;
        let mut materials = Vec::new();
        for (inner, subset) in &source.materials {
            by_prim |= subset.is_some() || inner.collections || self.outer.collections;
            let asked = subset
                .as_ref()
                .map_or_else(|| own.clone(), |path| self.placed(path));
            materials.extend(self.material(inner, &asked, ask));
        }
        let links = Arc::new(Links {
            materials,
            owners: self.map(&source.owners),
            filtered: self.map(&source.filtered),
            groups: Vec::new(),
        });
        if !by_prim {
            self.links[index] = Some(links.clone());
        }
        links
    }

    /// The path of a prim of the blueprint.
    fn placed(&self, path: &Path) -> Path {
        if self.path == self.blueprint.source {
            return path.clone();
        }
        let moved = path.replace_prefix(&self.blueprint.source, &self.path);
        moved.unwrap_or_else(|| path.clone())
    }
}

/// Visits every record of a blueprint and of those nested in it, in depth-first order.
pub(super) struct Placer<'v> {
    visit: &'v mut dyn FnMut(&mut Place<'_>, Placed<'_>),
    count: usize,
}

impl<'v> Placer<'v> {
    pub(super) fn new(visit: &'v mut dyn FnMut(&mut Place<'_>, Placed<'_>)) -> Self {
        Self { visit, count: 0 }
    }

    /// Visits a whole stage. False if it holds too much and the rest was left out.
    pub(super) fn stage(&mut self, blueprint: &Rc<Blueprint>) -> bool {
        let place = Place {
            blueprint,
            path: blueprint.source.clone(),
            world: Matrix4::identity(),
            rigid: true,
            map: Map {
                pair: None,
                outer: None,
            },
            outer: Bindings::default(),
            hidden: false,
            proxy: false,
            links: vec![None; blueprint.links.len()],
        };
        self.put(place)
    }

    fn put(&mut self, mut place: Place<'_>) -> bool {
        let blueprint = place.blueprint;
        for item in &blueprint.items {
            self.count += 1;
            if self.count > MAX_OBJECTS {
                return false;
            }
            let fine = match item {
                Item::Record(record) => {
                    let placed = Placed {
                        record,
                        path: place.placed(&record.path),
                        hidden: place.hidden || record.hidden,
                        proxy: place.proxy || record.proxy,
                    };
                    (self.visit)(&mut place, placed);
                    true
                }
                Item::Nested(nested) => self.nested(&place, nested),
            };
            if !fine {
                return false;
            }
        }
        true
    }

    fn nested(&mut self, outer: &Place<'_>, nested: &Nested) -> bool {
        let path = outer.placed(&nested.path);
        let world = nested.frame.world(&outer.world);
        let source = &nested.blueprint.source;
        let pair = if nested.instance {
            (source.clone(), path.clone())
        } else {
            roots(source, &path)
        };
        let inner = nested.bindings.mapped(&|path| outer.map.apply(path));
        self.put(Place {
            blueprint: &nested.blueprint,
            path,
            world,
            rigid: gf::is_rigid(&world),
            map: Map {
                pair: Some(pair),
                outer: Some(&outer.map),
            },
            outer: outer.outer.with(&inner),
            hidden: outer.hidden || nested.hidden,
            proxy: outer.proxy || nested.proxy,
            links: vec![None; nested.blueprint.links.len()],
        })
    }
}
