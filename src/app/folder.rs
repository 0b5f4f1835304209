//! The data folder, and the lock that says which process runs the syncs.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::AppError;
use super::scratch::Scratch;
use crate::config::StorageSettings;
use crate::entity::database;
use crate::entity::disk::folder_of;

/// An open data folder. Its lock is the operating system's: it ends with the process, however that ends.
pub(super) struct DataFolder {
    path: PathBuf,
    lock: File,
}

impl DataFolder {
    /// Makes the folder if need be. The lock is not taken yet. It lies beside an embedded database, whose syncs are those
    /// that are run, wherever the folder is.
    pub(super) fn open(storage: &StorageSettings) -> Result<Self, AppError> {
        let path = storage.data_dir.as_path();
        let failed = |path: &Path, cause| AppError::Folder { path: path.display().to_string(), cause };
        fs::create_dir_all(path).and_then(|()| keep_private(path)).map_err(|cause| failed(path, cause))?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let lock = match embedded_database(&storage.database_url_or_default()) {
            Some(database) => with_ending(database, ".lock"),
            None => path.join("engine.lock"),
        };
        let lock = options.open(&lock).map_err(|cause| failed(&lock, cause))?;
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

    /// A new folder for what this process does not keep: what queries and merges spill, and connectors unpack.
    pub(super) fn scratch(&self) -> Result<Scratch, AppError> {
        let all = self.path.join("scratch");
        Scratch::open(&all).map_err(|cause| AppError::Folder { path: all.display().to_string(), cause })
    }
}

/// The file of an embedded database, where its folder is there.
fn embedded_database(url: &str) -> Option<PathBuf> {
    let file = database::file(url)?;
    folder_of(&file).is_dir().then_some(file)
}

fn with_ending(path: PathBuf, ending: &str) -> PathBuf {
    let mut path = path.into_os_string();
    path.push(ending);
    path.into()
}

/// A folder that is still empty becomes its owner's alone: the rows of the lake are for nobody else on the machine.
/// One that was in use keeps the rights that somebody gave it.
#[cfg(unix)]
fn keep_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::read_dir(path)?.next().is_none()
        && let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(0o700))
    {
        // A mounted volume of another owner: who may read it was decided there.
        tracing::warn!(path = %path.display(), %error, "the data folder keeps its rights");
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_private(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
