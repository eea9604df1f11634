//! Numbers as people write them.

/// `digits` after the point, thousands apart by a narrow space, a real minus sign.
pub(super) fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.*}", digits, value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        // 1 000 reads well without a gap; groups begin at five digits.
        if i > 0 && whole.len() > 4 && (whole.len() - i).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    let zero = text.chars().all(|c| c == '0' || c == '.');
    let sign = if value < 0.0 && !zero { "\u{2212}" } else { "" };
    format!("{sign}{grouped}{rest}")
}

/// Digits after the point that show `spread` with two significant digits, at most 6.
pub(super) fn digits_for(spread: f64) -> usize {
    if !spread.is_finite() || spread == 0.0 {
        return 2;
    }
    let exponent = spread.abs().log10().floor();
    (1.0 - exponent).clamp(0.0, 6.0) as usize
}

/// Three significant digits.
pub(super) fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return fixed(value, 0);
    }
    fixed(
        value,
        (2.0 - value.abs().log10().floor()).clamp(0.0, 6.0) as usize,
    )
}

/// A value with its unit; the percent sign and others stand after a narrow space.
pub(super) fn with_unit(value: &str, unit: &str) -> String {
    if unit.is_empty() {
        value.to_owned()
    } else {
        format!("{value}\u{202f}{unit}")
    }
}

/// A name with its unit in brackets.
pub(super) fn labelled(name: &str, unit: &str) -> String {
    if unit.is_empty() {
        name.to_owned()
    } else {
        format!("{name} [{unit}]")
    }
}

/// Marks on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticks {
    pub(super) values: Vec<f64>,
    pub(super) labels: Vec<String>,
}

/// About `count` round marks within `low..=high`: steps of 1, 2 or 5 times a power of ten.
///
/// Large values share a suffix: 2 k, 5 M.
pub(super) fn ticks(low: f64, high: f64, count: usize) -> Ticks {
    let span = high - low;
    if !(span > 0.0 && span.is_finite()) {
        return Ticks {
            values: vec![low],
            labels: vec![short(low)],
        };
    }
    let raw = span / count.max(1) as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|step| *step >= raw * 0.7)
        .unwrap_or(power * 10.0);
    let (first, last) = (
        (low / step - 1e-9).ceil() as i64,
        (high / step + 1e-9).floor() as i64,
    );
    let values: Vec<f64> = (first..=last).map(|i| i as f64 * step).collect();
    let largest = low.abs().max(high.abs());
    let (scale, suffix) = match largest {
        v if v >= 2e9 => (1e9, "\u{202f}G"),
        v if v >= 2e6 => (1e6, "\u{202f}M"),
        v if v >= 2e4 => (1e3, "\u{202f}k"),
        _ => (1.0, ""),
    };
    let digits = (-(step / scale).log10().floor()).clamp(0.0, 6.0) as usize;
    let label = |v: &f64| {
        let text = fixed(v / scale, digits);
        if *v == 0.0 {
            text
        } else {
            format!("{text}{suffix}")
        }
    };
    let labels = values.iter().map(label).collect();
    Ticks { values, labels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (value, digits, expected) in [
            (0.0, 1, "0.0"),
            (-0.04, 1, "0.0"),
            (-1.26, 1, "\u{2212}1.3"),
            (1234.5, 0, "1234"),
            (12_345.0, 0, "12\u{202f}345"),
            (1_234_567.25, 2, "1\u{202f}234\u{202f}567.25"),
            (f64::NAN, 2, "–"),
        ] {
            assert_eq!(fixed(value, digits), expected);
        }
        assert_eq!(short(0.012_345), "0.0123");
        assert_eq!(short(1234.6), "1235");
        assert_eq!(digits_for(0.034), 3);
        assert_eq!(digits_for(12.0), 0);
    }

    /// Marks are multiples of 1, 2 or 5 times a power of ten and lie within the range.
    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(0.0, 10.0, 5).labels, ["0", "2", "4", "6", "8", "10"]);
        let both = ticks(-0.31, 0.12, 4).labels;
        assert_eq!(
            both,
            ["\u{2212}0.3", "\u{2212}0.2", "\u{2212}0.1", "0.0", "0.1"]
        );
        let steps = ticks(0.0, 5.2e6, 5);
        assert_eq!(steps.labels[..2], ["0", "1\u{202f}M"].map(str::to_owned));
        assert_eq!(ticks(3.0, 3.0, 5).values, [3.0]);
        assert!(ticks(f64::NAN, 1.0, 5).values.len() == 1);
    }
}
