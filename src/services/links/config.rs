//! What a LINK step is told: two tables, and what their columns hold.

use serde::Deserialize;
use serde_json::Value;

use crate::entity::ids::DataSourceId;
use crate::link::Rules;
use crate::sdk::Settings;
use crate::services::ServiceError;

/// What a LINK step is told.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkConfig {
    /// The table whose records are looked at one by one: messages, or the longer list.
    pub left: LinkSide,
    /// The table that they speak of, or belong to: customers.
    pub right: LinkSide,
    /// Decisions that are less sure are not kept; 0.6 where it is absent. Below 0.6, doubtful ones are kept as `possible`.
    #[serde(default = "matches")]
    pub minimum_score: f64,
    /// The country of telephone numbers without a country's number, as two letters: `DE`.
    pub region: Option<String>,
}

/// A table, and what its columns hold: each a column's name, or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSide {
    /// A data source, by its name.
    pub source: Option<String>,
    /// Or the table of a TRANSFORM step of the same workflow.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The column that identifies a record.
    pub key: String,
    /// Identifiers that both sides know, such as customer numbers.
    #[serde(default)]
    pub id: Columns,
    /// E-mail addresses.
    #[serde(default)]
    pub email: Columns,
    /// Telephone numbers.
    #[serde(default)]
    pub phone: Columns,
    /// Domains or addresses of web pages.
    #[serde(default)]
    pub domain: Columns,
    /// Short names, as of chats.
    #[serde(default)]
    pub handle: Columns,
    /// Names of persons. Columns of one word each, as of first and last names, are one name together.
    #[serde(default)]
    pub name: Columns,
    /// Names of companies.
    #[serde(default)]
    pub company: Columns,
    /// Free text that may speak of the other side.
    #[serde(default)]
    pub text: Columns,
    /// The conversation that a message belongs to, named after the key of its first message: what that speaks of, the others
    /// do, too.
    pub thread: Option<String>,
}

/// Columns: one name, or a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Columns(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Columns {
    fn from(columns: OneOrMany) -> Self {
        match columns {
            OneOrMany::One(column) => Self(vec![column]),
            OneOrMany::Many(columns) => Self(columns),
        }
    }
}

/// A table that is linked, as a workflow has found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTable {
    /// What it is called: the data source's name, or that of the workflow's table.
    pub source: String,
    /// Its name in SQL: `crm.customers`.
    pub table_name: String,
    /// The data source that it is; none for a workflow's table.
    pub source_id: Option<DataSourceId>,
}

fn matches() -> f64 {
    Rules::MATCH
}

impl LinkConfig {
    /// Reads what a step is told; `field` is its path in what somebody gave.
    ///
    /// # Errors
    /// `BadInput` with the path of what is wrong.
    pub fn read(field: &str, config: Value) -> Result<Self, ServiceError> {
        let read: Self = Settings::parse(field, config)?;
        for (name, side) in [("left", &read.left), ("right", &read.right)] {
            if side.source.is_some() == side.reference.is_some() {
                return Err(ServiceError::bad_input(format!("{field}.{name}"), "takes one of source and ref"));
            }
            if side.columns().count() == 0 {
                let message = "says of no column what it holds (id, email, phone, domain, handle, name, company, text)";
                return Err(ServiceError::bad_input(format!("{field}.{name}"), message));
            }
        }
        if read.right.is_text_alone() {
            let message = "has text alone; texts are linked as the left side, with what they speak of as the right one";
            return Err(ServiceError::bad_input(format!("{field}.right"), message));
        }
        if !(0.0..=1.0).contains(&read.minimum_score) {
            return Err(ServiceError::bad_input(format!("{field}.minimum_score"), "must be between 0 and 1"));
        }
        Ok(read)
    }
}

impl LinkSide {
    /// The columns, each with what it holds.
    pub(super) fn columns(&self) -> impl Iterator<Item = (Role, &str)> {
        Role::ALL.into_iter().flat_map(|role| self.of_role(role).iter().map(move |column| (role, column.as_str())))
    }

    /// Every column that it names, each with the key under which it does.
    pub(in crate::services) fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let key = ("key", self.key.as_str());
        let thread = self.thread.as_deref().map(|column| ("thread", column));
        [key].into_iter().chain(self.columns().map(|(role, column)| (role.key(), column))).chain(thread)
    }

    fn of_role(&self, role: Role) -> &[String] {
        match role {
            Role::Id => &self.id.0,
            Role::Email => &self.email.0,
            Role::Phone => &self.phone.0,
            Role::Domain => &self.domain.0,
            Role::Handle => &self.handle.0,
            Role::Name => &self.name.0,
            Role::Company => &self.company.0,
            Role::Text => &self.text.0,
        }
    }

    fn is_text_alone(&self) -> bool {
        self.columns().all(|(role, _)| role == Role::Text)
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Id,
    Email,
    Phone,
    Domain,
    Handle,
    Name,
    Company,
    Text,
}

impl Role {
    const ALL: [Self; 8] =
        [Self::Id, Self::Email, Self::Phone, Self::Domain, Self::Handle, Self::Name, Self::Company, Self::Text];

    /// The key of a side that names such columns.
    fn key(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Domain => "domain",
            Self::Handle => "handle",
            Self::Name => "name",
            Self::Company => "company",
            Self::Text => "text",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(config: Value) -> String {
        LinkConfig::read("config", config).unwrap_err().to_string()
    }

    #[test]
    fn a_column_or_a_list_of_them_is_taken() {
        let config = json!({
            "left": { "source": "Support", "key": "ts", "text": "message", "thread": "thread_ts" },
            "right": { "source": "Customers", "key": "id", "name": ["first", "last"] },
        });
        let config = LinkConfig::read("config", config).unwrap();
        assert_eq!(config.minimum_score, 0.6);
        assert_eq!(config.right.columns().collect::<Vec<_>>(), [(Role::Name, "first"), (Role::Name, "last")]);
    }

    #[test]
    fn what_cannot_be_linked_is_refused_by_its_path() {
        let side = json!({ "source": "Customers", "key": "id", "name": "name" });
        let texts = json!({ "source": "Support", "key": "ts", "text": "message" });
        assert!(refusal(json!({ "left": side, "right": texts })).starts_with("config.right: has text alone"));
        assert!(
            refusal(json!({ "left": { "source": "a", "key": "b" }, "right": side }))
                .starts_with("config.left: says of no column")
        );
        assert!(
            refusal(json!({ "left": side, "right": { "key": "b", "name": "n" } })).contains("one of source and ref")
        );
        assert!(refusal(json!({ "left": side, "right": side, "minimum_score": 7 })).contains("between 0 and 1"));
        assert!(
            refusal(json!({ "left": side, "right": { "source": "a", "key": "b", "e_mail": "x" } })).contains("e_mail")
        );
    }
}
