//! How fast GraphQL requests are answered, beside one hand-written SQL statement behind a bare axum handler.
//!
//! Ours is the real program; its database holds 20 connectors with 10 sources each, all synced. The bare server is this
//! executable once more, on the same database, and gives the same data, which is compared before anything is measured.
//! 64 clients keep their connections and ask again as soon as they are answered. The two servers take turns.
//!
//! `cargo bench --bench requests -- --help` tells the rest.

mod bare;
mod client;
#[path = "../measuring/mod.rs"]
mod measuring;
mod question;
mod statement;
mod table;

use std::io::{Write, stdout};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::Value;
use tokio::process::Command;

use measuring::{Installation, Program};
use question::Question;
use table::Results;

/// Connectors of the installation.
const CONNECTORS: usize = 20;
/// Data sources of each.
const SOURCES: usize = 10;

/// Measures GraphQL requests beside a hand-written SQL statement behind a bare axum handler.
#[derive(Clone, Debug, Parser)]
#[command(name = "requests")]
struct Arguments {
    /// Clients that ask at the same time
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// How often each server has its turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of a turn
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// One round of a second: whether it works, no figures to tell
    #[arg(long)]
    quick: bool,
    /// The PostgreSQL server on which a database is made
    #[arg(long, default_value = "postgres://postgres@127.0.0.1:5432/postgres")]
    postgres: String,
    /// Is the bare server itself, on the database with this URL
    #[arg(long, hide = true, value_name = "URL")]
    bare: Option<String>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let mut arguments = Arguments::parse();
    if let Some(url) = &arguments.bare {
        return bare::serve(url);
    }
    if arguments.quick {
        (arguments.rounds, arguments.seconds) = (1, 1.0);
    }
    measuring::run(arguments.clients, run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<()> {
    let mut results = Results::default();
    for (database, postgres) in [("SQLite", None), ("PostgreSQL", Some(arguments.postgres.as_str()))] {
        let ours = Installation::start(postgres).await?;
        let measured = measure(arguments, database, &ours, &mut results).await;
        ours.end().await?;
        measured?;
    }
    write!(stdout(), "{results}")?;
    Ok(())
}

async fn measure(
    arguments: &Arguments,
    database: &'static str,
    ours: &Installation,
    results: &mut Results,
) -> Result<()> {
    for number in 0..CONNECTORS {
        ours.synced_folder(&format!("Folder {number}"), SOURCES).await?;
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--bare", &ours.database_url()]).stdin(Stdio::piped());
    let mut bare = Program::start(command, |line| line.trim().parse().ok()).await?;
    // It ends with this, even where this process is killed.
    let _stdin = bare.stdin();
    let all = ours.ask("{ connectors { nodes { id } } }", Value::Null).await?;
    let all = all["connectors"]["nodes"].as_array().context("there are connectors")?;
    let ids: Vec<String> = all.iter().filter_map(|connector| Some(connector["id"].as_str()?.to_owned())).collect();
    let seconds = Duration::from_secs_f64(arguments.seconds);
    let (to_ours, to_bare) = (ours.program.address, bare.address);
    let questions = [
        Question::nested(to_ours, to_bare, arguments.clients),
        Question::nested_alike(to_ours, to_bare),
        Question::lookup(to_ours, to_bare, &ids),
    ];
    for question in questions {
        question.is_answered_alike(&ours.program, &bare).await?;
        for round in 1..=arguments.rounds {
            let asked = client::ask(&ours.program, &question.to_ours, arguments.clients, seconds).await?;
            let beside = client::ask(&bare, &question.to_bare, arguments.clients, seconds).await?;
            eprintln!("round {round}, {database}, {}: dataweaver {asked}; bare {beside}", question.name);
            results.add(database, question.name, asked, beside);
        }
    }
    bare.end().await
}
