//! Where a read of a file of mail stands.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How much of a file is looked at on each side of what was read.
const PROBE: u64 = 1 << 10;

/// What was read of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "store", rename_all = "lowercase")]
pub(super) enum Bookmark {
    /// All messages of a file up to this position.
    Mbox {
        position: u64,
        /// What the file has at its beginning and right before the position: a file that was only added to has the same.
        probe: String,
        keeping: String,
    },
    /// All messages of a folder up to this file name.
    Maildir {
        file_name: String,
        /// Which messages there were.
        listing: String,
        done: bool,
        keeping: String,
    },
}

/// What a file has at its beginning and right before a position.
///
/// # Errors
/// Where the file cannot be read, or ends before the position.
pub(super) fn probe(file: &mut File, position: u64) -> io::Result<String> {
    let mut digest = Sha256::new();
    let length = position.min(PROBE);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    for start in [0, position - length] {
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        digest.update(&bytes);
    }
    Ok(hex::encode(&digest.finalize()[..16]))
}

/// A digest of names.
pub(super) fn listing<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    for name in names {
        digest.update(name.as_bytes());
        digest.update([0]);
    }
    hex::encode(&digest.finalize()[..16])
}
