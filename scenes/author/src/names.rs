//! Names that USD accepts.

/// The nearest valid prim name: letters, digits and underscores, no digit first.
pub(crate) fn valid(name: &str) -> String {
    let mut made: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '_' {
                c
            } else {
                '_'
            }
        })
        .collect();
    // Letters only in front; digits of other scripts are no letters either.
    if !made.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        made.insert(0, '_');
    }
    made
}

/// `name`, or `name_2`, `name_3` … : the first one that `taken` does not hold.
pub(crate) fn unique(name: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(name) {
        return name.to_owned();
    }
    let mut number = 2_u64;
    loop {
        let tried = format!("{name}_{number}");
        if !taken(&tried) {
            return tried;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of URDF and MJCF files become names that USD accepts.
    #[test]
    fn names_become_valid() {
        for (given, expected) in [
            ("link-1", "link_1"),
            ("1st", "_1st"),
            ("", "_"),
            ("a b/c", "a_b_c"),
            ("Achsträger", "Achsträger"),
        ] {
            assert_eq!(valid(given), expected);
        }
    }

    /// A taken name gets the first free number from two upwards.
    #[test]
    fn taken_names_get_a_number() {
        assert_eq!(unique("a", |n| n == "a" || n == "a_2"), "a_3");
        assert_eq!(unique("b", |n| n == "a"), "b");
    }
}
