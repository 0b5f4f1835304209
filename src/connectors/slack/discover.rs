//! What can be read in a workspace: its users, its files, its channels, and the messages of each channel.

use arrow::datatypes::SchemaRef;
use serde_json::{Value, json};

use super::api::{Api, Identity};
use super::columns::schema;
use super::config::SlackConfig;
use super::{channels, files, messages, users};
use crate::sdk::{Catalog, CatalogSource, ConnectorError};

/// Before the id of a channel, in the path of its messages.
pub(super) const CHANNELS: &str = "channels/";

pub(super) async fn catalog(api: &Api, config: &SlackConfig) -> Result<Catalog, ConnectorError> {
    let named = config.named()?;
    let identity = api.identity().await?;
    let mut sources = vec![list("channels", "Channels of the workspace", schema(channels::COLUMNS))];
    if identity.may("users:read") {
        sources.insert(0, list("users", "People and bots of the workspace", schema(users::COLUMNS)));
    }
    if identity.may("files:read") {
        sources.push(list("files", "What was shared, without its content", schema(files::COLUMNS)));
    }
    let mut found = api.conversations(&config.types(), config.include_archived).await?;
    found.retain(|channel| {
        let id = text(channel, "id");
        match &named {
            Some(named) => named.is_match(id) || named.is_match(name(channel)),
            // A bot reads only where it is; a user, every public channel.
            None => identity.bot_id.is_none() || channel["is_member"] != json!(false),
        }
    });
    found.retain(|channel| !text(channel, "id").is_empty());
    found.sort_by(|one, other| (name(one), text(one, "id")).cmp(&(name(other), text(other, "id"))));
    sources.extend(found.iter().map(channel));
    Ok(Catalog { sources })
}

impl Identity {
    /// Whether the token has a scope, as far as is known.
    pub(super) fn may(&self, scope: &str) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|known| known == scope))
    }

    /// The scopes that the settings ask for and the token lacks.
    pub(super) fn missing_scopes(&self, config: &SlackConfig) -> Vec<&'static str> {
        let of_conversations = config.conversation_types.iter().flat_map(|kind| kind.scopes());
        of_conversations.chain(["users:read", "files:read"]).filter(|scope| !self.may(scope)).collect()
    }
}

fn list(name: &str, description: &str, schema: SchemaRef) -> CatalogSource {
    CatalogSource {
        name: name.to_owned(),
        sql_name: name.to_owned(),
        source_type: name.to_owned(),
        source_path: name.to_owned(),
        description: Some(description.to_owned()),
        schema,
        primary_key: vec!["id".to_owned()],
        cursor_field: None,
        estimated_rows: None,
        details: Value::Null,
    }
}

fn channel(channel: &Value) -> CatalogSource {
    let id = text(channel, "id");
    let name = match name(channel) {
        "" => format!("dm_{}", if text(channel, "user").is_empty() { id } else { text(channel, "user") }),
        name => name.to_owned(),
    };
    let about = [&channel["purpose"]["value"], &channel["topic"]["value"]];
    let description = about.into_iter().filter_map(Value::as_str).find(|words| !words.is_empty());
    CatalogSource {
        sql_name: name.clone(),
        name,
        source_type: "channel".to_owned(),
        source_path: format!("{CHANNELS}{id}"),
        description: description.map(str::to_owned),
        schema: schema(messages::COLUMNS),
        primary_key: vec!["ts".to_owned()],
        cursor_field: Some("timestamp".to_owned()),
        estimated_rows: None,
        details: json!({ "channel": id, "created": channel["created"] }),
    }
}

fn name(channel: &Value) -> &str {
    text(channel, "name")
}

fn text<'a>(channel: &'a Value, key: &str) -> &'a str {
    channel.get(key).and_then(Value::as_str).unwrap_or_default()
}
