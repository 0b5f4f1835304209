//! How far a sync is, on stderr: a bar a data source on a terminal, plain lines otherwise.

use std::io::{self, Write};

use console::{Alignment, pad_str, style, truncate_str};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::follow::Named;
use super::output::{count, printable, rows};
use super::wrap::{width_of_stderr, wrapped};
use super::{Global, failure, log_lines};
use crate::entity::ids::DataSourceId;
use crate::events::{SourceProgress, SyncEvent};
use crate::vocabulary::{EventLevel, SyncEventKind, SyncStatus};

/// A full bar: a tenth of a percent is one step.
const FULL: u64 = 1000;
/// Columns of a bar.
const BAR_WIDTH: u64 = 22;
/// With more data sources than this, those that are done leave the screen.
const KEPT_BARS: usize = 20;
/// Widest name beside a bar, in columns.
const NAME_WIDTH: usize = 16;
/// Where a sentence goes on below itself, in columns.
const SENTENCE: usize = 2;

/// Shows how far a sync is.
pub(super) enum Progress {
    Bars(Bars),
    Lines(Lines),
    Nothing,
}

impl Progress {
    /// Progress as the flags ask for it. Where every event is a JSON line on stdout, only a terminal is shown more.
    pub(super) fn of(global: &Global, has_json_lines: bool) -> Self {
        match (global.quiet, failure::stderr_is_terminal()) {
            (true, _) => Self::Nothing,
            _ if global.json => Self::Nothing,
            (_, false) if has_json_lines => Self::Nothing,
            (_, true) => Self::Bars(Bars { on_screen: log_lines::bars().clone(), bars: Vec::new() }),
            (_, false) => Self::Lines(Lines::default()),
        }
    }

    /// A sentence beside the bars.
    pub(super) fn say(&self, text: &str) {
        self.say_long(text, SENTENCE);
    }

    /// The same that goes on below itself, `indent` blanks from the left, where the terminal is narrower.
    pub(super) fn say_long(&self, text: &str, indent: usize) {
        match self {
            Self::Bars(bars) => bars.say(text, indent),
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

    /// Something that happened, to one data source or to all. What fails is told at the end, with the others.
    pub(super) fn tell(&mut self, source: Option<&Named>, event: &SyncEvent) {
        if is_failure(event) {
            return;
        }
        let text = match source {
            Some(source) if !begins_with(&event.message, &source.name) => format!("{}: {}", source.slug, event.message),
            _ => event.message.clone(),
        };
        match self {
            Self::Bars(bars) if is_news(event) => bars.say(&toned(event.level, &printable(&text)), SENTENCE),
            Self::Lines(lines) => lines.tell(event, &text),
            _ => {}
        }
    }

    /// Takes the bars off the screen, and leaves a picture of them if that is wanted.
    pub(super) fn end(&mut self, leaves_picture: bool) {
        if let Self::Bars(bars) = self {
            bars.end(leaves_picture);
        }
    }
}

/// Whether a sentence begins with a name, and not with a longer word.
fn begins_with(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
}

/// What a bar does not show by itself.
fn is_news(event: &SyncEvent) -> bool {
    let is_special = matches!(event.kind, SyncEventKind::Retry | SyncEventKind::SchemaChange);
    event.id.is_some() && (is_special || event.level != EventLevel::Info)
}

/// The end of a data source, or of the sync, that went wrong.
fn is_failure(event: &SyncEvent) -> bool {
    let is_end = event.kind == SyncEventKind::State;
    is_end && matches!(event.status, Some(SyncStatus::Failed | SyncStatus::Partial))
}

fn toned(level: EventLevel, text: &str) -> String {
    match level {
        EventLevel::Info => text.to_owned(),
        EventLevel::Warning => style(text).yellow().for_stderr().to_string(),
        EventLevel::Error => style(text).red().for_stderr().to_string(),
    }
}

/// A line on stderr.
pub(super) fn eprint_line(text: &str) {
    // Where stderr is gone nobody looks, and the sync goes on.
    writeln!(io::stderr(), "{}", printable(text)).ok();
}

/// One bar a data source, in the order in which they began.
pub(super) struct Bars {
    on_screen: MultiProgress,
    bars: Vec<(DataSourceId, ProgressBar)>,
}

impl Bars {
    fn say(&self, text: &str, indent: usize) {
        // A terminal that is gone is noticed elsewhere.
        self.on_screen.println(wrapped(text, width_of_stderr(), indent)).ok();
    }

    fn show(&mut self, name: &str, progress: &SourceProgress) {
        let known = self.bars.iter().find(|(id, _)| *id == progress.data_source_id);
        let bar = match known {
            Some((_, bar)) => bar.clone(),
            None if progress.status == SyncStatus::Queued => return,
            None => self.add(name, &progress.data_source_id),
        };
        if bar.is_finished() {
            return;
        }
        // What is set so is drawn by what comes behind it, once.
        let bar = bar.with_position(position(progress)).with_message(figures(progress));
        if !progress.status.is_final() {
            bar.tick();
        } else if self.bars.len() > KEPT_BARS && progress.status == SyncStatus::Succeeded {
            bar.finish_and_clear();
        } else {
            bar.abandon();
        }
    }

    fn add(&mut self, name: &str, id: &DataSourceId) -> ProgressBar {
        let look = ProgressStyle::with_template("{prefix:16} {bar:22.cyan/dim} {msg}").expect("the template is sound");
        let bar = ProgressBar::new(FULL).with_style(look.progress_chars("━╸─")).with_prefix(shortened(name));
        let bar = self.on_screen.add(bar);
        self.bars.push((id.clone(), bar.clone()));
        bar
    }

    /// Bars above those that still move would leave the screen with the next line.
    fn end(&mut self, leaves_picture: bool) {
        let mut picture = Vec::new();
        for (_, bar) in self.bars.drain(..) {
            let cells = usize::try_from(bar.position() * BAR_WIDTH / FULL).unwrap_or_default();
            let empty = usize::try_from(BAR_WIDTH).unwrap_or_default().saturating_sub(cells);
            let full = style("━".repeat(cells)).cyan().for_stderr();
            let prefix = bar.prefix();
            let name = pad_str(&prefix, NAME_WIDTH, Alignment::Left, None);
            picture.push(format!("{name} {full}{} {}", "─".repeat(empty), bar.message()));
            self.on_screen.remove(&bar);
        }
        // A terminal that is gone is noticed elsewhere.
        self.on_screen.clear().ok();
        if leaves_picture {
            picture.iter().for_each(|line| self.say(line, NAME_WIDTH + 1));
        }
    }
}

fn position(progress: &SourceProgress) -> u64 {
    (progress.percent.unwrap_or(0.0) / 100.0 * FULL as f64) as u64
}

/// Some letters take two columns, some none.
fn shortened(name: &str) -> String {
    truncate_str(&printable(name), NAME_WIDTH, "…").into_owned()
}

/// What stands behind a bar, in 38 columns or less but for a failure.
fn figures(progress: &SourceProgress) -> String {
    let counted = format!("{:>16}", rows(progress.rows));
    match progress.status {
        SyncStatus::Succeeded => format!("100% {counted}"),
        SyncStatus::Failed => {
            let reason = progress.error_message.as_deref().unwrap_or("failed");
            style(printable(reason)).red().for_stderr().to_string()
        }
        SyncStatus::Cancelled => format!("cancelled after {}", rows(progress.rows)),
        _ => {
            if let Some(reason) = &progress.waiting_reason {
                return format!("waiting: {}", printable(reason));
            }
            let percent = progress.percent.map_or_else(|| "   ?".to_owned(), |percent| format!("{percent:3.0}%"));
            let rate = progress.rows_per_second.map(|rate| format!(" {:>7}/s", count(rate as u64))).unwrap_or_default();
            let rest = progress.eta_seconds.map(|seconds| format!(" {}", remaining(seconds))).unwrap_or_default();
            format!("{percent} {counted}{rate}{rest}")
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

#[cfg(test)]
mod tests {
    use console::measure_text_width;

    use super::*;

    #[test]
    fn a_name_is_as_wide_as_it_looks() {
        assert_eq!(shortened("orders"), "orders");
        assert_eq!(shortened("a_table_with_a_long_name"), "a_table_with_a_…");
        let wide = shortened("顧客の注文明細テーブル");
        assert_eq!((measure_text_width(&wide), wide.as_str()), (15, "顧客の注文明細…"));
    }
}
