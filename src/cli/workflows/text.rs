//! The text of a workflow, as somebody gives it.

use std::fs;

use anyhow::Context;
use clap::Args;

use crate::cli::stdin::all_of_stdin;

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
            return all_of_stdin("the workflow");
        }
        fs::read_to_string(&self.file).with_context(|| format!("the file {} cannot be read", self.file))
    }
}
