//! Facts and how they are handed over: ours in a transaction, as another replica would, the bare server's in one write.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use dataweaver::entity::database::{begin_immediate, connect};
use dataweaver::entity::ids::SyncEventId;
use dataweaver::entity::sync_event::{self, NewSyncEvent};
use dataweaver::entity::sync_log;
use dataweaver::vocabulary::{EventLevel, SyncEventKind};
use memchr::memmem;
use sea_orm::{DatabaseConnection, EntityTrait};
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;

use crate::audience::Audience;

/// What stands before the number of a fact in its message.
const BEFORE: &str = "read fact ";
/// Digits of the number.
const DIGITS: usize = 9;

/// The number of the fact that a message tells.
pub(crate) fn number_in(message: &[u8]) -> Option<u64> {
    let begin = memmem::find(message, BEFORE.as_bytes())? + BEFORE.len();
    let digits = message.get(begin..begin + DIGITS)?;
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0')))
}

fn words(fact: u64) -> String {
    format!("{BEFORE}{fact:0DIGITS$} of those that the benchmark tells")
}

/// The text that our server sends for a fact: as long, and with the same words.
fn line(fact: u64) -> String {
    let id = "019ac1f0c0de7c0d8e0123456789abcd";
    let event = format!(
        r#""cursor":"ZXZlbnQ6MTIzNA","kind":"LOG","message":"{}","at":"2026-11-26T22:00:00.123456Z","syncLogId":"log_{id}","connectorId":"con_{id}""#,
        words(fact)
    );
    format!("{{\"type\":\"next\",\"id\":\"1\",\"payload\":{{\"data\":{{\"syncEvents\":{{{event}}}}}}}}}\n")
}

/// Where facts are handed over.
pub(crate) enum Door {
    /// The log of a database, and the sync that they are of.
    Log { db: DatabaseConnection, sync: Box<sync_log::Model> },
    /// The stdin of the bare server.
    Stdin(ChildStdin),
}

impl Door {
    /// The log of a database with one sync.
    pub(crate) async fn to_log(url: &str) -> Result<Self> {
        let db = connect(url).await?;
        let sync = sync_log::Entity::find().one(&db).await?.context("there is a sync")?;
        Ok(Self::Log { db, sync: Box::new(sync) })
    }

    /// Hands facts over together.
    pub(crate) async fn hand_over(&mut self, facts: Range<u64>, audience: &Audience) -> Result<()> {
        ensure!(facts.end < Audience::capacity(), "more facts go through than can be counted; take more sockets");
        match self {
            Self::Log { db, sync } => {
                let transaction = begin_immediate(db).await?;
                sync_event::append(&transaction, facts.clone().map(|fact| event(sync, fact)).collect()).await?;
                audience.are_told(facts);
                transaction.commit().await?;
            }
            Self::Stdin(stdin) => {
                let lines: String = facts.clone().map(line).collect();
                audience.are_told(facts);
                stdin.write_all(lines.as_bytes()).await?;
                stdin.flush().await?;
            }
        }
        Ok(())
    }
}

fn event(sync: &sync_log::Model, fact: u64) -> NewSyncEvent {
    NewSyncEvent {
        id: SyncEventId::generate(),
        workspace_id: sync.workspace_id.clone(),
        connector_id: sync.connector_id.clone(),
        sync_log_id: sync.id.clone(),
        data_source_id: None,
        kind: SyncEventKind::Log,
        level: EventLevel::Info,
        message: words(fact),
        status: None,
        progress: None,
        details: None,
        at: Utc::now(),
    }
}
