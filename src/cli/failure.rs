//! How a failure is told: one sentence, its causes below, a hint.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use console::style;
use sea_orm::DbErr;
use serde_json::json;

use super::output::printable;
use super::wrap::{width_of_stderr, wrapped};
use crate::app::AppError;
use crate::entity::disk::Hindrance;
use crate::entity::trouble;
use crate::services::ServiceError;

/// Exit status of a call that makes no sense, as clap has it.
pub(super) const WRONG_USAGE: u8 = 2;
const FAILED: u8 = 1;

/// The call makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Usage {
    message: String,
    hint: String,
}

impl Usage {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: "dataweaver --help lists the verbs and flags".to_owned() }
    }

    /// What to do, where more can be said than where the flags are listed.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

/// A failure that knows what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Failed {
    message: String,
    reasons: Vec<String>,
    hint: Option<String>,
}

impl Failed {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), reasons: Vec::new(), hint: None }
    }

    /// Adds what is below the sentence.
    pub(super) fn because(mut self, reasons: impl IntoIterator<Item = String>) -> Self {
        self.reasons.extend(reasons);
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The failure as one JSON document, for a list of which others succeed.
pub(super) fn error_document(error: &anyhow::Error) -> serde_json::Value {
    Told::of(error).json()
}

/// Tells the failure on stderr and says how the process ends.
pub(super) fn report(error: &anyhow::Error, as_json: bool) -> ExitCode {
    // Whoever read our output has read enough.
    if error.is::<super::output::Closed>() {
        return ExitCode::SUCCESS;
    }
    let told = Told::of(error);
    let mut stderr = io::stderr().lock();
    let written = if as_json { writeln!(stderr, "{}", told.json()) } else { told.write(&mut stderr) };
    // Where even stderr is closed nobody is left to be told.
    written.ok();
    ExitCode::from(if error.is::<Usage>() { WRONG_USAGE } else { FAILED })
}

/// Tells what clap says of a call that makes no sense.
pub(super) fn report_usage(error: &clap::Error) -> ExitCode {
    let words = error.render();
    let words = if console::colors_enabled_stderr() { words.ansi().to_string() } else { words.to_string() };
    let mut stderr = io::stderr().lock();
    for line in words.lines() {
        let indent = line.len() - line.trim_start().len() + 2;
        // Where even stderr is closed nobody is left to be told.
        writeln!(stderr, "{}", wrapped(line, width_of_stderr(), indent)).ok();
    }
    ExitCode::from(WRONG_USAGE)
}

/// The same as a JSON document, which has in its hint what clap says besides.
pub(super) fn report_usage_as_json(error: &clap::Error) -> ExitCode {
    let words = error.render().to_string();
    let mut paragraphs = words.trim().split("\n\n");
    let message = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "a command is missing".to_owned(),
        _ => {
            let lines = paragraphs.next().unwrap_or_default().lines().map(str::trim);
            lines.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
        }
    };
    let hint = paragraphs.map(str::trim).collect::<Vec<_>>().join("\n");
    let told = Told { code: "BAD_USER_INPUT", message, causes: Vec::new(), hint: Some(hint), field: None };
    // Where even stderr is closed nobody is left to be told.
    writeln!(io::stderr(), "{}", told.json()).ok();
    ExitCode::from(WRONG_USAGE)
}

struct Told {
    code: &'static str,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    field: Option<String>,
}

impl Told {
    fn of(error: &anyhow::Error) -> Self {
        let mut words = error.chain().map(ToString::to_string);
        let message = words.next().unwrap_or_default();
        let mut causes: Vec<String> = Vec::new();
        for cause in words {
            let is_said = message.contains(&cause) || causes.iter().any(|said| said.contains(&cause));
            if !is_said {
                causes.push(cause);
            }
        }
        let failed = error.downcast_ref::<Failed>();
        causes.extend(failed.into_iter().flat_map(|failed| failed.reasons.clone()));
        let service = error.downcast_ref::<ServiceError>();
        let code = match service {
            Some(service) => service.code(),
            None if error.is::<Usage>() => "BAD_USER_INPUT",
            None => "FAILED",
        };
        let of_lookup = match service {
            Some(ServiceError::NotFound { kind: "connector", .. }) => {
                Some("dataweaver connectors list shows those there are".to_owned())
            }
            Some(ServiceError::NotFound { kind: "workflow", .. }) => {
                Some("dataweaver workflows list shows those there are".to_owned())
            }
            _ => None,
        };
        let of_usage = error.downcast_ref::<Usage>().map(|usage| usage.hint.clone());
        let hint = failed
            .and_then(|failed| failed.hint.clone())
            .or_else(|| service.and_then(|service| service.hint().map(str::to_owned)))
            .or_else(|| of_disk(error).map(str::to_owned))
            .or(of_lookup)
            .or(of_usage);
        let field = service.and_then(|service| service.field().map(str::to_owned));
        Self { code, message, causes, hint, field }
    }

    fn json(&self) -> serde_json::Value {
        json!({ "error": {
            "code": self.code, "message": self.message, "causes": self.causes, "hint": self.hint, "field": self.field,
        }})
    }

    fn write(&self, to: &mut impl Write) -> io::Result<()> {
        paragraph(to, &format!("{} ", style("error:").red().bold().for_stderr()), &self.message)?;
        for cause in &self.causes {
            paragraph(to, &format!("  {} ", style("because").dim().for_stderr()), cause)?;
        }
        match &self.hint {
            Some(hint) => paragraph(to, &format!("  {} ", style("hint:").cyan().for_stderr()), hint),
            None => Ok(()),
        }
    }
}

/// What to do where the disk is the reason.
fn of_disk(error: &anyhow::Error) -> Option<&'static str> {
    if let Some(AppError::Folder { .. }) = error.downcast_ref::<AppError>() {
        // It says so itself.
        return None;
    }
    error.chain().find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<DbErr>() {
            return trouble::words(error);
        }
        match Hindrance::of(cause.downcast_ref::<io::Error>()?)? {
            Hindrance::Full => Some("the disk is full; make room on it and try again"),
            Hindrance::ReadOnly => {
                Some("the file system is mounted read-only; mount it writable, or choose another place")
            }
            Hindrance::Denied => None,
        }
    })
}

/// Text of one or several lines behind its head, without what a terminal would obey: the words may be a source's.
fn paragraph(to: &mut impl Write, head: &str, text: &str) -> io::Result<()> {
    let mut lines = text.lines().map(printable);
    let width = width_of_stderr();
    writeln!(to, "{}", wrapped(&format!("{head}{}", lines.next().unwrap_or_default()), width, 4))?;
    for line in lines {
        writeln!(to, "{}", wrapped(&format!("    {line}"), width, 6))?;
    }
    Ok(())
}

/// Whether somebody looks at stderr.
pub(super) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}
