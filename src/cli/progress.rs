//! How far a sync is, on stderr: a bar a data source on a terminal, plain lines otherwise.

use std::collections::HashMap;
use std::time::Duration;

use console::style;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::output::{count, printable};
use super::{Global, failure, log_lines};
use crate::entity::ids::DataSourceId;
use crate::events::{SourceProgress, SyncEvent};
use crate::vocabulary::{EventLevel, SyncEventKind, SyncStatus};

/// A full bar: a tenth of a percent is one step.
const FULL: u64 = 1000;
/// With more data sources than this, those that are done leave the screen.
const KEPT_BARS: usize = 20;
/// Longest name beside a bar, in characters.
const NAME_WIDTH: usize = 16;

/// Shows how far a sync is.
pub(super) enum Progress {
    Bars(Bars),
    Lines(Lines),
    Nothing,
}

impl Progress {
    pub(super) fn of(global: &Global) -> Self {
        match (global.quiet, failure::stderr_is_terminal()) {
            (true, _) => Self::Nothing,
            _ if global.json => Self::Nothing,
            (_, true) => Self::Bars(Bars { on_screen: log_lines::bars().clone(), bars: HashMap::new() }),
            (_, false) => Self::Lines(Lines::default()),
        }
    }

    /// A sentence beside the bars.
    pub(super) fn say(&self, text: &str) {
        match self {
            Self::Bars(bars) => bars.say(text),
            Self::Lines(_) => eprint_line(text),
            Self::Nothing => {}
        }
    }

    /// How far a data source is now.
    pub(super) fn show(&mut self, name: &str, progress: &SourceProgress) {
        if let Self::Bars(bars) = self {
            bars.show(name, progress);
        }
    }

    /// Something that happened.
    pub(super) fn tell(&mut self, name: Option<&str>, event: &SyncEvent) {
        let text = match name {
            Some(name) if !event.message.contains(name) => format!("{name}: {}", event.message),
            _ => event.message.clone(),
        };
        match self {
            Self::Bars(bars) if is_news(event) => bars.say(&toned(event.level, &text)),
            Self::Lines(lines) => lines.tell(event, &text),
            _ => {}
        }
    }

    /// Leaves the last picture on the screen.
    pub(super) fn end(&mut self) {
        if let Self::Bars(bars) = self {
            for bar in bars.bars.values() {
                bar.abandon();
            }
        }
    }
}

/// What a bar does not show by itself.
fn is_news(event: &SyncEvent) -> bool {
    let is_special = matches!(event.kind, SyncEventKind::Retry | SyncEventKind::SchemaChange);
    event.id.is_some() && (is_special || event.level != EventLevel::Info)
}

fn toned(level: EventLevel, text: &str) -> String {
    match level {
        EventLevel::Info => text.to_owned(),
        EventLevel::Warning => style(text).yellow().for_stderr().to_string(),
        EventLevel::Error => style(text).red().for_stderr().to_string(),
    }
}

#[expect(clippy::print_stderr, reason = "progress is for whoever looks at stderr")]
fn eprint_line(text: &str) {
    eprintln!("{}", printable(text));
}

/// One bar a data source.
pub(super) struct Bars {
    on_screen: MultiProgress,
    bars: HashMap<DataSourceId, ProgressBar>,
}

impl Bars {
    fn say(&self, text: &str) {
        // A terminal that is gone is noticed elsewhere.
        self.on_screen.println(text).ok();
    }

    fn show(&mut self, name: &str, progress: &SourceProgress) {
        let bar = match self.bars.get(&progress.data_source_id) {
            Some(bar) => bar.clone(),
            None if progress.status == SyncStatus::Queued => return,
            None => self.add(name, &progress.data_source_id),
        };
        if bar.is_finished() {
            return;
        }
        let percent = progress.percent.unwrap_or(0.0);
        bar.set_position((percent / 100.0 * FULL as f64) as u64);
        bar.set_message(figures(progress));
        if !progress.status.is_final() {
            return;
        }
        if self.bars.len() > KEPT_BARS && progress.status == SyncStatus::Succeeded {
            bar.finish_and_clear();
        } else {
            bar.abandon();
        }
    }

    fn add(&mut self, name: &str, id: &DataSourceId) -> ProgressBar {
        let look = ProgressStyle::with_template("{prefix:16} {bar:22.cyan/dim} {msg}").expect("the template is sound");
        let bar = ProgressBar::new(FULL).with_style(look.progress_chars("━╸─")).with_prefix(shortened(name));
        let bar = self.on_screen.add(bar);
        bar.enable_steady_tick(Duration::from_millis(200));
        self.bars.insert(id.clone(), bar.clone());
        bar
    }
}

fn shortened(name: &str) -> String {
    let name = printable(name);
    if name.chars().count() <= NAME_WIDTH {
        return name;
    }
    name.chars().take(NAME_WIDTH - 1).chain(['…']).collect()
}

/// What stands behind a bar, in 38 columns or less but for a failure.
fn figures(progress: &SourceProgress) -> String {
    let rows = count(progress.rows);
    match progress.status {
        SyncStatus::Succeeded => format!("100% {rows:>11} rows"),
        SyncStatus::Failed => {
            let reason = progress.error_message.as_deref().unwrap_or("failed");
            style(printable(reason)).red().for_stderr().to_string()
        }
        SyncStatus::Cancelled => format!("cancelled after {rows} rows"),
        _ => {
            if let Some(reason) = &progress.waiting_reason {
                return format!("waiting: {}", printable(reason));
            }
            let percent = progress.percent.map_or_else(|| "   ?".to_owned(), |percent| format!("{percent:3.0}%"));
            let rate = progress.rows_per_second.map(|rate| format!(" {:>7}/s", count(rate as u64))).unwrap_or_default();
            let rest = progress.eta_seconds.map(|seconds| format!(" {}", remaining(seconds))).unwrap_or_default();
            format!("{percent} {rows:>11} rows{rate}{rest}")
        }
    }
}

fn remaining(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

/// A line for each fact.
#[derive(Default)]
pub(super) struct Lines {
    last: Option<String>,
}

impl Lines {
    fn tell(&mut self, event: &SyncEvent, text: &str) {
        let is_fact = event.id.is_some();
        if is_fact && self.last.as_deref() != Some(text) {
            eprint_line(text);
            self.last = Some(text.to_owned());
        }
    }
}
