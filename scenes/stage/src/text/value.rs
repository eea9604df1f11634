//! Values in text: what they must look like for their type, and how the parser behind wants them.

use openusd::sdf::{ValueKind, ValueTypeName};

use super::lex::{Pad, Read};
use super::reader::Reader;

/// What an atom of a value may be.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Atom {
    /// Anything: the type is not known here.
    Any,
    /// A truth value, which may be written in many ways.
    Bool,
    /// A whole number in a range; fractions are cut off.
    Whole(i128, i128),
    /// A number.
    Real,
    /// A quoted string.
    Text,
    /// An asset path, or a quoted string.
    Asset,
    /// A type without values.
    Nothing,
}

/// What the atoms of a type are; an array has those of its elements.
pub(super) fn atom_of(type_name: &str) -> Atom {
    let base = type_name.trim_end_matches("[]");
    let Some(kind) = ValueTypeName::find(base).and_then(|known| known.kind()) else {
        return Atom::Any;
    };
    match kind {
        ValueKind::Bool => Atom::Bool,
        ValueKind::Uchar => Atom::Whole(0, u8::MAX.into()),
        ValueKind::Int | ValueKind::Vec2i | ValueKind::Vec3i | ValueKind::Vec4i => {
            Atom::Whole(i32::MIN.into(), i32::MAX.into())
        }
        ValueKind::Uint => Atom::Whole(0, u32::MAX.into()),
        ValueKind::Int64 => Atom::Whole(i64::MIN.into(), i64::MAX.into()),
        ValueKind::Uint64 => Atom::Whole(0, u64::MAX.into()),
        ValueKind::String | ValueKind::Token | ValueKind::PathExpression => Atom::Text,
        ValueKind::AssetPath => Atom::Asset,
        ValueKind::Opaque => Atom::Nothing,
        _ => Atom::Real,
    }
}

impl Reader<'_> {
    /// A value of any shape; false if there is none here.
    pub(super) fn value(&mut self, atom: Atom) -> Read<bool> {
        match self.cursor.peek() {
            Some(b'(') => self.tuple(atom),
            Some(b'[') => self.array(atom),
            Some(b'<') => Ok(self.cursor.path()?.is_some()),
            _ => self.atom(atom),
        }
    }

    fn tuple(&mut self, atom: Atom) -> Read<bool> {
        self.enter()?;
        self.cursor.expect(b'(')?;
        self.cursor.pad(Pad::Lines);
        let count = self.list(|reader| match reader.cursor.peek() {
            Some(b'(') => reader.tuple(atom),
            _ => reader.atom(atom),
        })?;
        if count == 0 {
            return self.cursor.fault("expected a value");
        }
        self.cursor.pad(Pad::Lines);
        self.cursor.expect(b')')?;
        self.leave();
        Ok(true)
    }

    fn array(&mut self, atom: Atom) -> Read<bool> {
        self.enter()?;
        self.cursor.expect(b'[')?;
        self.cursor.pad(Pad::Inline);
        if self.cursor.eat(b']') {
            self.leave();
            return Ok(true);
        }
        self.cursor.pad(Pad::Lines);
        let count = self.list(|reader| match reader.cursor.peek() {
            Some(b'(') => reader.tuple(atom),
            Some(b'[') => reader.array(atom),
            _ => reader.atom(atom),
        })?;
        if count == 0 {
            return self.cursor.fault("expected a value");
        }
        self.cursor.pad(Pad::Lines);
        self.cursor.expect(b']')?;
        self.leave();
        Ok(true)
    }

    fn atom(&mut self, atom: Atom) -> Read<bool> {
        let start = self.cursor.at();
        if let Some(number) = self.cursor.number()? {
            self.number(atom, start, number)?;
            return Ok(true);
        }
        if let Some(name) = self.cursor.plain_name() {
            return match (atom, truth(name)) {
                (Atom::Any, _) => Ok(true),
                (Atom::Bool, Some(value)) => {
                    if name != "true" && name != "false" {
                        self.cursor
                            .change(start, if value { "true" } else { "false" });
                    }
                    Ok(true)
                }
                _ => self.wrong(start, atom),
            };
        }
        if let Some(text) = self.cursor.string()? {
            match (atom, truth(text)) {
                (Atom::Any | Atom::Text, _) => {}
                (Atom::Bool, Some(value)) => {
                    self.cursor
                        .change(start, if value { "true" } else { "false" });
                }
                (Atom::Asset, _) => self.cursor.change(start, as_asset(text)),
                (Atom::Real, _) if ["inf", "-inf", "nan"].contains(&text) => {
                    self.cursor.change(start, text);
                }
                _ => return self.wrong(start, atom),
            }
            return Ok(true);
        }
        if self.cursor.asset()?.is_some() {
            return match atom {
                Atom::Any | Atom::Asset => Ok(true),
                _ => self.wrong(start, atom),
            };
        }
        Ok(false)
    }

    /// A number where its type takes one, written as the parser behind reads it.
    fn number(&mut self, atom: Atom, start: usize, number: &str) -> Read<()> {
        match atom {
            Atom::Bool => {
                let zero = number.parse::<f64>().is_ok_and(|x| x == 0.0);
                self.cursor
                    .change(start, if zero { "false" } else { "true" });
            }
            Atom::Whole(low, high) => {
                let whole = match number.parse::<i128>() {
                    Ok(whole) => Some(whole),
                    Err(_) => number
                        .parse::<f64>()
                        .ok()
                        .filter(|x| x.is_finite())
                        .map(|x| x as i128),
                };
                let Some(whole) = whole.filter(|whole| (low..=high).contains(whole)) else {
                    return self.wrong(start, atom).map(|_| ());
                };
                if number
                    .bytes()
                    .any(|byte| !byte.is_ascii_digit() && byte != b'-')
                {
                    self.cursor.change(start, whole.to_string());
                }
            }
            Atom::Text | Atom::Asset | Atom::Nothing => return self.wrong(start, atom).map(|_| ()),
            Atom::Any | Atom::Real => {
                self.tidy_number(start, number);
            }
        }
        Ok(())
    }

    /// Digits on both sides of the point, as the parser behind wants them.
    pub(super) fn tidy_number(&mut self, start: usize, number: &str) {
        let (sign, digits) = match number.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", number),
        };
        if digits.starts_with('.') {
            self.cursor.change(start, format!("{sign}0{digits}"));
        } else if let Some((whole, rest)) = digits.split_once('.')
            && !rest.starts_with(|c: char| c.is_ascii_digit())
        {
            self.cursor.change(start, format!("{sign}{whole}.0{rest}"));
        }
    }

    fn wrong(&mut self, start: usize, atom: Atom) -> Read<bool> {
        self.cursor.back_to(start);
        self.cursor.fault(match atom {
            Atom::Bool => "expected a truth value",
            Atom::Whole(..) => "expected a whole number that fits its type",
            Atom::Real => "expected a number",
            Atom::Text => "expected a string",
            Atom::Asset => "expected an asset path",
            Atom::Any | Atom::Nothing => "this type has no values",
        })
    }
}

/// What a word says as a truth value.
fn truth(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

fn as_asset(text: &str) -> String {
    if text.contains('@') {
        format!("@@@{text}@@@")
    } else {
        format!("@{text}@")
    }
}
