//! Reading studies, page after page.

use async_stream::try_stream;
use chrono::NaiveDate;
use futures::Stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Trials, study};
use crate::sdk::rows::Rows;
use crate::sdk::{
    ConnectorError, Cursor, Estimate, EventLevel, Plan, ReadEvent, ReadRequest, RejectedRow, Trail, days_before,
};

/// Updates are dated by the day on which they are posted: that day is read again.
const MARGIN_DAYS: u64 = 1;

/// Where a read stands: before the page of that token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    token: String,
    done: u64,
    of: Option<u64>,
}

pub(super) fn events(
    trials: Trials,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    try_stream! {
        if request.source.source_path != "studies" {
            let what = format!("the data source {}", request.source.source_path);
            Err(ConnectorError::NotFound { what, hint: " (known: studies)".into() })?;
        }
        let query = format!("studies {}", trials.query.as_deref().unwrap_or_default());
        let plan: Plan<Place, NaiveDate> = Plan::of(&request, &query, back)?;
        let mut rows = Rows::of(study::COLUMNS);
        if plan.is_whole {
            yield ReadEvent::Whole;
        }
        yield ReadEvent::Schema(rows.schema());
        let bookmark = plan.bookmark;
        let mut newest = bookmark.next;
        let (mut done, mut of) = bookmark.place.as_ref().map_or((0, None), |place| (place.done, place.of));
        let mut token = bookmark.place.as_ref().map(|place| place.token.clone());
        let batch_bytes = request.batch_bytes.min(request.memory_bytes / 4).max(1);
        let mut trail = Trail::of("ClinicalTrials.gov", "nextPageToken").behind(token.as_ref());
        let mut goes_on = !plan.is_done;
        while goes_on {
            let page = trials.page(bookmark.from, token.as_deref(), trials.page).await?;
            if let Some(next) = &page.next_page_token {
                trail.follow(next)?;
            }
            of = of.or(page.total_count);
            for raw in &page.studies {
                let one: Value = serde_json::from_str(raw.get())
                    .map_err(|error| ConnectorError::data("studies", format!("a study cannot be read ({error})")))?;
                done += 1;
                newest = newest.max(study::updated_on(&one));
                match study::row(&one, raw.get()) {
                    Some(row) => rows.add(row),
                    None => {
                        let reason = "the study has no NCT number".to_owned();
                        rows.reject(RejectedRow { position: String::new(), reason, row: raw.get().to_owned() });
                    }
                }
                if rows.bytes() >= batch_bytes {
                    yield ReadEvent::Batch(rows.finish()?);
                }
            }
            for event in rows.events()? {
                yield event;
            }
            yield ReadEvent::Estimate(Estimate { rows: of.map(|of| of.max(done)), ..Estimate::default() });
            token = page.next_page_token;
            goes_on = token.is_some();
            if let Some(token) = token.clone() {
                yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(Some(Place { token, done, of }), newest)));
            }
        }
        if let Some(of) = of.filter(|of| done < *of) {
            let message = format!("the pages end after {done} of {of} studies that ClinicalTrials.gov counts");
            yield ReadEvent::Log { level: EventLevel::Warning, message };
        }
        yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(None, newest)));
    }
}

fn back(from: NaiveDate, seconds: u64) -> NaiveDate {
    days_before(from, seconds.div_ceil(86_400).saturating_add(MARGIN_DAYS))
}
