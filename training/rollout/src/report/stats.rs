//! Means, spreads and what can be said about a difference.

use super::Better;

/// Mean and sample standard deviation of the finite values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) count: usize,
    pub(super) mean: f64,
    /// Zero for a single value, NaN without any.
    pub(super) deviation: f64,
}

impl Spread {
    pub(super) fn of(values: &[f64]) -> Self {
        let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        let count = finite.len();
        let n = count as f64;
        let mean = finite.iter().sum::<f64>() / n;
        let squares: f64 = finite.iter().map(|v| (v - mean).powi(2)).sum();
        let deviation = if count == 1 {
            0.0
        } else {
            (squares / (n - 1.0)).sqrt()
        };
        Self {
            count,
            mean,
            deviation,
        }
    }

    /// Half width of the 95 % confidence interval of the mean (Student's t); NaN below two values.
    pub(super) fn half_width(&self) -> f64 {
        match self.count {
            0 | 1 => f64::NAN,
            n => student(n - 1) * self.deviation / (n as f64).sqrt(),
        }
    }
}

/// The 97.5 % point of Student's t: exact for one and two degrees of freedom, else the series of
/// Cornish and Fisher (Abramowitz and Stegun 26.7.5).
fn student(freedom: usize) -> f64 {
    let z: f64 = 1.959_963_984_540_054;
    let n = freedom as f64;
    match freedom {
        1 => 12.706_204_736,
        2 => 4.302_652_730,
        _ => {
            let g1 = (z.powi(3) + z) / 4.0;
            let g2 = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
            let g3 = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
            z + g1 / n + g2 / n.powi(2) + g3 / n.powi(3)
        }
    }
}

/// What a comparison says at 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Better,
    Worse,
    /// The interval of the difference holds zero, or there are too few pairs.
    Unclear,
    /// The metric has no good direction.
    Neutral,
}

/// Policy minus baseline, pair by pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Difference {
    pub(super) mean: f64,
    /// Half width of its 95 % confidence interval; NaN below two pairs.
    pub(super) half_width: f64,
    /// Pairs.
    pub(super) count: usize,
    /// Pairs in which the policy is strictly better.
    pub(super) wins: usize,
    pub(super) verdict: Verdict,
}

/// Compares two lists whose entries belong together; pairs that are not finite are left out.
///
/// Lists of different length are compared over the shorter one.
pub(super) fn compare(baseline: &[f64], policy: &[f64], better: Better) -> Difference {
    let change: Vec<f64> = policy
        .iter()
        .zip(baseline)
        .map(|(p, b)| p - b)
        .filter(|d| d.is_finite())
        .collect();
    let spread = Spread::of(&change);
    let half_width = spread.half_width();
    let sign = match better {
        Better::Higher => 1.0,
        Better::Lower => -1.0,
        Better::Neither => 0.0,
    };
    let gain = sign * spread.mean;
    let verdict = match better {
        Better::Neither => Verdict::Neutral,
        _ if gain > half_width => Verdict::Better,
        _ if -gain > half_width => Verdict::Worse,
        _ => Verdict::Unclear,
    };
    let wins = change.iter().filter(|d| sign * **d > 0.0).count();
    Difference {
        mean: spread.mean,
        half_width,
        count: spread.count,
        wins,
        verdict,
    }
}

/// The value below which the share `q` of the sorted values lies, between neighbours by a line.
pub(super) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = q * last as f64;
    let low = place.floor() as usize;
    let high = (low + 1).min(last);
    sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64)
}

/// The finite values in rising order.
pub(super) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut list: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    list.sort_by(f64::total_cmp);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of printed t-tables, to their third digit.
    #[test]
    fn student_meets_tables() {
        for (freedom, expected) in [
            (1, 12.706),
            (2, 4.303),
            (3, 3.182),
            (5, 2.571),
            (10, 2.228),
            (30, 2.042),
            (255, 1.969),
        ] {
            let found = student(freedom);
            // The series is off by 1 % at three degrees of freedom and by less beyond.
            let tolerance = if freedom < 10 { 0.035 } else { 0.002 };
            assert!((found - expected).abs() < tolerance, "{freedom}: {found}");
        }
    }

    #[test]
    fn spread_and_quantiles() {
        let spread = Spread::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0, f64::NAN]);
        assert_eq!((spread.count, spread.mean), (8, 5.0));
        // The squares sum to 32: sqrt(32 / 7).
        assert!((spread.deviation - 2.138_089_935).abs() < 1e-8);
        let list = sorted(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!([0.0, 0.5, 1.0].map(|q| quantile(&list, q)), [1.0, 2.5, 4.0]);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn verdicts_need_an_interval_without_zero() {
        let base: Vec<f64> = (0..20).map(f64::from).collect();
        let shifted: Vec<f64> = base.iter().map(|v| v + 1.0 + 0.1 * (v % 2.0)).collect();
        assert_eq!(
            compare(&base, &shifted, Better::Higher).verdict,
            Verdict::Better
        );
        assert_eq!(
            compare(&base, &shifted, Better::Lower).verdict,
            Verdict::Worse
        );
        assert_eq!(
            compare(&base, &shifted, Better::Neither).verdict,
            Verdict::Neutral
        );
        let mixed: Vec<f64> = base
            .iter()
            .map(|v| v + if v % 2.0 == 0.0 { 1.0 } else { -1.0 })
            .collect();
        assert_eq!(
            compare(&base, &mixed, Better::Higher).verdict,
            Verdict::Unclear
        );
        assert_eq!(
            compare(&base[..1], &shifted[..1], Better::Higher).verdict,
            Verdict::Unclear
        );
    }
}
