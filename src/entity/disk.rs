//! What keeps this process from writing into a folder, as the file system has it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Below so many bytes a disk is full.
const NOTHING_LEFT: u64 = 64 * 1024;

/// Why nothing can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// There is no room left.
    Full,
    /// The file system is mounted read-only.
    ReadOnly,
    /// The folder belongs to somebody else.
    Denied,
}

impl Hindrance {
    /// What an error of the file system says.
    pub fn of(error: &io::Error) -> Option<Self> {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Some(Self::Full),
            ErrorKind::ReadOnlyFilesystem => Some(Self::ReadOnly),
            ErrorKind::PermissionDenied => Some(Self::Denied),
            _ => None,
        }
    }

    /// What is wrong with a folder, and what to do; `elsewhere` says how another one is chosen.
    pub fn advice(self, folder: &Path, elsewhere: &str) -> String {
        let folder = existing(folder).unwrap_or(folder).display().to_string();
        match self {
            Self::Full => format!("the disk of {folder} is full: make room on it, or {elsewhere}"),
            Self::ReadOnly => {
                format!("the file system of {folder} is mounted read-only: mount it writable, or {elsewhere}")
            }
            Self::Denied => {
                format!("this user may not write into {folder}: give it the right to (chown, chmod), or {elsewhere}")
            }
        }
    }
}

/// What keeps this process from writing into a folder; of one that is not there, into the nearest one above it. Nothing
/// where that is no folder of this machine.
pub fn hindrance(folder: &Path) -> Option<Hindrance> {
    look(existing(folder)?)
}

/// Bytes that are free for this user on the disk of a folder, or of the nearest one above it. Nothing where that is on no
/// disk, as `/proc` is.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    free(existing(folder)?)
}

fn existing(folder: &Path) -> Option<&Path> {
    let is_relative = folder.is_relative();
    let there = folder.ancestors().find(|folder| folder.is_dir());
    there.or_else(|| is_relative.then_some(Path::new(".")))
}

#[cfg(unix)]
fn look(folder: &Path) -> Option<Hindrance> {
    use rustix::fs::{Access, StatVfsMountFlags, access, statvfs};
    let disk = statvfs(folder).ok()?;
    if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Some(Hindrance::ReadOnly);
    }
    // Some file systems have no fixed number of files, and say 0.
    let has_no_files_left = disk.f_files > 0 && disk.f_favail == 0;
    if has_no_files_left || free(folder).is_some_and(|bytes| bytes < NOTHING_LEFT) {
        return Some(Hindrance::Full);
    }
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_err().then_some(Hindrance::Denied)
}

#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn look(_folder: &Path) -> Option<Hindrance> {
    None
}

#[cfg(not(unix))]
fn free(_folder: &Path) -> Option<u64> {
    None
}

/// The folder that a file lies in.
pub fn folder_of(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_no_disk_is_not_full() {
        let folder = Path::new("/proc/x");
        assert_eq!(free_bytes(folder), None);
        assert_ne!(hindrance(folder), Some(Hindrance::Full));
    }
}
