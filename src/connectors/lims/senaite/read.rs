//! Reading the objects of one type, page after page.

use async_stream::try_stream;
use chrono::{DateTime, Utc};
use futures::Stream;
use serde_json::Value;

use super::Senaite;
use super::attribute::{instant, text};
use super::progress::{Place, Progress, back};
use super::types::Kind;
use crate::sdk::{ConnectorError, Cursor, Estimate, EventLevel, Plan, ReadEvent, ReadRequest, RejectedRow};

pub(super) fn events(
    senaite: Senaite,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    try_stream! {
        let name = request.source.source_path.clone();
        if !senaite.resources.contains(&name) {
            Err(ConnectorError::NotFound { what: format!("the resource {name}"), hint: String::new() })?;
        }
        let kind = Kind::of(&name);
        senaite.user().await?;
        let order = senaite.order(&kind).await?;
        let query = format!("{name} by {}", order.index);
        let plan: Plan<Place, DateTime<Utc>> = Plan::of(&request, &query, back)?;
        let mut rows = kind.rows();
        if plan.is_whole {
            yield ReadEvent::Whole;
        }
        yield ReadEvent::Schema(rows.schema());
        let bookmark = plan.bookmark;
        let mut progress = Progress::at(bookmark.place.clone(), Utc::now());
        let batch_bytes = request.batch_bytes.min(request.memory_bytes / 4).max(1);
        let mut asked = progress.first(bookmark.from);
        let mut expected = 0;
        let mut goes_on = !plan.is_done;
        while goes_on {
            let batch = senaite.batch(&kind, &order, asked.from, asked.start).await?;
            if batch.items.is_empty() || batch.count < expected {
                // Less is found where objects have gone, and by somebody who is not signed in any more.
                senaite.user().await?;
            }
            let mut objects = Vec::with_capacity(batch.items.len());
            for raw in &batch.items {
                let object: Value = serde_json::from_str(raw.get())
                    .map_err(|error| ConnectorError::data(&name, format!("an object cannot be read ({error})")))?;
                objects.push((object, raw.get()));
            }
            let is_known = |object: &Value| {
                text(&object["uid"]).is_some_and(|uid| progress.has_passed(uid, instant(&object[order.index])))
            };
            if asked.overlaps && !objects.first().is_some_and(|(object, _)| is_known(object)) {
                asked = progress.first(bookmark.from);
                expected = 0;
                continue;
            }
            let mut new = 0;
            for (object, raw) in &objects {
                let Some(uid) = text(&object["uid"]) else {
                    // Objects that only relate others are given as empty ones.
                    if object.as_object().is_none_or(|members| !members.is_empty()) {
                        let reason = "the object has no uid".to_owned();
                        rows.reject(RejectedRow { position: String::new(), reason, row: (*raw).to_owned() });
                    }
                    continue;
                };
                if progress.pass(uid, instant(&object[order.index]), instant(&object["modified"])) {
                    new += 1;
                    rows.add(kind.row(uid, object, raw));
                }
                if rows.bytes() >= batch_bytes {
                    yield ReadEvent::Batch(rows.finish()?);
                }
            }
            for event in rows.events()? {
                yield event;
            }
            let given = objects.len();
            yield ReadEvent::Estimate(Estimate { rows: Some(progress.estimate(batch.count)), ..Estimate::default() });
            let left = batch.count.saturating_sub((asked.start + given) as u64);
            goes_on = left > 0 && given > 0;
            if goes_on {
                asked = progress.next(asked, given, new);
                expected = left;
                if let Some(place) = progress.checkpoint() {
                    yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(Some(place), bookmark.next)));
                }
            }
        }
        if !progress.is_sorted() {
            let message = format!("SENAITE does not order {name} by {}: a read that is cut short begins anew", order.index);
            yield ReadEvent::Log { level: EventLevel::Warning, message };
        }
        let newest = progress.newest(bookmark.next).filter(|_| order.tells_changes());
        yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(None, newest)));
    }
}
