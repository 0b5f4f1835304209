//! What a user sets on a Google Workspace connector.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sdk::ConnectorError;
use crate::sdk::http::HttpOptions;

/// Rows of one answer.
const CHUNK_ROWS: RangeInclusive<u32> = 1..=50_000;
/// Rows that are looked at for the header and the formats.
const SAMPLE_ROWS: RangeInclusive<u32> = 1..=5_000;
/// Things of one answer of a list; each API has its own most below that.
const PAGE_SIZE: RangeInclusive<u32> = 1..=1_000;

/// Files, spreadsheets, documents, mail and calendars of one Google account.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    example = &serde_json::json!({}),
    example = &serde_json::json!({"folder_id": "1dyUEebJaFnWa3Z4n0BFMVAXQ7mfUH11g", "services": ["drive", "sheets"]}),
    example = &serde_json::json!({"spreadsheet_ids": ["1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"]})
)]
pub struct GoogleConfig {
    /// What stands for all of Google's origins, the token endpoint's too: a proxy, or a server that speaks the same APIs. Paths
    /// stay: `{base_url}/drive/v3/files`, `{base_url}/v4/spreadsheets/…`, `{base_url}/v1/documents/…`, `{base_url}/gmail/v1/…`,
    /// `{base_url}/calendar/v3/…`, `{base_url}/token`.
    pub base_url: Option<String>,
    /// What is read. Where it is absent: the spreadsheets and documents that are named, if any are; otherwise `drive`, `sheets`
    /// and `docs`. Mail and calendars are read only if they are asked for. Each service asks for a scope of its own.
    pub services: Option<Vec<Service>>,
    /// The id of a Drive folder, out of its address: only what lies in it and in the folders below it. Shortcuts are followed.
    pub folder_id: Option<String>,
    /// The id of a shared drive: only what lies there. Where it is absent: My Drive, what was shared with the account, and every
    /// shared drive that it may read.
    pub shared_drive_id: Option<String>,
    /// Only these spreadsheets, by id, besides those of a folder that is named. With ids alone, Drive is not searched.
    #[serde(default)]
    pub spreadsheet_ids: Vec<String>,
    /// Only these documents, by id, besides those of a folder that is named.
    #[serde(default)]
    pub document_ids: Vec<String>,
    /// How the tabs of spreadsheets become tables.
    #[serde(default)]
    pub sheets: SheetOptions,
    /// Which messages are read.
    #[serde(default)]
    pub mail: MailOptions,
    /// Which events are read.
    #[serde(default)]
    pub calendar: CalendarOptions,
    /// Things of one answer of a list, 1 to 1000. Where it is absent, as many as each API gives.
    #[schemars(range(min = *PAGE_SIZE.start(), max = *PAGE_SIZE.end()))]
    pub page_size: Option<u32>,
    /// The rate limits that Google holds the account to.
    #[serde(default)]
    pub quotas: Quotas,
    /// Limits of requests. What is not given here is as the installation has it (`http_client` in its settings).
    #[serde(default)]
    pub http: HttpOptions,
}

/// A part of Google Workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// The list of files: scope `drive.readonly`.
    Drive,
    /// Spreadsheets, a data source each tab: scopes `spreadsheets.readonly` and `drive.readonly`.
    Sheets,
    /// Documents: scopes `documents.readonly` and `drive.readonly`.
    Docs,
    /// The account's messages: scope `gmail.readonly`.
    Gmail,
    /// The account's calendars: scope `calendar.readonly`.
    Calendar,
}

/// How the tabs of spreadsheets become tables.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SheetOptions {
    /// Where a tab's column names stand.
    pub header: HeaderRule,
    /// Whether hidden tabs are read, too.
    pub include_hidden: bool,
    /// Rows at the beginning of a tab that are looked at for the header and for the formats of cells, 1 to 5000.
    #[schemars(range(min = *SAMPLE_ROWS.start(), max = *SAMPLE_ROWS.end()))]
    pub sample_rows: u32,
    /// The most rows of one answer, 1 to 50000; fewer where a tab has many columns.
    #[schemars(range(min = *CHUNK_ROWS.start(), max = *CHUNK_ROWS.end()))]
    pub chunk_rows: u32,
}

/// Where a tab's column names stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeaderRule {
    /// In the first row that looks like one: below blank rows and titles.
    #[default]
    Auto,
    /// In the first row that is not blank.
    FirstRow,
    /// Nowhere: columns are called by their letters.
    None,
}

impl Default for SheetOptions {
    fn default() -> Self {
        Self { header: HeaderRule::Auto, include_hidden: false, sample_rows: 200, chunk_rows: 5_000 }
    }
}

/// Which messages are read.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MailOptions {
    /// What the messages are searched by, as in Gmail's own search box, for example `from:reports@example.com newer_than:1y`.
    pub query: Option<String>,
    /// Only messages with all of these labels, by id, such as `INBOX`.
    pub label_ids: Vec<String>,
    /// Whether spam and the trash are read, too.
    pub include_spam_trash: bool,
}

/// Which events are read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarOptions {
    /// Only these calendars, by id, for example `primary`; where it is empty, all on the account's list.
    pub ids: Vec<String>,
    /// Whether each event of a series has a row of its own. Otherwise a series is one row with its rule.
    pub single_events: bool,
    /// How many days ahead, as of the first sync, the events of series are told; those of endless series end nowhere else.
    pub future_days: u32,
}

impl Default for CalendarOptions {
    fn default() -> Self {
        Self { ids: Vec::new(), single_events: true, future_days: 365 }
    }
}

/// Requests in a minute, as Google documents them for one user of one project. Projects that used an API between November 2025
/// and April 2026 keep the quotas that they had.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Reads of the Sheets API in a minute.
    pub sheets_per_minute: NonZeroU32,
    /// Reads of the Docs API in a minute.
    pub docs_per_minute: NonZeroU32,
    /// Requests of the Drive API in a minute. The usual number is that of lists, of which each costs 100 of 325,000 units; older
    /// projects have 12,000 requests of any kind.
    pub drive_per_minute: NonZeroU32,
    /// Quota units of the Gmail API in a minute; older projects have 15,000.
    pub gmail_units_per_minute: NonZeroU32,
    /// Quota units that a message costs; 5 in older projects.
    pub gmail_units_per_message: NonZeroU32,
    /// Requests of the Calendar API in a minute.
    pub calendar_per_minute: NonZeroU32,
}

impl Default for Quotas {
    fn default() -> Self {
        let most = |most: u32| NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN);
        Self {
            sheets_per_minute: most(60),
            docs_per_minute: most(300),
            drive_per_minute: most(3_250),
            gmail_units_per_minute: most(6_000),
            gmail_units_per_message: most(20),
            calendar_per_minute: most(600),
        }
    }
}

impl GoogleConfig {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// `Config` naming the range.
    pub(super) fn check(&self) -> Result<(), ConnectorError> {
        let mut numbers = vec![
            ("sheets.sample_rows", self.sheets.sample_rows, SAMPLE_ROWS),
            ("sheets.chunk_rows", self.sheets.chunk_rows, CHUNK_ROWS),
        ];
        numbers.extend(self.page_size.map(|size| ("page_size", size, PAGE_SIZE)));
        for (field, value, range) in numbers {
            if !range.contains(&value) {
                let message = format!("must be between {} and {}", range.start(), range.end());
                return Err(ConnectorError::config(format!("connectionConfig.{field}"), message));
            }
        }
        if self.services.as_ref().is_some_and(Vec::is_empty) {
            let message = "is empty; name drive, sheets, docs, gmail or calendar";
            return Err(ConnectorError::config("connectionConfig.services", message));
        }
        let ids = [("spreadsheet_ids", &self.spreadsheet_ids), ("document_ids", &self.document_ids)];
        for (field, ids) in ids {
            if let Some(id) = ids.iter().find(|id| id.is_empty() || id.contains(['/', ' '])) {
                let message = format!("{id:?} is no id; it is the part of the address behind /d/");
                return Err(ConnectorError::config(format!("connectionConfig.{field}"), message));
            }
        }
        Ok(())
    }

    /// Whether a part is read.
    pub(super) fn reads(&self, service: Service) -> bool {
        match &self.services {
            Some(services) => services.contains(&service),
            None if self.names_files_only() => match service {
                Service::Sheets => !self.spreadsheet_ids.is_empty(),
                Service::Docs => !self.document_ids.is_empty(),
                _ => false,
            },
            None => matches!(service, Service::Drive | Service::Sheets | Service::Docs),
        }
    }

    /// Whether files are looked for in Drive, and not only taken by the ids that are given.
    pub(super) fn looks_in_drive(&self, service: Service) -> bool {
        self.reads(service) && !self.names_files_only()
    }

    fn names_files_only(&self) -> bool {
        let names_any = !self.spreadsheet_ids.is_empty() || !self.document_ids.is_empty();
        names_any && self.folder_id.is_none() && self.shared_drive_id.is_none()
    }

    /// How much of a list comes in one answer of an API that gives up to `most`.
    pub(super) fn page_of(&self, most: u32) -> u32 {
        self.page_size.unwrap_or(most).min(most)
    }
}
