//! The text of a workflow, as somebody gives it.

use std::io::Read;
use std::{fs, io};

use anyhow::Context;
use clap::Args;

/// Where the text is.
#[derive(Debug, Args)]
pub(in crate::cli) struct WorkflowFile {
    /// A file of YAML, or - for stdin
    #[arg(value_name = "FILE")]
    file: String,
}

impl WorkflowFile {
    /// The whole text.
    pub(super) fn read(&self) -> anyhow::Result<String> {
        if self.file == "-" {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).context("the workflow cannot be read from stdin")?;
            return Ok(text);
        }
        fs::read_to_string(&self.file).with_context(|| format!("the file {} cannot be read", self.file))
    }
}
