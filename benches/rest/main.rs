//! What it costs to read a REST API by a manifest, beside a loop that only downloads the same pages and one that also parses
//! them.
//!
//! The server is this executable once more: pages of 1,000 records of 12 fields, written before anybody asks. The works take
//! turns. Ours is the API connector up to its Arrow batches, in this process like the loops; and the real program, which
//! prints records as JSON lines.
//!
//! `cargo bench --bench rest -- --help` tells the rest.

#[path = "../measuring/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the other benchmarks measure servers")]
mod measuring;
mod server;
mod table;
mod work;

use std::io::{Write, stdout};
use std::time::Duration;

use anyhow::Result;
use clap::Parser;

use measuring::Program;
use table::Results;
use work::Work;

/// Reads a REST API of made-up records.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// How many pages of 1,000 records there are.
    #[arg(long, default_value_t = 200)]
    pages: usize,
    /// Milliseconds that the server takes for each page; several in a row are measured one after the other.
    #[arg(long, value_delimiter = ',', default_value = "0,50")]
    latencies: Vec<u64>,
    /// How often each work is done.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Only this work.
    #[arg(long)]
    only: Option<Work>,
    /// Be the server, with this latency in milliseconds.
    #[arg(long, hide = true)]
    serve: Option<u64>,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(latency) = arguments.serve {
        return server::serve(arguments.pages, Duration::from_millis(latency));
    }
    measuring::run(16, run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<()> {
    let mut results = Results::default();
    for &latency in &arguments.latencies {
        let mut command = tokio::process::Command::new(std::env::current_exe()?);
        command.args(["--serve", &latency.to_string(), "--pages", &arguments.pages.to_string()]);
        let server = Program::start(command, |line| line.trim().parse().ok()).await?;
        for round in 1..=arguments.rounds {
            for work in Work::ALL.into_iter().filter(|work| arguments.only.is_none_or(|only| only == *work)) {
                let turn = work.take(server.address, arguments.pages).await?;
                eprintln!("round {round}, {latency} ms, {work}: {turn}");
                results.add(latency, work, turn);
            }
        }
        server.end().await?;
    }
    write!(stdout(), "{results}")?;
    Ok(())
}
