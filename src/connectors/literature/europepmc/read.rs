//! Reading: page after page, by the mark that each gives for the next.

use async_stream::try_stream;
use chrono::NaiveDate;
use futures::Stream;
use serde::{Deserialize, Serialize};

use super::super::news;
use super::super::source::Source;
use super::{EuropePmc, FIRST, record};
use crate::sdk::{ConnectorError, Cursor, Estimate, EventLevel, ReadEvent, ReadRequest, RejectedRow, Trail};

/// The most results of a page.
const PAGE: usize = 1_000;
/// What a result takes in memory while it is read, generously.
const RESULT_BYTES: usize = 64 << 10;

/// Where a read stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    /// The next page's mark.
    mark: String,
    /// Articles so far, of how many.
    done: u64,
    of: u64,
}

/// The search for what is to be read: what was first indexed, or updated, since a day.
fn query(query: &str, from: Option<NaiveDate>) -> String {
    let Some(from) = from else { return query.to_owned() };
    format!("({query}) AND (UPDATE_DATE:[{from} TO 3000-12-31] OR FIRST_IDATE:[{from} TO 3000-12-31])")
}

pub(super) fn events(
    europe: EuropePmc,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    try_stream! {
        let source = Source::of_path(&request.source.source_path)?;
        let plan = news::plan::<Place>(&request, &format!("europepmc {}", europe.query))?;
        let mut rows = source.rows();
        if plan.is_whole {
            yield ReadEvent::Whole;
        }
        yield ReadEvent::Schema(rows.schema());
        let bookmark = plan.bookmark;
        let query = query(&europe.query, bookmark.from);
        let size = (request.memory_bytes / 4 / RESULT_BYTES).clamp(20, PAGE);
        let batch_bytes = request.batch_bytes.min(request.memory_bytes / 4).max(1);
        let begin = Place { mark: FIRST.to_owned(), done: 0, of: 0 };
        let mut next = (!plan.is_done).then(|| bookmark.place.clone().unwrap_or(begin));
        let mut trail = Trail::of("Europe PMC", "nextCursorMark").behind(next.as_ref().map(|place| &place.mark));
        let mut missing = None;
        while let Some(Place { mark, mut done, .. }) = next {
            let page = europe.page(&query, &mark, size, "core").await?;
            let results = page.result_list.result;
            if results.is_empty() && done < page.hit_count {
                Err(ended_early(done, page.hit_count))?;
            }
            done += results.len() as u64;
            let of = page.hit_count.max(done);
            // The last page has no mark, or its own once more.
            let following = page.next_cursor_mark.filter(|_| !results.is_empty() && done < of);
            if let Some(following) = &following {
                trail.follow(following)?;
            }
            for result in &results {
                match record::read(result) {
                    Some(article) => source.add(&article, &mut rows),
                    None => rows.reject(without_id(result)),
                }
                if rows.bytes() >= batch_bytes {
                    yield ReadEvent::Batch(rows.finish()?);
                }
            }
            for event in rows.events()? {
                yield event;
            }
            yield estimate(source, done, of);
            missing = (done < of).then(|| ended_early(done, of).to_string());
            next = following.map(|mark| Place { mark, done, of });
            if next.is_some() {
                yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(next.clone(), bookmark.next)));
            }
        }
        if let Some(message) = missing {
            yield ReadEvent::Log { level: EventLevel::Warning, message };
        }
        yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(None, bookmark.next)));
    }
}

fn estimate(source: Source, done: u64, of: u64) -> ReadEvent {
    let fraction = if of == 0 { 1. } else { done as f64 / of as f64 };
    let rows = (source == Source::Articles).then_some(of);
    ReadEvent::Estimate(Estimate { rows, fraction: Some(fraction), ..Estimate::default() })
}

fn ended_early(done: u64, of: u64) -> ConnectorError {
    let message = format!("Europe PMC found {of} articles and gave {done} of them");
    ConnectorError::Unreachable { message, cause: None }
}

fn without_id(result: &serde_json::Value) -> RejectedRow {
    RejectedRow { position: String::new(), reason: "the result has no id or no source".into(), row: result.to_string() }
}
