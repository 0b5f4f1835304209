//! Reading a channel: its messages, the newest first, and behind each that was answered its answers.

use std::collections::HashSet;

use async_stream::try_stream;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::super::api::{Api, Messages};
use super::super::columns::Rows;
use super::super::config::SlackConfig;
use super::super::moment::Moment;
use super::COLUMNS;
use super::place::{Place, Stretch};
use crate::sdk::{ConnectorError, Cursor, ErrorClass, Estimate, Extract, ReadEvent, ReadRequest, ReadStream, Trail};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Reads one channel.
pub(in crate::connectors::slack) fn stream(api: &Api, config: &SlackConfig, request: ReadRequest) -> ReadStream {
    let api = api.clone();
    let days = (u64::from(config.lookback_days), u64::from(config.thread_lookback_days));
    let cancel = request.cancel.clone();
    let http = api.http().clone();
    http.reading(&cancel, move |http| {
        let api = api.through(http);
        try_stream! {
            let mut reader = Reader::new(api, days, &request)?;
            let mut rows = Rows::of(COLUMNS);
            let most_bytes = request.batch_bytes.min(request.memory_bytes / 4).max(1);
            yield ReadEvent::Schema(rows.schema());
            while let Some(page) = reader.page().await? {
                for message in page {
                    let Some(ts) = moment(&message) else {
                        rows.reject(&message, "it has no ts that is a time".to_owned());
                        continue;
                    };
                    let mut thread = reader.thread_to_read(&message, ts);
                    reader.notice(&message, ts);
                    rows.add(&reader.of_channel(message));
                    while let Some(asked) = thread.take() {
                        let (answers, rest) = reader.answers(asked).await?;
                        for answer in answers {
                            rows.add(&reader.of_channel(answer));
                        }
                        thread = rest;
                        if rows.bytes() >= most_bytes {
                            for event in rows.take()? {
                                yield event;
                            }
                        }
                    }
                    reader.place.passed(ts);
                    if rows.bytes() >= most_bytes {
                        for event in rows.take()? {
                            yield event;
                        }
                        yield ReadEvent::Checkpoint(Cursor::of(&reader.place));
                    }
                    if request.cancel.is_cancelled() {
                        Err(ConnectorError::Cancelled)?;
                    }
                }
                reader.end_page();
                for event in rows.take()? {
                    yield event;
                }
                let fraction = reader.place.fraction(reader.created);
                yield ReadEvent::Estimate(Estimate { fraction, ..Estimate::default() });
                yield ReadEvent::Checkpoint(Cursor::of(&reader.place));
            }
            if reader.is_untouched {
                yield ReadEvent::Checkpoint(Cursor::of(&reader.place));
            }
        }
    })
}

struct Reader {
    api: Api,
    /// The channel's id.
    channel: String,
    /// When it was made.
    created: Moment,
    place: Place,
    /// Where Slack's list goes on, within a stretch.
    cursor: Option<String>,
    /// The cursors of the stretch so far.
    trail: Trail<String>,
    /// Whether the stretch ends with the page that was given last.
    is_last_page: bool,
    /// The end of the stretch as its first page was asked for.
    asked_latest: Option<Moment>,
    /// Answers that were shown to the whole channel, and came with its messages.
    shown_to_all: HashSet<Moment>,
    /// What is newer was read before this read was cut short.
    resumed_at: Option<Moment>,
    /// No page was asked for yet.
    is_untouched: bool,
}

/// Answers that are to be fetched.
struct Thread {
    ts: String,
    since: Moment,
    cursor: Option<String>,
    trail: Trail<String>,
}

impl Reader {
    fn new(api: Api, (days, thread_days): (u64, u64), request: &ReadRequest) -> Result<Self, ConnectorError> {
        let since = match &request.extract {
            Extract::Full => None,
            Extract::Incremental { cursor_field: Some(field), .. } if field != "ts" && field != "timestamp" => {
                let message = format!("is {field}, and new messages of a channel are told by ts");
                return Err(ConnectorError::config("cursorField", message));
            }
            Extract::Incremental { since, lookback, .. } => since.as_ref().map(|since| (since, lookback.as_secs())),
        };
        let source = &request.source;
        let place = match (&request.resume, since) {
            (Some(resume), _) => resume.read(&source.name)?,
            (None, None) => Place::whole(),
            (None, Some((since, lookback))) => {
                let last: Place = since.read(&source.name)?;
                last.news(lookback.max(days * DAY), lookback.max(thread_days * DAY))
            }
        };
        let id = source.details.get("channel").and_then(Value::as_str);
        let id = id.or_else(|| source.source_path.strip_prefix(super::super::discover::CHANNELS));
        let created = source.details.get("created").and_then(Moment::of_json).unwrap_or_default();
        Ok(Self {
            api,
            channel: id.unwrap_or(&source.source_path).to_owned(),
            created,
            resumed_at: request.resume.is_some().then(|| place.left.first().and_then(|first| first.latest)).flatten(),
            place,
            cursor: None,
            trail: trail_of("conversations.history"),
            is_last_page: false,
            asked_latest: None,
            shown_to_all: HashSet::new(),
            is_untouched: true,
        })
    }

    /// The next messages; none at the end of the read.
    async fn page(&mut self) -> Result<Option<Vec<Value>>, ConnectorError> {
        let Some(stretch) = self.place.left.first().copied() else { return Ok(None) };
        self.is_untouched = false;
        if self.cursor.is_none() {
            (self.trail, self.asked_latest) = (trail_of("conversations.history"), stretch.latest);
        }
        let page = match self.history(stretch).await {
            // The place in the list is forgotten after a long wait: the time is as good a place.
            Err(error) if self.cursor.is_some() && error.class() == ErrorClass::Data => {
                (self.cursor, self.asked_latest) = (None, stretch.latest);
                self.trail = trail_of("conversations.history");
                self.history(stretch).await?
            }
            page => page?,
        };
        let newest = page.messages.iter().flat_map(|message| [moment(message), answered_at(message)]).flatten().max();
        self.place.newest = self.place.newest.max(newest.unwrap_or_default());
        self.cursor = page.next_cursor();
        if let Some(cursor) = &self.cursor {
            self.trail.follow(cursor)?;
        }
        self.is_last_page = page.messages.is_empty() || (self.cursor.is_none() && !page.has_more);
        Ok(Some(page.messages))
    }

    async fn history(&self, stretch: Stretch) -> Result<Messages, ConnectorError> {
        let oldest = (stretch.oldest > Moment::BEGINNING).then(|| stretch.oldest.to_string());
        // With `oldest` alone, which end of the list comes first is not said.
        let present = || oldest.as_ref().map(|_| Moment::of(Utc::now() + TimeDelta::days(1)));
        let latest = self.asked_latest.or_else(present).map(|latest| latest.to_string());
        let mut arguments = vec![("channel", self.channel.as_str())];
        arguments.extend(oldest.as_deref().map(|oldest| ("oldest", oldest)));
        arguments.extend(latest.as_deref().map(|latest| ("latest", latest)));
        arguments.extend(self.cursor.as_deref().map(|cursor| ("cursor", cursor)));
        self.api.history(&arguments).await
    }

    /// All of the page's messages were passed.
    fn end_page(&mut self) {
        let has_stood_still =
            self.cursor.is_none() && self.place.left.first().is_some_and(|first| first.latest == self.asked_latest);
        if self.is_last_page || has_stood_still {
            self.place.left.remove(0);
            self.cursor = None;
        }
    }

    /// The thread that a message begins, if its answers are to be read.
    fn thread_to_read(&self, message: &Value, ts: Moment) -> Option<Thread> {
        let begins = message.get("thread_ts").and_then(Moment::of_json).is_none_or(|thread| thread == ts);
        let count = message.get("reply_count").and_then(Value::as_i64).unwrap_or_default();
        let since = self.place.left.first()?.answered_since;
        let is_answered = answered_at(message).is_none_or(|answered| answered > since);
        let ts = message.get("ts")?.as_str()?.to_owned();
        let trail = trail_of("conversations.replies");
        (begins && count > 0 && is_answered).then_some(Thread { ts, since, cursor: None, trail })
    }

    /// Remembers an answer that comes with the channel's messages, so that it is not given once more with its thread.
    fn notice(&mut self, message: &Value, ts: Moment) {
        if message.get("thread_ts").and_then(Moment::of_json).is_some_and(|thread| thread != ts) {
            self.shown_to_all.insert(ts);
        }
    }

    /// Some answers of a thread, and where it goes on.
    async fn answers(&self, mut thread: Thread) -> Result<(Vec<Value>, Option<Thread>), ConnectorError> {
        let oldest = (thread.since > Moment::BEGINNING).then(|| thread.since.to_string());
        let mut arguments = vec![("channel", self.channel.as_str()), ("ts", thread.ts.as_str())];
        arguments.extend(oldest.as_deref().map(|oldest| ("oldest", oldest)));
        arguments.extend(thread.cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = match self.api.replies(&arguments).await {
            // It was deleted a moment ago.
            Err(error) if error.class() == ErrorClass::NotFound => return Ok((Vec::new(), None)),
            page => page?,
        };
        let cursor = page.next_cursor();
        if let Some(cursor) = &cursor {
            thread.trail.follow(cursor)?;
        }
        let mut answers = page.messages;
        answers.retain(|answer| {
            let Some(ts) = moment(answer) else { return true };
            let is_first = answer.get("ts").and_then(Value::as_str) == Some(thread.ts.as_str());
            let is_shown_to_all = answer.get("subtype").and_then(Value::as_str) == Some("thread_broadcast");
            let was_read = self.shown_to_all.contains(&ts)
                || (is_shown_to_all && self.resumed_at.is_some_and(|resumed_at| ts >= resumed_at));
            !is_first && !was_read
        });
        let rest = cursor.map(|cursor| Thread { cursor: Some(cursor), ..thread });
        Ok((answers, rest))
    }

    /// The message, with the channel that it is of.
    fn of_channel(&self, mut message: Value) -> Value {
        if let Some(message) = message.as_object_mut() {
            message.insert("channel".to_owned(), json!(self.channel));
        }
        message
    }
}

fn trail_of(method: &str) -> Trail<String> {
    Trail::of("Slack", format!("the cursor of {method}"))
}

fn moment(message: &Value) -> Option<Moment> {
    message.get("ts").and_then(Value::as_str).and_then(Moment::of_text)
}

fn answered_at(message: &Value) -> Option<Moment> {
    message.get("latest_reply").and_then(Moment::of_json)
}
