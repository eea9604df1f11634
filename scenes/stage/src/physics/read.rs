//! Reading a prim's attributes with few questions to the stage.

use std::cell::OnceCell;
use std::rc::Rc;

use openusd::sdf::{FromValue, Path, Value};
use openusd::tf::Token;
use openusd::usd::Prim;

use super::desc::Axis;
use super::facts::Facts;
use crate::read;

/// A prim being read: what is authored comes from the stage, the rest from its type's fallbacks.
pub(super) struct Reader<'a> {
    pub(super) prim: &'a Prim,
    pub(super) facts: Rc<Facts>,
    authored: OnceCell<Vec<Token>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(prim: &'a Prim, facts: Rc<Facts>) -> Self {
        Self {
            prim,
            facts,
            authored: OnceCell::new(),
        }
    }

    /// Names of the authored properties.
    pub(super) fn authored(&self) -> &[Token] {
        self.authored
            .get_or_init(|| self.prim.authored_property_names().unwrap_or_default())
    }

    fn is_authored(&self, name: &str) -> bool {
        self.authored().iter().any(|token| token.as_str() == name)
    }

    /// The default value of an attribute, or the fallback of its schema.
    pub(super) fn get<T>(&self, name: &str) -> Option<T>
    where
        T: FromValue + TryFrom<Value>,
        <T as TryFrom<Value>>::Error: Into<openusd::Error>,
    {
        if self.is_authored(name) {
            return read::get::<T>(&self.prim.attribute(name)).ok().flatten();
        }
        let definition = self.facts.info.prim_definition();
        T::try_from(definition.attribute_fallback(&Token::from(name))?).ok()
    }

    pub(super) fn float(&self, name: &str, otherwise: f32) -> f32 {
        self.get::<f32>(name).unwrap_or(otherwise)
    }

    pub(super) fn double(&self, name: &str) -> f64 {
        self.get::<f64>(name).unwrap_or(0.0)
    }

    pub(super) fn flag(&self, name: &str, otherwise: bool) -> bool {
        self.get::<bool>(name).unwrap_or(otherwise)
    }

    pub(super) fn vector(&self, name: &str) -> [f32; 3] {
        let value = self.get::<openusd::gf::Vec3f>(name);
        value.map_or([0.0; 3], |v| [v.x, v.y, v.z])
    }

    pub(super) fn quaternion(&self, name: &str, otherwise: [f32; 4]) -> [f32; 4] {
        let value = self.get::<openusd::gf::Quatf>(name);
        value.map_or(otherwise, |q| [q.w, q.x, q.y, q.z])
    }

    /// An axis token; anything but `Y` and `Z` is the first axis.
    pub(super) fn axis(&self, name: &str) -> Axis {
        match self.get::<Token>(name).as_ref().map(Token::as_str) {
            Some("Y") => Axis::Y,
            Some("Z") => Axis::Z,
            _ => Axis::X,
        }
    }

    /// Targets of a relationship, not forwarded.
    pub(super) fn targets(&self, name: &str) -> Vec<Path> {
        if !self.is_authored(name) {
            return Vec::new();
        }
        self.prim.relationship(name).targets().unwrap_or_default()
    }
}
