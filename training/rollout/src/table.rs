//! Tables in memory: named columns of one length.

use crate::RolloutError;

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// 32-bit floats.
    F32(Vec<f32>),
    /// 64-bit floats.
    F64(Vec<f64>),
    /// 64-bit integers.
    I64(Vec<i64>),
    /// Truth values.
    Bool(Vec<bool>),
    /// UTF-8 text.
    Text(Vec<String>),
}

impl Values {
    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// True without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The kind of values as a word, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
            Self::I64(_) => "i64",
            Self::Bool(_) => "bool",
            Self::Text(_) => "text",
        }
    }
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Unique in its table; groups are written `group.name`.
    pub name: String,
    /// Unit of the values, such as `N` or `m/s`; empty for pure numbers.
    pub unit: String,
    /// One value per row.
    pub values: Values,
}

impl Column {
    /// A column out of its parts.
    #[must_use]
    pub fn new(name: impl Into<String>, unit: impl Into<String>, values: Values) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
            values,
        }
    }

    /// Columns out of rows: `rows` is row-major with one number per name and row.
    ///
    /// `columns` holds (name, unit). Numbers beyond the last whole row are left out.
    #[must_use]
    pub fn split_rows(columns: &[(&str, &str)], rows: &[f32]) -> Vec<Self> {
        let width = columns.len();
        let whole = rows.len() - rows.len() % width.max(1);
        let pick = |i: usize| {
            rows[..whole]
                .iter()
                .skip(i)
                .step_by(width.max(1))
                .copied()
                .collect()
        };
        columns
            .iter()
            .enumerate()
            .map(|(i, (name, unit))| Self::new(*name, *unit, Values::F32(pick(i))))
            .collect()
    }
}

/// Columns of one length, with facts about the whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    facts: Vec<(String, String)>,
}

impl Table {
    /// A table of these columns.
    ///
    /// # Errors
    ///
    /// [`RolloutError::Rows`] when lengths differ, [`RolloutError::ColumnName`] for an empty
    /// or repeated name.
    pub fn new(columns: Vec<Column>) -> Result<Self, RolloutError> {
        let expected = columns.first().map_or(0, |c| c.values.len());
        for (i, column) in columns.iter().enumerate() {
            let given = column.values.len();
            if given != expected {
                return Err(RolloutError::Rows {
                    column: column.name.clone(),
                    expected,
                    given,
                });
            }
            let repeated = columns[..i].iter().any(|other| other.name == column.name);
            if column.name.is_empty() || repeated {
                return Err(RolloutError::ColumnName {
                    column: column.name.clone(),
                });
            }
        }
        Ok(Self {
            columns,
            facts: Vec::new(),
        })
    }

    /// The same table with a fact about it (seed, scene hash, …) for the head of its file.
    #[must_use]
    pub fn with_fact(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.push((key.into(), value.into()));
        self
    }

    /// Columns in order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Facts in order.
    #[must_use]
    pub fn facts(&self) -> &[(String, String)] {
        &self.facts
    }

    /// Rows.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.columns.first().map_or(0, |c| c.values.len())
    }

    /// A column by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// A column of numbers as f64 (truth values as 0 and 1); none for text or an unknown name.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counters stay far below 2^53")]
    pub fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        Some(match &self.column(name)?.values {
            Values::F32(v) => v.iter().map(|v| f64::from(*v)).collect(),
            Values::F64(v) => v.clone(),
            Values::I64(v) => v.iter().map(|v| *v as f64).collect(),
            Values::Bool(v) => v.iter().map(|v| f64::from(u8::from(*v))).collect(),
            Values::Text(_) => return None,
        })
    }

    /// Adds the rows of a table with the same columns.
    pub(crate) fn extend(&mut self, part: Self) {
        for (column, more) in self.columns.iter_mut().zip(part.columns) {
            match (&mut column.values, more.values) {
                (Values::F32(v), Values::F32(more)) => v.extend(more),
                (Values::F64(v), Values::F64(more)) => v.extend(more),
                (Values::I64(v), Values::I64(more)) => v.extend(more),
                (Values::Bool(v), Values::Bool(more)) => v.extend(more),
                (Values::Text(v), Values::Text(more)) => v.extend(more),
                // The caller has compared the kinds by `difference`.
                _ => {}
            }
        }
    }

    /// What differs in names, kinds or units, if anything.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let describe = |c: &Column| format!("`{}` {} [{}]", c.name, c.values.kind(), c.unit);
        if self.columns.len() != other.columns.len() {
            let (expected, given) = (self.columns.len(), other.columns.len());
            return Some(format!("expected {expected} columns, found {given}"));
        }
        let pairs = self.columns.iter().zip(&other.columns);
        pairs
            .map(|(a, b)| (describe(a), describe(b)))
            .find(|(a, b)| a != b)
            .map(|(a, b)| format!("expected {a}, found {b}"))
    }
}
