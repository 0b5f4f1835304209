//! Reads streams and says so: records, states, and what failed.

use std::io::{self, Write};
use std::sync::Arc;

use futures::StreamExt;
use tokio::sync::mpsc;

use super::super::failure::Failure;
use super::super::run::{self, Source, Step, Stream};
use super::super::slice::Slice;
use super::super::value::Value;
use super::message::Messages;
use super::{Chosen, State};
use crate::sdk::http::Redaction;

/// Pages that may wait to be written.
const WAITING_PAGES: usize = 2;

/// What is to be said of a stream.
enum Saying {
    Page(Vec<Value>),
    State(Value),
}

/// Reads the streams one after the other; failures are told without what is hidden. Returns whether all of them were read to
/// their end.
///
/// # Errors
/// Where nothing can be written.
pub(in super::super) async fn read<W: Write>(
    source: &Source,
    chosen: &[Chosen],
    state: &State,
    redaction: &Redaction,
    out: &mut W,
) -> io::Result<bool> {
    let mut messages = Messages::new(out, redaction);
    let mut failed: Vec<String> = Vec::new();
    for Chosen { name, is_known } in chosen {
        if !is_known {
            messages.status(name, "INCOMPLETE")?;
            failed.push(format!("{name}: not in the manifest"));
            continue;
        }
        messages.status(name, "STARTED")?;
        let (records, failures) = one(source, name, &state.of(name), &mut messages).await?;
        for failure in &failures {
            messages.failure(Some(failure.stream().unwrap_or(name)), failure)?;
        }
        match failures.first() {
            None => {
                messages.log("INFO", &format!("Read {records} records from {name} stream"))?;
                messages.status(name, "COMPLETE")?;
            }
            Some(failure) => {
                messages.status(name, "INCOMPLETE")?;
                failed.push(format!("{name}: {failure}"));
            }
        }
        messages.flush()?;
    }
    if !failed.is_empty() {
        let words = format!("During the sync, the following streams did not sync successfully: {}", failed.join("; "));
        messages.failure(None, &Failure::Config(words))?;
        messages.flush()?;
    }
    Ok(failed.is_empty())
}

/// Reads a stream. Returns how many records it gave, and what failed.
async fn one<W: Write>(
    source: &Source,
    name: &str,
    state: &Value,
    messages: &mut Messages<'_, W>,
) -> io::Result<(u64, Vec<Failure>)> {
    let (notices, mut heard) = mpsc::unbounded_channel();
    let stream = match source.telling(notices).stream(name, state).await {
        Ok(stream) => Arc::new(stream),
        Err(failure) => return Ok((0, vec![failure])),
    };
    // While a page is written the next one is read.
    let (sender, mut sayings) = mpsc::channel(WAITING_PAGES);
    let at_once = source.slices_at_once(name);
    let reader = tokio::spawn(async move {
        let failures = sayings_of(&stream, at_once, &sender).await;
        // The state is told even where something failed: what was read stays read.
        sender.send(Saying::State(stream.state())).await.ok();
        failures
    });
    let (mut records, mut since) = (0_u64, 0_u64);
    loop {
        let saying = tokio::select! {
            biased;
            Some(notice) = heard.recv() => {
                messages.notice(&notice)?;
                continue;
            }
            saying = sayings.recv() => saying,
        };
        match saying {
            None => break,
            Some(Saying::Page(page)) => {
                if records == 0 && !page.is_empty() {
                    messages.status(name, "RUNNING")?;
                }
                records += page.len() as u64;
                since += page.len() as u64;
                messages.records(name, &page)?;
            }
            Some(Saying::State(state)) => {
                messages.state(name, &state, since)?;
                since = 0;
            }
        }
    }
    let failures = reader.await.unwrap_or_else(|error| vec![Failure::Data(format!("the read broke off: {error}"))]);
    while let Ok(notice) = heard.try_recv() {
        messages.notice(&notice)?;
    }
    Ok((records, failures))
}

/// Gives slice by slice. One that fails does not keep the others from being read, as in the reference.
async fn sayings_of(stream: &Arc<Stream>, at_once: usize, sender: &mpsc::Sender<Saying>) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut steps = run::steps(stream, at_once);
    while let Some(step) = steps.next().await {
        let (slice, outcome) = match step {
            Step::Page(slice, page) => {
                page.records.iter().for_each(|record| stream.observe(record, &slice));
                let sent = sender.send(Saying::Page(page.records)).await;
                (Some(slice), sent.map_err(|_| Failure::Cancelled))
            }
            Step::End(slice) => {
                let told = tell_end(stream, &slice, sender).await;
                (Some(slice), told)
            }
            Step::Failed(slice, failure) => (slice, Err(failure)),
        };
        if let Err(failure) = outcome {
            if let Some(slice) = slice {
                stream.abandon(&slice);
            }
            let is_over = matches!(failure, Failure::Cancelled);
            failures.push(failure);
            if is_over {
                return failures;
            }
        }
    }
    drop(steps);
    stream.finish();
    failures
}

async fn tell_end(stream: &Stream, slice: &Slice, sender: &mpsc::Sender<Saying>) -> Result<(), Failure> {
    if stream.close(slice)? {
        sender.send(Saying::State(stream.state())).await.map_err(|_| Failure::Cancelled)?;
    }
    Ok(())
}
