//! Names of prims.

use halle_world::components::SourcePath;

use crate::plant::Facts;
use crate::rule;
use crate::sink::{Sink, word};

/// Checks all names.
pub(crate) fn check(facts: &Facts<'_>, sink: &mut Sink) {
    for &entity in &facts.plant.entities {
        let Some(source) = facts.world.get::<SourcePath>(entity) else {
            continue;
        };
        let name = source.name();
        if identifier(name) {
            continue;
        }
        if !name.is_ascii() && xid(name) {
            let text = word(
                format!("name `{name}` has letters beyond ASCII"),
                "use a to z, digits and `_` where old programs read the file",
            );
            sink.on(&rule::NAME_ASCII, facts.world, entity, "", text);
        } else {
            let text = word(
                format!("name `{name}` is no identifier of USD"),
                "use letters, digits and `_`, and no digit at the beginning",
            );
            sink.on(&rule::NAME, facts.world, entity, "", text);
        }
    }
}

fn identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Letters and digits of any script, as USD has it since 24.03.
fn xid(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_')
        && letters.all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        for good in ["a", "_1", "Box_2"] {
            assert!(identifier(good), "{good}");
        }
        for bad in ["", "1a", "a-b", "a b", "Tür"] {
            assert!(!identifier(bad), "{bad}");
        }
        assert!(xid("Tür") && !xid("a-b") && !xid("2ü"));
    }
}
