//! Data extracts as they are asked for.

use async_graphql::{Context, Object, Result};

use super::DataExtract;
use crate::entity::ids::DataExtractId;
use crate::graphql::context::ContextExt;

/// The data extracts' part of the query root.
#[derive(Default)]
pub struct ExtractQuery;

#[Object]
impl ExtractQuery {
    /// The data extract with this id; null where there is none in the workspace.
    async fn data_extract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`ext_…`")] id: DataExtractId,
    ) -> Result<Option<DataExtract>> {
        Ok(ctx.loaders()?.load(id).await?.map(DataExtract::of))
    }
}
