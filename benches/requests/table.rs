//! The table in which everything is told at the end.

use std::fmt;

use crate::client::Turn;
use crate::measuring::{Ratios, median};

/// Turns of the two servers, by database and question.
#[derive(Default)]
pub(crate) struct Results(Vec<Rounds>);

struct Rounds {
    database: &'static str,
    question: &'static str,
    ours: Vec<Turn>,
    bare: Vec<Turn>,
}

impl Results {
    /// Adds a round.
    pub(crate) fn add(&mut self, database: &'static str, question: &'static str, ours: Turn, bare: Turn) {
        let place = self.0.iter().position(|rounds| rounds.database == database && rounds.question == question);
        let place = place.unwrap_or_else(|| {
            self.0.push(Rounds { database, question, ours: Vec::new(), bare: Vec::new() });
            self.0.len() - 1
        });
        self.0[place].ours.push(ours);
        self.0[place].bare.push(bare);
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n| database | question | server | requests/s | CPU ms each | clients the same | MB | p50 ms | p99 ms | ratio (median, least, most) |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|---|")?;
        for Rounds { database, question, ours, bare } in &self.0 {
            let rates = |turns: &[Turn]| -> Vec<f64> { turns.iter().map(|turn| turn.rate).collect() };
            let ratio = Ratios::of(&rates(ours), &rates(bare)).to_string();
            for (name, turns, ratio) in [("dataweaver", ours, ratio.as_str()), ("bare handler", bare, "")] {
                let middle = |of: fn(&Turn) -> f64| median(&turns.iter().map(of).collect::<Vec<f64>>());
                write!(f, "| {database} | {question} | {name} | {:.0} ", middle(|turn| turn.rate))?;
                write!(f, "| {:.3} | {:.3} ", middle(|turn| turn.cpu), middle(|turn| turn.clients))?;
                write!(f, "| {:.0} | {:.1} ", middle(|turn| turn.memory / 1e6), middle(|turn| turn.median))?;
                writeln!(f, "| {:.1} | {ratio} |", middle(|turn| turn.slow))?;
            }
        }
        Ok(())
    }
}
