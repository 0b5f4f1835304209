//! The log, on stderr, beside the progress bars.

use std::io::{self, Write};
use std::sync::OnceLock;

use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::Global;
use crate::config::{LogFormat, LogSettings};

/// Below this level the library that takes mail off the line shows all that comes over it.
const MAIL: &str = "async_imap=debug";

/// The bars that are on the screen: a log line must not tear them.
static BARS: OnceLock<MultiProgress> = OnceLock::new();

/// The bars of this process.
pub(super) fn bars() -> &'static MultiProgress {
    BARS.get_or_init(MultiProgress::new)
}

/// Starts the log. A server says what it does; the other verbs speak through their results, and log only trouble.
pub(super) fn start(settings: &LogSettings, global: &Global, is_server: bool) {
    let level = match (global.quiet, global.verbose, is_server) {
        (true, ..) => "error",
        (_, 0, true) => settings.level.as_str(),
        (_, 0, false) => "warn",
        (_, 1, _) => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_new(directives(level)).unwrap_or_else(|_| EnvFilter::new(directives("info")));
    let filter = filter.add_directive(MAIL.parse().expect("it is a directive"));
    // A line that cannot be written is lost: to tell that on stderr, which is what has failed, would be a panic.
    let builder = tracing_subscriber::fmt().log_internal_errors(false);
    let builder = builder.with_env_filter(filter).with_writer(BesideBars).with_target(false);
    let started = match settings.format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.with_ansi(is_colourful()).compact().try_init(),
    };
    // Within tests a log may have been started before.
    started.ok();
}

/// Colours are for a terminal, unless `NO_COLOR` says otherwise.
fn is_colourful() -> bool {
    super::failure::stderr_is_terminal() && console::colors_enabled_stderr()
}

/// A single level is ours; libraries say what is trouble, or more where everything is wanted. The kernel of the lake
/// logs as an error that a table does not exist yet, which is how every table begins.
fn directives(level: &str) -> String {
    let is_single = level.chars().all(char::is_alphabetic);
    match level {
        _ if !is_single => level.to_owned(),
        "trace" => "debug,dataweaver=trace,buoyant_kernel=info".to_owned(),
        level => format!("warn,dataweaver={level},buoyant_kernel=off"),
    }
}

struct BesideBars;

impl<'a> MakeWriter<'a> for BesideBars {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for BesideBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match BARS.get() {
            Some(bars) => bars.suspend(|| io::stderr().write(bytes)),
            None => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
