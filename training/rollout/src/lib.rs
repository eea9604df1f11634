//! Run folders, rollout tables and what a run leaves behind.
//!
//! Owns: the folder of a run and its manifest, Parquet tables, the log of
//! training metrics, and the report page. Must not know: what a task or a
//! policy is, and what time it is — names, numbers and times come from the
//! caller. Start reading at [`RunFolder`], [`Table`] and [`report::Report`].
//!
//! A file of a run is written under a temporary name, flushed to the disk and
//! renamed, so that a reader sees the old file or the new one and never half.

mod error;
mod folder;
mod manifest;
mod metrics;
mod plant;
pub mod report;
mod segments;
mod table;
mod table_file;

pub use error::RolloutError;
pub use folder::{Occupied, RunFolder, sha256_file, sha256_hex, write_file};
pub use manifest::{FileHash, Manifest, SCHEMA_VERSION};
pub use metrics::{MetricsLog, read_metrics};
pub use plant::{ContactRow, JointRow, NameRow, PlantTables, PoseRow, names_table};
pub use segments::Segments;
pub use table::{Column, Table, Values};
pub use table_file::{read_table, write_table};
