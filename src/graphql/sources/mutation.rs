//! What can be done with data sources.

use async_graphql::{Context, Object, Result};

use super::DataSource;
use super::input::{
    CreateDataSourceInput, CreateDataSourcePayload, DeleteDataSourceInput, DeleteDataSourcePayload,
    ResetDataSourceInput, ResetDataSourcePayload, UpdateDataSourceInput, UpdateDataSourcePayload,
};
use crate::graphql::context::ContextExt;
use crate::services::sources;

/// The data sources' part of the mutation root.
#[derive(Default)]
pub struct SourceMutation;

#[Object]
impl SourceMutation {
    /// Makes a data source by hand, where discovery does not find it.
    async fn create_data_source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The data source.")] input: CreateDataSourceInput,
    ) -> Result<CreateDataSourcePayload> {
        let source = sources::create(ctx.services(), ctx.viewer()?, input.into()).await?;
        Ok(CreateDataSourcePayload { data_source: DataSource::of(source) })
    }

    /// Changes a data source.
    async fn update_data_source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdateDataSourceInput,
    ) -> Result<UpdateDataSourcePayload> {
        let (id, viewer) = (input.id.clone(), ctx.viewer()?);
        let source = sources::update(ctx.services(), viewer, &id, input.changes()?).await?;
        Ok(UpdateDataSourcePayload { data_source: DataSource::of(source) })
    }

    /// Removes a data source.
    async fn delete_data_source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The data source.")] input: DeleteDataSourceInput,
    ) -> Result<DeleteDataSourcePayload> {
        sources::delete(ctx.services(), ctx.viewer()?, &input.id, input.drop_data).await?;
        Ok(DeleteDataSourcePayload { deleted_id: input.id.as_str().into() })
    }

    /// Forgets the checkpoint of a data source: its next sync reads everything. What is gone at the source goes then from a
    /// table that is overwritten, and with `detectDeletes` from one that is merged; elsewhere it stays.
    async fn reset_data_source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The data source.")] input: ResetDataSourceInput,
    ) -> Result<ResetDataSourcePayload> {
        let source = sources::reset(ctx.services(), ctx.viewer()?, &input.id).await?;
        Ok(ResetDataSourcePayload { data_source: DataSource::of(source) })
    }
}
