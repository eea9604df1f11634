//! Numbers as people read them.

/// A number of things: `1 prim`, `2 prims`, `2 bodies`.
#[must_use]
pub fn count(number: usize, word: &str) -> String {
    let words = match (number, word.strip_suffix('y')) {
        (1, _) => word.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{word}s"),
    };
    format!("{} {words}", grouped(number))
}

/// A number with commas between thousands.
#[must_use]
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Four significant digits, powers of ten outside of what is easily read.
#[must_use]
pub fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if !(1e-3..1e6).contains(&size) {
        let text = format!("{value:.3e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        return format!("{digits}e{power}");
    }
    let before = size.log10().floor() as i32 + 1;
    let decimals = usize::try_from(4 - before).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A length \[m\]: millimetres below a metre.
#[must_use]
pub fn length(metres: f64) -> String {
    if metres.abs() < 0.9995 {
        format!("{} mm", number(metres * 1e3))
    } else {
        format!("{} m", number(metres))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_read_them() {
        assert_eq!(count(1, "prim"), "1 prim");
        assert_eq!(count(1_234_567, "prim"), "1,234,567 prims");
        assert_eq!(count(2, "body"), "2 bodies");
        assert_eq!(number(9.81), "9.81");
        assert_eq!(number(1234.56), "1235");
        assert_eq!(number(1e11), "1e11");
        assert_eq!(number(1.25e11), "1.25e11");
        assert_eq!(number(-0.012_345), "-0.01235");
        assert_eq!(number(0.5e-4), "5e-5");
        assert_eq!(length(0.003), "3 mm");
        assert_eq!(length(30_000.0), "30000 m");
    }
}
