//! Reading a stage into blueprints.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use nalgebra::Matrix4;
use openusd::sdf::Path;
use openusd::usd::{Prim, PrimPredicate, Stage};

use super::binding::Bindings;
use super::blueprint::{Blueprint, Frame, Item, LinkSource, Nested, RawShape, Record, What};
use super::facts::{FactBook, Facts, Form, Role};
use super::own;
use super::raw::{RawGeometry, RawJoint};
use super::read::Reader;
use super::share::{Key, Sharing};
use crate::open::Scene;
use crate::xform;

type Result<T> = openusd::Result<T>;

/// A prim on the way down, with what its descendants may ask of it.
struct Node {
    above: Option<Rc<Self>>,
    prim: Prim,
    facts: Rc<Facts>,
    frame: OnceCell<Frame>,
    bindings: OnceCell<Rc<Bindings>>,
    /// Nearest body at or above, as an index of the blueprint's items.
    body: Option<usize>,
    hidden: bool,
    proxy: bool,
    /// Whether the subtree it is in is itself a blueprint that others may share.
    shared: bool,
}

/// A blueprint in the making.
struct Draft {
    source: Path,
    items: Vec<Item>,
    links: Vec<LinkSource>,
    known_links: HashMap<LinkSource, usize>,
}

impl Draft {
    fn new(source: Path) -> Self {
        Self {
            source,
            items: Vec::new(),
            links: Vec::new(),
            known_links: HashMap::new(),
        }
    }

    fn finish(self) -> Rc<Blueprint> {
        Rc::new(Blueprint {
            source: self.source,
            items: self.items,
            links: self.links,
        })
    }
}

/// Reads the physics of a stage.
pub(super) struct Walker<'a> {
    stage: &'a Stage,
    book: FactBook,
    sharing: Sharing,
    prototypes: HashMap<Path, Rc<Blueprint>>,
    /// Whether there is a material with physical properties at a path.
    materials: HashMap<Path, bool>,
    /// Whether to read below point instancers too.
    hidden: bool,
    pub(super) unread: Vec<Path>,
}

impl<'a> Walker<'a> {
    pub(super) fn new(scene: &'a Scene, hidden: bool) -> Self {
        Self {
            stage: scene.stage(),
            book: FactBook::default(),
            sharing: Sharing::new(scene.stage()),
            prototypes: HashMap::new(),
            materials: HashMap::new(),
            hidden,
            unread: Vec::new(),
        }
    }

    /// The whole stage as one blueprint.
    pub(super) fn stage_blueprint(&mut self) -> Rc<Blueprint> {
        let root = Path::abs_root();
        let mut draft = Draft::new(root.clone());
        let mut stack = self.children(&root, None);
        self.run(&mut stack, &mut draft);
        draft.finish()
    }

    /// Visits prims depth first until none is left.
    fn run(&mut self, stack: &mut Vec<(Path, Option<Rc<Node>>)>, draft: &mut Draft) {
        while let Some((path, above)) = stack.pop() {
            match self.visit(&path, above, draft) {
                Ok(below) => stack.extend(below),
                Err(_) => self.unread.push(path),
            }
        }
    }

    /// The children of a prim, the last one first.
    fn children(&mut self, path: &Path, node: Option<&Rc<Node>>) -> Vec<(Path, Option<Rc<Node>>)> {
        let names = self.stage.prim(path).ok().map(|prim| prim.child_names());
        let Some(Ok(names)) = names else {
            self.unread.push(path.clone());
            return Vec::new();
        };
        let child = |name: &openusd::tf::Token| {
            let path = path.append_path(name.as_str()).ok()?;
            Some((path, node.cloned()))
        };
        names.iter().rev().filter_map(child).collect()
    }

    /// Reads one prim, and names its children that are to be visited.
    fn visit(
        &mut self,
        path: &Path,
        above: Option<Rc<Node>>,
        draft: &mut Draft,
    ) -> Result<Vec<(Path, Option<Rc<Node>>)>> {
        if !self
            .stage
            .prim_matches(path, PrimPredicate::DEFAULT_PROXIES)?
        {
            return Ok(Vec::new());
        }
        let prim = self.stage.prim(path)?;
        let inside = above.as_ref().is_some_and(|node| node.shared);
        let Some(key) = self.sharing.key(&prim, inside)? else {
            return self.read(prim, above, inside, draft);
        };
        let blueprint = match self.sharing.known(&key) {
            Some(blueprint) => blueprint,
            None => self.share(key, &prim)?,
        };
        self.nest(draft, blueprint, path.clone(), above.as_ref(), false);
        Ok(Vec::new())
    }

    /// Reads the subtree of a prim into a blueprint of its own.
    fn share(&mut self, key: Key, prim: &Prim) -> Result<Rc<Blueprint>> {
        let mut draft = Draft::new(prim.path().clone());
        let mut stack = self.read(prim.clone(), None, true, &mut draft)?;
        self.run(&mut stack, &mut draft);
        let blueprint = draft.finish();
        self.sharing.keep(key, blueprint.clone());
        Ok(blueprint)
    }

    fn nest(
        &mut self,
        draft: &mut Draft,
        blueprint: Rc<Blueprint>,
        path: Path,
        above: Option<&Rc<Node>>,
        instance: bool,
    ) {
        if blueprint.items.is_empty() {
            return;
        }
        let frame = above.map_or_else(Frame::root, |node| self.frame(node));
        let bindings = above.map(|node| self.bindings(node)).unwrap_or_default();
        draft.items.push(Item::Nested(Nested {
            blueprint,
            path,
            frame,
            bindings,
            instance,
            hidden: above.is_some_and(|node| node.hidden),
            proxy: above.is_some_and(|node| node.proxy),
        }));
    }

    /// Reads a prim and, if it is an instance, what is below it.
    fn read(
        &mut self,
        prim: Prim,
        above: Option<Rc<Node>>,
        shared: bool,
        draft: &mut Draft,
    ) -> Result<Vec<(Path, Option<Rc<Node>>)>> {
        let path = prim.path().clone();
        let info = self.stage.prim_type_info(&path)?;
        let facts = self.book.facts(self.stage.schema_registry(), &info);
        let mut node = Node {
            body: above.as_ref().and_then(|node| node.body),
            hidden: above.as_ref().is_some_and(|node| node.hidden),
            proxy: above.as_ref().is_some_and(|node| node.proxy),
            above,
            prim,
            facts: facts.clone(),
            frame: OnceCell::new(),
            bindings: OnceCell::new(),
            shared,
        };
        if facts.physical() {
            self.record(&mut node, draft)?;
        }
        if facts.instancer {
            if !self.hidden {
                return Ok(Vec::new());
            }
            node.hidden = true;
        }
        let node = Rc::new(node);
        let Some(prototype) = node.prim.prototype()? else {
            return Ok(self.children(&path, Some(&node)));
        };
        let blueprint = match self.prototypes.get(&prototype) {
            Some(blueprint) => blueprint.clone(),
            None => self.prototype(prototype, &node),
        };
        self.nest(draft, blueprint, path, Some(&node), true);
        Ok(Vec::new())
    }

    /// Reads what is below an instance into a blueprint for all instances of its prototype.
    fn prototype(&mut self, prototype: Path, instance: &Rc<Node>) -> Rc<Blueprint> {
        let path = instance.prim.path().clone();
        let mut draft = Draft::new(path.clone());
        // A root for the blueprint: of the instance itself, only the path counts below it.
        let root = Rc::new(Node {
            above: None,
            prim: instance.prim.clone(),
            facts: instance.facts.clone(),
            frame: OnceCell::from(Frame::root()),
            bindings: OnceCell::from(Rc::default()),
            body: None,
            hidden: false,
            proxy: true,
            shared: true,
        });
        let mut stack = self.children(&path, Some(&root));
        self.run(&mut stack, &mut draft);
        let blueprint = draft.finish();
        self.prototypes.insert(prototype, blueprint.clone());
        blueprint
    }

    /// Appends what a prim is; a body first, so that its own collider finds it.
    fn record(&mut self, node: &mut Node, draft: &mut Draft) -> Result<()> {
        let facts = node.facts.clone();
        let prim = node.prim.clone();
        let reader = Reader::new(&prim, facts.clone());
        let (path, role) = (prim.path().clone(), facts.role);
        let push = |draft: &mut Draft, node: &Node, frame: Frame, hidden: bool, what: What| {
            draft.items.push(Item::Record(Record {
                path: path.clone(),
                frame,
                hidden,
                body: node.body,
                proxy: node.proxy,
                what,
            }));
        };
        let what = match role {
            Role::Scene => Some(What::Scene(own::scene(self.stage, &reader))),
            Role::Group => Some(What::Group(own::group(&reader))),
            Role::Material => Some(What::Material(own::material(&reader))),
            Role::Joint(form) => Some(What::Joint(Box::new(RawJoint::read(&reader, form)))),
            Role::Other => None,
        };
        if let Some(what) = what {
            push(draft, node, Frame::root(), node.hidden, what);
        }
        let (plain, joint) = (role == Role::Other, matches!(role, Role::Joint(_)));
        if facts.articulation_api && (plain || joint) {
            let what = What::Articulation(own::filtered(&reader));
            push(draft, node, Frame::root(), node.hidden, what);
        }
        let hidden = node.hidden || !plain;
        if facts.body_api && (!hidden || self.hidden) {
            let body = own::body(&reader);
            let frame = self.frame(node);
            // A disabled body carries nothing.
            if !hidden && body.enabled {
                node.body = Some(draft.items.len());
            }
            let what = What::Body(Box::new(body));
            push(draft, node, frame, hidden, what);
        }
        if facts.collision_api && (!hidden || self.hidden) {
            let what = self.shape(node, &reader, draft)?;
            let frame = self.frame(node);
            push(draft, node, frame, hidden, what);
        }
        Ok(())
    }

    fn shape(&mut self, node: &Node, reader: &Reader<'_>, draft: &mut Draft) -> Result<What> {
        let facts = &node.facts;
        let mass = own::mass(reader);
        let Some(form) = facts.form else {
            let enabled = reader.flag("physics:collisionEnabled", true);
            return Ok(What::Unknown(enabled.then_some(mass)));
        };
        let bindings = self.bindings(node);
        let mut materials = Vec::new();
        if form == Form::Mesh {
            self.subsets(node, &bindings, &mut materials)?;
        }
        if facts.binding_api {
            materials.push((bindings.clone(), None));
        }
        if draft.source.is_abs_root() {
            // Nothing is above that could bind.
            materials.retain(|(bindings, _)| !bindings.is_empty());
        }
        let source = LinkSource {
            materials,
            owners: reader.targets("physics:simulationOwner"),
            filtered: own::filtered(reader),
        };
        let count = draft.links.len();
        let links = *draft.known_links.entry(source.clone()).or_insert(count);
        if links == count {
            draft.links.push(source);
        }
        Ok(What::Shape(Box::new(RawShape {
            geometry: RawGeometry::read(reader, form),
            enabled: reader.flag("physics:collisionEnabled", true),
            links,
            mass,
            bindings,
            factors: OnceCell::new(),
            local: OnceCell::new(),
        })))
    }

    /// Appends what binds at the face subsets of a mesh.
    fn subsets(
        &mut self,
        node: &Node,
        above: &Rc<Bindings>,
        materials: &mut Vec<(Rc<Bindings>, Option<Path>)>,
    ) -> Result<()> {
        for child in node.prim.children()? {
            if !self
                .stage
                .prim_matches(child.path(), PrimPredicate::DEFAULT_PROXIES)?
            {
                continue;
            }
            let info = self.stage.prim_type_info(child.path())?;
            let facts = self.book.facts(self.stage.schema_registry(), &info);
            if !facts.subset || !facts.binding_api {
                continue;
            }
            let reader = Reader::new(&child, facts);
            let element = reader.get::<openusd::tf::Token>("elementType");
            if element.is_none_or(|element| element.as_str() != "face") {
                continue;
            }
            let own = self.own_bindings(&child, reader.authored());
            materials.push((Rc::new(above.with(&own)), Some(child.path().clone())));
        }
        Ok(())
    }

    /// Where a prim stands in its blueprint; computed down from the nearest known frame.
    fn frame(&self, node: &Node) -> Frame {
        if let Some(frame) = node.frame.get() {
            return *frame;
        }
        let mut chain = vec![node];
        let mut current = node.above.as_deref();
        let mut base = Frame::root();
        while let Some(above) = current {
            if let Some(frame) = above.frame.get() {
                base = *frame;
                break;
            }
            chain.push(above);
            current = above.above.as_deref();
        }
        for node in chain.into_iter().rev() {
            let found = xform::local(&node.prim, None);
            let (local, resets) = found.unwrap_or((Matrix4::identity(), false));
            base = Frame {
                matrix: if resets { local } else { base.matrix * local },
                absolute: base.absolute || resets,
            };
            node.frame.get_or_init(|| base);
        }
        base
    }

    /// What binds at a prim and above it inside its blueprint.
    fn bindings(&mut self, node: &Node) -> Rc<Bindings> {
        let mut chain = Vec::new();
        let mut current = Some(node);
        let mut base: Rc<Bindings> = Rc::default();
        while let Some(node) = current {
            if let Some(bindings) = node.bindings.get() {
                base = bindings.clone();
                break;
            }
            chain.push(node);
            current = node.above.as_deref();
        }
        for node in chain.into_iter().rev() {
            let authored = node.prim.authored_property_names().unwrap_or_default();
            let own = self.own_bindings(&node.prim, &authored);
            if !own.is_empty() {
                base = Rc::new(base.with(&own));
            }
            node.bindings.get_or_init(|| base.clone());
        }
        base
    }

    fn own_bindings(&mut self, prim: &Prim, authored: &[openusd::tf::Token]) -> Bindings {
        let (stage, book, known) = (self.stage, &mut self.book, &mut self.materials);
        Bindings::of(prim, authored, &mut |path| {
            if let Some(known) = known.get(path) {
                return *known;
            }
            let info = stage.prim_type_info(path).ok();
            let facts = info.map(|info| book.facts(stage.schema_registry(), &info));
            let material = facts.is_some_and(|facts| facts.shade_material && facts.material_api);
            known.insert(path.clone(), material);
            material
        })
    }
}
