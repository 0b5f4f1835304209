//! `dataweaver connectors`: one file a verb.

mod add;
mod discover;
mod list;
mod remove;
mod show;
mod test;
mod types;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::output::{Columns, Output, count};
use super::session::Session;
use super::shapes;
use crate::config::Config;
use crate::entity::{connector, data_source};
use crate::services::page::{MAX_PAGE, PageRequest, cursor};
use crate::services::sources::{self, SourceFilter};

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
    /// Test a connector's connection
    Test(One),
    /// Look what a connector can read
    Discover(One),
    /// Remove a connector with its data sources and records
    Remove(remove::Remove),
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The connector's slug or id
    connector: String,
}

impl Connectors {
    pub(super) async fn run(self, config: Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        if let Self::Types(verb) = self {
            return verb.run(output);
        }
        let session = Session::open(config).await?;
        let done = match self {
            Self::Types(_) => unreachable!("it was done without opening anything"),
            Self::Add(verb) => verb.run(&session, output).await,
            Self::List => list::run(&session, output).await,
            Self::Show(one) => show::run(&session, &one.connector, output).await,
            Self::Test(one) => test::run(&session, &one.connector, output).await,
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

/// The data sources as a table for people.
fn table_of(connector: &connector::Model, rows: &[data_source::Model]) -> Columns {
    let mut columns = Columns::new(&["table in SQL", "source", "kind", "columns", "key", "rows"]).right(3).right(5);
    for row in rows {
        columns.row([
            shapes::table_name(connector, row),
            row.source_path.clone(),
            match row.missing_since {
                Some(since) => format!("{}, missing since {}", row.source_type, since.format("%Y-%m-%d")),
                None => row.source_type.clone(),
            },
            sources::columns(row).len().to_string(),
            sources::primary_key(row).join(", "),
            row.row_count.and_then(|rows| u64::try_from(rows).ok()).map_or_else(|| "-".to_owned(), count),
        ]);
    }
    columns
}
