//! `dataweaver connectors add`: make a connector, then test it.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::{Map, Value, json};

use super::given::{auth_type, connector_type, json_of, secret_of_stdin};
use crate::cli::failure::{Failed, Usage};
use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::services::connectors::{self, NewConnector};
use crate::vocabulary::{AuthType, ConnectorType};

/// `connectors add`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dataweaver connectors add Shop --url postgres://reader@db.example.com/shop \\
    --password-stdin < password
  dataweaver connectors add Reports --root ./reports
  dataweaver connectors add Bucket --type FILE_SYSTEM --settings '{\"root\": \"s3://reports\"}' \\
    --auth-type API_KEY --auth @keys.json
  dataweaver connectors add Chat --type SLACK --demo

`dataweaver connectors types TYPE` says what a type wants to know.")]
pub(in crate::cli) struct Add {
    /// What people will call it; its name in SQL is made from it
    name: String,
    /// The type, for example DATABASE; known from --url and --root
    #[arg(long = "type", value_name = "TYPE", value_parser = connector_type)]
    connector_type: Option<ConnectorType>,
    /// The database, for example postgres://user@host/db, mysql://host/db or sqlite:///path/file.db
    #[arg(long)]
    url: Option<String>,
    /// The folder of files
    #[arg(long, value_name = "FOLDER", conflicts_with = "url")]
    root: Option<PathBuf>,
    /// All settings as JSON, or @file
    #[arg(long, value_name = "JSON")]
    settings: Option<String>,
    /// Read made-up data from a simulator of the system; no settings or credentials are needed
    #[arg(long, conflicts_with_all = ["url", "root", "auth_type", "auth", "password_stdin"])]
    demo: bool,
    /// How it signs in: OAUTH2, API_KEY, USERNAME_PASSWORD, TOKEN or NONE
    #[arg(long, value_name = "AUTH_TYPE", value_parser = auth_type)]
    auth_type: Option<AuthType>,
    /// The credentials as JSON, or @file, so that they are in no history and no list of processes
    #[arg(long, value_name = "JSON")]
    auth: Option<String>,
    /// Read the password (or with TOKEN the token) from the first line of stdin
    #[arg(long)]
    password_stdin: bool,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Sync on a schedule: cron with five fields, for example "0 6 * * *"
    #[arg(long, value_name = "CRON")]
    schedule: Option<String>,
    /// Time zone of the schedule
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    timezone: String,
    /// Do not test the connection
    #[arg(long)]
    no_test: bool,
}

impl Add {
    pub(super) async fn run(self, session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
        let tests = !self.no_test;
        let new = self.into_connector()?;
        let row = connectors::create(session.services(), &session.viewer, new).await?;
        if !tests {
            if output.is_json() {
                output.document(&json!({ "connector": shapes::connector(&row), "test": null }))?;
            } else {
                output.line(printable(&format!("added {} as {} ({})", row.name, row.slug, row.id)))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        if !output.is_json() {
            output.line(printable(&format!("added {} as {} ({})", row.name, row.slug, row.id)))?;
        }
        let result = connectors::test(session.services(), &session.viewer, &row.id).await?;
        if output.is_json() {
            output.document(&json!({
                "connector": shapes::connector(&result.connector),
                "test": { "success": result.success, "message": result.message, "details": result.details },
            }))?;
        }
        if !result.success {
            let failed = Failed::new(format!("{} was added, and its connection does not work", row.name));
            let consents = crate::app::registry().get(row.connector_type)?.usual_consents();
            let next = match consents.iter().any(|consent| consent.auth_type == row.auth_type) {
                true => "connect the account with: dataweaver connectors authorize",
                false => "try again with: dataweaver connectors test",
            };
            let hint = format!("{next} {0} (or: connectors remove {0})", row.slug);
            return Err(failed.because([result.message]).hint(hint).into());
        }
        if !output.is_json() {
            output.line(printable(&result.message))?;
            output.line(format!("next: dataweaver sync {}", row.slug))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn into_connector(self) -> anyhow::Result<NewConnector> {
        let mut connection = json_of("--settings", self.settings.as_deref())?;
        let mut known_type = self.connector_type;
        if let Some(url) = self.url {
            connection.insert("url".to_owned(), Value::String(url));
            known_type = known_type.or(Some(ConnectorType::Database));
        }
        if let Some(root) = self.root {
            let root =
                fs::canonicalize(&root).with_context(|| format!("the folder {} cannot be read", root.display()))?;
            connection.insert("root".to_owned(), Value::String(crate::cli::text_of(&root)?));
            known_type = known_type.or(Some(ConnectorType::FileSystem));
        }
        let connector_type = known_type.ok_or_else(|| {
            let message = "give --url for a database, --root for a folder of files, or --type with --settings";
            let hint = "for example: dataweaver connectors add Shop --url postgres://reader@db.example.com/shop";
            Usage::new(message).hint(hint)
        })?;
        let mut auth = json_of("--auth", self.auth.as_deref())?;
        let mut auth_type = self.auth_type;
        if self.password_stdin {
            let kind = auth_type.unwrap_or(AuthType::UsernamePassword);
            let (key, secret) = secret_of_stdin(kind)?;
            if kind == AuthType::UsernamePassword {
                move_user_name(&mut connection, &mut auth);
            }
            auth.insert(key.to_owned(), secret);
            auth_type = Some(kind);
        }
        Ok(NewConnector {
            name: self.name,
            description: self.description,
            connector_type,
            auth_type: auth_type.unwrap_or(if auth.contains_key("password") {
                AuthType::UsernamePassword
            } else {
                AuthType::None
            }),
            auth_config: (!auth.is_empty()).then_some(Value::Object(auth)),
            connection_config: Some(Value::Object(connection)),
            demo_mode: self.demo,
            sync_enabled: self.schedule.is_some(),
            sync_schedule: self.schedule,
            timezone: self.timezone,
        })
    }
}

/// `postgres://reader@host/db` with the password elsewhere: the user name goes to where the password goes.
fn move_user_name(connection: &mut Map<String, Value>, auth: &mut Map<String, Value>) {
    let Some(mut url) = connection.get("url").and_then(Value::as_str).and_then(|url| url::Url::parse(url).ok()) else {
        return;
    };
    if url.username().is_empty() || auth.contains_key("username") {
        return;
    }
    let user_name = percent_encoding::percent_decode_str(url.username()).decode_utf8_lossy().into_owned();
    if url.set_username("").is_ok() {
        auth.insert("username".to_owned(), Value::String(user_name));
        connection.insert("url".to_owned(), Value::String(url.into()));
    }
}
