//! Dumps a USD file in the canonical form: `canonical FILE [-o OUT] [--specs] [--fallbacks] [--mid]
//! [--no-load]`.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use halle_stage::canonical::{DumpOptions, dump_file};
use halle_stage::open::OpenOptions;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (flags, arguments): (Vec<_>, Vec<_>) = arguments
        .into_iter()
        .partition(|word| word.starts_with("--"));
    let options = DumpOptions {
        specs: flags.iter().any(|flag| flag == "--specs"),
        fallbacks: flags.iter().any(|flag| flag == "--fallbacks"),
        mid: flags.iter().any(|flag| flag == "--mid"),
    };
    let open = OpenOptions {
        load_payloads: !flags.iter().any(|flag| flag == "--no-load"),
    };
    let (file, out) = match arguments.as_slice() {
        [file] => (file, None),
        [file, flag, out] if flag == "-o" => (file, Some(out)),
        _ => return ExitCode::from(2),
    };
    let dump = dump_file(Path::new(file), &open, &options);
    let dump = match dump {
        Ok(dump) => dump,
        Err(error) => {
            drop(writeln!(io::stderr(), "{error}"));
            return ExitCode::from(3);
        }
    };
    let text = dump.to_string() + "\n";
    let written = match out {
        Some(out) => fs::write(out, text),
        None => io::stdout().write_all(text.as_bytes()),
    };
    ExitCode::from(u8::from(written.is_err()))
}
