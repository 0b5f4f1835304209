//! Maildir folders: a file a message, whose name says which it is and how it is flagged.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::super::message::BEGINNING;

/// What stands between a message's name and its flags.
const INFO: &str = ":2,";

/// One message.
#[derive(Debug)]
pub(super) struct Letter {
    /// When it was delivered, in microseconds since 1970.
    pub(super) received_at: Option<i64>,
    /// Its bytes, or the beginning of them.
    pub(super) raw: Vec<u8>,
    pub(super) size: u64,
    pub(super) is_whole: bool,
    pub(super) flags: Vec<String>,
}

/// The messages of a folder: their names without flags, and where they lie.
///
/// # Errors
/// Where the folder cannot be read.
pub(super) fn list(folder: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for part in ["new", "cur"] {
        for entry in fs::read_dir(folder.join(part))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !name.starts_with('.') {
                found.insert(without_flags(&name).to_owned(), entry.path());
            }
        }
    }
    Ok(found)
}

/// Reads a message; `None` where it is gone. A link is no message: it may lead anywhere.
///
/// # Errors
/// Where it cannot be read.
pub(super) fn read(folder: &Path, name: &str, path: &Path, limit: u64) -> io::Result<Option<Letter>> {
    match read_at(path, limit) {
        // Somebody has read it, or flagged it, meanwhile: then it has another name.
        Err(error) if error.kind() == io::ErrorKind::NotFound => match list(folder)?.get(name) {
            Some(path) => match read_at(path, limit) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                read => read,
            },
            None => Ok(None),
        },
        read => read,
    }
}

fn read_at(path: &Path, limit: u64) -> io::Result<Option<Letter>> {
    let about = path.symlink_metadata()?;
    if !about.is_file() {
        return Ok(None);
    }
    let size = about.len();
    let is_whole = size <= limit;
    let mut raw = Vec::new();
    File::open(path)?.take(if is_whole { limit } else { BEGINNING }).read_to_end(&mut raw)?;
    let since_1970 = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    Ok(Some(Letter {
        received_at: since_1970.and_then(|since| i64::try_from(since.as_micros()).ok()),
        raw,
        size,
        is_whole,
        flags: flags(path),
    }))
}

fn without_flags(name: &str) -> &str {
    name.split_once(INFO).map_or(name, |(name, _)| name)
}

fn flags(path: &Path) -> Vec<String> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let letters = name.split_once(INFO).map_or("", |(_, letters)| letters);
    let flags = letters.chars().filter_map(|letter| match letter {
        'S' => Some("\\Seen"),
        'R' => Some("\\Answered"),
        'F' => Some("\\Flagged"),
        'D' => Some("\\Draft"),
        'T' => Some("\\Deleted"),
        'P' => Some("$Forwarded"),
        _ => None,
    });
    flags.map(str::to_owned).collect()
}
