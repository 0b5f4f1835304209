//! What can be read: the list of files, tabs of spreadsheets, documents, messages, calendars.

use std::collections::{HashMap, HashSet};

use arrow::datatypes::SchemaRef;
use serde_json::{Value, json};

use super::api::Api;
use super::columns::{Column, primary_key, schema};
use super::config::{GoogleConfig, Service};
use super::drive::{self, DOCUMENT, DriveFile, Drives, SPREADSHEET, Walk};
use super::sheets::{Library, SPREADSHEETS, Spreadsheet};
use super::{calendar, documents, mail};
use crate::sdk::{CatalogSource, ConnectorError, ErrorClass, Rediscovered, SourceRef};

/// The path of the list of files.
pub(super) const FILES: &str = "drive/files";

/// A spreadsheet or document that is read.
struct Found {
    id: String,
    name: String,
    description: Option<String>,
    version: Option<String>,
}

impl Found {
    fn of(file: &DriveFile) -> Self {
        Self {
            id: file.id().to_owned(),
            name: file.name().to_owned(),
            description: file.description(),
            version: file.version(),
        }
    }
}

/// Lists everything. Spreadsheets and documents that stand as `known` says are only named.
pub(super) async fn catalog(
    api: &Api,
    config: &GoogleConfig,
    library: &Library,
    known: &[SourceRef],
) -> Result<Rediscovered, ConnectorError> {
    let mut found = Rediscovered::default();
    let sources = &mut found.catalog.sources;
    if config.reads(Service::Drive) {
        let about = "The files of Drive, without their content";
        sources.push(table("files", "files", FILES, Some(about.into()), drive::COLUMNS, Value::Null));
    }
    let (spreadsheets, documents) = files(api, config).await?;
    let unchanged = unchanged(known, &format!("{:?}", config.sheets));
    for spreadsheet in spreadsheets {
        let same =
            unchanged.get(spreadsheet.id.as_str()).filter(|(version, _)| spreadsheet.version.as_ref() == Some(version));
        if let Some((_, paths)) = same {
            found.unchanged.extend(paths.iter().cloned());
            continue;
        }
        let looked = library.look(api, &config.sheets, &spreadsheet.id, spreadsheet.version.clone()).await?;
        sources.extend(tabs(config, &spreadsheet, &looked));
    }
    for document in documents {
        let same =
            unchanged.get(document.id.as_str()).filter(|(version, _)| document.version.as_ref() == Some(version));
        if let Some((_, paths)) = same {
            found.unchanged.extend(paths.iter().cloned());
            continue;
        }
        match documents::content(api, &document.id).await {
            Ok(content) => sources.extend(paragraphs_and_tables(config, document, &content)),
            // Drive knows it, and reading it will say why it cannot be; it is looked at again the next time.
            Err(error)
                if matches!(error.class(), ErrorClass::Permission | ErrorClass::NotFound)
                    && !document.name.is_empty() =>
            {
                let unknown = Found { version: None, ..document };
                sources.extend(paragraphs_and_tables(config, unknown, &Value::Null));
            }
            Err(error) => return Err(error),
        }
    }
    if config.reads(Service::Gmail) {
        let about = "The messages of the account";
        sources.push(table("messages", "mailbox", mail::MESSAGES, Some(about.into()), mail::COLUMNS, Value::Null));
    }
    if config.reads(Service::Calendar) {
        let mut calendars = calendar::calendars(api, &config.calendar).await?;
        calendars.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        for calendar in calendars {
            let path = format!("{}{}", calendar::CALENDARS, calendar.id);
            let details = json!({ "calendar": calendar.id });
            sources.push(table(&calendar.name, "calendar", &path, calendar.description, calendar::COLUMNS, details));
        }
    }
    Ok(found)
}

/// The spreadsheets and documents that are read, each once, in a stable order.
async fn files(api: &Api, config: &GoogleConfig) -> Result<(Vec<Found>, Vec<Found>), ConnectorError> {
    let (mut spreadsheets, mut documents) = (Vec::new(), Vec::new());
    let mut kinds = Vec::new();
    for (service, kind) in [(Service::Sheets, SPREADSHEET), (Service::Docs, DOCUMENT)] {
        if config.looks_in_drive(service) {
            kinds.push(kind);
        }
    }
    if !kinds.is_empty() {
        let searched: Vec<&str> = kinds.iter().copied().chain([drive::SHORTCUT]).collect();
        let drives = Drives::of(api, config).await?;
        let mut walk = Walk::begin(config, &drives);
        while let Some(page) = walk.page(api, config, &searched).await? {
            for file in &page {
                let into = match file.media_type() {
                    SPREADSHEET if kinds.contains(&SPREADSHEET) => &mut spreadsheets,
                    DOCUMENT if kinds.contains(&DOCUMENT) => &mut documents,
                    _ => continue,
                };
                into.push(Found::of(file));
            }
        }
        for words in drives.warning().into_iter().chain(walk.warning()) {
            tracing::warn!("looking for spreadsheets and documents: {words}");
        }
    }
    for (service, ids, into) in [
        (Service::Sheets, &config.spreadsheet_ids, &mut spreadsheets),
        (Service::Docs, &config.document_ids, &mut documents),
    ] {
        if config.reads(service) {
            for id in ids {
                into.push(named(api, id).await?);
            }
        }
    }
    for found in [&mut spreadsheets, &mut documents] {
        // Shortcuts lead to what is listed already, and know no version.
        found.sort_by(|one, other| (&one.id, one.version.is_none()).cmp(&(&other.id, other.version.is_none())));
        found.dedup_by(|later, first| later.id == first.id);
        found.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    }
    Ok((spreadsheets, documents))
}

/// A file that is named in the settings. Without Drive's scope, nothing but its id is known of it.
async fn named(api: &Api, id: &str) -> Result<Found, ConnectorError> {
    match drive::get(api, id).await {
        Ok(file) => Ok(Found { id: id.to_owned(), ..Found::of(&file) }),
        Err(error) if matches!(error.class(), ErrorClass::Permission | ErrorClass::NotFound) => {
            Ok(Found { id: id.to_owned(), name: String::new(), description: None, version: None })
        }
        Err(error) => Err(error),
    }
}

/// The versions of the spreadsheets and documents that were looked at, with the paths of what is in them.
fn unchanged(known: &[SourceRef], options: &str) -> HashMap<String, (String, Vec<String>)> {
    let mut found: HashMap<String, (String, Vec<String>)> = HashMap::new();
    let mut differ = HashSet::new();
    for source in known {
        let text = |key: &str| source.details.get(key).and_then(Value::as_str).map(str::to_owned);
        let (Some(id), Some(version)) = (text("spreadsheet").or_else(|| text("document")), text("version")) else {
            continue;
        };
        if text("options").as_deref() != Some(options) {
            differ.insert(id.clone());
        }
        let (looked, paths) = found.entry(id.clone()).or_insert_with(|| (version.clone(), Vec::new()));
        paths.push(source.source_path.clone());
        if *looked != version {
            differ.insert(id);
        }
    }
    found.retain(|id, _| !differ.contains(id));
    found
}

fn tabs(config: &GoogleConfig, found: &Found, spreadsheet: &Spreadsheet) -> Vec<CatalogSource> {
    let title = if found.name.is_empty() { &spreadsheet.title } else { &found.name };
    let source = |tab: &super::sheets::Tab| {
        let name = format!("{title} / {}", tab.title);
        CatalogSource {
            // A spreadsheet with one tab is meant by its own name.
            sql_name: if spreadsheet.tabs.len() == 1 { title.clone() } else { format!("{title}_{}", tab.title) },
            name,
            source_type: "sheet".to_owned(),
            source_path: format!("{SPREADSHEETS}{}/{}", found.id, tab.id),
            description: found.description.clone(),
            schema: tab.schema(),
            primary_key: Vec::new(),
            cursor_field: None,
            estimated_rows: tab.rows,
            details: json!({
                "spreadsheet": found.id, "sheet": tab.id, "title": tab.title, "version": spreadsheet.version,
                "options": format!("{:?}", config.sheets),
            }),
        }
    };
    spreadsheet.tabs.iter().map(source).collect()
}

/// A document's paragraphs, and each of its tables of data.
fn paragraphs_and_tables(config: &GoogleConfig, found: Found, content: &Value) -> Vec<CatalogSource> {
    let title = content.get("title").and_then(Value::as_str).filter(|title| !title.is_empty()).unwrap_or(&found.id);
    let name = if found.name.is_empty() { title } else { &found.name };
    let path = format!("{}{}", documents::DOCUMENTS, found.id);
    let details = json!({ "document": found.id, "version": found.version, "options": format!("{:?}", config.sheets) });
    let about = found.description;
    let mut sources = vec![table(name, "document", &path, about.clone(), documents::COLUMNS, details.clone())];
    for data in documents::tables(content) {
        sources.push(CatalogSource {
            name: format!("{name} / table {}", data.number),
            sql_name: format!("{name}_table_{}", data.number),
            source_type: "document_table".to_owned(),
            source_path: format!("{path}{}{}", documents::TABLES, data.number),
            description: about.clone(),
            schema: data.schema(),
            primary_key: Vec::new(),
            cursor_field: None,
            estimated_rows: Some(data.rows().len() as u64),
            details: details.clone(),
        });
    }
    sources
}

fn table(
    name: &str,
    source_type: &str,
    path: &str,
    description: Option<String>,
    columns: &'static [Column],
    details: Value,
) -> CatalogSource {
    let schema: SchemaRef = schema(columns);
    CatalogSource {
        name: name.to_owned(),
        sql_name: name.to_owned(),
        source_type: source_type.to_owned(),
        source_path: path.to_owned(),
        description,
        schema,
        primary_key: primary_key(columns),
        cursor_field: None,
        estimated_rows: None,
        details,
    }
}
