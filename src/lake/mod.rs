//! Lake tables: Delta tables on an object store.
//!
//! Writing has two halves. A [`StagedWriter`] turns record batches into Parquet files that no
//! reader sees yet; [`LakeTable::commit`] makes them part of the table in one atomic act that
//! also carries the writer's sequence number. A crash between the two leaves the table as it
//! was, and a writer whose sequence number has been overtaken cannot commit any more.

mod bucket;
mod commit;
mod encoder;
mod encoding;
mod error;
mod indexed;
mod maintain;
pub mod merge;
mod ready;
mod refit;
mod schema;
mod snapshot;
mod statistics;
mod store;
mod table;
mod writer;

pub use commit::{Commit, CommitMode, Committed};
pub use error::LakeError;
pub use maintain::{Maintained, Retention};
pub use refit::Refitted;
pub use schema::StoredSchema;
pub(crate) use schema::same_type;
pub use snapshot::{TableFile, TableSnapshot};
pub use store::Lake;
pub use table::{LakeTable, RowRange};
pub use writer::{FileCompression, StagedFile, StagedWriter, WriterOptions};
