//! Reading: slices from the newest on, each page by page.

use std::collections::HashSet;

use async_stream::try_stream;
use chrono::NaiveDate;
use futures::Stream;
use serde::{Deserialize, Serialize};

use super::super::article::Article;
use super::super::news;
use super::super::source::Source;
use super::search::{Found, History};
use super::slice::Slice;
use super::{PubMed, answer, xml};
use crate::sdk::{Bookmark, ConnectorError, Cursor, Estimate, EventLevel, ReadEvent, ReadRequest, RejectedRow};

/// The most that a search lists.
const LISTED: usize = 9_999;
/// The most that a slice may hold when it is first looked at: it may grow until a read goes on in it.
const MOST: u64 = 9_500;
/// Records of a page; NCBI asks that more than about 200 PMIDs are not named at once.
const PAGE: usize = 200;
/// What a record takes in memory while it is read, generously.
const RECORD_BYTES: usize = 128 << 10;
/// The most PMIDs that a line of the log names.
const NAMED: usize = 10;

/// Where a read stands: everything newer than the slice is done, and of the slice, what has this PMID or a higher one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    slice: Slice,
    pmid: u64,
    /// Articles so far, of how many.
    done: u64,
    of: u64,
}

/// The search for what is to be read: what has come, or was revised, since a day.
///
/// `CRDT` is the day on which a record came, while its Entrez date may be years back. `MDAT` is the day of its last revision.
fn term(query: &str, from: Option<NaiveDate>) -> String {
    let Some(from) = from else { return query.to_owned() };
    let from = from.format("%Y/%m/%d");
    format!("({query}) AND ((\"{from}\"[CRDT] : \"3000\"[CRDT]) OR (\"{from}\"[MDAT] : \"3000\"[MDAT]))")
}

pub(super) fn events(
    pubmed: PubMed,
    request: ReadRequest,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    try_stream! {
        let source = Source::of_path(&request.source.source_path)?;
        let plan = news::plan::<Place>(&request, &format!("pubmed {}", pubmed.query))?;
        let mut rows = source.rows();
        if plan.is_whole {
            yield ReadEvent::Whole;
        }
        yield ReadEvent::Schema(rows.schema());
        let bookmark = plan.bookmark;
        let term = term(&pubmed.query, bookmark.from);
        let per_page = (request.memory_bytes / 4 / RECORD_BYTES).clamp(20, PAGE);
        let batch_bytes = request.batch_bytes.min(request.memory_bytes / 4).max(1);
        let mut left = left_of(&bookmark, plan.is_done);
        let (mut done, mut of) = bookmark.place.as_ref().map_or((0, None), |place| (place.done, Some(place.of)));
        while let Some((slice, below)) = left.pop() {
            let found = pubmed.search(&slice.term(&term), LISTED).await?;
            let of = *of.get_or_insert(found.count);
            let most = if below.is_some() { LISTED as u64 } else { MOST };
            // NCBI has lowered its limit before; whatever it lists no more of is cut.
            if found.count > most || !found.is_listed() {
                let (earlier, later) = slice.halves().ok_or_else(|| too_many(slice, found.count))?;
                left.extend([(earlier, below), (later, below)]);
                continue;
            }
            let mut listing = Listing::of(found, below);
            while let Some(page) = listing.next(per_page) {
                let (records, missing) = listing.fetch(&pubmed, &page).await?;
                if !missing.is_empty() {
                    yield missing_words(&missing);
                }
                for record in records {
                    match record {
                        Ok(article) => source.add(&article, &mut rows),
                        Err(row) => rows.reject(row),
                    }
                    if rows.bytes() >= batch_bytes {
                        yield ReadEvent::Batch(rows.finish()?);
                    }
                }
                for event in rows.events()? {
                    yield event;
                }
                done += page.ids.len() as u64;
                yield estimate(source, done, of);
                let pmid = page.ids.last().copied().unwrap_or_default();
                // A place is in one slice: of one that was halved while a read went on in it, the other half has a place, too.
                if below.is_none() || left.iter().all(|(_, below)| below.is_none()) {
                    let place = Place { slice, pmid, done, of };
                    yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(Some(place), bookmark.next)));
                }
            }
        }
        yield ReadEvent::Checkpoint(Cursor::of(&bookmark.at(None, bookmark.next)));
    }
}

/// The slices that are left, the next one last, each with the PMID that what is left of it lies below.
fn left_of(bookmark: &Bookmark<Place, NaiveDate>, is_done: bool) -> Vec<(Slice, Option<u64>)> {
    if is_done {
        return Vec::new();
    }
    let Some(place) = &bookmark.place else { return vec![(Slice::all(), None)] };
    let before = place.slice.before().into_iter().map(|slice| (slice, None));
    before.chain([(place.slice, Some(place.pmid))]).collect()
}

/// The PMIDs of a slice, page by page.
struct Listing {
    ids: Vec<u64>,
    /// Gone as soon as NCBI does not know it any more.
    history: Option<History>,
    next: usize,
}

struct Page {
    /// Where it begins in the history.
    start: usize,
    ids: Vec<u64>,
}

/// Articles, or why one cannot be read.
type Records = Vec<Result<Article, RejectedRow>>;

impl Listing {
    fn of(found: Found, below: Option<u64>) -> Self {
        let next = below.map_or(0, |below| found.ids.partition_point(|id| *id >= below));
        Self { ids: found.ids, history: found.history, next }
    }

    fn next(&mut self, count: usize) -> Option<Page> {
        let start = self.next;
        let ids: Vec<u64> = self.ids.iter().skip(start).take(count).copied().collect();
        self.next += ids.len();
        (!ids.is_empty()).then_some(Page { start, ids })
    }

    /// The records of a page, and the PMIDs that PubMed has none for.
    async fn fetch(&mut self, pubmed: &PubMed, page: &Page) -> Result<(Records, Vec<u64>), ConnectorError> {
        let mut records = Records::new();
        let mut missing: HashSet<u64> = page.ids.iter().copied().collect();
        if let Some(history) = &self.history {
            let response = pubmed.fetch_from(history, page.start, page.ids.len()).await?;
            if answer::says_history_is_lost(&response) {
                self.history = None;
            } else {
                take(xml::records(&response.text()), &mut records, &mut missing);
            }
        }
        // The pages of a history are short at times.
        let mut rest: Vec<u64> = page.ids.iter().filter(|id| missing.contains(id)).copied().collect();
        if !rest.is_empty() {
            let response = pubmed.fetch(&rest).await?;
            take(xml::records(&response.text()), &mut records, &mut missing);
            rest.retain(|id| missing.contains(id));
        }
        Ok((records, rest))
    }
}

/// Keeps what was asked for, once.
fn take(found: Records, records: &mut Records, missing: &mut HashSet<u64>) {
    for record in found {
        let id = match &record {
            Ok(article) => &article.id,
            Err(row) => &row.position,
        };
        if id.parse().is_ok_and(|id| missing.remove(&id)) {
            records.push(record);
        }
    }
}

fn estimate(source: Source, done: u64, of: u64) -> ReadEvent {
    let of = of.max(done);
    let fraction = if of == 0 { 1. } else { done as f64 / of as f64 };
    let rows = (source == Source::Articles).then_some(of);
    ReadEvent::Estimate(Estimate { rows, fraction: Some(fraction), ..Estimate::default() })
}

fn missing_words(missing: &[u64]) -> ReadEvent {
    let named: Vec<String> = missing.iter().take(NAMED).map(u64::to_string).collect();
    let more = if missing.len() > NAMED { ", …" } else { "" };
    let message = format!("PubMed lists {} and has no records for them: {}{more}", missing.len(), named.join(", "));
    ReadEvent::Log { level: EventLevel::Warning, message }
}

fn too_many(slice: Slice, count: u64) -> ConnectorError {
    let message = format!("finds {count} records ({slice}), more than PubMed lists of one day; narrow it");
    ConnectorError::config("connectionConfig.query", message)
}
