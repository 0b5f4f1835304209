//! Identifiers: a prefix that says what a thing is, and a UUIDv7 that sorts by the time it was made.
//!
//! They are globally unique, so they serve as Relay ids, and no id of one kind can be taken for another. All are equally
//! long, so that they are kept where they stand, without memory of their own.

use std::fmt;
use std::str::FromStr;

use arrayvec::ArrayString;
use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Hexadecimal digits after the prefix.
const DIGITS: usize = 32;

/// All of an id: the prefix has three letters and an underscore.
const LENGTH: usize = 4 + DIGITS;

/// How much of a refused text the error repeats, in characters.
const SHOWN: usize = 60;

/// A text that is not an identifier of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id of the form {prefix} and 32 lower-case hexadecimal digits, got {found:?}")]
pub struct IdError {
    /// What the id should have started with, for example `con_`.
    pub prefix: &'static str,
    /// What came, cut to its first characters.
    pub found: String,
}

/// The prefix of an id, which says its kind, and the rest; an empty prefix where there is none.
pub fn parts(text: &str) -> (&str, &str) {
    text.split_at(text.find('_').map_or(0, |end| end + 1))
}

/// Whether a text has the form of an id, of whatever kind.
pub fn is_any(text: &str) -> bool {
    let (prefix, digits) = parts(text);
    !prefix.is_empty() && prefix.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()) && are_digits(digits)
}

/// `text`, which must be `prefix` and 32 lower-case hexadecimal digits.
fn validated(prefix: &'static str, text: &str) -> Result<ArrayString<LENGTH>, IdError> {
    let valid = text.strip_prefix(prefix).filter(|digits| are_digits(digits));
    valid
        .and_then(|_| ArrayString::from(text).ok())
        .ok_or_else(|| IdError { prefix, found: text.chars().take(SHOWN).collect() })
}

/// `prefix` and the digits of a new UUID.
fn generated(prefix: &str) -> ArrayString<LENGTH> {
    let mut id = ArrayString::new();
    id.push_str(prefix);
    id.push_str(Uuid::now_v7().simple().encode_lower(&mut [0; DIGITS]));
    id
}

fn are_digits(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

macro_rules! ids {
    ($( $(#[$doc:meta])* $name:ident = $prefix:literal; )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
        #[sea_orm(value_type = "String", column_type = "Text")]
        pub struct $name(ArrayString<LENGTH>);

        impl $name {
            /// What every id of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id; later ones sort after earlier ones.
            pub fn generate() -> Self {
                Self(generated(Self::PREFIX))
            }

            /// The id as it is stored and sent.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                validated(Self::PREFIX, text).map(Self)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                validated(Self::PREFIX, &text).map(Self).map_err(de::Error::custom)
            }
        }

        // SeaORM asks this of every primary key, for databases that number their rows.
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

ids! {
    /// Names a workspace.
    WorkspaceId = "wsp_";
    /// Names a connector.
    ConnectorId = "con_";
    /// Names a data source.
    DataSourceId = "src_";
    /// Names a data extract.
    DataExtractId = "ext_";
    /// Names a sync log.
    SyncLogId = "log_";
    /// Names a stored sync event.
    SyncEventId = "evt_";
    /// Names a workflow.
    WorkflowId = "wfl_";
    /// Names a step of a workflow.
    WorkflowStepId = "wfs_";
    /// Names a run of a workflow.
    WorkflowRunId = "run_";
    /// Names a file that a workflow made.
    FileId = "fil_";
    /// Names a conversation of questions.
    ConversationId = "cnv_";
    /// Names an answer to a question.
    AnswerId = "ans_";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_generated_id_reads_back_and_sorts_by_time() {
        let first = ConnectorId::generate();
        let second = ConnectorId::generate();
        assert!(first < second, "{first} was made before {second}");
        assert_eq!(first.to_string().parse(), Ok(first.clone()));
        let json = serde_json::to_string(&first).unwrap();
        assert_eq!(serde_json::from_str::<ConnectorId>(&json).unwrap(), first);
    }

    #[test]
    fn an_id_of_another_kind_is_refused_with_both_names() {
        let source = DataSourceId::from_str("src_00000000000000000000000000000001").unwrap();
        let error = ConnectorId::from_str(source.as_str()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected an id of the form con_ and 32 lower-case hexadecimal digits, \
             got \"src_00000000000000000000000000000001\""
        );
        assert!(serde_json::from_value::<ConnectorId>(serde_json::json!(source.as_str())).is_err());
    }

    #[test]
    fn a_refused_text_is_not_repeated_without_end() {
        let error = FileId::from_str(&"é".repeat(10_000)).unwrap_err();
        assert_eq!(error.found.chars().count(), SHOWN);
    }

    proptest! {
        #[test]
        fn only_the_prefix_and_32_lower_case_digits_are_an_id(text in "(wfl_|wfs_)?[0-9a-fA-F]{31,33}|\\PC*") {
            let expected = text.starts_with("wfl_") && text.len() == 36
                && text[4..].chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
            prop_assert_eq!(WorkflowId::from_str(&text).is_ok(), expected);
        }
    }
}
