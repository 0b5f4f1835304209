//! The tables in which everything is told at the end.

use std::collections::BTreeMap;
use std::fmt;

use crate::measuring::{Ratios, median};
use crate::server::Kind;
use crate::turn::{Span, Turn};

/// The turns by sockets and server, in the order in which they were taken.
#[derive(Default)]
pub(crate) struct Results(BTreeMap<usize, BTreeMap<Kind, Vec<Turn>>>);

impl Results {
    /// Adds a turn.
    pub(crate) fn add(&mut self, sockets: usize, kind: Kind, turn: Turn) {
        self.0.entry(sockets).or_default().entry(kind).or_default().push(turn);
    }

    /// A table of spans, of which `compared` is told as a ratio.
    fn spans(
        &self,
        f: &mut fmt::Formatter<'_>,
        span: impl Fn(&Turn) -> Option<Span>,
        compared: impl Fn(&Span) -> f64,
    ) -> fmt::Result {
        writeln!(
            f,
            "| sockets | server | messages/s | CPU s per million | clients the same | p50 ms | p99 ms | ratio (median, least, most) |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        for (sockets, servers) in &self.0 {
            let figures = |kind: &Kind, of: &dyn Fn(&Span) -> f64| -> Vec<f64> {
                servers.get(kind).into_iter().flatten().filter_map(&span).map(|span| of(&span)).collect()
            };
            let ratios = Ratios::of(&figures(&Kind::Ours, &compared), &figures(&Kind::Bare, &compared));
            for kind in servers.keys() {
                let middle = |of: &dyn Fn(&Span) -> f64| median(&figures(kind, of));
                write!(
                    f,
                    "| {sockets} | {kind} | {:.0} | {:.2} ",
                    middle(&|span| span.rate),
                    middle(&|span| span.cpu)
                )?;
                write!(f, "| {:.2} | {:.1} ", middle(&|span| span.clients), middle(&|span| span.median))?;
                let ratio = if *kind == Kind::Ours { ratios.to_string() } else { String::new() };
                writeln!(f, "| {:.1} | {ratio} |", middle(&|span| span.late))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n### A subscriber in memory\n")?;
        writeln!(f, "| sockets | server | kB before the first fact | kB after all at the pace | bytes of a message |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for (sockets, servers) in &self.0 {
            for (kind, turns) in servers {
                let middle = |of: fn(&Turn) -> f64| median(&turns.iter().map(of).collect::<Vec<f64>>());
                write!(f, "| {sockets} | {kind} | {:.1} ", middle(|turn| turn.silent / 1000.0))?;
                writeln!(f, "| {:.1} | {:.0} |", middle(|turn| turn.told / 1000.0), middle(|turn| turn.length as f64))?;
            }
        }
        writeln!(f, "\n### At a steady pace; the ratio is of CPU time\n")?;
        self.spans(f, |turn| turn.paced, |span| span.cpu)?;
        writeln!(f, "\n### As fast as it goes; the ratio is of messages a second\n")?;
        self.spans(f, |turn| turn.saturated, |span| span.rate)
    }
}
