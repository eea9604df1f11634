//! Replicas and attached models, written out as elements.

use halle_world::Severity;
use nalgebra::Vector3;

use crate::error::MjcfError;
use crate::orient;
use crate::references::{
    Names, asset_names, collect, name_made, references, rename, search, set_scope, stem, unresolved,
};
use crate::report::Report;
use crate::settings::Scope;
use crate::tree::{DEPTH_LIMIT, ELEMENT_LIMIT, Element};
use crate::values::View;

/// Sections whose elements refer to the kinematic tree or to each other; what is
/// referred to first.
const REFERRING: [&str; 5] = ["tendon", "actuator", "contact", "equality", "sensor"];

/// A model that can be attached, as read and checked.
pub(crate) struct Asset {
    pub(crate) name: String,
    pub(crate) root: Element,
}

/// Writes out a whole model.
pub(crate) struct Expander<'a> {
    scopes: &'a mut Vec<Scope>,
    report: &'a Report,
    assets: Vec<Asset>,
    /// Names before anything is written out; `None` where attached models bring more of them.
    known: Option<Names>,
    count: usize,
}

impl<'a> Expander<'a> {
    /// `assets` are what the model attaches, `count` is how many elements its file has.
    pub(crate) fn new(
        scopes: &'a mut Vec<Scope>,
        report: &'a Report,
        assets: Vec<Asset>,
        count: usize,
    ) -> Self {
        Self {
            scopes,
            report,
            assets,
            known: None,
            count,
        }
    }

    /// Replaces every `replicate` and `attach` of a model by what they stand for.
    pub(crate) fn expand(&mut self, root: &mut Element) -> Result<(), MjcfError> {
        if self.assets.is_empty() {
            let mut names = Names::from([("body", "world".to_owned())]);
            for section in &root.children {
                match &*section.name {
                    "worldbody" => collect(section, &mut names),
                    name => name_made(name, &section.children, &mut names),
                }
            }
            self.known = Some(names);
        }
        let mut worlds = Vec::new();
        for (k, section) in root.children.iter_mut().enumerate() {
            if &*section.name == "worldbody" {
                worlds.push((k, std::mem::take(&mut section.children)));
            }
        }
        for (k, children) in worlds {
            let done = self.list(root, children, "main", 2)?;
            root.children[k].children = done;
        }
        Ok(())
    }

    /// Counts elements that are about to be made.
    fn grow(&mut self, by: usize, element: &Element) -> Result<(), MjcfError> {
        self.count = self.count.saturating_add(by);
        if self.count > ELEMENT_LIMIT {
            return Err(MjcfError::TooLarge {
                place: element.place.clone(),
                what: "elements",
                limit: ELEMENT_LIMIT,
            });
        }
        Ok(())
    }

    fn list(
        &mut self,
        root: &mut Element,
        children: Vec<Element>,
        class: &str,
        depth: usize,
    ) -> Result<Vec<Element>, MjcfError> {
        if depth > DEPTH_LIMIT {
            let place = children.first().map_or(&root.place, |c| &c.place).clone();
            let (what, limit) = ("levels of nesting", DEPTH_LIMIT);
            return Err(MjcfError::TooLarge { place, what, limit });
        }
        let mut done = Vec::with_capacity(children.len());
        for mut child in children {
            let inner = child.text("childclass").unwrap_or(class).to_owned();
            match &*child.name {
                "replicate" => {
                    let inside = std::mem::take(&mut child.children);
                    let inside = self.list(root, inside, &inner, depth + 1)?;
                    done.extend(self.replicate(root, &child, inside, class)?);
                }
                "attach" => {
                    let attached = self.attach(root, &child)?;
                    let rest = self.list(root, vec![attached], "main", depth + 1)?;
                    done.extend(rest);
                }
                "body" | "frame" => {
                    let inside = std::mem::take(&mut child.children);
                    child.children = self.list(root, inside, &inner, depth + 1)?;
                    done.push(child);
                }
                _ => done.push(child),
            }
        }
        Ok(done)
    }

    /// The frames that a `replicate` stands for.
    fn replicate(
        &mut self,
        root: &mut Element,
        element: &Element,
        inside: Vec<Element>,
        class: &str,
    ) -> Result<Vec<Element>, MjcfError> {
        let view = View::plain(element);
        element.required("count")?;
        // As in MuJoCo, less than nothing is nothing.
        let count = view.integer_or("count", 0).max(0);
        if let Some(joint) = inside
            .iter()
            .find(|c| matches!(&*c.name, "joint" | "freejoint"))
        {
            return Err(joint.invalid("a joint cannot stand directly in `replicate`"));
        }
        let scope = &self.scopes[element.scope];
        let step = view.fill("euler", [0.0; 3]).map(|a| scope.angle(a));
        let (order, offset) = (scope.euler, Vector3::from(view.fill("offset", [0.0; 3])));
        let size: usize = inside.iter().map(Element::size).sum::<usize>() + 1;
        self.grow(size.saturating_mul(count as usize), element)?;
        let mut names = Names::new();
        inside.iter().for_each(|child| collect(child, &mut names));
        let digits = count.to_string().len();
        let separator = element.attributes.iter().find(|(n, _)| &**n == "sep");
        let separator = separator.map_or("", |(_, text)| text);
        let suffixes: Vec<String> = (0..count)
            .map(|k| format!("{separator}{k:0digits$}"))
            .collect();
        self.copy_referring(root, &names, &suffixes, element)?;
        let mut frames = Vec::new();
        let mut position = Vector3::zeros();
        for (k, suffix) in suffixes.iter().enumerate() {
            let turn = orient::euler(step.map(|a| a * k as f64), order);
            let q = turn.quaternion();
            let mut frame = Element {
                name: "frame".into(),
                attributes: Vec::new(),
                children: inside.clone(),
                place: element.place.clone(),
                scope: element.scope,
            };
            let to = |name: &str| format!("{name}{suffix}");
            frame
                .children
                .iter_mut()
                .for_each(|c| rename(c, &names, &to));
            let [x, y, z] = position.into();
            frame.set("pos", format!("{x} {y} {z}"));
            frame.set("quat", format!("{} {} {} {}", q.w, q.i, q.j, q.k));
            frame.set(
                "childclass",
                element.text("childclass").unwrap_or(class).to_owned(),
            );
            frames.push(frame);
            position += turn * offset;
        }
        Ok(frames)
    }

    /// Repeats the elements of other sections that refer to a replicated subtree alone, and drops
    /// those that refer to it and to something else.
    fn copy_referring(
        &mut self,
        root: &mut Element,
        names: &Names,
        suffixes: &[String],
        cause: &Element,
    ) -> Result<(), MjcfError> {
        let mut names = names.clone();
        let mut order: Vec<&mut Element> = root.children.iter_mut().collect();
        order.sort_by_key(|s| REFERRING.iter().position(|name| *name == &*s.name));
        let (mut made, mut stray) = (0, Vec::new());
        for section in order.into_iter().filter(|s| REFERRING.contains(&&*s.name)) {
            let mut copies = Vec::new();
            section.children.retain(|element| {
                let [inside, outside] = references(element, &names);
                if inside == 0 {
                    return true;
                }
                if outside > 0 {
                    stray.extend(
                        self.known
                            .as_ref()
                            .and_then(|known| unresolved(element, known)),
                    );
                    let message = "refers to a replicated element and to another one: it is left \
                                   out, as MuJoCo does";
                    self.report
                        .at(Severity::Warning, "MJ0117", element, "", message.to_owned());
                } else {
                    copies.push(element.clone());
                }
                false
            });
            name_made(&section.name, &copies, &mut names);
            for suffix in suffixes {
                let to = |name: &str| format!("{name}{suffix}");
                for copy in &copies {
                    let mut copy = copy.clone();
                    rename(&mut copy, &names, &to);
                    made += copy.size();
                    section.children.push(copy);
                    if made + self.count > ELEMENT_LIMIT {
                        break;
                    }
                }
            }
        }
        match stray.pop() {
            Some(error) => Err(error),
            None => self.grow(made, cause),
        }
    }

    /// The subtree that an `attach` stands for, and the rest of its model into this one's sections.
    fn attach(&mut self, root: &mut Element, element: &Element) -> Result<Element, MjcfError> {
        // An empty prefix is allowed, none is not.
        if !element.attributes.iter().any(|(n, _)| &**n == "prefix") {
            element.required("prefix")?;
        }
        let prefix = element.text("prefix").unwrap_or_default().to_owned();
        let (wanted, kind) = match (element.text("body"), element.text("frame")) {
            (Some(_), Some(_)) => {
                return Err(element.invalid("expected `body` or `frame`, not both"));
            }
            (Some(name), None) => (Some(name), "body"),
            (None, Some(name)) => (Some(name), "frame"),
            (None, None) => (None, "body"),
        };
        let Some(model) = element.text("model") else {
            let message = "a part of the model attached to itself is not supported";
            let message = format!("{message}: expected attribute `model`");
            return Err(element.invalid(message));
        };
        let asset = self.assets.iter().find(|a| a.name == model);
        let asset = asset.ok_or_else(|| element.unknown("model", model))?;
        let mut child = asset.root.clone();
        let worlds = child.children.iter().filter(|s| &*s.name == "worldbody");
        let mut worlds = worlds.flat_map(|s| s.children.iter());
        let mut found = match wanted {
            Some(name) => worlds
                .find_map(|e| search(e, kind, name, "main"))
                .ok_or_else(|| element.unknown(kind, name))?,
            None => Element {
                name: "frame".into(),
                attributes: vec![("childclass".into(), "main".to_owned())],
                children: worlds.cloned().collect(),
                place: element.place.clone(),
                scope: child.scope,
            },
        };
        self.grow(child.size(), element)?;
        let mut names = Names::new();
        collect(&found, &mut names);
        self.merge_sections(root, &mut child, &names, &prefix);
        let scope = self.scopes.len();
        let mut own = self.scopes[child.scope].clone();
        let to = |name: &str| format!("{prefix}{name}");
        let mut all = names;
        all.extend(asset_names(&child));
        own.defaults.elements_mut().for_each(|e| {
            rename(e, &all, &to);
        });
        self.scopes.push(own);
        rename(&mut found, &all, &to);
        set_scope(&mut found, child.scope, scope);
        Ok(found)
    }

    /// Assets of an attached model, and the elements that refer to the attached subtree alone.
    fn merge_sections(
        &mut self,
        root: &mut Element,
        child: &mut Element,
        names: &Names,
        prefix: &str,
    ) {
        let mut names = names.clone();
        let mut all = names.clone();
        all.extend(asset_names(child));
        let next_scope = self.scopes.len();
        let to = |name: &str| format!("{prefix}{name}");
        let from = child.scope;
        let mut order: Vec<&mut Element> = child.children.iter_mut().collect();
        order.sort_by_key(|s| REFERRING.iter().position(|name| *name == &*s.name));
        for section in order {
            let name = &*section.name;
            if name == "keyframe" && !section.children.is_empty() {
                let message = "keyframes of an attached model are not used".to_owned();
                self.report
                    .at(Severity::Warning, "MJ0114", section, "", message);
            }
            let assets = name == "asset";
            if !assets && !REFERRING.contains(&name) {
                continue;
            }
            let mut taken = section.clone();
            taken.children.retain(|e| {
                let [inside, outside] = references(e, &names);
                assets || (inside > 0 && outside == 0)
            });
            name_made(name, &taken.children, &mut names);
            name_made(name, &taken.children, &mut all);
            for element in &mut taken.children {
                let nameless = assets && element.text("name").is_none();
                if let Some(stem) = element.text("file").filter(|_| nameless).map(stem) {
                    element.set("name", stem);
                }
                rename(element, &all, &to);
            }
            set_scope(&mut taken, from, next_scope);
            root.children.push(taken);
        }
    }
}
