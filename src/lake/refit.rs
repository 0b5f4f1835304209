//! Staged files whose columns have got other types meanwhile: written again in the types of today.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use futures::StreamExt;

use super::table::{READ_STAGED, plain_session};
use super::{LakeError, LakeTable, StagedFile, StagedWriter, WriterOptions, schema};

/// Files that fit a schema.
#[derive(Debug, Default)]
pub struct Refitted {
    /// The files; what was written again stands where it stood, since later rows go over earlier ones.
    pub files: Vec<StagedFile>,
    /// The files that they replace, to be discarded after the commit.
    pub spent: Vec<StagedFile>,
}

impl LakeTable {
    /// Makes staged files fit `schema`: the rows of those that hold a column in another type are made what they must be by
    /// `fit`, and written again.
    ///
    /// # Errors
    /// Where a value does not fit the new type, or the store fails.
    pub async fn refit(
        &self,
        files: Vec<StagedFile>,
        schema: &SchemaRef,
        options: WriterOptions,
        fit: impl Fn(&RecordBatch) -> Result<RecordBatch, ArrowError> + Send + Sync,
    ) -> Result<Refitted, LakeError> {
        let types = schema::column_types(&schema::delta_schema(self.name(), schema)?);
        let fits = |file: &StagedFile| {
            file.columns.iter().all(|(column, staged)| types.get(column).is_none_or(|wanted| wanted == staged))
        };
        let mut refitted = Refitted::default();
        for file in files {
            if fits(&file) {
                refitted.files.push(file);
                continue;
            }
            let writer = self.writer(SchemaRef::clone(schema), options.clone())?;
            refitted.files.extend(self.written_again(&file, writer, &fit).await?);
            refitted.spent.push(file);
        }
        Ok(refitted)
    }

    async fn written_again(
        &self,
        file: &StagedFile,
        mut writer: StagedWriter,
        fit: &(impl Fn(&RecordBatch) -> Result<RecordBatch, ArrowError> + Send + Sync),
    ) -> Result<Vec<StagedFile>, LakeError> {
        match self.refit_file(file, &mut writer, fit).await {
            Ok(()) => writer.close().await,
            Err(error) => {
                writer.abort().await;
                Err(error)
            }
        }
    }

    async fn refit_file(
        &self,
        file: &StagedFile,
        writer: &mut StagedWriter,
        fit: &(impl Fn(&RecordBatch) -> Result<RecordBatch, ArrowError> + Send + Sync),
    ) -> Result<(), LakeError> {
        let rows = self.scan_as_written(&plain_session(), file).await?;
        let mut rows = rows.execute_stream().await.map_err(|cause| self.failed(READ_STAGED, cause))?;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(|cause| self.failed(READ_STAGED, cause))?;
            writer.write(fit(&batch).map_err(|cause| self.failed(READ_STAGED, cause))?).await?;
        }
        Ok(())
    }
}
