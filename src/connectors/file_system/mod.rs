//! Files of a folder or a bucket: CSV, TSV, JSON, JSON lines, Parquet, Arrow and XLSX.
//!
//! Each file is a data source, and so is each sheet of a workbook. A file has no cursor of its own: read incrementally
//! without a cursor field, a file that did not change gives no rows, and one that did is read whole. Delta tables are left
//! out. `docs/connectors/file-system.md` tells what is read and how increments work.

mod arrow_ipc;
mod bookmark;
mod columns;
mod config;
mod delimited;
mod delta;
mod discover;
mod failure;
mod filter;
mod format;
mod formats;
mod infer;
mod input;
mod json;
mod leaves;
mod listing;
mod parquet;
mod read;
mod scalar;
mod source;
mod store;
mod table;
mod workbook;

use std::collections::BTreeMap;
use std::time::Duration;

use globset::GlobMatcher;
use serde_json::json;

use crate::sdk::{
    Catalog, Connector, ConnectorError, ConnectorFactory, ConnectorType, OpenContext, Reachable, ReadRequest,
    ReadStream, Rediscovered, ScratchFolder, SourceRef, counted,
};
use store::Root;

pub use config::{FileSystemAuth, FileSystemConfig, S3Keys};

/// How long `check` may take.
const CHECK_TIME: Duration = Duration::from_secs(9);

/// Reads the files of a folder or a bucket.
pub struct FileSystem {
    root: Root,
    pattern: Option<GlobMatcher>,
    options: config::TextOptions,
    scratch: ScratchFolder,
}

inventory::submit! { ConnectorFactory::of::<FileSystem>() }

impl Connector for FileSystem {
    const TYPE: ConnectorType = ConnectorType::FileSystem;
    const NAME: &'static str = "Files";
    const DESCRIPTION: &'static str = "CSV, JSON, Parquet, Arrow and XLSX files of a folder or an S3 bucket";
    const SUPPORTS_INCREMENTAL: bool = true;
    const DISCOVERS_AT_SYNC: bool = true;
    type Config = FileSystemConfig;
    type Auth = FileSystemAuth;

    fn open(config: FileSystemConfig, auth: FileSystemAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        let scratch = context.scratch.clone();
        Ok(Self {
            scratch,
            root: Root::new(&config, &auth, context)?,
            pattern: config.pattern.as_deref().map(listing::pattern).transpose()?,
            options: config.text_options()?,
        })
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        self.root.permitted().await
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        let looked = tokio::time::timeout(CHECK_TIME, async {
            let open = self.root.open().await?;
            listing::list(&self.root, &open, self.pattern.as_ref()).await
        });
        let listing = match looked.await {
            Ok(listing) => listing?,
            Err(late) => {
                let message = format!("{} did not answer within {} seconds", self.root.name(), CHECK_TIME.as_secs());
                return Err(ConnectorError::unreachable(message, late));
            }
        };
        let mut formats: BTreeMap<&str, u64> = BTreeMap::new();
        for file in &listing.files {
            *formats.entry(file.format.as_str()).or_default() += 1;
        }
        let counts: Vec<_> = formats.iter().map(|(format, count)| format!("{count} {format}")).collect();
        let holds = match counts.as_slice() {
            [] => format!("{} holds no files that we read", self.root.name()),
            counts => {
                let files = counted(listing.files.len() as u64, "file", "files");
                format!("{} holds {files} to read: {}", self.root.name(), counts.join(", "))
            }
        };
        let message = match listing.skipped.as_slice() {
            [] => holds,
            [only] => format!("{holds}; left out is {only}"),
            [first, ..] => format!("{holds}; left out are {}, such as {first}", listing.skipped.len()),
        };
        let details = json!({
            "files": listing.files.len(),
            "formats": formats,
            "other_files": listing.others,
            "skipped": listing.skipped,
        });
        Ok(Reachable { message, details })
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        let open = self.root.open().await?;
        let listing = listing::list(&self.root, &open, self.pattern.as_ref()).await?;
        discover::catalog(&open, listing.files, &self.options, &self.scratch).await
    }

    async fn rediscover(&self, known: Vec<SourceRef>) -> Result<Rediscovered, ConnectorError> {
        let open = self.root.open().await?;
        let listing = listing::list(&self.root, &open, self.pattern.as_ref()).await?;
        discover::changes(&open, listing.files, &self.options, &self.scratch, known).await
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        read::read(self.root.clone(), self.options.clone(), self.scratch.clone(), request)
    }
}
