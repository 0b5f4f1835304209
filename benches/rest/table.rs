//! The table in which everything is told at the end.

use std::fmt;

use crate::measuring::{Ratios, median};
use crate::work::{Turn, Work};

/// Turns by latency and work.
#[derive(Default)]
pub(crate) struct Results(Vec<(u64, Work, Vec<Turn>)>);

impl Results {
    /// Adds a turn.
    pub(crate) fn add(&mut self, latency: u64, work: Work, turn: Turn) {
        match self.0.iter_mut().find(|(at, of, _)| (*at, *of) == (latency, work)) {
            Some((_, _, turns)) => turns.push(turn),
            None => self.0.push((latency, work, vec![turn])),
        }
    }

    /// Records a second of a work, turn by turn.
    fn rates(&self, latency: u64, work: Work) -> Vec<f64> {
        let turns = self.0.iter().filter(|(at, of, _)| (*at, *of) == (latency, work)).flat_map(|(_, _, turns)| turns);
        turns.map(|turn| turn.records / turn.seconds).collect()
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| latency ms | work | records/s | CPU s | ratio to the download (median, least, most) |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for (latency, work, turns) in &self.0 {
            let rates = self.rates(*latency, *work);
            let ratio = Ratios::of(&rates, &self.rates(*latency, Work::Download));
            // What a process of its own takes is not counted here.
            let cpu = match work {
                Work::Lines => String::new(),
                _ => format!("{:.2}", median(&turns.iter().map(|turn| turn.cpu).collect::<Vec<_>>())),
            };
            writeln!(f, "| {latency} | {work} | {:.0} | {cpu} | {ratio} |", median(&rates))?;
        }
        Ok(())
    }
}
