//! Why a world could not be written.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a world could not be written. Nothing is left behind at the path that was asked for.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuthorError {
    /// The file's name does not say which format to write.
    #[error("{}: expected a name that ends in .usda, .usdc, .usd or .usdz", path.display())]
    UnknownFormat {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// A prim stands nowhere, or a joint frame does: a coordinate is not a finite number.
    #[error("{prim}: `{property}` is not finite")]
    NotFinite {
        /// Path of the prim.
        prim: String,
        /// What is not finite.
        property: &'static str,
    },
    /// A mesh names a point that it does not have.
    #[error("{prim}: triangle names point {index} of {count}")]
    BadMesh {
        /// Path of the prim.
        prim: String,
        /// The index.
        index: u32,
        /// Number of points.
        count: usize,
    },
    /// The USD library could not hold or encode the layer.
    #[error("{prim}: USD library refused the layer")]
    Encode {
        /// Path of the prim, or of the file.
        prim: String,
        /// What the library said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file could not be written.
    #[error("{}: cannot be written", path.display())]
    Unwritable {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}
