//! Whether the lake can be used, found out by looking alone.

use std::io;
use std::path::{Path, PathBuf};

use super::{Lake, LakeError};

/// A table that no connector can have: it is only looked for, which reads the lake.
const PROBE: &str = "_health";

impl Lake {
    /// Looks whether the root answers and, where it is a folder, whether it is there and may be written. Unlike
    /// [`check`](Self::check) it writes nothing, and can be asked often.
    ///
    /// # Errors
    /// [`LakeError::Storage`] or [`LakeError::Denied`] saying what is wrong with which folder or bucket.
    pub async fn ready(&self) -> Result<(), LakeError> {
        let probe = self.table(PROBE);
        if let Some(root) = probe.local_folder().and_then(|folder| folder.parent().map(PathBuf::from)) {
            let place = root.display().to_string();
            let looked = tokio::task::spawn_blocking(move || may_be_written(&root)).await;
            let found = looked.unwrap_or_else(|error| Err(io::Error::other(error)));
            found.map_err(|cause| LakeError::storage("write to", place, cause))?;
        }
        // A bucket has no folder to look at; looking for a table asks it.
        probe.snapshot().await.map(drop)
    }
}

#[cfg(unix)]
fn may_be_written(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    let all = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    Ok(access(folder, all)?)
}

#[cfg(not(unix))]
fn may_be_written(folder: &Path) -> io::Result<()> {
    match std::fs::metadata(folder)?.permissions().readonly() {
        true => Err(io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}
