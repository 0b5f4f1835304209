//! SQL as it is asked.

use async_graphql::{Context, Object, Result};

use super::QueryResult;
use crate::graphql::context::ContextExt;
use crate::services::queries;

/// The part of the query root that speaks SQL.
#[derive(Default)]
pub struct SqlQuery;

#[Object]
impl SqlQuery {
    /// Read-only SQL over every lake table, and over our own tables under `system`.
    #[graphql(complexity = "50 + child_complexity")]
    async fn sql(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "One statement, for example `SELECT count(*) FROM crm.customers`.")] query: String,
        #[graphql(desc = "Rows at most.", default = 1000)] limit: i32,
        #[graphql(desc = "Rows of the result to leave out first.", default = 0)] offset: i32,
    ) -> Result<QueryResult> {
        Ok(queries::sql(ctx.services(), ctx.viewer()?, &query, limit, offset).await?.into())
    }
}
