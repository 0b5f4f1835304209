//! A data source: what it is of, and its path, by which it is known for good.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::workbook::{Part, Sheet};
use crate::sdk::{ConnectorError, SourceRef};

/// What a data source is of. Things are named by their ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Users,
    Drive { drive: String },
    Sheet(Sheet),
    List { site: String, list: String },
    Folder { mailbox: String, folder: String },
    Calendar { mailbox: String },
    Channel { team: String, channel: String },
}

impl Kind {
    /// The kind of thing in words.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Drive { .. } => "drive",
            Self::Sheet(Sheet { part: Part::Table(_), .. }) => "excel_table",
            Self::Sheet(Sheet { part: Part::Worksheet(_), .. }) => "excel_worksheet",
            Self::List { .. } => "sharepoint_list",
            Self::Folder { .. } => "mail_folder",
            Self::Calendar { .. } => "calendar",
            Self::Channel { .. } => "teams_channel",
        }
    }

    pub(super) fn path(&self) -> String {
        match self {
            Self::Users => "users".to_owned(),
            Self::Drive { drive } => format!("drives/{drive}"),
            Self::Sheet(Sheet { drive, item, part }) => match part {
                Part::Table(id) => format!("drives/{drive}/items/{item}/workbook/tables/{id}"),
                Part::Worksheet(id) => format!("drives/{drive}/items/{item}/workbook/worksheets/{id}"),
            },
            Self::List { site, list } => format!("sites/{site}/lists/{list}"),
            Self::Folder { mailbox, folder } => format!("users/{mailbox}/mailFolders/{folder}"),
            Self::Calendar { mailbox } => format!("users/{mailbox}/calendar"),
            Self::Channel { team, channel } => format!("teams/{team}/channels/{channel}"),
        }
    }

    /// What a data source is of, by its details, or by its path where somebody wrote that by hand.
    ///
    /// # Errors
    /// `Config` where the path is of nothing that is known.
    pub(super) fn of(source: &SourceRef) -> Result<Self, ConnectorError> {
        if let Ok(kind) = Self::deserialize(&source.details)
            && kind.path() == source.source_path
        {
            return Ok(kind);
        }
        Self::parse(&source.source_path).ok_or_else(|| {
            let message = format!(
                "{} is no data source of Microsoft 365; write it like users, drives/ID, \
                 drives/ID/items/ID/workbook/tables/ID, sites/ID/lists/ID, users/ID/mailFolders/ID, users/ID/calendar or \
                 teams/ID/channels/ID",
                source.source_path
            );
            ConnectorError::config("sourcePath", message)
        })
    }

    fn parse(path: &str) -> Option<Self> {
        let own = |text: &&str| (*text).to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        Some(match parts.as_slice() {
            ["users"] => Self::Users,
            ["drives", drive] => Self::Drive { drive: own(drive) },
            ["drives", drive, "items", item, "workbook", part, id] => {
                let part = match *part {
                    "tables" => Part::Table(own(id)),
                    "worksheets" => Part::Worksheet(own(id)),
                    _ => return None,
                };
                Self::Sheet(Sheet { drive: own(drive), item: own(item), part })
            }
            ["sites", site, "lists", list] => Self::List { site: own(site), list: own(list) },
            ["users", mailbox, "mailFolders", folder] => Self::Folder { mailbox: own(mailbox), folder: own(folder) },
            ["users", mailbox, "calendar"] => Self::Calendar { mailbox: own(mailbox) },
            ["teams", team, "channels", channel] => Self::Channel { team: own(team), channel: own(channel) },
            _ => return None,
        })
    }
}

/// What a data source keeps of what it is.
pub(super) fn details(kind: &Kind) -> Value {
    serde_json::to_value(kind).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_what_they_are_of() {
        let sheet = Sheet { drive: "b!1".into(), item: "01A".into(), part: Part::Worksheet("{0-1}".into()) };
        for kind in [
            Kind::Users,
            Kind::Drive { drive: "b!x".into() },
            Kind::Sheet(sheet),
            Kind::List { site: "host,1,2".into(), list: "l".into() },
            Kind::Folder { mailbox: "u".into(), folder: "AAMk=".into() },
            Kind::Calendar { mailbox: "u".into() },
            Kind::Channel { team: "t".into(), channel: "19:x@thread.tacv2".into() },
        ] {
            assert_eq!(Kind::parse(&kind.path()), Some(kind));
        }
        assert_eq!(Kind::parse("drives"), None);
    }
}
