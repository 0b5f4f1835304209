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

use std::io::{Write, stdout};

use anyhow::Result;
use clap::Parser;

use arguments::Arguments;
use server::Kind;
use table::Results;

fn main() -> Result<()> {
    let mut arguments = Arguments::parse();
    if arguments.bare {
        return bare::serve();
    }
    arguments.make_quick();
    let most = arguments.sockets.iter().copied().max().unwrap_or_default();
    measuring::run(most, run(&arguments))
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
    write!(stdout(), "{results}")?;
    Ok(())
}
