//! The semantic model of a pack, tried on the tables in memory: its columns are there, and its expressions can be computed.

use super::bench::Bench;
use crate::ask::{Bound, BoundTable, Dataset, Measure, Model, Segment, measure_named};
use crate::sdk::types::is_time;
use crate::services::ServiceError;

/// A model with its tables; none where one of them could not be made.
pub(super) fn bound(bench: &Bench, model: &Model) -> Option<Bound> {
    let tables: Option<Vec<BoundTable>> =
        model.datasets.iter().map(|dataset| bench.table_of(dataset).cloned()).collect();
    Some(Bound { model: model.clone(), tables: tables? })
}

/// Tries all of a model that is about tables which could be made.
pub(super) async fn check(bench: &mut Bench, model: &Model) -> Result<(), ServiceError> {
    for (place, dataset) in model.datasets.iter().enumerate() {
        if let Some(table) = bench.table_of(dataset).cloned() {
            check_dataset(bench, &format!("model.datasets[{place}]"), dataset, &table).await?;
        }
    }
    for (place, join) in model.joins.iter().enumerate().filter(|(_, join)| !join.links) {
        for (key, side) in [("left", &join.left), ("right", &join.right)] {
            if let Some((dataset, column)) = side.split_once('.') {
                check_column(bench, model, format!("model.joins[{place}].{key}"), dataset, column);
            }
        }
    }
    for (place, entity) in model.entities.iter().enumerate() {
        let at = format!("model.entities[{place}]");
        check_column(bench, model, format!("{at}.key"), &entity.dataset, &entity.key);
        check_column(bench, model, format!("{at}.label"), &entity.dataset, &entity.label);
        for (place, column) in entity.called.iter().enumerate() {
            check_column(bench, model, format!("{at}.called[{place}]"), &entity.dataset, column);
        }
    }
    for (place, segment) in model.segments.iter().enumerate() {
        check_segment(bench, model, &format!("model.segments[{place}].is"), segment).await?;
    }
    Ok(())
}

fn check_column(bench: &mut Bench, model: &Model, path: String, dataset: &str, column: &str) {
    let dataset = model.datasets.iter().find(|known| known.name == dataset);
    if let Some(table) = dataset.and_then(|dataset| bench.table_of(dataset)).cloned() {
        bench.needs_column(path, &table, column);
    }
}

async fn check_dataset(bench: &mut Bench, at: &str, dataset: &Dataset, table: &BoundTable) -> Result<(), ServiceError> {
    for (key, columns) in [("key", &dataset.key), ("texts", &dataset.texts)] {
        for (place, column) in columns.iter().enumerate() {
            bench.needs_column(format!("{at}.{key}[{place}]"), table, column);
        }
    }
    if let Some(time) = &dataset.time {
        check_time(bench, &format!("{at}.time"), table, time).await?;
    }
    for (place, dimension) in dataset.dimensions.iter().enumerate() {
        let at = format!("{at}.dimensions[{place}]");
        match &dimension.expression {
            Some(expression) => compute(bench, &format!("{at}.expression"), table, expression).await?,
            None => bench.needs_column(format!("{at}.name"), table, &dimension.name),
        }
    }
    for (place, measure) in dataset.measures.iter().enumerate() {
        check_measure(bench, &format!("{at}.measures[{place}]"), table, measure).await?;
    }
    Ok(())
}

/// A time is a column, or else an expression.
async fn check_time(bench: &mut Bench, path: &str, table: &BoundTable, time: &str) -> Result<(), ServiceError> {
    match table.columns.iter().find(|(name, _)| name == time) {
        Some((_, kind)) if kind == "text" || is_time(kind) => {}
        Some((_, kind)) => bench.problem(path, format!("{time} of {} is {kind}, which is no time", table.source)),
        None => compute(bench, path, table, &format!("min({time})")).await?,
    }
    Ok(())
}

async fn check_measure(bench: &mut Bench, at: &str, table: &BoundTable, measure: &Measure) -> Result<(), ServiceError> {
    let (path, expression) = (format!("{at}.expression"), &measure.expression);
    match bench.run(&of_rows(expression, &table.name)).await {
        // It can be computed of a row, or of all of them: by groups it shows which.
        Ok(_) => {
            let grouped = format!(
                "SELECT ({expression}) AS v FROM (SELECT *, 1 AS the_only_group FROM {}) GROUP BY the_only_group",
                table.name
            );
            if let Err(error) = bench.run(&grouped).await {
                bench.problem(path, format!("has to be an aggregate, such as sum(…): {error}"));
            }
        }
        Err(error) => bench.failed(&path, error)?,
    }
    if let Some(value) = &measure.value {
        compute(bench, &format!("{at}.value"), table, value).await?;
    }
    Ok(())
}

/// Whether the condition of a segment can be put to what its measure gives.
async fn check_segment(bench: &mut Bench, model: &Model, path: &str, segment: &Segment) -> Result<(), ServiceError> {
    let Some(condition) = &segment.is else { return Ok(()) };
    let Some((dataset, measure)) = measure_named(model, &segment.measure) else { return Ok(()) };
    let Some(table) = bench.table_of(&model.datasets[dataset]).map(|table| table.name.clone()) else { return Ok(()) };
    let value = of_rows(&measure.expression, &table);
    if bench.run(&value).await.is_err() {
        // The measure has been told of.
        return Ok(());
    }
    match bench.run(&format!("SELECT v FROM ({value}) AS m WHERE v {condition}")).await {
        Ok(_) => Ok(()),
        Err(error) => bench.failed(path, error),
    }
}

/// Tells where an expression cannot be computed of a table's rows.
async fn compute(bench: &mut Bench, path: &str, table: &BoundTable, expression: &str) -> Result<(), ServiceError> {
    match bench.run(&of_rows(expression, &table.name)).await {
        Ok(_) => Ok(()),
        Err(error) => bench.failed(path, error),
    }
}

fn of_rows(expression: &str, table: &str) -> String {
    format!("SELECT ({expression}) AS v FROM {table}")
}
