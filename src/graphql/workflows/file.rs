//! A file of a workflow as the API shows it.

use std::sync::Arc;

use async_graphql::{ID, Object};

use crate::entity::file;
use crate::graphql::in_place::InPlace;
use crate::graphql::scalars::{BigInt, DateTime};

/// A file as the API shows it.
pub type File = InPlace<FileRow>;

/// A file's row, which many answers may share.
#[derive(Clone)]
pub struct FileRow(Arc<file::Model>);

/// A file that a step of a workflow made. It keeps its id from run to run, and has the bytes of the newest.
#[Object(name = "File")]
impl FileRow {
    /// `fil_…`
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }

    /// Its name, with its ending.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its media type.
    async fn content_type(&self) -> &str {
        &self.0.content_type
    }

    /// Its size.
    async fn byte_size(&self) -> BigInt {
        self.0.byte_size.into()
    }

    /// The path of this server where it can be downloaded, by those who may use the API.
    async fn download_url(&self) -> String {
        format!("/download/files/{}", self.0.id)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

impl File {
    /// The file of a row.
    pub(in crate::graphql) fn of(row: impl Into<Arc<file::Model>>) -> Self {
        Self(FileRow(row.into()))
    }
}
