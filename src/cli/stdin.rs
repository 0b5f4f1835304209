//! What is given on stdin.

use std::io::{self, Read};

use anyhow::Context;

/// All of it; `what` it should be is told where it cannot be read.
pub(super) fn all_of_stdin(what: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text).with_context(|| format!("{what} cannot be read from stdin"))?;
    Ok(text)
}
