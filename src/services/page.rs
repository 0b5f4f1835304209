//! Pages of lists: keyset paging over ids, which sort by the time they were made.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::ServiceError;
use crate::entity::ids;

/// Rows of a page, unless asked otherwise.
pub const DEFAULT_PAGE: i32 = 50;
/// The most rows of one page.
pub const MAX_PAGE: i32 = 500;

/// Which part of a list is asked for, as Relay says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// The first so many, after `after`.
    pub first: Option<i32>,
    /// Behind this cursor.
    pub after: Option<String>,
    /// The last so many, before `before`.
    pub last: Option<i32>,
    /// Ahead of this cursor.
    pub before: Option<String>,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Whether there are more behind them.
    pub has_next: bool,
    /// Whether there are more ahead of them.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// The same page of other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let items = self.items.into_iter().map(change).collect();
        Page { items, has_next: self.has_next, has_previous: self.has_previous }
    }
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    OldestFirst,
    /// The newest first.
    NewestFirst,
}

/// The opaque cursor of the row with this id.
pub fn cursor(id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("row:{id}"))
}

fn id_of(field: &str, cursor: &str) -> Result<String, ServiceError> {
    let decoded = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .as_deref()
        .and_then(|text| text.strip_prefix("row:"))
        .filter(|id| ids::is_any(id))
        .map(str::to_owned)
        .ok_or_else(|| ServiceError::bad_input(field, "is not the cursor of a row; give back one that a list returned"))
}

/// A page request that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// How many rows.
    pub size: u64,
    /// Whether they are counted from the end.
    pub from_end: bool,
    /// Behind this id.
    pub after: Option<String>,
    /// Ahead of this id.
    pub before: Option<String>,
}

impl PageRequest {
    /// Checks the request.
    ///
    /// # Errors
    /// `BadInput` where a number or cursor makes no sense, `LimitExceeded` where too many rows are asked for.
    pub fn window(&self) -> Result<Window, ServiceError> {
        let (field, size) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(ServiceError::bad_input("last", "cannot be given together with first"));
            }
            (Some(first), None) => ("first", first),
            (None, Some(last)) => ("last", last),
            (None, None) => ("first", DEFAULT_PAGE),
        };
        if size > MAX_PAGE {
            let message = format!("{field}: {size} rows are more than a page may have ({MAX_PAGE})");
            let hint = Some("read the next page with after: pageInfo.endCursor".to_owned());
            return Err(ServiceError::LimitExceeded { message, hint });
        }
        let size = u64::try_from(size).map_err(|_| ServiceError::bad_input(field, "must not be negative"))?;
        Ok(Window {
            size,
            from_end: self.last.is_some(),
            after: self.after.as_deref().map(|cursor| id_of("after", cursor)).transpose()?,
            before: self.before.as_deref().map(|cursor| id_of("before", cursor)).transpose()?,
        })
    }
}

impl Window {
    /// The query for the rows of the window of a list, and one more, in the window's direction.
    pub(super) fn cut<E: EntityTrait>(&self, query: Select<E>, id: impl ColumnTrait, order: Order) -> Select<E> {
        let (mut query, newest_first) = (query, order == Order::NewestFirst);
        if let Some(after) = &self.after {
            query = query.filter(if newest_first { id.lt(after.clone()) } else { id.gt(after.clone()) });
        }
        if let Some(before) = &self.before {
            query = query.filter(if newest_first { id.gt(before.clone()) } else { id.lt(before.clone()) });
        }
        query.order_by(id, self.direction(order)).limit(self.size + 1)
    }

    /// The direction in which the window reads a list.
    pub(super) fn direction(&self, order: Order) -> sea_orm::Order {
        if (order == Order::NewestFirst) == self.from_end { sea_orm::Order::Asc } else { sea_orm::Order::Desc }
    }
}

/// Reads one page of a query in the order of `id`.
pub(super) async fn read<E, M, C>(
    db: &DatabaseConnection,
    query: Select<E>,
    id: C,
    order: Order,
    request: &PageRequest,
) -> Result<Page<M>, ServiceError>
where
    E: EntityTrait<Model = M>,
    M: FromQueryResult + Send + Sync,
    C: ColumnTrait,
{
    let window = request.window()?;
    let rows = window.cut(query, id, order).all(db).await?;
    Ok(page(rows, &window))
}

/// Cuts rows, read in the window's direction with one more than its size, to a page.
pub(super) fn page<T>(mut rows: Vec<T>, window: &Window) -> Page<T> {
    let size = usize::try_from(window.size).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    if window.from_end {
        rows.reverse();
        Page { items: rows, has_next: window.before.is_some(), has_previous: more }
    } else {
        Page { items: rows, has_next: more, has_previous: window.after.is_some() }
    }
}
