//! Path expressions as the reference prints them.

use openusd::sdf::PathExpression;

/// A text in quotes as the reference prints it.
pub(super) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if c == quote => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// An expression; the empty one has no text.
pub(super) fn printed(expression: &PathExpression) -> String {
    let text = text(expression);
    if text.is_empty() {
        return "Sdf.PathExpression()".to_owned();
    }
    format!("Sdf.PathExpression({})", quoted(&text))
}

/// The text of an expression: words that predicates are given stand in quotes, and what is true or
/// false is a number.
pub(super) fn text(expression: &PathExpression) -> String {
    let source = expression.to_string();
    let mut out = String::with_capacity(source.len() + 8);
    let mut rest = source.as_str();
    while let Some(start) = rest.find('{') {
        out.push_str(&rest[..=start]);
        rest = &rest[start + 1..];
        let end = end_of_predicate(rest);
        predicate(&rest[..end], &mut out);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Where the brace is that closes a predicate; quotes may hide one.
fn end_of_predicate(text: &str) -> usize {
    let mut rest = text;
    while let Some(at) = rest.find(['}', '"', '\'']) {
        rest = &rest[at..];
        if rest.starts_with('}') {
            return text.len() - rest.len();
        }
        rest = &rest[quoted_length(rest)..];
    }
    text.len()
}

/// Bytes of a text in quotes, at the start of another.
fn quoted_length(text: &str) -> usize {
    let mut bytes = text.bytes().enumerate();
    let quote = bytes.next().map(|(_, byte)| byte);
    let mut escaped = false;
    for (at, byte) in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if Some(byte) == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn predicate(text: &str, out: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let name = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        out.push_str(&rest[..name]);
        rest = &rest[name..];
        rest = if name > 0 && rest.starts_with(':') {
            arguments(rest, ',', " )", out)
        } else if name > 0 && rest.starts_with('(') {
            arguments(rest, ',', ")", out)
        } else {
            let next = rest.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..next]);
            &rest[next..]
        };
    }
}

/// Arguments behind the mark that opens them, up to one of the marks that end them.
fn arguments<'a>(text: &'a str, between: char, ends: &str, out: &mut String) -> &'a str {
    let paren = text.starts_with('(');
    out.push_str(&text[..1]);
    let mut rest = &text[1..];
    loop {
        let blank = if paren {
            rest.len() - rest.trim_start().len()
        } else {
            0
        };
        out.push_str(&rest[..blank]);
        rest = &rest[blank..];
        if paren
            && let Some((name, _)) = rest.split_once('=')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        {
            out.push_str(&rest[..=name.len()]);
            rest = &rest[name.len() + 1..];
        }
        let length = if rest.starts_with(['"', '\'']) {
            quoted_length(rest)
        } else {
            let stops = |c: char| c == between || ends.contains(c);
            rest.find(stops).unwrap_or(rest.len())
        };
        argument(&rest[..length], out);
        rest = &rest[length..];
        if !rest.starts_with(between) {
            return rest;
        }
        out.push(between);
        rest = &rest[1..];
    }
}

fn argument(text: &str, out: &mut String) {
    match text {
        "true" => out.push('1'),
        "false" => out.push('0'),
        "" => {}
        _ if text.starts_with(['"', '\'']) => out.push_str(text),
        _ if text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
            && text.parse::<f64>().is_ok() =>
        {
            out.push_str(text.strip_suffix(".0").unwrap_or(text));
        }
        _ => {
            out.push('"');
            out.push_str(text);
            out.push('"');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What usd-core 26.11 prints for the same expressions.
    #[test]
    fn arguments_are_quoted_as_the_reference_does() {
        for (given, expected) in [
            ("//{isa:Cube}", "//{isa:\"Cube\"}"),
            (
                "//{kind(component, strict=true)}",
                "//{kind(\"component\", strict=1)}",
            ),
            ("//{x:1.5,2,true}", "//{x:1.5,2,1}"),
            ("//{x:2.0}", "//{x:2}"),
            (
                "//{isa:x and not abstract}",
                "//{isa:\"x\" and not abstract}",
            ),
            ("/A//{isa:Mesh}/B.c", "/A//{isa:\"Mesh\"}/B.c"),
            ("/A* + %:x - ~/B", "/A* + %:x - ~/B"),
            ("", ""),
        ] {
            assert_eq!(text(&PathExpression::parse(given)), expected, "{given}");
        }
        assert_eq!(printed(&PathExpression::parse("")), "Sdf.PathExpression()");
    }
}
