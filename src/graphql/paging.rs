//! Lists as Relay connections: edges, nodes, page information, and a count that is only made when asked for.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Object, ObjectType, OutputType, Result, SimpleObject, TypeName};
use futures::future::BoxFuture;

use super::in_place::InPlace;
use super::scalars::BigInt;
use crate::services::ServiceError;
use crate::services::page::{DEFAULT_PAGE, MAX_PAGE, Page, PageRequest};

/// Rows of a list that cost as much as one field of them.
const ROWS_OF_ONE_COST: usize = 10;

/// What can stand in a list: it has a place there.
pub(super) trait Listed: OutputType + 'static {
    /// The opaque place of the row in its list.
    fn cursor(&self) -> String;
}

impl<T: Listed + ObjectType> Listed for InPlace<T> {
    fn cursor(&self) -> String {
        self.0.cursor()
    }
}

/// Counts the rows of a whole list, when somebody asks.
type Count = Arc<dyn Fn() -> BoxFuture<'static, Result<u64, Arc<ServiceError>>> + Send + Sync>;

/// One page of a list, as the API shows it.
pub type Connection<T> = InPlace<ConnectionPage<T>>;

/// One page of a list.
pub struct ConnectionPage<T: Listed> {
    edges: Vec<Edge<T>>,
    has_next: bool,
    has_previous: bool,
    count: Count,
}

impl<T: Listed> Connection<T> {
    /// The connection of a page; `count` counts the whole list.
    pub(super) fn new<M, F, E>(page: Page<M>, wrap: impl Fn(M) -> T, count: F) -> Self
    where
        F: Fn() -> BoxFuture<'static, Result<u64, E>> + Send + Sync + 'static,
        E: Into<Arc<ServiceError>> + 'static,
    {
        let edges = page.items.into_iter().map(|item| InPlace(ConnectionEdge(wrap(item)))).collect();
        let count: Count = Arc::new(move || {
            let counting = count();
            Box::pin(async move { counting.await.map_err(Into::into) })
        });
        Self(ConnectionPage { edges, has_next: page.has_next, has_previous: page.has_previous, count })
    }
}

/// One page of a list, with what is needed to turn it.
#[Object(name_type)]
impl<T: Listed> ConnectionPage<T> {
    /// The rows of the page, each with its cursor.
    async fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// The rows of the page, for those who need no cursors of single rows.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.0.0).collect()
    }

    /// Whether there is more, and the cursors to go on with.
    async fn page_info(&self) -> InPlace<PageInfo> {
        InPlace(PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.edges.first().map(|edge| edge.0.0.cursor()),
            end_cursor: self.edges.last().map(|edge| edge.0.0.cursor()),
        })
    }

    /// Rows of the whole list, all pages together; counted only when asked for.
    async fn total_count(&self) -> Result<BigInt> {
        Ok((self.count)().await?.into())
    }
}

impl<T: Listed> TypeName for ConnectionPage<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

/// One row of a page, as the API shows it.
pub type Edge<T> = InPlace<ConnectionEdge<T>>;

/// One row of a page.
pub struct ConnectionEdge<T>(T);

/// One row of a page, with its place in the list.
#[Object(name_type)]
impl<T: Listed> ConnectionEdge<T> {
    /// Give it back as `after` or `before` to go on from this row.
    async fn cursor(&self) -> String {
        self.0.cursor()
    }

    /// The row.
    async fn node(&self) -> &T {
        &self.0
    }
}

impl<T: Listed> TypeName for ConnectionEdge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// Where a page stands in its list.
#[derive(SimpleObject)]
pub struct PageInfo {
    /// Whether there are rows behind this page.
    has_next_page: bool,
    /// Whether there are rows ahead of this page.
    has_previous_page: bool,
    /// The cursor of the first row; null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last row; null on an empty page.
    end_cursor: Option<String>,
}

/// The page that these arguments ask for.
pub(super) fn page_request(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> PageRequest {
    PageRequest { first, after, last, before }
}

/// Each of the words once, in an order of their own: whoever asks for the same says the same.
pub(super) fn distinct<T: Ord>(words: Option<Vec<T>>) -> Option<Vec<T>> {
    words.map(|words| words.into_iter().collect::<BTreeSet<T>>().into_iter().collect())
}

/// The page of a list that has no rows.
pub(super) fn empty_page<M>() -> Page<M> {
    Page { items: Vec::new(), has_next: false, has_previous: false }
}

/// What a list costs: what its fields cost, for every ten rows that it may have.
pub(super) fn list_cost(first: Option<i32>, last: Option<i32>, child_complexity: usize) -> usize {
    let rows = first.or(last).unwrap_or(DEFAULT_PAGE).clamp(0, MAX_PAGE);
    let rows = usize::try_from(rows).unwrap_or_default();
    child_complexity.saturating_mul(rows.div_ceil(ROWS_OF_ONE_COST)).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_weighs_by_the_rows_it_may_have() {
        assert_eq!(list_cost(Some(10), None, 7), 8);
        assert_eq!(list_cost(Some(500), None, 7), 351);
        assert_eq!(list_cost(None, None, 7), 36, "without a size it is the usual page");
        assert_eq!(list_cost(Some(i32::MAX), None, 1), 51, "no list gives more than the largest page");
        assert_eq!(list_cost(Some(-1), None, 7), 1, "nonsense is refused by the list itself");
    }
}
