//! What the benchmark can be told.

use clap::Parser;

use crate::server::Kind;

/// Measures how facts are told to many subscribers, beside a bare WebSocket broadcast of the same bytes.
#[derive(Clone, Debug, Parser)]
#[command(name = "fanout")]
pub(crate) struct Arguments {
    /// How many subscribers there are, each on a socket of its own; one table row a number
    #[arg(long, value_delimiter = ',', default_value = "1000,5000,10000")]
    pub(crate) sockets: Vec<usize>,
    /// How often each server has its turn
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Seconds that are measured, at the steady pace and again as fast as it goes
    #[arg(long, default_value_t = 10.0)]
    pub(crate) seconds: f64,
    /// Messages a second, all subscribers together, of the steady pace; 0 leaves it out
    #[arg(long, default_value_t = 20_000)]
    pub(crate) pace: u32,
    /// Leaves out what goes as fast as it can
    #[arg(long)]
    pub(crate) no_saturation: bool,
    /// Measures one of the servers
    #[arg(long)]
    pub(crate) only: Option<Kind>,
    /// One round of 3 seconds with 1,000 subscribers: whether it works, no figures to tell
    #[arg(long)]
    pub(crate) quick: bool,
    /// The PostgreSQL server on which databases are made
    #[arg(long, default_value = "postgres://postgres@127.0.0.1:5432/postgres")]
    pub(crate) postgres: String,
    /// Is the bare server itself, and sends the lines of stdin
    #[arg(long, hide = true)]
    pub(crate) bare: bool,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    /// Does what `--quick` says.
    pub(crate) fn make_quick(&mut self) {
        if self.quick {
            (self.sockets, self.rounds, self.seconds) = (vec![1000], 1, 3.0);
        }
    }
}
