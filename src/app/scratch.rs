//! The temporary files of one process: each has a folder of its own, and none outlives its process for long.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// The file of a folder that its process has locked. The lock is the operating system's: it ends with the process,
/// however that ends.
const LOCK: &str = "lock";
/// Another process that starts at the same time may take a folder for one that is left, before its lock is there.
const TRIES: usize = 10;

/// A folder for temporary files, gone with this value.
pub(super) struct Scratch {
    path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// Makes a new folder below `all`, and removes those that dead processes have left there.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub(super) fn open(all: &Path) -> io::Result<Self> {
        fs::create_dir_all(all)?;
        for left in fs::read_dir(all)?.flatten() {
            remove_unless_used(&left.path());
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match Self::make(all.join(Uuid::now_v7().simple().to_string())) {
                Ok(Some(made)) => return Ok(made),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(None) | Err(_) if tries < TRIES => {}
                Ok(None) => return Err(io::ErrorKind::ResourceBusy.into()),
                Err(error) => return Err(error),
            }
        }
    }

    /// `None` where somebody else was quicker and removes it.
    fn make(path: PathBuf) -> io::Result<Option<Self>> {
        fs::create_dir(&path)?;
        let lock = File::create(path.join(LOCK))?;
        let is_ours = lock.try_lock().is_ok() && path.join(LOCK).exists();
        Ok(is_ours.then_some(Self { path, _lock: lock }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The next process that starts removes what cannot be removed now.
        fs::remove_dir_all(&self.path).ok();
    }
}

/// Removes a folder whose process is dead.
fn remove_unless_used(folder: &Path) {
    let is_used = match File::open(folder.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_err(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    if !is_used && let Err(error) = fs::remove_dir_all(folder) {
        tracing::debug!(folder = %folder.display(), %error, "temporary files of an earlier process stay");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dead_processes_have_left_is_removed_and_what_is_used_stays() {
        let folder = tempfile::tempdir().unwrap();
        let all = folder.path().join("scratch");
        let used = Scratch::open(&all).unwrap();
        fs::write(used.path().join("kept"), "rows").unwrap();
        let left = all.join("0123456789abcdef");
        fs::create_dir(&left).unwrap();
        fs::write(left.join(LOCK), "").unwrap();
        fs::write(left.join("spilled"), "rows").unwrap();

        let next = Scratch::open(&all).unwrap();
        assert!(!left.exists());
        assert!(used.path().join("kept").exists());
        assert_ne!(used.path(), next.path());
        drop((used, next));
        assert_eq!(fs::read_dir(&all).unwrap().count(), 0);
    }
}
