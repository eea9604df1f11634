//! Tables as Parquet files.
//!
//! Every column is required (no nulls). Units and facts stand in the file's
//! key-value metadata: `halle.units` is a JSON object from column to unit, each
//! fact has its own key. Readers such as `pyarrow` show them as schema metadata.

use std::{collections::BTreeMap, fs::File, path::Path, sync::Arc};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Kind},
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        reader::{FileReader as _, SerializedFileReader},
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::Type,
};

use crate::{Column, RolloutError, Table, Values, write_file};

const UNITS: &str = "halle.units";
/// Rows held together; a reader may skip whole groups.
const GROUP_ROWS: usize = 1 << 17;

/// Writes a table as a Parquet file (Snappy), whole or not at all.
///
/// # Errors
///
/// As [`write_file`].
pub fn write_table(path: &Path, table: &Table) -> Result<(), RolloutError> {
    let bytes = encode(table).map_err(|e| encode_error(path, e))?;
    write_file(path, &bytes)
}

/// Reads a table back from a Parquet file that this crate wrote.
///
/// # Errors
///
/// [`RolloutError::Missing`], [`RolloutError::Io`], or [`RolloutError::Corrupt`] for
/// another file or a damaged one.
pub fn read_table(path: &Path) -> Result<Table, RolloutError> {
    let file = File::open(path).map_err(|source| RolloutError::from_io("read", path, source))?;
    decode(file).map_err(|reason| RolloutError::Corrupt {
        path: path.to_path_buf(),
        reason,
    })
}

fn encode_error(path: &Path, error: ParquetError) -> RolloutError {
    let source = std::io::Error::other(error);
    RolloutError::Io {
        action: "write",
        path: path.to_path_buf(),
        source,
    }
}

fn encode(table: &Table) -> Result<Vec<u8>, ParquetError> {
    let units: BTreeMap<&str, &str> = table
        .columns()
        .iter()
        .map(|c| (c.name.as_str(), c.unit.as_str()))
        .collect();
    let units = serde_json::to_string(&units).map_err(|e| ParquetError::General(e.to_string()))?;
    let mut facts = vec![KeyValue::new(UNITS.to_owned(), units)];
    facts.extend(
        table
            .facts()
            .iter()
            .map(|(k, v)| KeyValue::new(k.clone(), v.clone())),
    );
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("halle {}", env!("CARGO_PKG_VERSION")))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(facts))
        .build();
    let mut bytes = Vec::new();
    let mut file =
        SerializedFileWriter::new(&mut bytes, Arc::new(schema(table)?), Arc::new(properties))?;
    let rows = table.row_count();
    let mut start = 0;
    while start < rows {
        let end = (start + GROUP_ROWS).min(rows);
        let mut group = file.next_row_group()?;
        for column in table.columns() {
            write_column(&mut group, &column.values, start..end)?;
        }
        group.close()?;
        start = end;
    }
    file.close()?;
    Ok(bytes)
}

fn schema(table: &Table) -> Result<Type, ParquetError> {
    let field = |column: &Column| {
        let (kind, logical) = match column.values {
            Values::F32(_) => (Kind::FLOAT, None),
            Values::F64(_) => (Kind::DOUBLE, None),
            Values::I64(_) => (Kind::INT64, None),
            Values::Bool(_) => (Kind::BOOLEAN, None),
            Values::Text(_) => (Kind::BYTE_ARRAY, Some(LogicalType::String)),
        };
        Type::primitive_type_builder(&column.name, kind)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    };
    let fields = table
        .columns()
        .iter()
        .map(field)
        .collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("rollout")
        .with_fields(fields)
        .build()
}

fn write_column<W: std::io::Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &Values,
    rows: std::ops::Range<usize>,
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("fewer columns than the schema says".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    match values {
        Values::F32(v) => column
            .typed::<FloatType>()
            .write_batch(&v[rows], None, None)?,
        Values::F64(v) => column
            .typed::<DoubleType>()
            .write_batch(&v[rows], None, None)?,
        Values::I64(v) => column
            .typed::<Int64Type>()
            .write_batch(&v[rows], None, None)?,
        Values::Bool(v) => column
            .typed::<BoolType>()
            .write_batch(&v[rows], None, None)?,
        Values::Text(v) => {
            let text: Vec<ByteArray> = v[rows].iter().map(|s| s.as_str().into()).collect();
            column
                .typed::<ByteArrayType>()
                .write_batch(&text, None, None)?
        }
    };
    column.close()
}

fn decode(file: File) -> Result<Table, String> {
    let text = |e: ParquetError| e.to_string();
    let reader = SerializedFileReader::new(file).map_err(text)?;
    let file = reader.metadata().file_metadata();
    let pairs = file.key_value_metadata().cloned().unwrap_or_default();
    let value = |pair: &KeyValue| pair.value.clone().unwrap_or_default();
    let units: BTreeMap<String, String> = pairs
        .iter()
        .find(|pair| pair.key == UNITS)
        .map(|pair| serde_json::from_str(&value(pair)))
        .transpose()
        .map_err(|e| format!("`{UNITS}`: {e}"))?
        .unwrap_or_default();
    let mut columns = Vec::new();
    for field in file.schema_descr().columns() {
        let name = field.name().to_owned();
        if field.max_def_level() != 0 || field.max_rep_level() != 0 {
            return Err(format!("column `{name}` has nulls or lists"));
        }
        let values = match field.physical_type() {
            Kind::FLOAT => Values::F32(Vec::new()),
            Kind::DOUBLE => Values::F64(Vec::new()),
            Kind::INT64 => Values::I64(Vec::new()),
            Kind::BOOLEAN => Values::Bool(Vec::new()),
            Kind::BYTE_ARRAY => Values::Text(Vec::new()),
            other => return Err(format!("column `{name}` is of the kind {other}")),
        };
        let unit = units.get(&name).cloned().unwrap_or_default();
        columns.push(Column { name, unit, values });
    }
    for index in 0..reader.num_row_groups() {
        let group = reader.get_row_group(index).map_err(text)?;
        for (place, column) in columns.iter_mut().enumerate() {
            let reader = group.get_column_reader(place).map_err(text)?;
            read_column(reader, &mut column.values)
                .map_err(|e| format!("`{}`: {e}", column.name))?;
        }
    }
    let mut table = Table::new(columns).map_err(|e| e.to_string())?;
    for pair in pairs.iter().filter(|pair| pair.key != UNITS) {
        table = table.with_fact(pair.key.clone(), value(pair));
    }
    Ok(table)
}

fn read_column(reader: ColumnReader, values: &mut Values) -> Result<(), String> {
    match (reader, values) {
        (ColumnReader::FloatColumnReader(r), Values::F32(v)) => read_all(r, v),
        (ColumnReader::DoubleColumnReader(r), Values::F64(v)) => read_all(r, v),
        (ColumnReader::Int64ColumnReader(r), Values::I64(v)) => read_all(r, v),
        (ColumnReader::BoolColumnReader(r), Values::Bool(v)) => read_all(r, v),
        (ColumnReader::ByteArrayColumnReader(r), Values::Text(v)) => {
            let mut raw = Vec::new();
            read_all(r, &mut raw)?;
            for bytes in raw {
                v.push(bytes.as_utf8().map_err(|e| e.to_string())?.to_owned());
            }
            Ok(())
        }
        _ => Err("kind of the column changes within the file".to_owned()),
    }
}

fn read_all<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    values: &mut Vec<T::T>,
) -> Result<(), String> {
    loop {
        let (rows, _, _) = reader
            .read_records(1 << 16, None, None, values)
            .map_err(|e| e.to_string())?;
        if rows == 0 {
            return Ok(());
        }
    }
}
