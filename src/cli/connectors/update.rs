//! `dataweaver connectors update`.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};

use super::given::{auth_type, json_of, secret_of_stdin};
use crate::cli::output::{Output, printable};
use crate::cli::session::Session;
use crate::cli::shapes;
use crate::services::connectors::{self, ConnectorChanges};
use crate::vocabulary::AuthType;

/// `connectors update`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dataweaver connectors update shop --schedule \"0 6 * * *\" --timezone Europe/Prague
  dataweaver connectors update shop --password-stdin < new-password
  dataweaver connectors update shop --sync-enabled false

What is not named stays as it is, secrets too.")]
pub(in crate::cli) struct Update {
    /// The connector's slug or id
    connector: String,
    /// What people call it; its name in SQL stays
    #[arg(long)]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// All settings as JSON, or @file
    #[arg(long, value_name = "JSON")]
    settings: Option<String>,
    /// How it signs in: OAUTH2, API_KEY, USERNAME_PASSWORD, TOKEN or NONE
    #[arg(long, value_name = "AUTH_TYPE", value_parser = auth_type)]
    auth_type: Option<AuthType>,
    /// The credentials as JSON, or @file; a secret that is not in it stays, null clears it
    #[arg(long, value_name = "JSON")]
    auth: Option<String>,
    /// Read the new password (or with TOKEN the token) from the first line of stdin
    #[arg(long)]
    password_stdin: bool,
    /// Sync on a schedule: cron with five fields
    #[arg(long, value_name = "CRON")]
    schedule: Option<String>,
    /// Sync on no schedule
    #[arg(long, conflicts_with = "schedule")]
    no_schedule: bool,
    /// Whether the schedule is followed
    #[arg(long, value_name = "TRUE_OR_FALSE")]
    sync_enabled: Option<bool>,
    /// Time zone of the schedule
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
}

impl Update {
    pub(super) async fn run(self, session: &Session, output: &mut Output) -> anyhow::Result<ExitCode> {
        let row = connectors::by_id_or_slug(session.services(), &session.viewer, &self.connector).await?;
        let changes = self.into_changes(row.auth_type, &row.auth_config)?;
        let row = connectors::update(session.services(), &session.viewer, &row.id, changes).await?;
        if output.is_json() {
            output.document(&json!({ "connector": shapes::connector(&row) }))?;
        } else {
            output.line(printable(&format!("updated {}", row.name)))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// `auth_config` is what is stored of the credentials beside the secrets, such as the user's name.
    fn into_changes(self, stored_type: AuthType, auth_config: &Value) -> anyhow::Result<ConnectorChanges> {
        let given = |flag, text: Option<&str>| text.map(|text| json_of(flag, Some(text))).transpose();
        let mut auth: Option<Map<String, Value>> = given("--auth", self.auth.as_deref())?;
        if self.password_stdin {
            let (key, secret) = secret_of_stdin(self.auth_type.unwrap_or(stored_type))?;
            let stored = || auth_config.as_object().cloned().unwrap_or_default();
            auth.get_or_insert_with(stored).insert(key.to_owned(), secret);
        }
        let schedule = match self.no_schedule {
            true => Some(None),
            false => self.schedule.map(Some),
        };
        // Whoever gives a schedule wants it to be followed.
        let sync_enabled = self.sync_enabled.or_else(|| schedule.as_ref().map(Option::is_some));
        Ok(ConnectorChanges {
            name: self.name,
            description: self.description.map(Some),
            auth_type: self.auth_type,
            auth_config: auth.map(|auth| Some(Value::Object(auth))),
            connection_config: given("--settings", self.settings.as_deref())?.map(|all| Some(Value::Object(all))),
            demo_mode: None,
            sync_enabled,
            sync_schedule: schedule,
            timezone: self.timezone,
        })
    }
}
