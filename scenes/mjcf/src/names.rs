//! Prim paths: names of the file made into identifiers, unique beside their siblings.

use std::collections::BTreeMap;

/// Paths that are taken, with the next number to try behind each.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    taken: BTreeMap<String, usize>,
}

impl Paths {
    /// A path below another one, not given out before.
    pub(crate) fn below(&mut self, parent: &str, wanted: &str) -> String {
        let plain = format!("{parent}/{}", identifier(wanted));
        let Some(next) = self.taken.get(&plain).copied() else {
            self.taken.insert(plain.clone(), 1);
            return plain;
        };
        let mut number = next;
        loop {
            let path = format!("{plain}_{number}");
            number += 1;
            if !self.taken.contains_key(&path) {
                self.taken.insert(plain, number);
                self.taken.insert(path.clone(), 1);
                return path;
            }
        }
    }
}

/// A USD identifier: letters, digits and underscores, no digit first.
pub(crate) fn identifier(name: &str) -> String {
    let good = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' {
            c
        } else {
            '_'
        }
    };
    let mut made: String = name.chars().map(good).collect();
    if made.is_empty() || made.starts_with(|c: char| c.is_ascii_digit()) {
        made.insert(0, '_');
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names become identifiers; the same one twice gets a number that nothing else has.
    #[test]
    fn paths_are_unique_identifiers() {
        let mut paths = Paths::default();
        let made = [
            "left hand",
            "left_hand",
            "left_hand_1",
            "left.hand",
            "2",
            "",
        ]
        .map(|name| paths.below("/m", name));
        let expected = [
            "/m/left_hand",
            "/m/left_hand_1",
            "/m/left_hand_1_1",
            "/m/left_hand_2",
        ];
        assert_eq!(made[..4], expected);
        assert_eq!(made[4..], ["/m/_2", "/m/_"]);
    }
}
