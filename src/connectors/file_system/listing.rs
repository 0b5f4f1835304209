//! Which files lie below the root.

use std::collections::BTreeSet;
use std::path::{Path as FilePath, PathBuf};

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use globset::{GlobBuilder, GlobMatcher};

use super::format::{self, Format};
use super::store::{OpenRoot, Root};
use super::{delta, failure};
use crate::sdk::{ConnectorError, on_a_thread};

/// The most files that one connector lists; more are refused rather than held in memory.
pub(super) const MAX_FILES: usize = 200_000;

/// One file that we read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FileEntry {
    /// Below the root, with `/` between folders.
    pub(super) path: String,
    pub(super) format: Format,
    /// Bytes, as stored.
    pub(super) size: u64,
    pub(super) modified: DateTime<Utc>,
    pub(super) etag: Option<String>,
}

/// What lies below the root.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The files that we read, by path.
    pub(super) files: Vec<FileEntry>,
    /// Files in formats that we do not read, or that the pattern leaves out.
    pub(super) others: u64,
    /// Folders and files that could not be looked at, links that lead out of the root, and Delta tables, with the reason.
    pub(super) skipped: Vec<String>,
}

/// Reads the `pattern` setting.
///
/// # Errors
/// `Config` where it is no pattern.
pub(super) fn pattern(text: &str) -> Result<GlobMatcher, ConnectorError> {
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher())
        .map_err(|error| ConnectorError::config("connectionConfig.pattern", format!("is no pattern: {}", error.kind())))
}

/// Lists the files of the root, in the order of their paths.
///
/// # Errors
/// Where the root cannot be listed, or holds more than [`MAX_FILES`].
pub(super) async fn list(
    root: &Root,
    open: &OpenRoot,
    pattern: Option<&GlobMatcher>,
) -> Result<Listing, ConnectorError> {
    let mut listing = match &open.folder {
        Some(folder) => {
            let (folder, pattern) = (folder.clone(), pattern.cloned());
            on_a_thread(move || walk(&folder, pattern.as_ref())).await?
        }
        None => list_bucket(root, open, pattern).await?,
    };
    listing.files.sort_by(|one, other| one.path.cmp(&other.path));
    listing.skipped.sort_unstable();
    Ok(listing)
}

async fn list_bucket(root: &Root, open: &OpenRoot, pattern: Option<&GlobMatcher>) -> Result<Listing, ConnectorError> {
    let mut listing = Listing::default();
    let mut tables = BTreeSet::new();
    let prefix = (!open.prefix.is_root()).then_some(&open.prefix);
    let mut objects = open.store.list(prefix);
    while let Some(object) = objects.try_next().await.map_err(|error| failure::of_store(&root.name(), error))? {
        let full: &str = object.location.as_ref();
        let path = full.strip_prefix(open.prefix.as_ref()).unwrap_or(full).trim_start_matches('/');
        if let Some(table) = delta::table_of_log(path) {
            tables.insert(table.to_owned());
        }
        if delta::is_below(&tables, path) {
            continue;
        }
        let entry = |format| FileEntry {
            path: path.to_owned(),
            format,
            size: object.size,
            modified: object.last_modified,
            etag: object.e_tag.clone(),
        };
        listing.add(path, pattern, entry)?;
    }
    // Names in upper case, as those of partitions may be, come before the log.
    listing.files.retain(|file| !delta::is_below(&tables, &file.path));
    for table in &tables {
        let is_outermost = table.is_empty() || !delta::is_below(&tables, table);
        if is_outermost && !format::is_ignored(table) {
            listing.skip(delta::name_of(table), delta::LEFT_OUT);
        }
    }
    Ok(listing)
}

impl Listing {
    fn add(
        &mut self,
        path: &str,
        pattern: Option<&GlobMatcher>,
        entry: impl FnOnce(Format) -> FileEntry,
    ) -> Result<(), ConnectorError> {
        if format::is_ignored(path) {
            return Ok(());
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        let named = format::of_name(name).filter(|_| pattern.is_none_or(|pattern| pattern.is_match(path)));
        let Some(named) = named else {
            self.others += 1;
            return Ok(());
        };
        if self.files.len() >= MAX_FILES {
            return Err(ConnectorError::config(
                "connectionConfig.pattern",
                format!("leaves more than {MAX_FILES} files; narrow it, or give a deeper root"),
            ));
        }
        self.files.push(entry(named.format));
        Ok(())
    }

    fn skip(&mut self, path: impl AsRef<FilePath>, reason: &str) {
        // A few tell the story; a folder of a million bad links must not fill the memory.
        if self.skipped.len() < 100 {
            self.skipped.push(format!("{}: {reason}", path.as_ref().display()));
        }
    }
}

/// Walks a folder. The object store's own listing stops at the first folder that may not be read, and follows links
/// wherever they lead.
fn walk(root: &FilePath, pattern: Option<&GlobMatcher>) -> Result<Listing, ConnectorError> {
    let mut listing = Listing::default();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        if root.join(&folder).join(delta::LOG).is_dir() {
            listing.skip(delta::name_of(&folder.to_string_lossy()), delta::LEFT_OUT);
            continue;
        }
        let entries = match std::fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) => {
                listing.skip(&folder, &error.to_string());
                continue;
            }
        };
        for entry in entries.flatten() {
            let below = folder.join(entry.file_name());
            let Some(path) = below.to_str().map(str::to_owned) else {
                listing.skip(&below, "the name is not UTF-8");
                continue;
            };
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if path.contains(|c: char| c.is_ascii_control()) {
                // The store does not know such names.
                listing.skip(&below, "the name holds a control character; rename it");
                continue;
            }
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_symlink() && !leads_to_file_inside(root, &entry.path(), &mut listing, &below) {
                continue;
            }
            // Links to folders are not followed: they may lead in circles, and their files are met on the true path.
            if kind.is_dir() {
                folders.push(below);
                continue;
            }
            let Ok(metadata) = std::fs::metadata(entry.path()) else { continue };
            if !metadata.is_file() {
                continue;
            }
            let modified = metadata.modified().map(DateTime::<Utc>::from).unwrap_or_default();
            let entry = |format| FileEntry { path: path.clone(), format, size: metadata.len(), modified, etag: None };
            listing.add(&path, pattern, entry)?;
        }
    }
    Ok(listing)
}

fn leads_to_file_inside(root: &FilePath, link: &FilePath, listing: &mut Listing, below: &FilePath) -> bool {
    match link.canonicalize() {
        Ok(target) if !target.starts_with(root) => {
            listing.skip(below, "the link leads out of the folder");
            false
        }
        Ok(target) => target.is_file(),
        Err(_) => {
            listing.skip(below, "the link leads nowhere");
            false
        }
    }
}
