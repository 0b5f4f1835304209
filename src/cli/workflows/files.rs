//! `dataweaver workflows files`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::cli::columns::Columns;
use crate::cli::output::{Output, count, printable};
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::entity::file;
use crate::services::workflows::{self, Download};

/// `workflows files`
#[derive(Debug, Args)]
pub(in crate::cli) struct Files {
    /// The workflow's slug or id
    workflow: String,
    /// Save them into this folder; files of the same names there are replaced
    #[arg(long, value_name = "FOLDER")]
    save: Option<PathBuf>,
}

impl Files {
    pub(super) async fn run(self, session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
        let row = workflows::by_id_or_slug(session.services(), &session.viewer, &self.workflow).await?;
        let files = workflows::files(session.services(), &row.id).await?;
        if let Some(folder) = &self.save {
            tokio::fs::create_dir_all(folder).await.with_context(|| format!("{} cannot be made", folder.display()))?;
            for file in &files {
                save(session, file, folder).await?;
            }
        }
        if output.is_json() {
            output.document(&json!({ "files": files.iter().map(shapes::file).collect::<Vec<Value>>() }))?;
        } else if files.is_empty() {
            output.line(printable(&format!("{} has made no files yet", row.name)))?;
        } else {
            output.table(&table_of(&files))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn save(session: &Session, file: &file::Model, folder: &std::path::Path) -> anyhow::Result<()> {
    let Download { file, mut bytes } = workflows::download(session.services(), &session.viewer, &file.id).await?;
    let place = folder.join(&file.name);
    let failed = || format!("{} cannot be written", place.display());
    let mut saved = tokio::fs::File::create(&place).await.with_context(failed)?;
    while let Some(chunk) = bytes.next().await {
        let chunk = chunk.with_context(|| format!("{} cannot be read", file.name))?;
        saved.write_all(&chunk).await.with_context(failed)?;
    }
    saved.flush().await.with_context(failed)
}

/// Files as a table for people.
pub(super) fn table_of(files: &[file::Model]) -> Columns {
    let mut columns = Columns::new(&["file", "bytes", "made", "download"]).right(1);
    for file in files {
        columns.row([
            file.name.clone(),
            count(u64::try_from(file.byte_size).unwrap_or_default()),
            file.created_at.format("%Y-%m-%d %H:%M UTC").to_string(),
            format!("/download/files/{}", file.id),
        ]);
    }
    columns
}
