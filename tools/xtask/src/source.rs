//! Just enough reading of Rust and WGSL for the tidy rules: code without its comments and
//! literals, and where functions begin and end.

/// Returns `source` with the contents of comments, strings and characters turned into blanks.
///
/// Line breaks stay where they are, so that line numbers hold. A lifetime is not a character.
pub(crate) fn blank(source: &str) -> String {
    let text: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < text.len() {
        let end = literal_end(&text, at);
        if end == at {
            out.push(text[at]);
            at += 1;
        } else {
            out.extend(
                text[at..end]
                    .iter()
                    .map(|&c| if c == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    out
}

/// End of the comment, string or character that starts at `at`; `at` itself when none does.
fn literal_end(text: &[char], at: usize) -> usize {
    let next = text.get(at + 1).copied();
    match text[at] {
        '/' if next == Some('/') => find(text, at, |c| c == '\n'),
        '/' if next == Some('*') => block_comment_end(text, at),
        '"' => string_end(text, at),
        'r' if !continues_word(text, at) => raw_string_end(text, at).unwrap_or(at),
        '\'' => character_end(text, at),
        _ => at,
    }
}

fn find(text: &[char], from: usize, wanted: impl Fn(char) -> bool) -> usize {
    (from..text.len())
        .find(|&at| wanted(text[at]))
        .unwrap_or(text.len())
}

/// True when the character before `at` belongs to the same word, but for the `b` and `c` that may
/// stand before a raw string.
fn continues_word(text: &[char], at: usize) -> bool {
    let is_word = |at: usize| text[at].is_alphanumeric() || text[at] == '_';
    match at.checked_sub(1) {
        None => false,
        Some(before) if matches!(text[before], 'b' | 'c') => before > 0 && is_word(before - 1),
        Some(before) => is_word(before),
    }
}

fn block_comment_end(text: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut here = at;
    while here + 1 < text.len() {
        match (text[here], text[here + 1]) {
            ('/', '*') => {
                depth += 1;
                here += 2;
            }
            ('*', '/') => {
                depth -= 1;
                here += 2;
                if depth == 0 {
                    return here;
                }
            }
            _ => here += 1,
        }
    }
    text.len()
}

fn string_end(text: &[char], at: usize) -> usize {
    let mut here = at + 1;
    while here < text.len() {
        match text[here] {
            '\\' => here += 2,
            '"' => return here + 1,
            _ => here += 1,
        }
    }
    text.len()
}

/// End of the raw string whose `r` stands at `at`; `None` when it is a word or `r#name`.
fn raw_string_end(text: &[char], at: usize) -> Option<usize> {
    let quote = find(text, at + 1, |c| c != '#');
    if text.get(quote) != Some(&'"') {
        return None;
    }
    let hashes = quote - at - 1;
    let closes = |here: usize| {
        text[here] == '"'
            && text[here + 1..]
                .iter()
                .take(hashes)
                .filter(|&&c| c == '#')
                .count()
                == hashes
    };
    let close = (quote + 1..text.len()).find(|&here| closes(here));
    Some(close.map_or(text.len(), |close| close + 1 + hashes))
}

fn character_end(text: &[char], at: usize) -> usize {
    match text.get(at + 1) {
        Some('\\') => find(text, at + 3, |c| c == '\'')
            .saturating_add(1)
            .min(text.len()),
        Some(_) if text.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

/// One function: its name, the line of its `fn` and how many lines it spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) length: usize,
}

/// Functions of Rust or WGSL code that [`blank`] has gone over; an inner one counts by itself too.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for at in words(code, "fn") {
        let rest = &code[at + 2..];
        let name: String = rest
            .trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if name.is_empty() {
            continue; // The type of a function pointer, `fn(…)`.
        }
        let Some(open) = body_start(rest) else {
            continue;
        };
        let close = block_end(rest, open);
        found.push(Function {
            name,
            line: line_of(code, at),
            length: lines(&rest[..close]),
        });
    }
    found
}

/// Byte offset of the brace that opens the body; `None` for a declaration that ends in `;`.
fn body_start(signature: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in signature.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Byte offset behind the brace that closes the block opened at `open`.
pub(crate) fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, c) in code[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + at + 1;
        }
    }
    code.len()
}

/// Blanks the inline modules that only tests compile, in code that [`blank`] has gone over.
pub(crate) fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    for (at, mark) in code.match_indices("#[cfg(test)]") {
        let rest = &code[at + mark.len()..];
        let open = rest
            .find(['{', ';'])
            .filter(|&open| rest.as_bytes()[open] == b'{');
        if let Some(open) = open.filter(|_| rest.trim_start().starts_with("mod ")) {
            let end = at + mark.len() + block_end(rest, open);
            let blanks = code[at..end]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' });
            // Offsets hold: names are ASCII by a lint, and everything else is blank already.
            out.replace_range(at..end, &blanks.collect::<String>());
        }
    }
    out
}

/// Byte offsets at which `word` stands by itself.
pub(crate) fn words(text: &str, word: &str) -> Vec<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .filter(|(at, _)| {
            let before = text[..*at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            !before.is_some_and(part) && !after.is_some_and(part)
        })
        .map(|(at, _)| at)
        .collect()
}

/// Line number, from 1, of a byte offset.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn lines(text: &str) -> usize {
    text.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_comments_become_blanks_of_the_same_length() {
        let source = "a // {\nb /* { /* { */ } */ c \"{\\\"\" d r#\"{\"{\"# e '{' f '\\'' g<'a> h";
        let code = blank(source);
        assert_eq!(code.len(), source.len());
        assert!(!code.contains(['{', '}', '"']), "{code}");
        let kept: String = code.split_whitespace().collect();
        assert_eq!(kept, "abcdefg<'a>h");
    }

    #[test]
    fn a_raw_name_is_no_raw_string() {
        assert_eq!(blank("r#fn + br\"{\" + for"), "r#fn + b     + for");
    }

    #[test]
    fn a_function_spans_from_its_name_to_its_last_brace() {
        let code = "fn a(x: [u8; 2]) {\n  if y {\n  }\n}\ntrait T { fn b(); }\nlet c: fn(u8);\n";
        let found = functions(code);
        let a = Function {
            name: "a".to_owned(),
            line: 1,
            length: 4,
        };
        assert_eq!(found, [a]);
    }

    #[test]
    fn words_stand_alone() {
        assert_eq!(words("fn fnord _fn (fn)", "fn"), [0, 14]);
    }
}
