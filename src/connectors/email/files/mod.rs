//! Mail that lies in files: mbox files, and Maildir folders.

mod cursor;
mod listing;
mod maildir;
mod mbox;
mod read;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::Stream;
use serde_json::{Value, json};

use super::config::{EmailAuth, EmailConfig, Keeping, Selection};
use crate::sdk::{
    Catalog, CatalogSource, ConnectorError, OpenContext, Reachable, ReadEvent, ReadRequest, Rediscovered, SourceRef,
    counted, on_a_thread, refuse_outside,
};
use listing::Found;

pub(super) use listing::Kind;

/// Files of a folder.
pub struct Files {
    root: Arc<Root>,
    selection: Selection,
    keeping: Keeping,
}

/// The file or folder that mail is read from.
#[derive(Debug)]
struct Root {
    path: PathBuf,
    kind: Kind,
    allowed: Option<Vec<PathBuf>>,
}

impl Files {
    pub(super) fn open(
        config: &EmailConfig,
        kind: Kind,
        path: &Path,
        auth: &EmailAuth,
        context: OpenContext,
    ) -> Result<Self, ConnectorError> {
        if !matches!(auth, EmailAuth::None(_)) {
            return Err(ConnectorError::config("authType", "must be NONE: files ask for no credentials"));
        }
        if !path.is_absolute() {
            return Err(ConnectorError::config(kind.field(), "must be an absolute path"));
        }
        Ok(Self {
            root: Arc::new(Root { path: path.to_owned(), kind, allowed: context.file_roots }),
            selection: config.selection()?,
            keeping: config.keeping(),
        })
    }

    pub(super) fn name(&self) -> String {
        self.root.path.display().to_string()
    }

    pub(super) async fn permitted(&self) -> Result<(), ConnectorError> {
        let root = Arc::clone(&self.root);
        on_a_thread(move || refuse_outside(root.kind.field(), &root.path, root.allowed.as_deref()).map(drop)).await
    }

    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        let found = self.list().await?;
        let count = counted(found.len() as u64, "mailbox", "mailboxes");
        let message = format!("{} holds {count} to read", self.name());
        Ok(Reachable { message, details: json!({ "mailboxes": found.len() }) })
    }

    pub(super) async fn discover(&self, known: Vec<SourceRef>) -> Result<Rediscovered, ConnectorError> {
        let mut rediscovered = Rediscovered { catalog: Catalog::default(), unchanged: Vec::new() };
        for found in self.list().await? {
            let is_known = known
                .iter()
                .any(|source| source.source_path == found.path && source.source_type == found.kind.as_str());
            if is_known {
                rediscovered.unchanged.push(found.path);
            } else {
                rediscovered.catalog.sources.push(source(found));
            }
        }
        Ok(rediscovered)
    }

    async fn list(&self) -> Result<Vec<Found>, ConnectorError> {
        let (root, selection) = (Arc::clone(&self.root), self.selection.clone());
        on_a_thread(move || listing::list(&root, &selection)).await
    }

    pub(super) fn read(
        &self,
        request: ReadRequest,
    ) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
        read::stream(Arc::clone(&self.root), self.keeping, request)
    }
}

fn source(found: Found) -> CatalogSource {
    CatalogSource {
        sql_name: found.name.clone(),
        name: found.name,
        source_type: found.kind.as_str().into(),
        source_path: found.path,
        description: None,
        schema: found.kind.store().schema(),
        // A message of a Maildir keeps its name; its place in an mbox file changes with the messages before it.
        primary_key: if found.kind == Kind::Maildir { vec!["file_name".into()] } else { Vec::new() },
        cursor_field: found.kind.cursor_field().map(str::to_owned),
        estimated_rows: found.messages,
        details: Value::Null,
    }
}
