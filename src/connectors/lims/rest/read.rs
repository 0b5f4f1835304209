//! Reading the records of one path, page after page.

use async_stream::try_stream;
use chrono::{DateTime, Utc};
use futures::Stream;
use serde::{Deserialize, Serialize};

use super::columns::Misfits;
use super::mark::Mark;
use super::trail::Trail;
use super::{Place, Rest};
use crate::sdk::{ConnectorError, Cursor, Estimate, EventLevel, Plan, ReadEvent, ReadRequest, RejectedRow};

/// Where a read stands: before that page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Stand {
    page: Place,
    done: u64,
    /// How many records there are, if that was said.
    total: Option<u64>,
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
        let mut total = bookmark.place.as_ref().and_then(|stand| stand.total);
        let mut place = bookmark.place.as_ref().map(|stand| stand.page.clone());
        let batch_bytes = request.batch_bytes.min(request.memory_bytes / 4).max(1);
        let mut misfits = Misfits::default();
        let mut trail = Trail::behind(place.as_ref());
        let mut goes_on = !plan.is_done;
        let mut is_missing = false;
        while goes_on {
            let page = rest.page(&source, since.as_deref(), place.as_ref()).await?;
            trail.follow(&page).map_err(|astray| rest.pages.lead_astray(&source, astray))?;
            for record in &page.records {
                done += 1;
                let Some(members) = record.as_object() else {
                    let reason = "the record is no object".to_owned();
                    rows.reject(RejectedRow { position: String::new(), reason, row: record.to_string() });
                    continue;
                };
                if let Some(reason) = columns.keyless(&source.primary_key, members) {
                    rows.reject(RejectedRow { position: String::new(), reason, row: record.to_string() });
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
            for event in rows.events()? {
                yield event;
            }
            for told in columns.told(&mut misfits) {
                yield told;
            }
            total = page.total.or(total);
            is_missing = page.is_missing;
            yield ReadEvent::Estimate(Estimate { rows: total.map(|of| of.max(done)), ..Estimate::default() });
            trail.keep(page.records);
            place = page.next;
            goes_on = place.is_some();
            if let Some(page) = place.clone() {
                yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(Some(Stand { page, done, total, began }), newest)));
            }
        }
        if let Some(total) = total.filter(|total| rest.pages.passed(done) < *total) {
            let message = too_few(&source.path, done, total, since.is_some());
            if is_missing {
                // What did not come is not gone.
                Err(ConnectorError::Protocol { message: message.clone(), cause: None })?;
            }
            yield ReadEvent::Log { level: EventLevel::Warning, message };
        }
        // What was changed in the middle may have stood on a page that was read by then, and be older than the newest.
        let newest = newest.map(|newest| newest.no_later_than(began)).filter(|_| source.modified_parameter.is_some());
        yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(None, newest)));
    }
}

/// Pages that end before all records came that there should be.
fn too_few(path: &str, done: u64, total: u64, is_news: bool) -> String {
    let hint = if is_news {
        "; if the LIMS counts records that were not changed, too, leave modified_parameter out"
    } else {
        ""
    };
    format!("the pages of {path} end after {done} of {total} records that the LIMS counts{hint}")
}
