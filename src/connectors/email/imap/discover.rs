//! The catalogue: one data source a mailbox.

use std::collections::HashMap;

use async_imap::imap_proto::{MailboxDatum, NameAttribute, Response};
use serde_json::{Value, json};

use super::super::config::Selection;
use super::super::names::{readable, unescaped};
use super::super::rows::Store;
use super::failure::Asked;
use super::mailbox;
use super::wire::Wire;
use crate::sdk::{CatalogSource, ConnectorError, ErrorClass, Rediscovered, SourceRef};

/// What the list of mailboxes may take, in bytes.
const LONGEST_LIST: u64 = 32 << 20;

/// A mailbox that can be opened.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listed {
    /// As it is spelt on the line.
    name: String,
    delimiter: Option<String>,
    /// What it is for (RFC 6154), such as `sent`.
    special_use: Option<&'static str>,
}

/// The mailboxes that can be opened and are to be read, by name.
///
/// # Errors
/// What the server refused.
pub(super) async fn mailboxes(wire: &mut Wire, selection: &Selection) -> Result<Vec<Listed>, ConnectorError> {
    let tells_use = wire.can("SPECIAL-USE") && wire.can("LIST-EXTENDED");
    let command = if tells_use { "LIST \"\" \"*\" RETURN (SPECIAL-USE)" } else { "LIST \"\" \"*\"" };
    let mut found = Vec::new();
    wire.run(Asked::List, command, LONGEST_LIST, |response| {
        if let Response::MailboxData(MailboxDatum::List(list)) = response {
            // A name with a line end in it cannot be asked for in quotes.
            let can_be_opened = !list.name_attributes.iter().any(cannot_be_opened) && !list.name.contains(['\r', '\n']);
            let listed = Listed {
                name: unescaped(&list.name),
                delimiter: list.delimiter.as_deref().map(unescaped),
                special_use: list.name_attributes.iter().find_map(special_use),
            };
            if can_be_opened && selection.holds(&listed.path()) {
                found.push(listed);
            }
        }
        Ok(())
    })
    .await?;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found.dedup_by(|one, other| one.name == other.name);
    Ok(found)
}

/// Lists the mailboxes, and counts the messages of those that are not `known` yet.
///
/// # Errors
/// What the server refused.
pub(super) async fn look(
    wire: &mut Wire,
    selection: &Selection,
    known: Vec<SourceRef>,
) -> Result<Rediscovered, ConnectorError> {
    let known: HashMap<String, Value> = known.into_iter().map(|source| (source.source_path, source.details)).collect();
    let mut found = Rediscovered::default();
    for listed in mailboxes(wire, selection).await? {
        if known.get(&listed.name) == Some(&listed.details()) {
            found.unchanged.push(listed.name);
            continue;
        }
        let estimated_rows = match mailbox::count(wire, &listed.name).await {
            Ok(count) => count,
            // That it cannot be read, its sync tells.
            Err(error) if matches!(error.class(), ErrorClass::NotFound | ErrorClass::Permission) => None,
            Err(error) => return Err(error),
        };
        found.catalog.sources.push(source(&listed, estimated_rows));
    }
    Ok(found)
}

impl Listed {
    /// The name as people read it, with `/` between its parts.
    fn path(&self) -> String {
        let name = readable(&self.name);
        match self.delimiter.as_deref() {
            None | Some("" | "/") => name,
            Some(delimiter) => name.replace(delimiter, "/"),
        }
    }

    fn details(&self) -> Value {
        json!({ "mailbox": self.name, "delimiter": self.delimiter, "special_use": self.special_use })
    }
}

fn source(listed: &Listed, estimated_rows: Option<u64>) -> CatalogSource {
    let path = listed.path();
    CatalogSource {
        name: path.clone(),
        sql_name: path,
        source_type: "mailbox".into(),
        source_path: listed.name.clone(),
        description: listed.special_use.map(|word| format!("The account's mailbox for {word}")),
        schema: Store::Imap.schema(),
        // A message keeps them for good; those of a mailbox that was made anew are other messages.
        primary_key: vec!["uid_validity".into(), "uid".into()],
        cursor_field: Some("uid".into()),
        estimated_rows,
        details: listed.details(),
    }
}

fn cannot_be_opened(attribute: &NameAttribute<'_>) -> bool {
    match attribute {
        NameAttribute::NoSelect => true,
        NameAttribute::Extension(word) => word.eq_ignore_ascii_case("\\NonExistent"),
        _ => false,
    }
}

fn special_use(attribute: &NameAttribute<'_>) -> Option<&'static str> {
    Some(match attribute {
        NameAttribute::All => "all messages",
        NameAttribute::Archive => "the archive",
        NameAttribute::Drafts => "drafts",
        NameAttribute::Flagged => "flagged messages",
        NameAttribute::Junk => "junk",
        NameAttribute::Sent => "sent messages",
        NameAttribute::Trash => "the trash",
        _ => return None,
    })
}
