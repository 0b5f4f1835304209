//! `dataweaver connectors`: one file a verb.

mod add;
mod authorize;
mod discover;
mod given;
mod lint;
mod list;
mod read;
mod remove;
mod show;
mod test;
mod types;
mod update;
mod update_source;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Global;
use super::columns::Columns;
use super::output::{Output, count};
use super::session::Session;
use super::shapes;
use crate::config::Config;
use crate::entity::{connector, data_source};
use crate::services::ServiceError;
use crate::services::page::{MAX_PAGE, PageRequest, cursor};
use crate::services::sources::{self, SourceFilter};
use crate::vocabulary::ExtractType;

pub(super) use list::all as all_connectors;

#[derive(Debug, Subcommand)]
pub(super) enum Connectors {
    /// List the types of connectors, or show what one type wants to know
    Types(types::Types),
    /// Add a connector and test its connection
    Add(add::Add),
    /// List all connectors
    List,
    /// Show a connector and its data sources
    Show(One),
    /// Change a connector: its name, settings, credentials or schedule
    Update(update::Update),
    /// Say how one of its data sources is read and written
    UpdateSource(update_source::UpdateSource),
    /// Test a connector's connection
    Test(One),
    /// Connect the account of a connector, by consent at its vendor
    Authorize(authorize::Authorize),
    /// Look what a connector can read
    Discover(One),
    /// Remove a connector with its data sources and records
    Remove(remove::Remove),
    /// Say which components a manifest uses, and what of it is not run
    Lint(lint::Lint),
    /// Read a manifest's streams without a server, as JSON lines of the Airbyte protocol
    Read(read::Read),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The connector's slug or id
    connector: String,
}

impl Connectors {
    /// Whether `--config` is this verb's own, and does not name our settings.
    pub(super) fn takes_config(&self) -> bool {
        matches!(self, Self::Read(_))
    }

    /// Where this verb listens, if it is told to.
    pub(super) fn listen(&self) -> Option<&str> {
        match self {
            Self::Authorize(verb) => verb.listen.as_deref(),
            _ => None,
        }
    }

    pub(super) async fn run(self, config: Config, global: &Global, output: &mut Output) -> anyhow::Result<ExitCode> {
        let verb = match self {
            Self::Types(verb) => return verb.run(output),
            Self::Lint(verb) => return verb.run(output),
            Self::Read(verb) => return verb.run(global.config.as_deref(), output).await,
            verb => verb,
        };
        let session = Session::open(config).await?;
        let done = match verb {
            Self::Types(_) | Self::Lint(_) | Self::Read(_) => unreachable!("it was done without opening anything"),
            Self::Add(verb) => verb.run(&session, output).await,
            Self::List => list::run(&session, output).await,
            Self::Show(one) => show::run(&session, &one.connector, output).await,
            Self::Update(verb) => verb.run(&session, output).await,
            Self::UpdateSource(verb) => verb.run(&session, output).await,
            Self::Test(one) => test::run(&session, &one.connector, output).await,
            Self::Authorize(verb) => verb.run(&session, global, output).await,
            Self::Discover(one) => discover::run(&session, &one.connector, output).await,
            Self::Remove(verb) => verb.run(&session, output).await,
        };
        session.close().await;
        done
    }
}

/// All data sources of a connector.
pub(super) async fn sources_of(
    session: &Session,
    connector: &connector::Model,
) -> anyhow::Result<Vec<data_source::Model>> {
    let filter = SourceFilter { connector_id: Some(connector.id.clone()), search: None };
    let mut all: Vec<data_source::Model> = Vec::new();
    loop {
        let after = all.last().map(|row| cursor(row.id.as_str()));
        let request = PageRequest { first: Some(MAX_PAGE), after, ..PageRequest::default() };
        let page = sources::list(session.services(), &session.viewer, &filter, &request).await?;
        all.extend(page.items);
        if !page.has_next {
            return Ok(all);
        }
    }
}

/// The data source that somebody calls so: by its name in SQL, its path or its id. `flag` is where it was said.
///
/// # Errors
/// `BadInput`, with those that there are.
pub(super) fn source_called<'a>(
    wanted: &str,
    flag: &str,
    connector: &connector::Model,
    known: &'a [data_source::Model],
) -> Result<&'a data_source::Model, ServiceError> {
    let table_name = |source: &data_source::Model| shapes::table_name(connector, source);
    let is_its_alone = |source: &&data_source::Model| {
        [source.id.as_str(), &source.slug, &source.source_path, &table_name(source)].contains(&wanted)
    };
    if let Some(found) = known.iter().find(is_its_alone) {
        return Ok(found);
    }
    let refused =
        |message: String, hint: Option<String>| ServiceError::BadInput { field: flag.to_owned(), message, hint };
    let named: Vec<&data_source::Model> = known.iter().filter(|source| source.name == wanted).collect();
    let slugs = |sources: &mut dyn Iterator<Item = &data_source::Model>| {
        sources.take(20).map(|source| source.slug.as_str()).collect::<Vec<_>>().join(", ")
    };
    match named.as_slice() {
        [found] => Ok(found),
        [] => {
            let known = slugs(&mut known.iter());
            let message = format!("{} has no data source {wanted} (known: {known})", connector.name);
            Err(refused(message, Some(format!("dataweaver connectors discover {} looks for new ones", connector.slug))))
        }
        several => {
            let several = slugs(&mut several.iter().copied());
            Err(refused(format!("{} has several data sources {wanted}: say which of {several}", connector.name), None))
        }
    }
}

/// Shows the data sources as a table for people. How each is read and written is said where the terminal is wide enough.
fn show_sources(connector: &connector::Model, rows: &[data_source::Model], output: &mut Output) -> anyhow::Result<()> {
    output.table_that_fits(&table_of(connector, rows, true), &table_of(connector, rows, false))
}

fn table_of(connector: &connector::Model, rows: &[data_source::Model], with_mode: bool) -> Columns {
    let heads = ["table in SQL", "source", "kind", "columns", "key", "rows", "mode", "cursor"];
    let shown = if with_mode { heads.len() } else { heads.len() - 2 };
    let mut columns = Columns::new(&heads[..shown]).right(3).right(5);
    for row in rows {
        let reads_by = row.cursor_field.clone().filter(|_| row.extract_type == ExtractType::Incremental);
        let cells = [
            shapes::table_name(connector, row),
            row.source_path.clone(),
            match row.missing_since {
                Some(since) => format!("{}, missing since {}", row.source_type, since.format("%Y-%m-%d")),
                None => row.source_type.clone(),
            },
            sources::columns(row).len().to_string(),
            sources::primary_key(row).join(", "),
            row.row_count.and_then(|rows| u64::try_from(rows).ok()).map_or_else(|| "-".to_owned(), count),
            format!("{} {}", row.extract_type, row.write_mode),
            reads_by.unwrap_or_default(),
        ];
        columns.row(cells.into_iter().take(shown));
    }
    columns
}
