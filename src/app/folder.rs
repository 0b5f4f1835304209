//! The data folder, and the lock that says which process runs its syncs.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::AppError;

/// An open data folder. The lock is the operating system's: it ends with the process, however that ends.
pub(super) struct DataFolder {
    path: PathBuf,
    lock: Option<File>,
}

impl DataFolder {
    /// Makes the folder if need be, and takes its lock if it is free.
    pub(super) fn open(path: &Path) -> Result<Self, AppError> {
        let failed = |cause| AppError::Folder { path: path.display().to_string(), cause };
        fs::create_dir_all(path).map_err(failed)?;
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("engine.lock"))
            .map_err(failed)?;
        let lock = match file.try_lock() {
            Ok(()) => Some(file),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        };
        Ok(Self { path: path.to_owned(), lock })
    }

    /// Whether this process holds the lock.
    pub(super) fn is_ours(&self) -> bool {
        self.lock.is_some()
    }

    /// Where queries may spill.
    pub(super) fn spill(&self) -> PathBuf {
        self.path.join("spill")
    }
}
