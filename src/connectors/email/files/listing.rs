//! Which mbox files or Maildir folders lie below the root.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::super::config::Selection;
use super::super::names::readable;
use super::super::rows::Store;
use super::Root;
use crate::sdk::{ConnectorError, real_path};

/// The most mailboxes that are listed; more are refused rather than held in memory.
const MOST_FOUND: usize = 100_000;
/// The path of a root that is itself a Maildir.
const ROOT: &str = ".";

/// One mailbox of a folder.
#[derive(Debug, PartialEq)]
pub(super) struct Found {
    /// Below the root, with `/` between folders.
    pub(super) path: String,
    /// What people call it.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// How many messages there are, where that can be told without reading.
    pub(super) messages: Option<u64>,
}

/// What mail lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Mbox,
    Maildir,
}

impl Kind {
    /// The setting that says where it lies.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Mbox => "connectionConfig.mbox",
            Self::Maildir => "connectionConfig.maildir",
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Mbox => "mbox",
            Self::Maildir => "maildir",
        }
    }

    pub(super) fn store(self) -> Store {
        match self {
            Self::Mbox => Store::Mbox,
            Self::Maildir => Store::Maildir,
        }
    }

    /// The column that only grows.
    pub(super) fn cursor_field(self) -> Option<&'static str> {
        match self {
            Self::Mbox => Some("position"),
            Self::Maildir => None,
        }
    }
}

/// A root as it is now, links followed.
struct Opened {
    folder: PathBuf,
    /// The name of the only file that may be read there.
    only: Option<String>,
}

impl Root {
    /// The folder, or the file with the folder that it lies in, where it may be read.
    ///
    /// # Errors
    /// `NotFound` where it is missing, `Permission` where it is outside of what the process allows, or may not be read.
    fn open(&self) -> Result<Opened, ConnectorError> {
        let allowed = self.allowed.as_deref();
        let path = real_path(&self.path, allowed)?.canonicalize().map_err(|error| of_io(&self.path, error))?;
        // Once more: it may have come, or become a link, meanwhile.
        let path = real_path(&path, allowed)?;
        if path.is_dir() {
            fs::read_dir(&path).map_err(|error| of_io(&self.path, error))?;
            return Ok(Opened { folder: path, only: None });
        }
        let wrong = |why: &str| ConnectorError::config(self.kind.field(), format!("is {}, {why}", self.path.display()));
        if self.kind == Kind::Maildir {
            return Err(wrong("which is a file; a Maildir is a folder with cur and new in it"));
        }
        let file = File::open(&path).map_err(|error| of_io(&self.path, error))?;
        if !path.is_file() || !(begins_like_mbox(&file) || file.metadata().is_ok_and(|file| file.len() == 0)) {
            return Err(wrong("which is no mbox file: it does not begin with From and a space"));
        }
        let name = path.file_name().and_then(OsStr::to_str);
        let name = name.ok_or_else(|| wrong("whose name is not UTF-8"))?.to_owned();
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Opened { folder, only: Some(name) })
    }

    /// Where a data source lies.
    ///
    /// # Errors
    /// `NotFound` where it is gone, `Permission` where a link leads out of the root.
    pub(super) fn place(&self, path: &str) -> Result<PathBuf, ConnectorError> {
        let Opened { folder: root, only } = self.open()?;
        let is_below =
            Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        let place = root.join(path);
        if !is_below || only.is_some_and(|only| only != path) {
            return Err(gone(path));
        }
        let real = place.canonicalize().map_err(|error| of_io(Path::new(path), error))?;
        if !real.starts_with(&root) {
            let message = format!("{path} is a link that leads out of the folder; mail is read below it only");
            return Err(ConnectorError::Permission { message, cause: None });
        }
        Ok(real)
    }
}

/// Lists the mailboxes below the root, in the order of their paths. What cannot be looked at is left out.
///
/// # Errors
/// Where the root cannot be read, or holds too many.
pub(super) fn list(root: &Root, selection: &Selection) -> Result<Vec<Found>, ConnectorError> {
    let Opened { folder, only } = root.open()?;
    let mut found = Vec::new();
    if let Some(path) = only {
        let name = without_extension(&path);
        keep(&mut found, selection, Found { path, name, kind: Kind::Mbox, messages: None })?;
        return Ok(found);
    }
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let here = folder.join(&below);
        let is_maildir = is_maildir(&here);
        if is_maildir
            && root.kind == Kind::Maildir
            && let Some(path) = below.to_str()
        {
            let path = if path.is_empty() { ROOT } else { path };
            let messages = ["cur", "new"].iter().map(|part| count(&here.join(part))).sum();
            keep(
                &mut found,
                selection,
                Found {
                    path: path.to_owned(),
                    name: maildir_name(path),
                    kind: Kind::Maildir,
                    messages: Some(messages),
                },
            )?;
        }
        let Ok(entries) = fs::read_dir(&here) else { continue };
        for entry in entries.flatten() {
            let (name, Ok(kind)) = (entry.file_name(), entry.file_type()) else { continue };
            let is_hidden = name.as_encoded_bytes().starts_with(b".");
            // Maildir++ keeps its subfolders hidden; links to folders may lead in circles.
            if kind.is_dir() && !(is_maildir && is_of_maildir(&name)) && (is_maildir || !is_hidden) {
                folders.push(below.join(&name));
            } else if root.kind == Kind::Mbox
                && !kind.is_dir()
                && !is_maildir
                && !is_hidden
                && is_mbox(&folder, &entry.path())
            {
                let below = below.join(&name);
                let Some(path) = below.to_str() else { continue };
                let (path, name) = (path.to_owned(), without_extension(path));
                keep(&mut found, selection, Found { path, name, kind: Kind::Mbox, messages: None })?;
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn keep(found: &mut Vec<Found>, selection: &Selection, mailbox: Found) -> Result<(), ConnectorError> {
    if !selection.holds(&mailbox.path) {
        return Ok(());
    }
    if found.len() >= MOST_FOUND {
        let message = format!("leaves more than {MOST_FOUND} mailboxes; narrow it, or give a deeper folder");
        return Err(ConnectorError::config("connectionConfig.mailboxes", message));
    }
    found.push(mailbox);
    Ok(())
}

/// Whether a folder is a Maildir.
pub(super) fn is_maildir(folder: &Path) -> bool {
    folder.join("cur").is_dir() && folder.join("new").is_dir()
}

fn is_of_maildir(name: &OsStr) -> bool {
    ["cur", "new", "tmp"].iter().any(|part| name == *part)
}

/// Whether a file begins like an mbox file, and does not lead out of the root.
fn is_mbox(root: &Path, path: &Path) -> bool {
    let Ok(real) = path.canonicalize() else { return false };
    real.starts_with(root) && real.is_file() && File::open(real).is_ok_and(|file| begins_like_mbox(&file))
}

fn begins_like_mbox(mut file: &File) -> bool {
    let mut begin = [0; 5];
    file.read_exact(&mut begin).is_ok() && begin == *b"From "
}

fn count(folder: &Path) -> u64 {
    fs::read_dir(folder).map_or(0, |entries| entries.flatten().count() as u64)
}

/// `.Archive.2024` below a Maildir is its subfolder `Archive/2024`, in modified UTF-7.
fn maildir_name(path: &str) -> String {
    if path == ROOT {
        return "INBOX".into();
    }
    let parts = path.split('/').map(|part| match part.strip_prefix('.') {
        Some(sub) => readable(sub).replace('.', "/"),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

fn without_extension(path: &str) -> String {
    path.strip_suffix(".mbox").unwrap_or(path).to_owned()
}

/// What is not there any more.
pub(super) fn gone(path: &str) -> ConnectorError {
    ConnectorError::NotFound { what: path.to_owned(), hint: "; it may have been moved or deleted".into() }
}

/// What a failed look at a file means.
pub(super) fn of_io(path: &Path, error: io::Error) -> ConnectorError {
    let name = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => gone(&name.to_string()),
        io::ErrorKind::PermissionDenied => ConnectorError::Permission {
            message: format!("{name} may not be read by this process; check its permissions"),
            cause: Some(error.into()),
        },
        _ => ConnectorError::unreachable(format!("{name} could not be read"), error),
    }
}
