//! The engine: plans and runs statements within the limits, on threads of its own.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use datafusion::catalog::{MemTable, TableProvider};
use datafusion::config::Dialect;
use datafusion::datasource::provider_as_source;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionConfig;
use futures::StreamExt;
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::catalog::{CATALOG, NO_SCHEMA, StatementCatalog};
use super::gate::{self, Request};
use super::json::columns_to_rows;
use super::stop::Stop;
use super::stores::GivenStores;
use super::stream::{RowStream, Spill, TimeLimit};
use super::tables::ViewerTables;
use super::turns::PauseAtJoins;
use super::{
    OutputColumn, QueryError, QueryOutput, QuerySettings, Tables, arithmetic, at_time_zone, catalog, discover,
    functions, held, literals, plan_size, same_names, tokens,
};

/// Runs read-only SQL. Cheap to clone; all clones share memory, disk space and places.
#[derive(Clone)]
pub struct QueryEngine {
    shared: Arc<Shared>,
}

struct Shared {
    settings: QuerySettings,
    spill_folder: std::path::PathBuf,
    environment: Arc<RuntimeEnv>,
    session: SessionState,
    queries: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    threads: Threads,
}

/// Threads for queries alone: planning and computing neither block the API nor starve the heartbeats of syncs.
struct Threads(Option<Runtime>);

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Limits up to this one are made part of the plan. A sort with a limit keeps all its rows in memory, one without
/// goes to disk when it must, so that large pages are cut out of the stream instead.
const PUSHED_ROWS: usize = 10_000;
/// Rows that are turned into JSON at once.
const CONVERTED_ROWS: usize = 256;
/// The stack of each thread. Statements become trees, which are gone through and dropped one call a level: this is room
/// for many times the levels that `max_operators` allows. Only what is used takes memory.
const STACK_BYTES: usize = 64 << 20;

impl QueryEngine {
    /// An engine that keeps what does not fit into memory in a new folder below `spill_folder`, which is made if it
    /// is missing. The new folder is removed with the engine; after a crash it stays until the caller clears it.
    ///
    /// # Errors
    /// [`QueryError::Internal`] if the folder cannot be made or no threads can be started.
    pub fn new(settings: QuerySettings, spill_folder: &Path) -> Result<Self, QueryError> {
        std::fs::create_dir_all(spill_folder).map_err(QueryError::internal)?;
        let pool = FairSpillPool::new(settings.memory_bytes());
        let disk = DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(vec![spill_folder.to_owned()]))
            .with_max_temp_directory_size(settings.spill_bytes());
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, NonZeroUsize::MIN)))
            .with_disk_manager_builder(disk)
            .with_object_store_registry(Arc::new(GivenStores::default()))
            .build_arc()?;
        let session = session(Arc::clone(&environment), &settings)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_name("query")
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build()
            .map_err(QueryError::internal)?;
        let queries = Arc::new(Semaphore::new(settings.concurrent.max(1)));
        let exports = Arc::new(Semaphore::new(settings.concurrent_exports.max(1)));
        let spill_folder = spill_folder.to_owned();
        let threads = Threads(Some(runtime));
        let shared = Shared { settings, spill_folder, environment, session, queries, exports, threads };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &QuerySettings {
        &self.shared.settings
    }

    /// Where large downloads are put together.
    pub fn spill_folder(&self) -> &Path {
        &self.shared.spill_folder
    }

    /// Runs a statement and gives up to `limit` rows from the `offset`th on.
    ///
    /// No more than `max_rows` rows and `max_result_mib` of them are returned, whatever `limit` is; `truncated` tells.
    /// Pages of a statement without ORDER BY need not fit together. Dropping the future stops the query.
    ///
    /// # Errors
    /// Every [`QueryError`] but `DoesNotFit`.
    pub async fn run(
        &self,
        tables: Arc<dyn Tables>,
        sql: &str,
        limit: u64,
        offset: u64,
    ) -> Result<QueryOutput, QueryError> {
        let started = Instant::now();
        let settings = &self.shared.settings;
        let limit = usize::try_from(limit.min(settings.max_rows)).unwrap_or(usize::MAX - 1);
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let last = offset.checked_add(limit).and_then(|rows| rows.checked_add(1));
        let at_most = last.filter(|rows| *rows <= PUSHED_ROWS);
        let time = TimeLimit::new(started, settings.timeout(), "query.timeout_seconds");
        let mut stream = self.begin(tables, sql, at_most, &self.shared.queries, time).await?;

        let columns = OutputColumn::of(&stream.schema());
        let mut rows = Vec::new();
        let mut skip = offset;
        let mut room = settings.result_bytes();
        let mut truncated = false;
        'batches: while let Some(batch) = stream.next().await {
            let batch = batch?;
            let skipped = skip.min(batch.num_rows());
            skip -= skipped;
            // Slices keep the JSON of wide rows from piling up beyond the room that is left.
            for start in (skipped..batch.num_rows()).step_by(CONVERTED_ROWS) {
                let slice = batch.slice(start, CONVERTED_ROWS.min(batch.num_rows() - start));
                for row in columns_to_rows(&slice)? {
                    let size = row_size(&row);
                    if rows.len() == limit || (size > room && !rows.is_empty()) {
                        truncated = true;
                        break 'batches;
                    }
                    room = room.saturating_sub(size);
                    rows.push(row);
                }
                tokio::task::consume_budget().await;
            }
        }
        Ok(QueryOutput { columns, rows, truncated, elapsed: started.elapsed() })
    }

    /// Runs a statement for a download: all its rows, as record batches, as fast as they are taken.
    ///
    /// The stream holds one of the places for downloads until it ends or is dropped, and ends with an error when its
    /// time is over.
    ///
    /// # Errors
    /// Every [`QueryError`] but `DoesNotFit`, here or from the stream.
    pub async fn stream(&self, tables: Arc<dyn Tables>, sql: &str) -> Result<RowStream, QueryError> {
        let limit = self.shared.settings.export_timeout();
        let time = TimeLimit::new(Instant::now(), limit, "query.export_timeout_seconds");
        self.begin(tables, sql, None, &self.shared.exports, time).await
    }

    /// Refuses what is no statement that reads, without looking whether its tables are there.
    ///
    /// # Errors
    /// What is wrong with its words.
    pub async fn check(&self, sql: &str) -> Result<(), QueryError> {
        self.read(sql, drop).await
    }

    /// The tables that a statement names, as `schema.table`, without looking whether they are there.
    ///
    /// # Errors
    /// What is wrong with its words.
    pub async fn tables_named(&self, sql: &str) -> Result<Vec<String>, QueryError> {
        self.read(sql, |request| request.tables_named()).await
    }

    /// Reads a statement over there, where stacks are large: its tree is dropped there, too.
    async fn read<T: Send + 'static>(
        &self,
        sql: &str,
        told: impl FnOnce(gate::Request) -> T + Send + 'static,
    ) -> Result<T, QueryError> {
        self.check_size(sql)?;
        let runtime = self.shared.threads.0.as_ref().ok_or_else(|| QueryError::internal("the engine is shut down"))?;
        let sql = sql.to_owned();
        let read = runtime.spawn(async move { gate::read(&sql).map(told) });
        read.await.map_err(QueryError::internal)?
    }

    fn check_size(&self, sql: &str) -> Result<(), QueryError> {
        let allowed = self.shared.settings.max_statement_bytes;
        if sql.len() > allowed {
            return Err(QueryError::TooLong { bytes: sql.len(), limit: allowed });
        }
        tokens::check(sql, self.shared.settings.max_operators)
    }

    async fn begin(
        &self,
        tables: Arc<dyn Tables>,
        sql: &str,
        at_most: Option<usize>,
        places: &Arc<Semaphore>,
        time: TimeLimit,
    ) -> Result<RowStream, QueryError> {
        self.check_size(sql)?;
        let place = self.place(places, &time).await?;
        let shared = Arc::clone(&self.shared);
        let tables = ViewerTables::new(tables);
        // The statement is parsed over there, too: its tree must not come near the API's small stacks.
        let sql = sql.to_owned();
        let stop = Stop::default();
        let watched = stop.clone();
        let opening = async move { shared.open(&tables, gate::read(&sql)?, at_most, &watched).await };
        let runtime = self.shared.threads.0.as_ref().ok_or_else(|| QueryError::internal("the engine is shut down"))?;
        let settings = &self.shared.settings;
        let spill = Spill { folder: self.shared.spill_folder.clone(), bytes: settings.spill_bytes() };
        RowStream::start(runtime.handle(), opening, place, time, stop, spill).await
    }

    async fn place(&self, places: &Arc<Semaphore>, time: &TimeLimit) -> Result<OwnedSemaphorePermit, QueryError> {
        match timeout_at(time.end(), Arc::clone(places).acquire_owned()).await {
            Ok(permit) => permit.map_err(QueryError::internal),
            Err(_) => {
                let exports = Arc::ptr_eq(places, &self.shared.exports);
                let settings = &self.shared.settings;
                let concurrent = if exports { settings.concurrent_exports } else { settings.concurrent };
                Err(QueryError::Busy { concurrent, seconds: time.seconds() })
            }
        }
    }
}

impl Shared {
    /// Plans a request and starts to compute it.
    async fn open(
        &self,
        tables: &ViewerTables,
        request: Request,
        at_most: Option<usize>,
        stop: &Stop,
    ) -> Result<SendableRecordBatchStream, QueryError> {
        let (session, plan) = match request {
            Request::Query { statement, tables: named, names } => {
                plan_size::check_written(&statement, &self.settings)?;
                let catalog = StatementCatalog::open(tables, named).await?;
                let session = self.session_over(catalog)?;
                let plan = names.give(same_names::plan(&session, *statement).await?)?;
                (session, plan)
            }
            Request::ShowTables { schema } => self.made(discover::show_tables(tables, schema.as_deref()).await?)?,
            Request::ShowSchemas => self.made(discover::show_schemas(tables).await?)?,
            Request::Describe { table } => {
                let opened = catalog::open(tables, &table).await?;
                let notes = tables.notes(table.schema().unwrap_or(NO_SCHEMA), table.table()).await?;
                self.made(discover::describe(&opened.schema(), &notes)?)?
            }
        };
        plan_size::check(&plan, &self.settings)?;
        gate::allow(&plan)?;
        let plan = match at_most {
            Some(rows) if !explains(&plan) => LogicalPlanBuilder::from(plan).limit(0, Some(rows))?.build()?,
            _ => plan,
        };
        let optimized = session.optimize(&plan).map_err(QueryError::of_complete_plan)?;
        let watched = if explains(&optimized) { optimized } else { stop.watch(optimized)? };
        let physical = session.query_planner().create_physical_plan(&watched, &session).await;
        let physical = held::counted(physical.map_err(QueryError::of_complete_plan)?)?;
        Ok(execute_stream(physical, Arc::new(TaskContext::from(&session)))?)
    }

    /// A session that knows these tables only, and only the object stores that they bring.
    fn session_over(&self, catalog: StatementCatalog) -> Result<SessionState, QueryError> {
        let environment = RuntimeEnvBuilder::from_runtime_env(&self.environment)
            .with_object_store_registry(Arc::new(GivenStores::default()))
            .build_arc()?;
        let mut session = SessionStateBuilder::new_from_existing(self.session.clone())
            .with_catalog_list(Arc::new(catalog))
            .with_runtime_env(environment)
            .build();
        // What now() and current_date are, throughout the statement.
        session.mark_start_execution();
        Ok(session)
    }

    /// A plan that gives rows at hand.
    fn made(&self, rows: arrow::array::RecordBatch) -> Result<(SessionState, LogicalPlan), QueryError> {
        let table: Arc<dyn TableProvider> = Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]])?);
        let plan = LogicalPlanBuilder::scan("shown", provider_as_source(table), None)?.build()?;
        Ok((self.session.clone(), plan))
    }
}

/// Plans that DataFusion wants at the root, and whose rows are few.
fn explains(plan: &LogicalPlan) -> bool {
    matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_))
}

fn session(environment: Arc<RuntimeEnv>, settings: &QuerySettings) -> Result<SessionState, QueryError> {
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, NO_SCHEMA)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false);
    let options = config.options_mut();
    options.sql_parser.dialect = Dialect::PostgreSQL;
    options.execution.time_zone = Some("+00:00".to_owned());
    let mut session = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(environment)
        .with_default_features()
        .with_physical_optimizer_rule(Arc::new(PauseAtJoins))
        .build();
    datafusion_functions_json::register_all(&mut session)?;
    session.register_udf(Arc::new(at_time_zone::function()))?;
    literals::add(&mut session)?;
    functions::add(&mut session)?;
    functions::bound(&mut session, settings.computed_bytes())?;
    arithmetic::check_overflow(&mut session)?;
    Ok(session)
}

/// About the bytes that a row takes as JSON text.
fn row_size(row: &[serde_json::Value]) -> usize {
    row.iter().map(value_size).sum()
}

fn value_size(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 3,
        Value::Array(items) => items.iter().map(value_size).sum::<usize>() + 2,
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + 4 + value_size(value)).sum(),
    }
}
