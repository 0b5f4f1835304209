//! Reading the records of one path, page after page.

use async_stream::try_stream;
use chrono::{DateTime, Utc};
use futures::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::columns::Misfits;
use super::mark::Mark;
use super::{Place, Rest};
use crate::sdk::{ConnectorError, Cursor, Estimate, Plan, ReadEvent, ReadRequest, RejectedRow};

/// Where a read stands: before that page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Stand {
    page: Place,
    done: u64,
    /// When the read began.
    began: DateTime<Utc>,
}

pub(super) fn events(
    rest: Rest,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    try_stream! {
        let source = rest.source(&request.source.source_path)?.clone();
        // Pages of another size would not go on where these ended.
        let query = format!("{} {:?} {:?} {:?}", source.path, source.parameters, source.modified_parameter, rest.pages);
        let plan: Plan<Stand, Mark> = Plan::of(&request, &query, Mark::back)?;
        let columns = rest.columns(&source, &request.source).await?;
        let mut rows = columns.rows();
        if plan.is_whole {
            yield ReadEvent::Whole;
        }
        yield ReadEvent::Schema(rows.schema());
        let bookmark = plan.bookmark;
        let since = bookmark.from.map(Mark::text);
        let mut newest = bookmark.next;
        let (mut done, began) = bookmark.place.as_ref().map_or((0, Utc::now()), |stand| (stand.done, stand.began));
        let mut place = bookmark.place.as_ref().map(|stand| stand.page.clone());
        let batch_bytes = request.batch_bytes.min(request.memory_bytes / 4).max(1);
        let mut misfits = Misfits::default();
        let mut last_first: Option<Value> = None;
        let mut goes_on = !plan.is_done;
        while goes_on {
            let page = rest.page(&source, since.as_deref(), place.as_ref()).await?;
            let first = page.records.first();
            if (first.is_some() && first == last_first.as_ref()) || (page.next.is_some() && page.next == place) {
                Err(rest.pages.same_again(&source))?;
            }
            let mut unreadable = Vec::new();
            for record in &page.records {
                done += 1;
                let Some(members) = record.as_object() else {
                    let reason = "the record is no object".to_owned();
                    unreadable.push(RejectedRow { position: String::new(), reason, row: record.to_string() });
                    continue;
                };
                if let Some(key) = source.primary_key.iter().find(|key| members.get(*key).is_none_or(Value::is_null)) {
                    let reason = format!("the record has no {key}");
                    unreadable.push(RejectedRow { position: String::new(), reason, row: record.to_string() });
                    continue;
                }
                if let Some(modified) = &source.modified {
                    newest = newest.max(members.get(modified).and_then(Mark::of));
                }
                rows.add(columns.row(members, &mut misfits));
                if rows.bytes() >= batch_bytes {
                    yield ReadEvent::Batch(rows.finish()?);
                }
            }
            if let Some(last) = rows.take()? {
                yield ReadEvent::Batch(last);
            }
            if !unreadable.is_empty() {
                yield ReadEvent::RejectedRows(unreadable);
            }
            for told in columns.told(&mut misfits) {
                yield told;
            }
            yield ReadEvent::Estimate(Estimate { rows: page.total.map(|of| of.max(done)), ..Estimate::default() });
            last_first = page.records.into_iter().next();
            place = page.next;
            goes_on = place.is_some();
            if let Some(page) = place.clone() {
                yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(Some(Stand { page, done, began }), newest)));
            }
        }
        // What was changed in the middle may have stood on a page that was read by then, and be older than the newest.
        let newest = newest.map(|newest| newest.no_later_than(began)).filter(|_| source.modified_parameter.is_some());
        yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(None, newest)));
    }
}
