//! What the command line says of a connector, as the services want it.

use std::fs;
use std::io::{self, BufRead};

use anyhow::Context;
use serde_json::{Map, Value};

use crate::cli::failure::Usage;
use crate::vocabulary::{AuthType, ConnectorType, UnknownWord};

/// A JSON object from the command line or, after an `@`, from a file.
pub(super) fn json_of(flag: &str, text: Option<&str>) -> anyhow::Result<Map<String, Value>> {
    let Some(text) = text else { return Ok(Map::new()) };
    let (place, text) = match text.strip_prefix('@') {
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("the file {path} of {flag} cannot be read"))?;
            (format!("{path} of {flag}"), text)
        }
        None => (flag.to_owned(), text.to_owned()),
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Usage::new(format!("{place} must be a JSON object, such as {{\"key\": \"value\"}}")).into()),
        // The words of the parser tell the place and not the text, which may hold secrets.
        Err(error) => Err(Usage::new(format!("{place} is no JSON: {error}")).into()),
    }
}

/// The password or token on the first line of stdin, with the name that it has among the credentials.
pub(super) fn secret_of_stdin(kind: AuthType) -> anyhow::Result<(&'static str, Value)> {
    let key = match kind {
        AuthType::UsernamePassword => "password",
        AuthType::Token => "token",
        other => return Err(Usage::new(format!("--password-stdin is not for {other}; use --auth @file")).into()),
    };
    Ok((key, Value::String(first_line_of_stdin()?)))
}

fn first_line_of_stdin() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("the password cannot be read from stdin")?;
    let line = line.trim_end_matches(['\r', '\n']).to_owned();
    if line.is_empty() {
        return Err(Usage::new("--password-stdin is given and stdin is empty").into());
    }
    Ok(line)
}

/// `file-system` is `FILE_SYSTEM`.
pub(super) fn connector_type(text: &str) -> Result<ConnectorType, String> {
    word(text)
}

/// `api-key` is `API_KEY`.
pub(super) fn auth_type(text: &str) -> Result<AuthType, String> {
    word(text)
}

/// A word of one of the closed sets, with hyphens for underscores.
pub(super) fn word<W: std::str::FromStr<Err = UnknownWord>>(text: &str) -> Result<W, String> {
    text.replace('-', "_").parse().map_err(|error: UnknownWord| error.to_string())
}
