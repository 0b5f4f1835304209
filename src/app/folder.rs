//! The data folder, and the lock that says which process runs its syncs.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::AppError;

/// An open data folder. Its lock is the operating system's: it ends with the process, however that ends.
pub(super) struct DataFolder {
    path: PathBuf,
    lock: File,
}

impl DataFolder {
    /// Makes the folder if need be. The lock is not taken yet.
    pub(super) fn open(path: &Path) -> Result<Self, AppError> {
        let failed = |cause| AppError::Folder { path: path.display().to_string(), cause };
        fs::create_dir_all(path).map_err(failed)?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let lock = options.open(path.join("engine.lock")).map_err(failed)?;
        Ok(Self { path: path.to_owned(), lock })
    }

    /// Takes the lock if it is free; says whether this process holds it.
    pub(super) fn take(&self) -> Result<bool, AppError> {
        match self.lock.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(cause)) => Err(AppError::Folder { path: self.path.display().to_string(), cause }),
        }
    }

    /// Where queries may spill.
    pub(super) fn spill(&self) -> PathBuf {
        self.path.join("spill")
    }
}
