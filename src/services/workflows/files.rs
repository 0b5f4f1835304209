//! Files that workflows make: in the folder `files` of the data folder, one below it a workflow.
//!
//! A file is written under another name and gets its own when it is whole. Each writing has a name of its own, so that
//! whoever downloads the one before reads it to its end.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::entity::file;
use crate::entity::ids::{FileId, WorkflowId};
use crate::services::{ServiceError, Services, Viewer};

/// The folder in the data folder.
const FOLDER: &str = "files";
/// A file that nobody knows is given up when it is older than this: a step may be about to record it.
const GIVEN_UP_AFTER: Duration = Duration::from_hours(24);
/// What a file ends with that is not whole.
const UNFINISHED: &str = "part";

/// The files of workflows, as they lie in the data folder.
pub struct Files {
    data_dir: PathBuf,
}

/// A file on its way out.
pub struct Download {
    /// What is known of it.
    pub file: file::Model,
    /// Its bytes.
    pub bytes: BoxStream<'static, io::Result<Bytes>>,
}

/// Opens a file to be downloaded.
///
/// # Errors
/// `NotFound` where there is no such file, or it does not lie in the data folder of this process.
pub async fn download(services: &Services, viewer: &Viewer, id: &FileId) -> Result<Download, ServiceError> {
    let found = file::Entity::by_id_in(&viewer.workspace_id, id).one(services.db()).await?;
    let row = found.ok_or_else(|| ServiceError::not_found("file", id))?;
    match File::open(services.context.workflows.files().place(&row.path)).await {
        Ok(opened) => Ok(Download { file: row, bytes: ReaderStream::new(opened).boxed() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ServiceError::NotFound {
            kind: "file",
            id: format!("{} in the data folder of this process", row.name),
            hint: Some(
                "run its workflow again, or ask the process that made it: files stay in the data folder of whichever \
                 process writes them"
                    .to_owned(),
            ),
        }),
        Err(cause) => Err(ServiceError::Internal { what: "a file could not be opened", cause: cause.into() }),
    }
}

/// A file that is being written. Dropped before its end, it is removed.
pub(super) struct Writing {
    unfinished: PathBuf,
    place: PathBuf,
    path: String,
    file: File,
    bytes: u64,
    most: u64,
    is_whole: bool,
}

/// A file that is whole.
pub(super) struct Written {
    /// Where it lies, below the data folder.
    pub(super) path: String,
    pub(super) bytes: u64,
}

/// Why a file is not written any further.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("the file would be larger than {mib} MiB (workflows.file_mib)")]
    TooLarge { mib: u64 },
    #[error("the file could not be written")]
    Io(#[from] io::Error),
}

impl Files {
    /// In this data folder.
    pub(super) fn new(data_dir: PathBuf) -> Self {
        Self { data_dir }
    }

    fn place(&self, path: &str) -> PathBuf {
        self.data_dir.join(path)
    }

    /// Begins a file of a workflow, of at most so many bytes.
    pub(super) async fn begin(&self, workflow: &WorkflowId, ending: &str, most: u64) -> io::Result<Writing> {
        let path = format!("{FOLDER}/{workflow}/{}.{ending}", Uuid::now_v7().simple());
        let place = self.place(&path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).await?;
        }
        let unfinished = place.with_added_extension(UNFINISHED);
        let file = File::create(&unfinished).await?;
        Ok(Writing { unfinished, place, path, file, bytes: 0, most, is_whole: false })
    }

    /// Removes a file. One that cannot be removed is removed by upkeep.
    pub(in crate::services) async fn remove(&self, path: &str) {
        let place = self.place(path);
        match fs::remove_file(&place).await {
            Ok(()) => {
                // Where it was the last one of its workflow; others keep the folder.
                if let Some(folder) = place.parent() {
                    fs::remove_dir(folder).await.ok();
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(path, %error, "a file stays until the next upkeep"),
        }
    }

    /// Removes what a crash has left: files that are not known and older than a day. Returns how many.
    pub(in crate::services) async fn sweep(&self, known: &HashSet<String>) -> io::Result<u64> {
        let mut removed = 0;
        let mut folders = match fs::read_dir(self.data_dir.join(FOLDER)).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            folders => folders?,
        };
        while let Some(folder) = folders.next_entry().await? {
            if !folder.file_type().await?.is_dir() {
                continue;
            }
            let of_workflow = folder.file_name();
            let mut entries = fs::read_dir(folder.path()).await?;
            while let Some(entry) = entries.next_entry().await? {
                let path =
                    format!("{FOLDER}/{}/{}", of_workflow.to_string_lossy(), entry.file_name().to_string_lossy());
                let age =
                    entry.metadata().await?.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
                if !known.contains(&path) && age.is_some_and(|age| age > GIVEN_UP_AFTER) {
                    self.remove(&path).await;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

impl Writing {
    /// Appends bytes.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.most {
            return Err(WriteError::TooLarge { mib: self.most / (1024 * 1024) });
        }
        Ok(self.file.write_all(bytes).await?)
    }

    /// Gives the file its name, now that all of it is on the disk.
    pub(super) async fn finish(mut self) -> Result<Written, WriteError> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        fs::rename(&self.unfinished, &self.place).await?;
        self.is_whole = true;
        Ok(Written { path: std::mem::take(&mut self.path), bytes: self.bytes })
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.is_whole {
            // Upkeep removes what cannot be removed now.
            std::fs::remove_file(&self.unfinished).ok();
        }
    }
}

impl From<WriteError> for ServiceError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::TooLarge { .. } => Self::LimitExceeded {
                message: error.to_string(),
                hint: Some("ask for fewer rows or columns, or raise workflows.file_mib".to_owned()),
            },
            WriteError::Io(cause) => Self::Internal { what: "the file could not be written", cause: cause.into() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_there_when_it_is_whole_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().to_owned());
        let workflow = WorkflowId::generate();
        let mut writing = files.begin(&workflow, "csv", 10).await.unwrap();
        writing.write(b"id\n1\n").await.unwrap();
        let place = writing.place.clone();
        assert!(!place.exists() && writing.unfinished.exists());
        let written = writing.finish().await.unwrap();
        assert_eq!((std::fs::read(&place).unwrap().as_slice(), written.bytes), (b"id\n1\n".as_slice(), 5));
        assert_eq!(files.sweep(&HashSet::new()).await.unwrap(), 0, "a young one may be about to be recorded");

        let mut writing = files.begin(&workflow, "csv", 10).await.unwrap();
        let error = writing.write(&[0; 11]).await.unwrap_err();
        assert!(matches!(error, WriteError::TooLarge { .. }), "{error}");
        let unfinished = writing.unfinished.clone();
        drop(writing);
        assert!(!unfinished.exists());

        files.remove(&written.path).await;
        assert!(!folder.path().join(FOLDER).join(workflow.as_str()).exists());
    }
}
