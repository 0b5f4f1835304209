//! Mailboxes: their folders, and their calendars.

use serde_json::Value;

use super::super::api::{Api, Scope, Who};
use super::super::objects::{event, message};
use super::super::source::Kind;
use super::{Discovery, before_at, delta, may_be_left_out, text};
use crate::sdk::http::segment;
use crate::sdk::{CatalogSource, ConnectorError};

const SELECT: &str = "$select=id,displayName,parentFolderId,childFolderCount,totalItemCount,isHidden&$top=100";
/// Folders in folders in folders; deeper ones are not looked for.
const DEEPEST: usize = 12;

/// A user's mailbox.
struct Mailbox {
    id: String,
    address: String,
}

impl Discovery<'_> {
    /// The mailboxes that are to be read, and whether they were named.
    async fn mailboxes(&mut self) -> Result<(Vec<Mailbox>, bool), ConnectorError> {
        if !self.config.mailboxes.is_empty() {
            let named = self.config.mailboxes.iter();
            let mailbox = |name: &String| Mailbox { id: name.clone(), address: name.clone() };
            return Ok((named.map(mailbox).collect(), true));
        }
        if let Who::Person { id, address } = &self.who {
            return Ok((vec![Mailbox { id: id.clone(), address: address.clone() }], true));
        }
        let users = self.users().await?;
        let with_mail = users.iter().filter(|user| !text(user, "mail").is_empty());
        let mailbox = |user: &Value| Mailbox {
            id: text(user, "id").to_owned(),
            address: text(user, "userPrincipalName").to_owned(),
        };
        Ok((with_mail.map(mailbox).collect(), false))
    }

    pub(super) async fn mail_sources(&mut self) -> Result<Vec<CatalogSource>, ConnectorError> {
        let (mailboxes, is_named) = self.mailboxes().await?;
        let paths: Vec<String> =
            mailboxes.iter().map(|mailbox| format!("users/{}/mailFolders?{SELECT}", segment(&mailbox.id))).collect();
        let mut sources = Vec::new();
        let mut refusal = None;
        for (mailbox, page) in mailboxes.iter().zip(self.api.get_many(&paths, None).await?) {
            let api = self.api.within(&Scope::Mailbox(mailbox.id.clone()))?;
            match folders(&api, &mailbox.id, page).await {
                Ok(folders) => sources.extend(folders.iter().map(|(path, folder)| source(mailbox, path, folder))),
                Err(error) if may_be_left_out(&error) && !is_named => {
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        match refusal {
            Some(refusal) if sources.is_empty() => Err(refusal),
            _ => Ok(sources),
        }
    }

    pub(super) async fn calendar_sources(&mut self) -> Result<Vec<CatalogSource>, ConnectorError> {
        let (mailboxes, is_named) = self.mailboxes().await?;
        let paths: Vec<String> = mailboxes
            .iter()
            .map(|mailbox| format!("users/{}/calendar?$select=id,name", segment(&mailbox.id)))
            .collect();
        let mut sources = Vec::new();
        let mut refusal = None;
        for (mailbox, calendar) in mailboxes.iter().zip(self.api.get_many(&paths, None).await?) {
            match calendar {
                Ok(_) => {
                    let name = format!("{} calendar", before_at(&mailbox.address));
                    let kind = Kind::Calendar { mailbox: mailbox.id.clone() };
                    let description = format!("The calendar of {}", mailbox.address);
                    sources.push(delta(name.clone(), name, kind, description, event::COLUMNS));
                }
                Err(error) if may_be_left_out(&error) && !is_named => {
                    refusal.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        match refusal {
            Some(refusal) if sources.is_empty() => Err(refusal),
            _ => Ok(sources),
        }
    }
}

/// All folders of a mailbox with their paths, of which the first page is there.
async fn folders(
    api: &Api,
    mailbox: &str,
    first: Result<Value, ConnectorError>,
) -> Result<Vec<(String, Value)>, ConnectorError> {
    let tops = api.all_from(first?).await?;
    let mut found = Vec::new();
    let mut left: Vec<(String, Value, usize)> =
        tops.into_iter().rev().map(|folder| (String::new(), folder, 1)).collect();
    while let Some((above, folder, depth)) = left.pop() {
        let path = format!("{above}{}", text(&folder, "displayName"));
        if folder["childFolderCount"].as_u64().unwrap_or_default() > 0 && depth < DEEPEST {
            let id = segment(text(&folder, "id"));
            let children = format!("users/{}/mailFolders/{id}/childFolders?{SELECT}", segment(mailbox));
            let children = api.all(&children, usize::MAX).await?;
            left.extend(children.into_iter().rev().map(|child| (format!("{path}/"), child, depth + 1)));
        }
        found.push((path, folder));
    }
    found.retain(|(_, folder)| !text(folder, "id").is_empty());
    found.sort_by(|one, other| (&one.0, text(&one.1, "id")).cmp(&(&other.0, text(&other.1, "id"))));
    Ok(found)
}

fn source(mailbox: &Mailbox, path: &str, folder: &Value) -> CatalogSource {
    let name = format!("{} {path}", before_at(&mailbox.address));
    let kind = Kind::Folder { mailbox: mailbox.id.clone(), folder: text(folder, "id").to_owned() };
    let description = format!("The folder {path} of {}", mailbox.address);
    let mut source = delta(name.clone(), name, kind, description, message::COLUMNS);
    source.estimated_rows = folder["totalItemCount"].as_u64();
    source
}
