//! What it costs to tell many subscribers the same facts, beside a bare WebSocket broadcast of the same bytes.
//!
//! Ours is the real program on a PostgreSQL database of its own. This process plays two parts beside it: another replica,
//! which appends facts to the log, and all clients, each a WebSocket with one subscription. The bare server is this
//! executable once more. The two take turns, and every turn is a fresh server: what a silent subscriber takes in memory,
//! then facts at a steady pace, then as many as go through.
//!
//! `cargo bench --bench fanout -- --help` tells the rest.

mod arguments;
mod audience;
mod bare;
mod facts;
mod lateness;
#[path = "../measuring/mod.rs"]
mod measuring;
mod server;
mod socket;
mod table;
mod turn;

use anyhow::Result;
use clap::Parser;

use arguments::Arguments;
use server::Kind;
use table::Results;

/// Files that are open beside the sockets.
const OTHER_FILES: usize = 200;

fn main() -> Result<()> {
    let mut arguments = Arguments::parse();
    if arguments.bare {
        return bare::serve();
    }
    arguments.make_quick();
    let most = arguments.sockets.iter().copied().max().unwrap_or_default();
    measuring::raise_open_files(most + OTHER_FILES)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            done = run(&arguments) => done,
            stopped = tokio::signal::ctrl_c() => Ok(stopped?),
        }
    })
}

async fn run(arguments: &Arguments) -> Result<()> {
    let mut results = Results::default();
    for &sockets in &arguments.sockets {
        for round in 1..=arguments.rounds {
            for kind in
                [Kind::Ours, Kind::Bare].into_iter().filter(|kind| arguments.only.is_none_or(|only| only == *kind))
            {
                let turn = turn::take(arguments, kind, sockets).await?;
                eprintln!("round {round}, {sockets} sockets, {kind}: {turn}");
                results.add(sockets, kind, turn);
            }
        }
    }
    print!("{results}");
    Ok(())
}
