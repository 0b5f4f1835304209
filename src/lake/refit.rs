//! Staged files whose columns have got other types meanwhile: written again in the types of today.

use arrow::datatypes::SchemaRef;

use super::table::plain_session;
use super::{LakeError, LakeTable, StagedFile, WriterOptions, schema};

/// Files that fit a schema.
#[derive(Debug, Default)]
pub struct Refitted {
    /// The files, in their order but for those that were written again, which come last.
    pub files: Vec<StagedFile>,
    /// The files that they replace, to be discarded after the commit.
    pub spent: Vec<StagedFile>,
}

impl LakeTable {
    /// Makes staged files fit `schema`: those that hold a column in another type are written again.
    ///
    /// # Errors
    /// Where a value does not fit the new type, or the store fails.
    pub async fn refit(
        &self,
        files: Vec<StagedFile>,
        schema: &SchemaRef,
        options: WriterOptions,
    ) -> Result<Refitted, LakeError> {
        let types = schema::column_types(&schema::delta_schema(self.name(), schema)?);
        let fits = |file: &StagedFile| {
            file.columns.iter().all(|(column, staged)| types.get(column).is_none_or(|wanted| wanted == staged))
        };
        let (mut files, spent): (Vec<_>, Vec<_>) = files.into_iter().partition(fits);
        if !spent.is_empty() {
            let rows = self.scan_staged(&plain_session(), &spent, schema).await?;
            let rows = rows.execute_stream().await.map_err(|cause| self.failed("read staged files of", cause))?;
            files.extend(self.write_all(SchemaRef::clone(schema), options, rows).await?);
        }
        Ok(Refitted { files, spent })
    }
}
