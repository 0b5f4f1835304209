//! The product's closed sets of words: one enum a set, the same from table to API to screen.
//!
//! A word is written in `SCREAMING_SNAKE_CASE` everywhere it leaves the process: in the
//! database, in GraphQL, in JSON and on the command line.

use std::fmt;
use std::str::FromStr;

use async_graphql::Enum;
use sea_orm::sea_query::{ArrayType, ColumnType, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryGetError, TryGetable, Value};
use serde::{Deserialize, Serialize};

/// A word that is not in its set.
#[derive(Debug, thiserror::Error)]
#[error("unknown {set} {word} (known: {known})")]
pub struct UnknownWord {
    set: &'static str,
    word: String,
    known: String,
}

macro_rules! words {
    ($(
        $(#[$doc:meta])*
        $name:ident { $( $(#[$word_doc:meta])* $variant:ident = $word:literal ),+ $(,)? }
    )+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enum, Serialize, Deserialize, schemars::JsonSchema)]
        pub enum $name {
            $( $(#[$word_doc])* #[graphql(name = $word)] #[serde(rename = $word)] $variant, )+
        }

        impl $name {
            /// Every word of the set, in order.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),+];

            /// The word as it is written everywhere.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word ),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|known| known.as_str().eq_ignore_ascii_case(word)).ok_or_else(|| UnknownWord {
                    set: stringify!($name),
                    word: word.to_owned(),
                    known: Self::ALL.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }

        impl From<$name> for Value {
            fn from(word: $name) -> Self {
                Value::from(word.as_str())
            }
        }

        impl TryGetable for $name {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                let word = String::try_get_by(row, index)?;
                word.parse().map_err(|error: UnknownWord| TryGetError::DbErr(DbErr::Type(error.to_string())))
            }
        }

        impl ValueType for $name {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                <String as ValueType>::try_from(value)?.parse().map_err(|_| ValueTypeErr)
            }
            fn type_name() -> String {
                stringify!($name).to_owned()
            }
            fn array_type() -> ArrayType {
                ArrayType::String
            }
            fn column_type() -> ColumnType {
                ColumnType::Text
            }
        }

        impl sea_orm::sea_query::Nullable for $name {
            fn null() -> Value {
                Value::String(None)
            }
        }

        impl sea_orm::IntoActiveValue<$name> for $name {
            fn into_active_value(self) -> sea_orm::ActiveValue<$name> {
                sea_orm::ActiveValue::Set(self)
            }
        }

        impl sea_orm::sea_query::postgres_array::NotU8 for $name {}
    )+};
}

words! {
    /// The system a connector connects to.
    ConnectorType {
        /// Google Drive, Sheets, Docs, Gmail and Calendar.
        GoogleWorkspace = "GOOGLE_WORKSPACE",
        /// OneDrive, Outlook and Teams through Microsoft Graph.
        Microsoft365 = "MICROSOFT_365",
        /// Channels and messages of a Slack workspace.
        Slack = "SLACK",
        /// Mailboxes by IMAP, mbox or Maildir.
        Email = "EMAIL",
        /// PostgreSQL, MySQL, MariaDB and SQLite databases.
        Database = "DATABASE",
        /// Any HTTP API, described by a manifest.
        Api = "API",
        /// Files in folders and object stores.
        FileSystem = "FILE_SYSTEM",
        /// Laboratory information management systems.
        Lims = "LIMS",
        /// Studies, count matrices and variants.
        Omics = "OMICS",
        /// Publications of PubMed and Europe PMC.
        Literature = "LITERATURE",
        /// FHIR servers and registries of clinical trials.
        Clinical = "CLINICAL",
    }

    /// How a connector proves who it is.
    AuthType {
        /// A client's consent, with tokens that are refreshed.
        Oauth2 = "OAUTH2",
        /// A key, for some systems with its id.
        ApiKey = "API_KEY",
        /// A user name with its password.
        UsernamePassword = "USERNAME_PASSWORD",
        /// A bearer token.
        Token = "TOKEN",
        /// Nothing.
        None = "NONE",
    }

    /// What a connector is doing now.
    ConnectorStatus {
        /// It was not reached yet.
        Disconnected = "DISCONNECTED",
        /// A test of the connection or a discovery is reaching it.
        Connecting = "CONNECTING",
        /// It was reached the last time.
        Connected = "CONNECTED",
        /// A sync of it is running.
        Syncing = "SYNCING",
        /// It could not be reached, or its last sync failed; the status message says why.
        Error = "ERROR",
    }

    /// What an extract reads: everything, what is new since the cursor, or the vendor's own list of changes.
    ExtractType {
        /// Everything.
        Full = "FULL",
        /// What is new since the cursor.
        Incremental = "INCREMENTAL",
        /// The vendor's own list of changes.
        Delta = "DELTA",
    }

    /// What the rows of an extract do to the lake table.
    WriteMode {
        /// They replace the table, in one commit at the end.
        Overwrite = "OVERWRITE",
        /// They are added to it.
        Append = "APPEND",
        /// They replace the rows with the same primary key; the others are added.
        Merge = "MERGE",
    }

    /// What happens when the source's columns change.
    SchemaPolicy {
        /// The lake table follows. Where a sync reads only what is new, the rows that are there hold NULL in a new column
        /// until they change at the source; a WARNING event says so, and a sync of `FULL` fills it.
        Evolve = "EVOLVE",
        /// The source fails.
        Freeze = "FREEZE",
        /// Columns that the table does not know are left out.
        Discard = "DISCARD",
    }

    /// Who asked for a sync.
    SyncTrigger {
        /// Somebody, by hand.
        Manual = "MANUAL",
        /// The connector's schedule.
        Scheduled = "SCHEDULED",
        /// The set-up of a scenario.
        Scenario = "SCENARIO",
        /// A step of a workflow.
        Workflow = "WORKFLOW",
    }

    /// Where a sync, or one data source in it, stands.
    SyncStatus {
        /// It waits for its turn.
        Queued = "QUEUED",
        /// It is at work.
        Running = "RUNNING",
        /// It ended, and everything was read.
        Succeeded = "SUCCEEDED",
        /// Some data sources failed and others did not.
        Partial = "PARTIAL",
        /// It ended without success; the error message says why.
        Failed = "FAILED",
        /// Somebody stopped it; what was committed stays readable.
        Cancelled = "CANCELLED",
    }

    /// What a sync event tells.
    SyncEventKind {
        /// A status was reached.
        State = "STATE",
        /// A gauge: rows, bytes, rate and what is left. It is not stored.
        Progress = "PROGRESS",
        /// Rows were committed together with the cursor that vouches for them.
        Checkpoint = "CHECKPOINT",
        /// The source's columns changed.
        SchemaChange = "SCHEMA_CHANGE",
        /// Something failed and is tried again.
        Retry = "RETRY",
        /// It waits for somebody else, for example a rate limit.
        Waiting = "WAITING",
        /// Anything else that a person may want to know.
        Log = "LOG",
    }

    /// How much a sync event matters.
    EventLevel {
        /// It went as it should.
        Info = "INFO",
        /// It went on, but somebody may want to look.
        Warning = "WARNING",
        /// It failed.
        Error = "ERROR",
    }

    /// Where a scenario stands in a workspace.
    ScenarioStatus {
        /// Nothing of it is there.
        NotSetUp = "NOT_SET_UP",
        /// Its set-up is under way; the steps say how far it is.
        SettingUp = "SETTING_UP",
        /// It is set up, and was found to be right.
        Ready = "READY",
        /// Its set-up failed; the step that failed says why, and what to do.
        Failed = "FAILED",
        /// All that it made is being removed.
        TearingDown = "TEARING_DOWN",
    }

    /// What a workflow step does.
    StepKind {
        /// Syncs the connectors of data sources.
        Extract = "EXTRACT",
        /// Makes a lake table of the rows of a statement.
        Transform = "TRANSFORM",
        /// Decides which records of two tables are the same entity.
        Link = "LINK",
        /// Asks a question and keeps the answer.
        Analyse = "ANALYSE",
        /// Writes a file.
        Output = "OUTPUT",
    }

    /// Where a workflow step stands.
    StepStatus {
        /// It waits for its turn.
        Pending = "PENDING",
        /// It is at work.
        Running = "RUNNING",
        /// It is done.
        Succeeded = "SUCCEEDED",
        /// It ended without success; the error message says why.
        Failed = "FAILED",
        /// It did not begin, since one that it depends on has not succeeded.
        Skipped = "SKIPPED",
        /// Somebody stopped it, or it did not begin before that.
        Cancelled = "CANCELLED",
    }

    /// Where a workflow stands.
    WorkflowStatus {
        /// It has not run yet, or not since its steps were changed.
        Draft = "DRAFT",
        /// A run of it waits or is under way.
        Running = "RUNNING",
        /// All its steps have succeeded.
        Succeeded = "SUCCEEDED",
        /// A step has failed.
        Failed = "FAILED",
        /// Somebody stopped its run.
        Cancelled = "CANCELLED",
    }
}

impl SyncStatus {
    /// Whether the sync has ended and will not change any more.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}
