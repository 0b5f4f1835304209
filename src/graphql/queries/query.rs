//! SQL as it is asked.

use async_graphql::{Context, Object, Result};

use super::QueryResult;
use crate::graphql::context::ContextExt;
use crate::services::queries;

/// Rows of an answer, unless asked otherwise.
const DEFAULT_LIMIT: i32 = 1000;

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
        #[graphql(desc = "Rows at most.", default_with = "Some(DEFAULT_LIMIT)")] limit: Option<i32>,
        #[graphql(desc = "Rows of the result to leave out first.", default_with = "Some(0)")] offset: Option<i32>,
    ) -> Result<QueryResult> {
        // A client whose variable is null means the default, as one that leaves it out.
        let (limit, offset) = (limit.unwrap_or(DEFAULT_LIMIT), offset.unwrap_or(0));
        Ok(queries::sql(ctx.services(), ctx.viewer()?, &query, limit, offset).await?.into())
    }
}
