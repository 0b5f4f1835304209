//! What can be read: one service after the other, as far as the credentials allow.

mod files;
mod lists;
mod mail;
mod teams;

use std::collections::HashSet;

use arrow::datatypes::Schema;
use serde_json::Value;

use super::api::{Api, Who};
use super::columns::{Column, schema};
use super::config::{Microsoft365Config, Service};
use super::objects::user;
use super::source::{Kind, details};
use crate::sdk::{Catalog, CatalogSource, ConnectorError, ErrorClass};
pub(super) use lists::columns_path;

/// What discovery works with.
pub(super) struct Discovery<'a> {
    pub(super) api: &'a Api,
    pub(super) config: &'a Microsoft365Config,
    pub(super) who: Who,
    /// Users that were looked up already.
    users: Option<Vec<Value>>,
}

pub(super) async fn catalog(
    api: &Api,
    config: &Microsoft365Config,
    is_application: bool,
) -> Result<Catalog, ConnectorError> {
    let who = if is_application { Who::Application } else { api.who().await? };
    let mut discovery = Discovery { api, config, who, users: None };
    let mut sources = Vec::new();
    let mut refusals = Vec::new();
    for service in config.services() {
        match discovery.of(service).await {
            Ok(found) => sources.extend(found),
            Err(error) if may_be_left_out(&error) && !config.insists_on(service) => refusals.push(error),
            Err(error) => return Err(error),
        }
    }
    // Where nothing may be read, the first refusal says what to do.
    if sources.is_empty()
        && let Some(refusal) = refusals.into_iter().next()
    {
        return Err(refusal);
    }
    let mut seen = HashSet::new();
    sources.retain(|source| seen.insert(source.source_path.clone()));
    Ok(Catalog { sources })
}

/// Whether a service is not there for these credentials, which is no reason to leave out the others.
fn may_be_left_out(error: &ConnectorError) -> bool {
    matches!(error.class(), ErrorClass::Permission | ErrorClass::NotFound | ErrorClass::Protocol)
}

impl Discovery<'_> {
    async fn of(&mut self, service: Service) -> Result<Vec<CatalogSource>, ConnectorError> {
        match service {
            Service::Users => self.users_source().await,
            Service::Drives => self.drive_sources().await,
            Service::Workbooks => self.workbook_sources().await,
            Service::Lists => self.list_sources().await,
            Service::Mail => self.mail_sources().await,
            Service::Calendar => self.calendar_sources().await,
            Service::Teams => self.team_sources().await,
        }
    }

    async fn users_source(&self) -> Result<Vec<CatalogSource>, ConnectorError> {
        // Whether they may be read.
        self.api.get::<Value>("users?$select=id&$top=1").await?;
        let description = "The users of the organisation";
        Ok(vec![delta("users", "users", Kind::Users, description, user::COLUMNS)])
    }

    /// Users with their addresses, as many as may be looked through.
    pub(super) async fn users(&mut self) -> Result<Vec<Value>, ConnectorError> {
        if let Some(users) = &self.users {
            return Ok(users.clone());
        }
        let most = usize::try_from(self.config.user_limit).unwrap_or(usize::MAX);
        let path = "users?$select=id,displayName,userPrincipalName,mail,accountEnabled,userType&$top=100";
        let mut users = self.api.all(path, most).await?;
        users.sort_by(|one, other| text(one, "userPrincipalName").cmp(text(other, "userPrincipalName")));
        self.users = Some(users.clone());
        Ok(users)
    }
}

/// A source that tells its changes.
pub(super) fn delta(
    name: impl Into<String>,
    sql_name: impl Into<String>,
    kind: Kind,
    description: impl Into<String>,
    columns: &[Column],
) -> CatalogSource {
    let keys: &[&str] = if matches!(kind, Kind::Channel { .. }) { &["thread_id", "id"] } else { &["id"] };
    CatalogSource {
        name: name.into(),
        sql_name: sql_name.into(),
        source_type: kind.word().to_owned(),
        source_path: kind.path(),
        description: Some(description.into()).filter(|text: &String| !text.is_empty()),
        schema: schema(columns),
        primary_key: keys.iter().map(|key| (*key).to_owned()).collect(),
        cursor_field: None,
        estimated_rows: None,
        details: details(&kind),
    }
}

/// A table or a worksheet: what its columns are, reading alone can tell.
pub(super) fn sheet(name: String, kind: &Kind, description: String) -> CatalogSource {
    CatalogSource {
        sql_name: name.clone(),
        name,
        source_type: kind.word().to_owned(),
        source_path: kind.path(),
        description: Some(description),
        schema: Schema::empty().into(),
        primary_key: Vec::new(),
        cursor_field: None,
        estimated_rows: None,
        details: details(kind),
    }
}

/// A text of an object, or nothing.
pub(super) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The part of an address before its sign, to tell people's sources apart.
pub(super) fn before_at(address: &str) -> &str {
    address.split('@').next().unwrap_or(address)
}
