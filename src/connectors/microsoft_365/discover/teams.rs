//! Teams, and their channels.

use serde_json::Value;

use super::super::api::{Scope, Who};
use super::super::objects::channel;
use super::super::source::Kind;
use super::{Discovery, delta, may_be_left_out, text};
use crate::sdk::http::segment;
use crate::sdk::{CatalogSource, ConnectorError};

impl Discovery<'_> {
    /// The teams that are to be read, by name.
    async fn teams(&self) -> Result<Vec<Value>, ConnectorError> {
        let mut teams = if self.who == Who::Application {
            match self.api.all("teams?$select=id,displayName,description", usize::MAX).await {
                // Older than the list of teams is the filter of groups.
                Err(error) if may_be_left_out(&error) => {
                    let filter = "groups?$filter=resourceProvisioningOptions/Any(x:x%20eq%20'Team')&$select=id,displayName,description";
                    self.api.all(filter, usize::MAX).await.map_err(|_| error)?
                }
                teams => teams?,
            }
        } else {
            self.api.all("me/joinedTeams", usize::MAX).await?
        };
        if !self.config.teams.is_empty() {
            let is_named = |team: &Value| {
                let named = |name: &&String| **name == text(team, "id") || **name == text(team, "displayName");
                self.config.teams.iter().any(|name| named(&name))
            };
            teams.retain(is_named);
            if let Some(missing) = self.config.teams.iter().find(|name| {
                !teams.iter().any(|team| **name == text(team, "id") || **name == text(team, "displayName"))
            }) {
                let message = format!("{missing} is none of the teams that the credentials show");
                return Err(ConnectorError::config("connectionConfig.teams", message));
            }
        }
        teams.sort_by(|one, other| {
            (text(one, "displayName"), text(one, "id")).cmp(&(text(other, "displayName"), text(other, "id")))
        });
        Ok(teams)
    }

    pub(super) async fn team_sources(&self) -> Result<Vec<CatalogSource>, ConnectorError> {
        let mut sources = Vec::new();
        for team in self.teams().await? {
            let id = text(&team, "id");
            let api = self.api.within(&Scope::Team(id.to_owned()))?;
            let path = format!("teams/{}/channels?$select=id,displayName,description,membershipType", segment(id));
            let mut channels = match api.all(&path, usize::MAX).await {
                Ok(channels) => channels,
                // It was archived or deleted a moment ago.
                Err(error) if may_be_left_out(&error) && self.config.teams.is_empty() => continue,
                Err(error) => return Err(error),
            };
            channels.sort_by(|one, other| {
                (text(one, "displayName"), text(one, "id")).cmp(&(text(other, "displayName"), text(other, "id")))
            });
            for found in channels {
                let name = format!("{} {}", text(&team, "displayName"), text(&found, "displayName"));
                let kind = Kind::Channel { team: id.to_owned(), channel: text(&found, "id").to_owned() };
                sources.push(delta(name.clone(), name, kind, text(&found, "description"), channel::COLUMNS));
            }
        }
        Ok(sources)
    }
}
