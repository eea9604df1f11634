//! The page: sections in the order in which a reader asks.

use super::{
    Better, FactGroup, ForceTraces, LearningCurve, Metric, Picture, RemovalMaps, Report,
    ScoreComparison, curve, map,
    number::{digits_for, fixed, with_unit},
    score,
    stats::{Spread, Verdict, compare},
    svg::escape,
};

const STYLE: &str = include_str!("style.css");

pub(super) fn render(report: &Report) -> String {
    let mut body = String::new();
    body += &head(report);
    body += &results(report);
    body += &optional(&report.score, scores);
    body += &optional(&report.removal, removal);
    body += &optional(&report.force, force);
    body += &optional(&report.learning, learning);
    body += &pictures(report.pictures.get(1..).unwrap_or_default());
    body += &list(
        "Findings",
        "What the scene and the run had to say.",
        &report.findings,
    );
    body += &notes(&report.notes);
    body += &facts(&report.facts);
    document(&report.title, &body)
}

/// A whole page around its sections.
pub(super) fn document(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\
         <footer>Made by halle. This page needs no network; it may be forwarded as it is.</footer>\n\
         </main>\n</body>\n</html>\n"
    )
}

fn optional<T>(part: &Option<T>, draw: impl Fn(&T) -> String) -> String {
    part.as_ref().map(draw).unwrap_or_default()
}

pub(super) fn section(title: &str, about: &str, content: &str) -> String {
    let (title, about) = (escape(title), escape(about));
    format!("<h2>{title}</h2>\n<p class=\"about\">{about}</p>\n{content}\n")
}

pub(super) fn figure(content: &str, caption: &str) -> String {
    let caption = escape(caption);
    format!("<figure>{content}<figcaption>{caption}</figcaption></figure>\n")
}

fn head(report: &Report) -> String {
    let (title, summary) = (escape(&report.title), escape(&report.summary));
    let cards: String = report
        .metrics
        .iter()
        .filter(|m| m.headline)
        .map(card)
        .collect();
    let cards = if cards.is_empty() {
        cards
    } else {
        format!("<div class=\"cards\">{cards}</div>\n")
    };
    let picture = report.pictures.first().map(picture).unwrap_or_default();
    format!(
        "<header>\n<p class=\"kind\">Run report</p>\n<h1>{title}</h1>\n\
         <p class=\"lead\">{summary}</p>\n</header>\n{cards}{picture}"
    )
}

fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Better => ("better", "▲ better"),
        Verdict::Worse => ("worse", "▼ worse"),
        Verdict::Unclear => ("unclear", "no clear difference"),
        Verdict::Neutral => ("neutral", ""),
    }
}

/// Digits that fit the smaller of the two spreads.
fn digits(metric: &Metric) -> usize {
    let (baseline, policy) = (Spread::of(&metric.baseline), Spread::of(&metric.policy));
    let spread = match (baseline.deviation, policy.deviation) {
        (b, p) if b > 0.0 && p > 0.0 => b.min(p),
        (b, p) => b
            .max(p)
            .max(0.1 * baseline.mean.abs().max(policy.mean.abs())),
    };
    digits_for(spread)
}

fn card(metric: &Metric) -> String {
    let digits = digits(metric);
    let text = |v: f64| escape(&with_unit(&fixed(v, digits), &metric.unit));
    let policy = Spread::of(&metric.policy);
    let (class, word) = verdict(compare(&metric.baseline, &metric.policy, metric.better).verdict);
    let (name, value) = (escape(&metric.name), text(policy.mean));
    let against = if metric.baseline.is_empty() {
        String::new()
    } else {
        let baseline = text(Spread::of(&metric.baseline).mean);
        format!("baseline {baseline} <span class=\"{class}\">{word}</span>")
    };
    format!(
        "<div class=\"card\"><div class=\"name\">{name}</div>\
         <div class=\"value\">{value}</div><div class=\"against\">{against}</div></div>"
    )
}

fn results(report: &Report) -> String {
    if report.metrics.is_empty() {
        return String::new();
    }
    let rows: String = report.metrics.iter().map(row).collect();
    let samples = if report.samples.is_empty() {
        "the samples"
    } else {
        &report.samples
    };
    let about = format!(
        "Mean ± standard deviation over {samples}. The difference is policy minus baseline, \
         pair by pair, with the 95 % confidence interval of its mean; where the interval holds \
         zero, no clear difference is claimed. An arrow shows which way a number should go."
    );
    let table = format!(
        "<div class=\"scroll\"><table>\n<thead><tr><th class=\"metric\">Metric</th><th class=\"number\">Baseline</th>\
         <th class=\"number\">Policy</th><th class=\"number\">Difference, 95 % interval</th>\
         <th class=\"verdict\">Verdict</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>"
    );
    section("Results", &about, &table)
}

fn row(metric: &Metric) -> String {
    let digits = digits(metric);
    let cell = |values: &[f64]| {
        let spread = Spread::of(values);
        match spread.count {
            0 => "–".to_owned(),
            1 => fixed(spread.mean, digits),
            _ => format!(
                "{} <span class=\"pm\">± {}</span>",
                fixed(spread.mean, digits),
                fixed(spread.deviation, digits)
            ),
        }
    };
    let change = compare(&metric.baseline, &metric.policy, metric.better);
    let (class, word) = verdict(change.verdict);
    // The interval of a mean is narrower than the spread and earns more digits.
    let digits = if change.half_width > 0.0 {
        digits_for(change.half_width)
    } else {
        digits
    };
    let sign = if change.mean > 0.0 { "+" } else { "" };
    let difference = match change.count {
        0 => "–".to_owned(),
        1 => format!("{sign}{}", fixed(change.mean, digits)),
        _ => format!(
            "{sign}{} <span class=\"pm\">[{}, {}]</span>",
            fixed(change.mean, digits),
            fixed(change.mean - change.half_width, digits),
            fixed(change.mean + change.half_width, digits)
        ),
    };
    let aim = match metric.better {
        Better::Higher => " ↑",
        Better::Lower => " ↓",
        Better::Neither => "",
    };
    let unit = if metric.unit.is_empty() {
        String::new()
    } else {
        format!(" [{}]", metric.unit)
    };
    let name = escape(&format!("{}{unit}{aim}", metric.name));
    let meaning = escape(&metric.meaning);
    let strong = if metric.headline {
        " class=\"strong\""
    } else {
        ""
    };
    format!(
        "<tr{strong}><td>{name}<span class=\"meaning\">{meaning}</span></td>\
         <td class=\"number\">{}</td><td class=\"number\">{}</td>\
         <td class=\"number\">{difference}</td><td class=\"{class}\">{word}</td></tr>\n",
        cell(&metric.baseline),
        cell(&metric.policy),
    )
}

fn scores(comparison: &ScoreComparison) -> String {
    let change = compare(&comparison.baseline, &comparison.policy, comparison.better);
    let about = format!(
        "Each of the {} workpieces was run once under each controller. On {} of them the policy \
         is better.",
        change.count, change.wins
    );
    let charts = format!(
        "<div class=\"row\">{}{}</div>",
        score::pairs(comparison),
        score::boxes(comparison)
    );
    let caption = "Left: one dot per workpiece; on the dashed line both controllers do equally \
                   well. Right: all workpieces, with quartiles and median as a box and whiskers \
                   to 5 % and 95 %.";
    section(
        &format!("{} per workpiece", comparison.name),
        &about,
        &figure(&charts, caption),
    )
}

fn removal(maps: &RemovalMaps) -> String {
    if !map::fits(maps) {
        let text = "The maps of this run do not fit their grid and are left out.";
        return section("Removed depth", text, "");
    }
    let about = format!(
        "{}: {} µm are to be removed everywhere, ±{:.0} % is the band.",
        maps.workpiece,
        fixed(maps.target_um, digits_for(maps.target_um)),
        100.0 * maps.tolerance
    );
    let first = figure(
        &map::maps(maps),
        "Removed depth on the marked surface, both on the same scale. The white outline bounds \
         the cells within the band; the bracket on the colour bar shows the band and its target.",
    );
    let second = figure(
        &map::histogram(maps),
        "How the cells are spread over removed depth; cells beyond twice the target are counted \
         in the last bar.",
    );
    section("Removed depth", &about, &format!("{first}{second}"))
}

fn force(traces: &ForceTraces) -> String {
    let about = format!(
        "Normal force of the pad over one episode, {}, against its set point and the band of \
         ±{:.0} %.",
        traces.workpiece,
        100.0 * traces.tolerance
    );
    let caption = "Figures are taken over the time in which contact is wanted (set point above \
                   zero). Overshoot is the greatest force above the set point, as a share of it.";
    section(
        "Contact force",
        &about,
        &figure(&curve::force(traces), caption),
    )
}

fn learning(curve: &LearningCurve) -> String {
    let charts = format!(
        "<div class=\"row\">{}</div>",
        curve::learning(curve).concat()
    );
    let about = "How the policy came about; dashed lines show the baseline where it has one.";
    section(
        "Learning",
        about,
        &figure(&charts, "Bands, where drawn, show the spread."),
    )
}

fn picture(picture: &Picture) -> String {
    if picture.png.is_empty() {
        return String::new();
    }
    let alt = escape(&picture.caption);
    let bytes = base64(&picture.png);
    figure(
        &format!("<img alt=\"{alt}\" src=\"data:image/png;base64,{bytes}\"/>"),
        &picture.caption,
    )
}

fn pictures(rest: &[Picture]) -> String {
    let all: String = rest.iter().map(picture).collect();
    if all.is_empty() {
        all
    } else {
        section("Pictures", "", &all)
    }
}

pub(super) fn list(title: &str, about: &str, items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items: String = items
        .iter()
        .map(|i| format!("<li>{}</li>\n", escape(i)))
        .collect();
    section(title, about, &format!("<ul>\n{items}</ul>"))
}

pub(super) fn notes(notes: &[String]) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let text: String = notes
        .iter()
        .map(|n| format!("<p>{}</p>\n", escape(n)))
        .collect();
    section(
        "Before you trust this",
        "What the figures above do and do not say.",
        &text,
    )
}

pub(super) fn facts(groups: &[FactGroup]) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let fact = |(name, value): &(String, String)| {
        // Hashes and paths are read letter by letter.
        let code = value.len() >= 24 && !value.contains(' ');
        let class = if code { " class=\"code\"" } else { "" };
        format!("<dt>{}</dt><dd{class}>{}</dd>", escape(name), escape(value))
    };
    let group = |g: &FactGroup| {
        let rows: String = g.facts.iter().map(fact).collect();
        format!(
            "<section><h3>{}</h3><dl>{rows}</dl></section>\n",
            escape(&g.title)
        )
    };
    let groups: String = groups.iter().map(group).collect();
    let about = "Everything needed to run it again.";
    section(
        "What was run",
        about,
        &format!("<div class=\"facts\">\n{groups}</div>"),
    )
}

/// RFC 4648 with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * place) & 63) as usize];
            out.push(if place > chunk.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    /// The test vectors of RFC 4648, section 10.
    #[test]
    fn base64_meets_its_standard() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
