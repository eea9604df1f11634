//! The way in: a path to a world with findings.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use halle_world::{Diagnostics, World};
use roxmltree::{Document, Error, ParsingOptions};

use crate::convert::convert;
use crate::error::{Place, UrdfError};
use crate::options::UrdfOptions;
use crate::reader::Reader;
use crate::{check, parse};

/// Largest file \[bytes\].
const BYTE_LIMIT: u64 = 64 << 20;
/// Most XML nodes; each takes about a hundred bytes.
const NODE_LIMIT: u32 = 4_000_000;
/// Most prefixes that may be used without being declared.
const PREFIX_LIMIT: usize = 16;

/// Loads a robot from a `.urdf` file.
///
/// Links stand where zero joint positions put them, the root at the origin. The same file gives the
/// same entities and findings in the same order.
///
/// # Errors
/// [`UrdfError`] if there is no such file, it is not URDF or broken, its links and joints make no
/// tree, or a number in it is none.
pub fn load(
    path: impl AsRef<Path>,
    options: &UrdfOptions,
) -> Result<(World, Diagnostics), UrdfError> {
    let path = path.as_ref();
    let bytes = read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    // Text from a C program may end in a zero.
    let text = text.trim_end_matches('\0');
    let mut text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    blank_declaration(&mut text);
    declare_prefixes(&mut text);
    let document = Document::parse_with_options(&text, parsing()).map_err(|error| {
        let at = error.pos();
        UrdfError::Syntax {
            at: Place {
                path: path.to_owned(),
                line: at.row,
                column: at.col,
            },
            reason: error.to_string(),
        }
    })?;
    let reader = Reader::new(path, &document);
    let robot = parse::robot(&reader, document.root_element())?;
    check::tree(&reader, &robot)?;
    let world = convert(&reader, &robot, options, &bytes)?;
    Ok((world, reader.into_diagnostics()))
}

fn parsing<'a>() -> ParsingOptions<'a> {
    ParsingOptions {
        nodes_limit: NODE_LIMIT,
        ..ParsingOptions::default()
    }
}

/// Blanks the XML declaration: the text is UTF-8 by now, and a misspelt one is no reason to stop.
fn blank_declaration(text: &mut String) {
    let declared = text.trim_start().starts_with("<?xml ");
    if let Some(end) = text.find("?>").filter(|_| declared) {
        let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
        let blanked: String = text[..end + 2].chars().map(blank).collect();
        text.replace_range(..end + 2, &blanked);
    }
}

/// Declares prefixes such as `drake:` on the outermost element where the file does not: the parsers
/// that URDF grew up with do not know namespaces. Lines stay as they are.
fn declare_prefixes(text: &mut String) {
    for _ in 0..PREFIX_LIMIT {
        let Err(Error::UnknownNamespace(prefix, _)) =
            Document::parse_with_options(text.as_str(), parsing())
        else {
            return;
        };
        let Some(robot) = text.find("<robot") else {
            return;
        };
        text.insert_str(robot + 6, &format!(" xmlns:{prefix}=\"{prefix}\""));
    }
}

fn read(path: &Path) -> Result<Vec<u8>, UrdfError> {
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => UrdfError::Missing {
            path: path.to_owned(),
        },
        _ => UrdfError::Unreadable {
            path: path.to_owned(),
            source,
        },
    };
    let known = fs::metadata(path).map_err(failed)?;
    if !known.is_file() {
        return Err(failed(ErrorKind::IsADirectory.into()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    let taken = file.take(BYTE_LIMIT + 1).read_to_end(&mut bytes);
    taken.map_err(failed)?;
    if bytes.len() as u64 > BYTE_LIMIT {
        return Err(UrdfError::TooLarge {
            path: path.to_owned(),
            unit: "bytes",
            found: known.len(),
            limit: BYTE_LIMIT,
        });
    }
    Ok(bytes)
}
