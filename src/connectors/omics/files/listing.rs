//! Which files lie below the root.

use std::fs;
use std::path::{Component, Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::format::{self, Format};
use super::input::{gone, of_io};
use super::version::Version;
use super::{Root, counts, damage};
use crate::sdk::{ConnectorError, real_path};

/// The most files that are listed; more are refused rather than held in memory.
const MOST_FILES: usize = 100_000;
/// The most reasons that are kept of what is left out.
const MOST_SKIPPED: usize = 100;

/// A file that we read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// Below the root, with `/` between folders.
    pub(super) path: String,
    pub(super) format: Format,
    pub(super) version: Version,
}

/// What lies below the root.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// By path.
    pub(super) files: Vec<Found>,
    /// What is left out, with the reason.
    pub(super) skipped: Vec<String>,
}

impl Listing {
    fn skip(&mut self, path: &str, reason: &str) {
        if self.skipped.len() < MOST_SKIPPED {
            self.skipped.push(format!("{path}: {reason}"));
        }
    }
}

impl Root {
    /// The folder, links followed, where it may be read.
    ///
    /// # Errors
    /// `NotFound` where it is missing, `Permission` where it is outside of what the process allows, or may not be read.
    pub(super) fn folder(&self) -> Result<PathBuf, ConnectorError> {
        let (allowed, name) = (self.allowed.as_deref(), self.path.display().to_string());
        let folder = real_path(&self.path, allowed)?.canonicalize().map_err(|error| of_io(&name, error))?;
        // Once more: it may have come, or become a link, meanwhile.
        let folder = real_path(&folder, allowed)?;
        if !folder.is_dir() {
            let message = format!("is {name}, which is a file; give the folder that it lies in");
            return Err(ConnectorError::config("connectionConfig.root", message));
        }
        fs::read_dir(&folder).map_err(|error| of_io(&name, error))?;
        Ok(folder)
    }

    /// Where a file lies.
    ///
    /// # Errors
    /// `NotFound` where it is gone, `Permission` where a link leads out of the root.
    pub(super) fn place(&self, path: &str) -> Result<PathBuf, ConnectorError> {
        let folder = self.folder()?;
        if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(gone(path));
        }
        let real = below(&folder, &folder.join(path), path)?;
        if real.is_file() { Ok(real) } else { Err(gone(path)) }
    }
}

/// A place with its links followed, which has to lie below a folder whose links were followed.
///
/// # Errors
/// `NotFound` where there is nothing, `Permission` where a link leads out of the folder.
pub(super) fn below(folder: &Path, place: &Path, name: &str) -> Result<PathBuf, ConnectorError> {
    let real = place.canonicalize().map_err(|error| of_io(name, error))?;
    if !real.starts_with(folder) {
        let message = format!("{name} is a link that leads out of the folder; files are read below the root only");
        return Err(ConnectorError::Permission { message, cause: None });
    }
    Ok(real)
}

/// Lists the files below the root, in the order of their paths.
///
/// # Errors
/// Where the root cannot be read, or holds too many.
pub(super) fn list(root: &Root) -> Result<Listing, ConnectorError> {
    let folder = root.folder()?;
    let mut listing = Listing::default();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let entries = match fs::read_dir(folder.join(&below)) {
            Ok(entries) => entries,
            Err(error) => {
                listing.skip(&below.to_string_lossy(), &error.to_string());
                continue;
            }
        };
        for entry in entries.flatten() {
            let (name, Ok(kind)) = (entry.file_name(), entry.file_type()) else { continue };
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let below = below.join(&name);
            // Links to folders are not followed: they may lead in circles.
            if kind.is_dir() {
                folders.push(below);
                continue;
            }
            let Some(path) = below.to_str() else {
                listing.skip(&below.to_string_lossy(), "the name is not UTF-8");
                continue;
            };
            let Some((format, _)) = format::of_name(&name.to_string_lossy()) else { continue };
            if root.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(path)) {
                continue;
            }
            match look(root, path, format) {
                Ok(version) if listing.files.len() < MOST_FILES => {
                    listing.files.push(Found { path: path.to_owned(), format, version });
                }
                Ok(_) => {
                    let message = format!("leaves more than {MOST_FILES} files; narrow it, or give a deeper root");
                    return Err(ConnectorError::config("connectionConfig.pattern", message));
                }
                Err(reason) => listing.skip(path, &reason),
            }
        }
    }
    listing.files.sort_by(|one, other| one.path.cmp(&other.path));
    listing.skipped.sort_unstable();
    Ok(listing)
}

/// The version of a file that we can read.
///
/// # Errors
/// Why it is left out.
fn look(root: &Root, path: &str, format: Format) -> Result<Version, String> {
    let place = root.place(path).map_err(|error| error.to_string())?;
    if format == Format::Matrix {
        let looked =
            damage::caught(path, || Ok(counts::layout::look(&place, path, &root.options, &CancellationToken::new())));
        looked.unwrap_or_else(|error| Err(error.to_string()))?;
    }
    Version::of_file(&place, path).map_err(|error| error.to_string())
}
