//! Temporary files of connectors.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ConnectorError;

/// How much is copied at once.
const PIECE: usize = 64 << 10;

/// Where a connector keeps what does not fit into memory while it reads. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ScratchFolder(Arc<Path>);

impl Default for ScratchFolder {
    /// The system's folder for temporary files.
    fn default() -> Self {
        Self::new(std::env::temp_dir())
    }
}

impl ScratchFolder {
    /// Files are made in `folder`, which must be there.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder.into())
    }

    /// A file that holds all that `bytes` gives, to be read from its beginning. It has no name, and is gone when it is
    /// closed, however the process ends.
    ///
    /// # Errors
    /// What reading ran into, and one that holds a [`ConnectorError::Scratch`] where the folder has no room for it.
    pub fn copy_of(&self, bytes: &mut impl Read) -> io::Result<File> {
        let failed = |cause| io::Error::other(ConnectorError::Scratch { folder: self.0.display().to_string(), cause });
        let mut file = tempfile::tempfile_in(&self.0).map_err(failed)?;
        let mut piece = vec![0; PIECE];
        loop {
            let length = match bytes.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            file.write_all(&piece[..length]).map_err(failed)?;
        }
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        Ok(file)
    }
}
