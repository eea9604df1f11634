//! Bounds of prims as `UsdGeom`'s bounding box cache computes them.
//!
//! Boxes are oriented: a prim's children are gathered into one axis-aligned box in the space of the
//! nearest component (a prim whose kind is a component or subcomponent; the stage if there is
//! none), so the kinds of prims decide how tight a bound is. That is USD's rule, kept as it is.
//! Units are the stage's own.

mod boxes;
mod extent;
mod skel;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use nalgebra::Matrix4;
use openusd::sdf::{self, Specifier};
use openusd::tf::Token;
use openusd::usd;

use self::boxes::Oriented;
use crate::error::StageError;
use crate::open::Scene;
use crate::read;
use crate::xform::{self, XformCache};

/// Purposes in USD's order; a prim of any other purpose has no bound.
const PURPOSES: [&str; 4] = ["default", "render", "proxy", "guide"];
/// The order in which boxes of all purposes are combined.
const ALL: [usize; 4] = [0, 1, 2, 3];
/// Purposes that count in the prototypes of a point instancer.
const INSTANCED: [usize; 3] = [0, 2, 1];

/// One box per purpose, in the space of the prim.
type Boxes = [Oriented; 4];

/// What a prototype inherits from the instance it is seen through: a purpose, if that one passes
/// its own on.
type Context = Option<Token>;

#[derive(Clone)]
struct Purpose {
    name: Token,
    inherited: bool,
}

/// Bounds at the default time, computed once per prim and once per prototype of instances.
///
/// All purposes count, `extentsHint` does not. A cache belongs to one scene and holds what it has
/// seen: make a new one after an edit.
pub struct BoundCache {
    xforms: XformCache,
    boxes: RefCell<HashMap<(sdf::Path, Context), Rc<Boxes>>>,
    /// What is being computed.
    open: RefCell<HashSet<(sdf::Path, Context)>>,
    purposes: RefCell<HashMap<(sdf::Path, Context), Purpose>>,
}

impl std::fmt::Debug for BoundCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("BoundCache").finish_non_exhaustive()
    }
}

impl BoundCache {
    /// An empty cache.
    #[must_use]
    pub fn new(scene: &Scene) -> Self {
        Self {
            xforms: XformCache::new(scene, None),
            boxes: RefCell::default(),
            open: RefCell::default(),
            purposes: RefCell::default(),
        }
    }

    /// The axis-aligned box in world space around a prim and what is below it, lowest corner first.
    ///
    /// An authored `extent` wins over a computed one, and a boundable prim bounds all that is below
    /// it. Children that are inactive, undefined, abstract, invisible or typed but not imageable
    /// are left out; the prim asked for is not. `None` if there is nothing to bound, or the stage
    /// cannot be read there.
    #[must_use]
    pub fn world_bound(&self, prim: &usd::Prim) -> Option<[[f64; 3]; 2]> {
        let boxes = self.of(prim).ok()?;
        let mut bound = combine(&boxes, &ALL);
        bound.transform(&self.xforms.world(prim));
        let range = bound.aligned();
        (!range.is_empty()).then(|| [range.min.into(), range.max.into()])
    }

    /// The box of a prim in its own space, over the purposes that count below an instancer.
    fn instanced(&self, prim: &usd::Prim) -> Result<Oriented, StageError> {
        Ok(combine(&*self.of(prim)?, &INSTANCED))
    }

    fn of(&self, prim: &usd::Prim) -> Result<Rc<Boxes>, StageError> {
        if prim.is_a("Boundable")? {
            // Needs no component: nothing below is gathered.
            return self.resolve(prim, &None, &Matrix4::identity());
        }
        if !prim.path().is_abs_root() && !exists(prim)? {
            return Ok(Rc::default());
        }
        let mut component = Some(prim.clone());
        while let Some(candidate) = component.clone() {
            if is_component(&candidate)? {
                break;
            }
            component = candidate.parent();
        }
        let world = component.map_or_else(Matrix4::identity, |prim| self.xforms.world(&prim));
        self.resolve(prim, &None, &xform::inverse(&world))
    }

    /// The boxes of a prim; `enclosing` leads from world to the component around it.
    fn resolve(
        &self,
        prim: &usd::Prim,
        context: &Context,
        enclosing: &Matrix4<f64>,
    ) -> Result<Rc<Boxes>, StageError> {
        let key = (prim.path().clone(), context.clone());
        if let Some(known) = self.boxes.borrow().get(&key) {
            return Ok(Rc::clone(known));
        }
        // An instancer may stand among its own prototypes: what it is part of has no bound then.
        if !self.open.borrow_mut().insert(key.clone()) {
            return Ok(Rc::default());
        }
        let found = if prim.is_a("Boundable")? {
            self.own(prim, context)
        } else {
            self.below(prim, context, enclosing)
        };
        self.open.borrow_mut().remove(&key);
        let boxes = Rc::new(found?);
        self.boxes.borrow_mut().insert(key, Rc::clone(&boxes));
        Ok(boxes)
    }

    /// The boxes of a boundable prim: its extent alone.
    fn own(&self, prim: &usd::Prim, context: &Context) -> Result<Boxes, StageError> {
        let mut boxes = Boxes::default();
        if let Some(range) = extent::of(self, prim)? {
            let purpose = self.purpose(prim, context)?.name;
            let slot = PURPOSES.iter().position(|name| *name == purpose.as_str());
            if let Some(slot) = slot {
                boxes[slot].range = range;
            }
        }
        Ok(boxes)
    }

    /// The boxes of a prim that is not boundable: those of its children.
    fn below(
        &self,
        prim: &usd::Prim,
        context: &Context,
        enclosing: &Matrix4<f64>,
    ) -> Result<Boxes, StageError> {
        let mut boxes = Boxes::default();
        let enclosing = if is_component(prim)? {
            xform::inverse(&self.xforms.world(prim))
        } else {
            *enclosing
        };
        let prototype = if prim.is_instance()? {
            prim.prototype()?
        } else {
            None
        };
        let to_component = enclosing * self.xforms.world(prim);
        let (source, context) = match &prototype {
            Some(path) => {
                let purpose = self.purpose(prim, context)?;
                let passed = purpose.inherited.then_some(purpose.name);
                (prim.stage().prim(path.clone())?, passed)
            }
            None => (prim.clone(), context.clone()),
        };
        for child in source.children()? {
            // The parent exists: what the child adds is all that can be against it.
            let defines = child.specifier()? == Some(Specifier::Def);
            if !defines || !child.is_active()? || !is_included(&child)? {
                continue;
            }
            let (inner, place) = if prototype.is_some() {
                let place = to_component * self.xforms.local(&child).0;
                (self.resolve(&child, &context, &Matrix4::identity())?, place)
            } else {
                let place = enclosing * self.xforms.world(&child);
                (self.resolve(&child, &context, &enclosing)?, place)
            };
            for (whole, part) in boxes.iter_mut().zip(inner.iter()) {
                // An inverted range still counts, as it stands: USD unites without looking.
                let mut part = part.clone();
                part.transform(&place);
                whole.range.unite(&part.aligned());
            }
        }
        let back = xform::inverse(&to_component);
        boxes.iter_mut().for_each(|one| one.matrix = back);
        Ok(boxes)
    }

    /// The purpose of a prim and whether its children inherit it.
    fn purpose(&self, prim: &usd::Prim, context: &Context) -> Result<Purpose, StageError> {
        let path = prim.path();
        if path.is_root_prim() && prim.is_prototype()? {
            return Ok(Purpose {
                name: context.clone().unwrap_or(Token::new(PURPOSES[0])),
                inherited: context.is_some(),
            });
        }
        let imageable = prim.is_a("Imageable")?;
        let attribute = prim.attribute("purpose");
        if imageable
            && attribute.has_authored_value()?
            && let Some(name) = read::get::<Token>(&attribute)?
        {
            return Ok(Purpose {
                name,
                inherited: true,
            });
        }
        if let Some(parent) = prim.parent().filter(|parent| !parent.path().is_abs_root()) {
            let key = (parent.path().clone(), context.clone());
            let known = self.purposes.borrow().get(&key).cloned();
            let above = match known {
                Some(purpose) => purpose,
                None => {
                    let purpose = self.purpose(&parent, context)?;
                    self.purposes.borrow_mut().insert(key, purpose.clone());
                    purpose
                }
            };
            if above.inherited {
                return Ok(above);
            }
        }
        let fallback = if imageable {
            read::get::<Token>(&attribute)?
        } else {
            None
        };
        Ok(Purpose {
            name: fallback.unwrap_or(Token::new(PURPOSES[0])),
            inherited: false,
        })
    }
}

fn combine(boxes: &Boxes, order: &[usize]) -> Oriented {
    order.iter().fold(Oriented::default(), |whole, &slot| {
        if boxes[slot].range.is_empty() {
            whole
        } else {
            Oriented::combine(&whole, &boxes[slot])
        }
    })
}

fn is_component(prim: &usd::Prim) -> Result<bool, StageError> {
    if prim.path().is_abs_root() {
        return Ok(false);
    }
    let kinds = prim.stage().schema_registry().kinds();
    let kind = prim.kind()?;
    Ok(kind.is_some_and(|kind| kinds.is_component(&kind) || kinds.is_subcomponent(&kind)))
}

/// Whether a prim takes part in a composed scene at all.
///
/// A proxy has the flags of the prototype's prim, which knows nothing of an abstract or undefined
/// prim above the instance.
fn exists(prim: &usd::Prim) -> Result<bool, StageError> {
    if !prim.is_active()? {
        return Ok(false);
    }
    if prim.is_defined()? && !prim.is_abstract()? {
        return Ok(true);
    }
    match prim.prim_in_prototype()? {
        Some(shared) => Ok(shared.is_defined()? && !shared.is_abstract()?),
        None => Ok(false),
    }
}

/// Whether a child counts in its parent's bound.
fn is_included(prim: &usd::Prim) -> Result<bool, StageError> {
    if !prim.is_a("Typed")? {
        return Ok(true);
    }
    if !prim.is_a("Imageable")? {
        return Ok(false);
    }
    let visibility = read::get::<Token>(&prim.attribute("visibility"))?;
    Ok(visibility.is_none_or(|token| token.as_str() != "invisible"))
}
