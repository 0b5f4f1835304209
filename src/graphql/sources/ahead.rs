//! The extracts of all data sources of a list, read ahead of those who ask for them one by one.
//!
//! Without it each row asks for its own, which one statement answers, too, but each has a place in the queue, a key and a
//! wait of its own: for a list of two hundred rows that is a tenth of what the whole answer costs.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, InputType, Result};

use crate::entity::ids::DataSourceId;
use crate::entity::{data_extract, data_source};
use crate::graphql::context::ContextExt;
use crate::graphql::loaders::ExtractsOfEach;
use crate::services::page::{Page, PageRequest, Window};

/// Pages of extracts, by their data sources.
pub(in crate::graphql) type ExtractPages = HashMap<DataSourceId, Page<Arc<data_extract::Model>>>;

/// A page of the extracts of each data source of a list.
pub(in crate::graphql) struct ExtractsAhead {
    window: Window,
    pages: Arc<ExtractPages>,
}

impl ExtractsAhead {
    /// What a list of data sources, which the context resolves, asks of extracts; none where it asks for none.
    pub(in crate::graphql) async fn of(
        ctx: &Context<'_>,
        list: &[Arc<data_source::Brief>],
    ) -> Result<Option<Arc<Self>>> {
        let Some(window) = wanted(ctx).filter(|_| !list.is_empty()) else { return Ok(None) };
        let ids = list.iter().map(|row| row.id.clone()).collect();
        let pages = ctx.loaders()?.load(ExtractsOfEach(ids, window.clone())).await?.unwrap_or_default();
        Ok(Some(Arc::new(Self { window, pages })))
    }

    /// A data source's page, if it is this one that is asked for.
    pub(super) fn page(&self, id: &DataSourceId, window: &Window) -> Option<Page<Arc<data_extract::Model>>> {
        (self.window == *window).then(|| self.pages.get(id).cloned())?
    }
}

/// The page of extracts that the rows of a list are first asked for. What is wrong with it, the row says.
fn wanted(ctx: &Context<'_>) -> Option<Window> {
    let list = ctx.look_ahead();
    let rows = [list.field("nodes"), list.field("edges").field("node")];
    let field = rows.iter().flat_map(|rows| rows.field("extracts").selection_fields()).next()?;
    let mut request = PageRequest::default();
    for (name, value) in field.arguments().ok()? {
        match name.as_str() {
            "first" => request.first = InputType::parse(Some(value)).ok()?,
            "after" => request.after = InputType::parse(Some(value)).ok()?,
            "last" => request.last = InputType::parse(Some(value)).ok()?,
            "before" => request.before = InputType::parse(Some(value)).ok()?,
            _ => return None,
        }
    }
    request.window().ok()
}
