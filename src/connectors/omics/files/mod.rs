//! Count matrices and variants that lie in files below a folder.
//!
//! A file has no cursor of its own: read incrementally, one that did not change gives no rows, and one that did is read whole.

mod counts;
mod damage;
mod format;
mod input;
mod listing;
mod read;
mod sink;
mod source;
mod table;
mod variants;
mod version;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use globset::{GlobBuilder, GlobMatcher};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::config::{OmicsAuth, OmicsConfig};
use crate::sdk::{
    Catalog, ConnectorError, OpenContext, Reachable, ReadRequest, ReadStream, Rediscovered, ScratchFolder, SourceRef,
    counted, on_a_thread, refuse_outside,
};

/// How long `check` may take.
const CHECK_TIME: Duration = Duration::from_secs(9);
/// The longest line, in MiB.
const LINE_LIMIT_MIB: usize = 64;

/// Files below a folder.
pub struct Files {
    root: Arc<Root>,
}

/// A folder, and how its files are read.
#[derive(Debug)]
struct Root {
    path: PathBuf,
    /// Folders that files may be read from.
    allowed: Option<Vec<PathBuf>>,
    pattern: Option<GlobMatcher>,
    options: Options,
    scratch: ScratchFolder,
}

/// How files are read.
#[derive(Clone, Debug)]
struct Options {
    /// Names of columns that are no samples, in lower case.
    annotation_columns: BTreeSet<String>,
    keep_zeros: bool,
    /// The longest line, in bytes.
    line_limit: usize,
}

impl Options {
    /// A digest: with other options the same file may read differently.
    fn digest(&self) -> String {
        hex::encode(&Sha256::digest(format!("{self:?}"))[..8])
    }
}

impl Files {
    pub(super) fn open(config: OmicsConfig, auth: &OmicsAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        if !matches!(auth, OmicsAuth::None(_)) {
            return Err(ConnectorError::config("authType", "must be NONE: files ask for no credentials"));
        }
        let wrong = |message: &str| ConnectorError::config("connectionConfig.root", message);
        let path =
            config.root.map(PathBuf::from).ok_or_else(|| wrong("is missing; give the folder, such as /data/runs"))?;
        if !path.is_absolute() {
            return Err(wrong("must be an absolute folder, such as /data/runs"));
        }
        let mut annotation_columns: BTreeSet<String> =
            config.annotation_columns.unwrap_or_default().iter().map(|name| name.trim().to_lowercase()).collect();
        annotation_columns.extend(counts::KNOWN_ANNOTATIONS.iter().map(|name| (*name).to_owned()));
        let options = Options {
            annotation_columns,
            keep_zeros: config.keep_zeros.unwrap_or(true),
            line_limit: config.line_limit_mib.unwrap_or(LINE_LIMIT_MIB) << 20,
        };
        let pattern = config.pattern.as_deref().map(pattern).transpose()?;
        Ok(Self {
            root: Arc::new(Root { path, allowed: context.file_roots, pattern, options, scratch: context.scratch }),
        })
    }

    pub(super) async fn permitted(&self) -> Result<(), ConnectorError> {
        let root = Arc::clone(&self.root);
        on_a_thread(move || refuse_outside("connectionConfig.root", &root.path, root.allowed.as_deref()).map(drop))
            .await
    }

    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        let root = Arc::clone(&self.root);
        let name = self.root.path.display().to_string();
        let looked = tokio::time::timeout(CHECK_TIME, on_a_thread(move || listing::list(&root)));
        let listing = looked.await.unwrap_or_else(|late| {
            let message = format!("{name} did not answer within {} seconds", CHECK_TIME.as_secs());
            Err(ConnectorError::unreachable(message, late))
        })?;
        let mut formats: BTreeMap<&str, u64> = BTreeMap::new();
        for file in &listing.files {
            *formats.entry(file.format.as_str()).or_default() += 1;
        }
        let counts: Vec<_> = formats.iter().map(|(format, count)| format!("{count} {format}")).collect();
        let holds = if counts.is_empty() {
            format!("{name} holds no files that we read")
        } else {
            let files = counted(listing.files.len() as u64, "file", "files");
            format!("{name} holds {files} to read: {}", counts.join(", "))
        };
        let message = match listing.skipped.as_slice() {
            [] => holds,
            [only] => format!("{holds}; left out is {only}"),
            [first, ..] => format!("{holds}; left out are {}, such as {first}", listing.skipped.len()),
        };
        let details = json!({ "files": listing.files.len(), "formats": formats, "skipped": listing.skipped });
        Ok(Reachable { message, details })
    }

    pub(super) async fn discover(&self, known: Vec<SourceRef>) -> Result<Rediscovered, ConnectorError> {
        let root = Arc::clone(&self.root);
        on_a_thread(move || {
            let mut found = Rediscovered { catalog: Catalog::default(), unchanged: Vec::new() };
            let mut of_files: HashMap<String, Vec<SourceRef>> = HashMap::new();
            for source in known {
                let file = source.details["file"].as_str().unwrap_or_default().to_owned();
                of_files.entry(file).or_default().push(source);
            }
            for file in listing::list(&root)?.files {
                let before = of_files.remove(&file.path).unwrap_or_default();
                source::look_into(&root, &file, before, &mut found);
            }
            Ok(found)
        })
        .await
    }

    pub(super) fn read(&self, request: ReadRequest) -> ReadStream {
        read::stream(Arc::clone(&self.root), request).boxed()
    }
}

fn pattern(text: &str) -> Result<GlobMatcher, ConnectorError> {
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher())
        .map_err(|error| ConnectorError::config("connectionConfig.pattern", format!("is no pattern: {}", error.kind())))
}
