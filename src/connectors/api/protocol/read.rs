//! Reads streams and says so: records, states, and what failed.

use std::io::{self, Write};

use futures::StreamExt;
use tokio::sync::mpsc;

use super::super::failure::Failure;
use super::super::run::{Source, Stream};
use super::super::slice::Slice;
use super::super::value::Value;
use super::message::Messages;
use super::{Chosen, State};

/// Pages that may wait to be written.
const WAITING_PAGES: usize = 2;

/// One step of a stream's read.
enum Step {
    Page(Vec<Value>),
    State(Value),
}

/// Reads the streams one after the other. Returns whether all of them were read to their end.
///
/// # Errors
/// Where nothing can be written.
pub(in super::super) async fn read<W: Write>(
    source: &Source,
    chosen: &[Chosen],
    state: &State,
    out: &mut W,
) -> io::Result<bool> {
    let mut messages = Messages::new(out);
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
            messages.failure(Some(name), failure)?;
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
    let stream = match source.stream(name, state).await {
        Ok(stream) => stream,
        Err(failure) => return Ok((0, vec![failure])),
    };
    // While a page is written the next one is read.
    let (sender, mut steps) = mpsc::channel(WAITING_PAGES);
    let reader = tokio::spawn(async move {
        let failures = steps_of(&stream, &sender).await;
        // The state is told even where something failed: what was read stays read.
        sender.send(Step::State(stream.state())).await.ok();
        failures
    });
    let (mut records, mut since) = (0_u64, 0_u64);
    while let Some(step) = steps.recv().await {
        match step {
            Step::Page(page) => {
                if records == 0 && !page.is_empty() {
                    messages.status(name, "RUNNING")?;
                }
                records += page.len() as u64;
                since += page.len() as u64;
                messages.records(name, &page)?;
            }
            Step::State(state) => {
                messages.state(name, &state, since)?;
                since = 0;
            }
        }
    }
    let failures = reader.await.unwrap_or_else(|error| vec![Failure::Data(format!("the read broke off: {error}"))]);
    Ok((records, failures))
}

/// Reads slice by slice. One that fails does not keep the others from being read, as in the reference.
async fn steps_of(stream: &Stream, sender: &mpsc::Sender<Step>) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut slices = stream.slices();
    while let Some(slice) = slices.next().await {
        let outcome = match slice {
            Ok(slice) => {
                let outcome = read_slice(stream, &slice, sender).await;
                if outcome.is_err() {
                    stream.abandon(&slice);
                }
                outcome
            }
            Err(failure) => {
                failures.push(failure);
                break;
            }
        };
        if let Err(failure) = outcome {
            let is_over = matches!(failure, Failure::Cancelled);
            failures.push(failure);
            if is_over {
                return failures;
            }
        }
    }
    drop(slices);
    stream.finish();
    failures
}

async fn read_slice(stream: &Stream, slice: &Slice, sender: &mpsc::Sender<Step>) -> Result<(), Failure> {
    let mut pages = stream.pages(slice);
    while let Some(page) = pages.next().await {
        let records = page?.records;
        records.iter().for_each(|record| stream.observe(record, slice));
        sender.send(Step::Page(records)).await.map_err(|_| Failure::Cancelled)?;
    }
    drop(pages);
    if stream.close(slice)? {
        sender.send(Step::State(stream.state())).await.map_err(|_| Failure::Cancelled)?;
    }
    Ok(())
}
