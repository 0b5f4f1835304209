//! The gate: one statement that reads, and nothing else.
//!
//! The statement's kind is looked at first, for a clear answer; its plan is what decides. Only plan nodes that are
//! known to read are let through, so that a kind of statement that a newer DataFusion learns is refused until it is
//! added here.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{
    ObjectName, ShowStatementOptions, Statement as SqlStatement, TableFactor, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;

use super::column_names::ColumnNames;
use super::{QueryError, at_time_zone, literals};

/// Functions that may stand in FROM.
pub(super) const TABLE_FUNCTIONS: [&str; 2] = ["generate_series", "range"];

/// How deep a statement may be nested.
const NESTING: usize = 50;

/// What a statement asks for.
#[derive(Debug)]
pub(super) enum Request {
    /// A query, or the explanation of one, the tables that it names, and what the columns of its result are called.
    Query { statement: Box<Statement>, tables: Vec<TableReference>, names: ColumnNames },
    /// The tables there are, or those of one schema.
    ShowTables { schema: Option<String> },
    /// The schemas there are.
    ShowSchemas,
    /// The columns of a table.
    Describe { table: TableReference },
}

impl Request {
    /// The tables that it names, each behind its schema where it says one.
    pub(super) fn tables_named(&self) -> Vec<String> {
        let named = |table: &TableReference| match table.schema() {
            Some(schema) => format!("{schema}.{}", table.table()),
            None => table.table().to_owned(),
        };
        match self {
            Self::Query { tables, .. } => tables.iter().map(named).collect(),
            Self::Describe { table } => vec![named(table)],
            Self::ShowTables { .. } | Self::ShowSchemas => Vec::new(),
        }
    }
}

/// Reads a statement and refuses what is not a request to read. Its [`tokens`](super::tokens) have been looked at.
pub(super) fn read(sql: &str) -> Result<Request, QueryError> {
    let mut statements = DFParserBuilder::new(sql)
        .with_dialect(&PostgreSqlDialect {})
        .with_recursion_limit(NESTING)
        .build()
        .and_then(|mut parser| parser.parse_statements())?;
    if statements.len() > 1 {
        return Err(QueryError::Statements { found: statements.len() });
    }
    let mut statement = statements.pop_front().ok_or(QueryError::NoStatement)?;
    if let Some(request) = discovery(&statement)? {
        return Ok(request);
    }
    if let Some(what) = refused(&statement) {
        return Err(QueryError::NotReadOnly { what });
    }
    let tables = referenced(&statement)?;
    let names = ColumnNames::of(&statement);
    if let Statement::Statement(explained) = innermost_mut(&mut statement) {
        at_time_zone::as_function(explained);
        literals::as_written(explained);
    }
    Ok(Request::Query { statement: Box::new(statement), tables, names })
}

fn discovery(statement: &Statement) -> Result<Option<Request>, QueryError> {
    let Statement::Statement(statement) = statement else { return Ok(None) };
    let request = match statement.as_ref() {
        SqlStatement::ShowTables { show_options, .. } => {
            Request::ShowTables { schema: listed_in(show_options, "SHOW TABLES")?.map(|name| name.table().to_owned()) }
        }
        SqlStatement::ShowSchemas { .. } | SqlStatement::ShowDatabases { .. } => Request::ShowSchemas,
        SqlStatement::ShowColumns { show_options, .. } => match listed_in(show_options, "SHOW COLUMNS")? {
            Some(table) => Request::Describe { table },
            None => return Err(QueryError::Invalid { message: "SHOW COLUMNS needs FROM and a table".to_owned() }),
        },
        SqlStatement::ExplainTable { table_name, .. } => Request::Describe { table: reference(table_name) },
        _ => return Ok(None),
    };
    Ok(Some(request))
}

fn listed_in(options: &ShowStatementOptions, what: &str) -> Result<Option<TableReference>, QueryError> {
    let narrowed = options.filter_position.is_some()
        || options.starts_with.is_some()
        || options.limit.is_some()
        || options.limit_from.is_some();
    if narrowed {
        let message = format!("{what} takes no filter here, query information_schema instead");
        return Err(QueryError::Invalid { message });
    }
    Ok(options.show_in.as_ref().and_then(|shown| shown.parent_name.as_ref()).map(reference))
}

/// Unquoted parts in lower case, as everywhere.
fn reference(name: &ObjectName) -> TableReference {
    TableReference::parse_str(&name.to_string())
}

/// What a statement is called, if it is none that reads.
fn refused(statement: &Statement) -> Option<String> {
    match statement {
        Statement::Statement(statement) => match statement.as_ref() {
            SqlStatement::Query(_) => None,
            other => Some(kind(&other.to_string())),
        },
        Statement::Explain(explain) => refused(&explain.statement),
        Statement::CopyTo(_) => Some("COPY".to_owned()),
        Statement::CreateExternalTable(_) => Some("CREATE EXTERNAL TABLE".to_owned()),
        Statement::Reset(_) => Some("RESET".to_owned()),
    }
}

/// The words of a statement that tell what it does: `INSERT`, `CREATE TABLE`.
fn kind(statement: &str) -> String {
    let words = statement.split_whitespace();
    let first = words.clone().next().unwrap_or("this statement");
    let two = ["CREATE", "DROP", "ALTER", "START", "SHOW", "TRUNCATE", "LOCK"].contains(&first);
    words.take(if two { 2 } else { 1 }).collect::<Vec<_>>().join(" ").trim_end_matches(';').to_owned()
}

/// The tables that a statement names: no common table expressions and no functions.
fn referenced(statement: &Statement) -> Result<Vec<TableReference>, QueryError> {
    let functions = table_functions(statement)?;
    let (tables, expressions) = resolve_table_references(statement, true)?;
    let mut named = Vec::new();
    for table in tables {
        let bare = table.schema().is_none();
        if bare && (functions.contains(table.table()) || expressions.contains(&table)) {
            continue;
        }
        named.push(table);
    }
    Ok(named)
}

fn table_functions(statement: &Statement) -> Result<HashSet<String>, QueryError> {
    let mut functions = TableFunctions::default();
    let unknown = match innermost(statement) {
        Statement::Statement(statement) => statement.visit(&mut functions),
        _ => ControlFlow::Continue(()),
    };
    match unknown {
        ControlFlow::Break(name) => Err(QueryError::UnknownTableFunction { name }),
        ControlFlow::Continue(()) => Ok(functions.names),
    }
}

/// The statement itself, or the one that it explains.
pub(super) fn innermost(statement: &Statement) -> &Statement {
    match statement {
        Statement::Explain(explain) => innermost(&explain.statement),
        other => other,
    }
}

/// The same, to be changed.
pub(super) fn innermost_mut(statement: &mut Statement) -> &mut Statement {
    match statement {
        Statement::Explain(explain) => innermost_mut(&mut explain.statement),
        other => other,
    }
}

/// Finds the functions in FROM and stops at one that is not known to be harmless.
#[derive(Default)]
struct TableFunctions {
    names: HashSet<String>,
}

impl Visitor for TableFunctions {
    type Break = String;

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<String> {
        let name = match factor {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => name,
            TableFactor::TableFunction { expr, .. } => return ControlFlow::Break(expr.to_string()),
            _ => return ControlFlow::Continue(()),
        };
        let name = name.to_string().to_lowercase();
        if !TABLE_FUNCTIONS.contains(&name.as_str()) {
            return ControlFlow::Break(name);
        }
        self.names.insert(name);
        ControlFlow::Continue(())
    }
}

/// Lets a plan through if all of it, subqueries and what it explains included, only reads.
pub(super) fn allow(plan: &LogicalPlan) -> Result<(), QueryError> {
    let mut refused = None;
    plan.apply_with_subqueries(|node| {
        refused = writes(node);
        Ok(if refused.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if let Some(what) = refused {
        return Err(QueryError::NotReadOnly { what });
    }
    let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    read_only.verify_plan(plan).map_err(|error| QueryError::NotReadOnly { what: error.strip_backtrace() })
}

/// What a node would do besides reading.
fn writes(node: &LogicalPlan) -> Option<String> {
    match node {
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::Aggregate(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::TableScan(_)
        | LogicalPlan::EmptyRelation(_)
        | LogicalPlan::Subquery(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Values(_)
        | LogicalPlan::Explain(_)
        | LogicalPlan::Analyze(_)
        | LogicalPlan::Distinct(_)
        | LogicalPlan::DescribeTable(_)
        | LogicalPlan::Unnest(_)
        | LogicalPlan::RecursiveQuery(_) => None,
        LogicalPlan::Dml(write) => Some(write.op.to_string()),
        LogicalPlan::Ddl(change) => Some(change.name().to_owned()),
        LogicalPlan::Copy(_) => Some("COPY".to_owned()),
        LogicalPlan::Statement(statement) => Some(statement.name().to_owned()),
        LogicalPlan::Extension(extension) => Some(extension.node.name().to_owned()),
    }
}
