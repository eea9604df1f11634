//! Names of links, joints and shapes as parts of prim paths.

use std::collections::BTreeMap;

use halle_world::Severity;

use crate::error::UrdfError;
use crate::reader::{Element, Reader};

/// Index of links or joints by their name in the file.
pub(crate) type Index = BTreeMap<String, usize>;

/// Names that are taken in one scope, each with the number that its next namesake tries first.
#[derive(Debug, Default)]
pub(crate) struct Scope(BTreeMap<String, u64>);

/// A name with what is no letter, digit or underscore replaced, as older USD demands.
pub(crate) fn identifier(name: &str) -> String {
    let valid = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let mut made: String = name.chars().map(valid).collect();
    if made.is_empty() || made.starts_with(|c: char| c.is_ascii_digit()) {
        made.insert(0, '_');
    }
    made
}

impl Scope {
    /// A valid name that no other thing in the scope has.
    pub(crate) fn take(&mut self, name: &str) -> String {
        let base = identifier(name);
        let Some(&(mut count)) = self.0.get(&base) else {
            self.0.insert(base.clone(), 1);
            return base;
        };
        // A file may give one name to all: numbers are not tried twice.
        loop {
            let made = format!("{base}_{count}");
            count += 1;
            if !self.0.contains_key(&made) {
                self.0.insert(made.clone(), 1);
                self.0.insert(base, count);
                return made;
            }
        }
    }
}

/// Registers the prim of a link or joint and says so if its name had to change.
pub(crate) fn renamed(reader: &Reader<'_>, element: Element<'_>, name: &str, prim: &str) {
    reader
        .prims
        .borrow_mut()
        .insert(element.id(), prim.to_owned());
    if prim.rsplit('/').next() != Some(name) {
        let message = format!("`{name}` is no prim name, or is taken: it becomes `{prim}`");
        let help = "use letters, digits and underscores; `joints` and `actuators` are taken";
        reader.find(Severity::Note, "UR0112", (element, "name"), message, help);
    }
}

/// The error for a second thing of the same name.
pub(crate) fn duplicate(
    reader: &Reader<'_>,
    element: Element<'_>,
    kind: &'static str,
    name: &str,
    first: Element<'_>,
) -> UrdfError {
    UrdfError::Duplicate {
        at: reader.place(element),
        kind,
        name: name.to_owned(),
        first: reader.place(first).line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names become identifiers, and different names stay different.
    #[test]
    fn identifiers() {
        let mut scope = Scope::default();
        let made = ["a-b", "a b", "3d", "", "ü", "tool0"].map(|n| scope.take(n));
        assert_eq!(made, ["a_b", "a_b_1", "_3d", "_", "__1", "tool0"]);
        let made = ["a_b_1", "a b", "a_b", "a_b_1"].map(|n| scope.take(n));
        assert_eq!(made, ["a_b_1_1", "a_b_2", "a_b_3", "a_b_1_2"]);
    }
}
