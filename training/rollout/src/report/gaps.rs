//! Lists of numbers in JSON, where a number that is not finite is written as null and read as NaN.

fn out(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// For `Vec<f64>`.
pub(super) mod list {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::out;

    pub(crate) fn serialize<S: Serializer>(values: &[f64], to: S) -> Result<S::Ok, S::Error> {
        values
            .iter()
            .copied()
            .map(out)
            .collect::<Vec<_>>()
            .serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
        let values = Vec::<Option<f64>>::deserialize(from)?;
        Ok(values.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect())
    }
}

/// For `Vec<[f64; 2]>`.
pub(super) mod pairs {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::out;

    pub(crate) fn serialize<S: Serializer>(rows: &[[f64; 2]], to: S) -> Result<S::Ok, S::Error> {
        rows.iter()
            .map(|row| row.map(out))
            .collect::<Vec<_>>()
            .serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<[f64; 2]>, D::Error> {
        let rows = Vec::<[Option<f64>; 2]>::deserialize(from)?;
        Ok(rows
            .into_iter()
            .map(|row| row.map(|v| v.unwrap_or(f64::NAN)))
            .collect())
    }
}
