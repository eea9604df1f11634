//! The page of a plant run: what moved, what touched, and how well it held together.

use serde::{Deserialize, Serialize};

use super::{
    CurvePanel, FactGroup, LearningCurve, curve,
    page::{document, facts, figure, list, notes, section},
    svg::escape,
};

/// Everything that the page shows; empty parts are left out of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlantReport {
    /// Heading, such as `Plant: palletising cell`.
    pub title: String,
    /// One or two sentences: what was simulated and how it went.
    pub summary: String,
    /// Figures on top of the page.
    pub cards: Vec<Card>,
    /// Charts over time, one section each.
    pub charts: Vec<Chart>,
    /// Tables.
    pub tables: Vec<Rows>,
    /// What was run, in groups.
    pub facts: Vec<FactGroup>,
    /// What the scene loader and the solver could not take as authored, one sentence each.
    pub findings: Vec<String>,
    /// What a reader should know before trusting the numbers, one paragraph each.
    pub notes: Vec<String>,
}

/// A figure on top of the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// What it is.
    pub name: String,
    /// Value with its unit.
    pub value: String,
    /// What it is to be compared with, or over what it was taken.
    pub against: String,
    /// Whether it is within what it should be; none if it only describes.
    pub good: Option<bool>,
}

/// Panels over simulated time under one heading.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// Heading.
    pub title: String,
    /// What is drawn.
    pub about: String,
    /// How to read it.
    pub caption: String,
    /// The panels.
    pub panels: Vec<CurvePanel>,
}

/// A table; every row has as many cells as there are columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// Heading.
    pub title: String,
    /// What it lists.
    pub about: String,
    /// Names of the columns, units included; those of numbers stand to the right.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
}

impl PlantReport {
    /// The page as HTML text, complete in itself.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut body = head(self);
        body += &self.charts.iter().map(chart).collect::<String>();
        body += &self.tables.iter().map(table).collect::<String>();
        body += &list(
            "Findings",
            "What the scene says that could not be taken as it is, each with its place.",
            &self.findings,
        );
        body += &notes(&self.notes);
        body += &facts(&self.facts);
        document(&self.title, &body)
    }
}

fn head(report: &PlantReport) -> String {
    let (title, summary) = (escape(&report.title), escape(&report.summary));
    let cards: String = report.cards.iter().map(card).collect();
    format!(
        "<header>\n<p class=\"kind\">Plant run</p>\n<h1>{title}</h1>\n\
         <p class=\"lead\">{summary}</p>\n</header>\n<div class=\"cards\">{cards}</div>\n"
    )
}

fn card(card: &Card) -> String {
    let (name, value, against) = (
        escape(&card.name),
        escape(&card.value),
        escape(&card.against),
    );
    let verdict = match card.good {
        Some(true) => " <span class=\"better\">as it should be</span>",
        Some(false) => " <span class=\"worse\">not as it should be</span>",
        None => "",
    };
    format!(
        "<div class=\"card\"><div class=\"name\">{name}</div><div class=\"value\">{value}</div>\
         <div class=\"against\">{against}{verdict}</div></div>"
    )
}

fn chart(chart: &Chart) -> String {
    let drawn = curve::learning(&LearningCurve {
        x_label: "simulated time [s]".to_owned(),
        panels: chart.panels.clone(),
    });
    let row = format!("<div class=\"row\">{}</div>", drawn.concat());
    section(&chart.title, &chart.about, &figure(&row, &chart.caption))
}

fn table(table: &Rows) -> String {
    if table.rows.is_empty() {
        return String::new();
    }
    // A column is one of numbers if its first cell is.
    let numeric: Vec<bool> = (0..table.columns.len())
        .map(|k| table.rows[0].get(k).is_some_and(|cell| is_number(cell)))
        .collect();
    let class = |k: usize| {
        if numeric.get(k).copied().unwrap_or(false) {
            " class=\"number\""
        } else {
            ""
        }
    };
    let heads: String = table
        .columns
        .iter()
        .enumerate()
        .map(|(k, name)| format!("<th{}>{}</th>", class(k), escape(name)))
        .collect();
    let rows: String = table
        .rows
        .iter()
        .map(|row| {
            let cells: String = row
                .iter()
                .enumerate()
                .map(|(k, cell)| format!("<td{}>{}</td>", class(k), escape(cell)))
                .collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    let text = format!(
        "<div class=\"scroll\"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\
         </table></div>"
    );
    section(&table.title, &table.about, &text)
}

fn is_number(cell: &str) -> bool {
    let digits = cell.chars().any(|c| c.is_ascii_digit());
    digits
        && cell
            .chars()
            .all(|c| c.is_ascii_digit() || "+-−. –\u{202f}".contains(c))
        || cell == "–"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names from scenes are text, not markup; numbers stand to the right; empty parts are left
    /// out.
    #[test]
    fn page_is_safe_and_brief() {
        let report = PlantReport {
            title: "Plant: <b>".to_owned(),
            tables: vec![Rows {
                title: "Joints".to_owned(),
                columns: vec!["Joint".to_owned(), "Position".to_owned()],
                rows: vec![vec!["/Cell/<Arm>".to_owned(), "−0.25".to_owned()]],
                ..Rows::default()
            }],
            ..PlantReport::default()
        };
        let page = report.to_html();
        assert!(page.contains("Plant: &lt;b&gt;") && page.contains("/Cell/&lt;Arm&gt;"));
        assert!(page.contains("<td class=\"number\">−0.25</td>"));
        assert!(!page.contains("Findings"));
    }
}
