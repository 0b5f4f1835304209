//! Rows of a dataset with what belongs to them in others, each row once.

use super::{Unreachable, is_time, kind_of, literal, quoted, recurs, table_name, time_text, within};
use crate::ask::Bound;
use crate::ask::lexicon::Field;
use crate::ask::plan::{dataset_of_field, field_name, in_words, up_path};
use crate::ask::time::{Period, Recurring};
use crate::ask::values::Values;

/// A FROM clause that grows with what is asked of it.
pub(super) struct Rows<'a> {
    pub(super) bound: &'a Bound,
    pub(super) values: &'a Values,
    /// The dataset whose rows are counted.
    pub(super) base: usize,
    /// What rows must fulfil.
    pub(super) conditions: Vec<String>,
    /// Whether rows that belong to those of the base are those of the period.
    pub(super) others_are_timed: bool,
    joined: Vec<Joined>,
}

/// A table that is joined: at most one of its rows to each row of the base.
struct Joined {
    way: Vec<usize>,
    columns: Vec<(String, String)>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(bound: &'a Bound, values: &'a Values, base: usize) -> Self {
        Self { bound, values, base, conditions: Vec::new(), others_are_timed: false, joined: Vec::new() }
    }

    /// How far a field is: 0 for the base's own; none where rows have more than one of it, or none at all.
    pub(super) fn distance(&self, field: Field) -> Option<usize> {
        let dataset = dataset_of_field(self.bound, field)?;
        up_path(&self.bound.model, self.base, dataset).map(|way| way.len())
    }

    /// SQL of a field of each row.
    pub(super) fn field(&mut self, field: Field) -> Result<String, Unreachable> {
        let name = in_words(&field_name(self.bound, field));
        let words = format!("{name} of {}", self.bound.model.datasets[self.base].label);
        let found = dataset_of_field(self.bound, field).zip(own_expression(self.bound, field));
        let expression = found.and_then(|(dataset, expression)| self.expression(dataset, &expression));
        expression.ok_or(Unreachable { words })
    }

    /// SQL of an expression over the columns of a dataset that each row belongs to.
    pub(super) fn expression(&mut self, dataset: usize, expression: &str) -> Option<String> {
        if dataset == self.base {
            return Some(expression.to_owned());
        }
        let way = up_path(&self.bound.model, self.base, dataset)?;
        for length in 1..=way.len() {
            if !self.joined.iter().any(|joined| joined.way == way[..length]) {
                self.joined.push(Joined { way: way[..length].to_vec(), columns: Vec::new() });
            }
        }
        let place = self.joined.iter().position(|joined| joined.way == way)?;
        let columns = &mut self.joined[place].columns;
        let column = match columns.iter().find(|(known, _)| known == expression) {
            Some((_, column)) => column.clone(),
            None => {
                let column = format!("_c{}_{}", place + 1, columns.len());
                columns.push((expression.to_owned(), column.clone()));
                column
            }
        };
        Some(format!("j{}.{}", place + 1, quoted(&column)))
    }

    /// The time of each row: the base's own, or that of what it belongs to.
    pub(super) fn time(&mut self) -> Option<String> {
        if let Some(time) = time_text(self.bound, self.base) {
            return Some(time);
        }
        let model = &self.bound.model;
        let timed = (0..model.datasets.len()).filter(|dataset| time_text(self.bound, *dataset).is_some());
        let near = timed.filter_map(|dataset| Some((up_path(model, self.base, dataset)?.len(), dataset)));
        let (_, dataset) = near.min()?;
        let time = time_text(self.bound, dataset)?;
        self.expression(dataset, &time)
    }

    /// Keeps the rows of a period, and of parts of cycles.
    pub(super) fn keep_times(&mut self, period: Option<&Period>, recurring: &[Recurring]) -> Result<(), Unreachable> {
        if period.is_none() && recurring.is_empty() {
            return Ok(());
        }
        let Some(time) = self.time() else {
            // "customers who ordered in March": the orders are of March.
            if self.others_are_timed {
                return Ok(());
            }
            let words = format!("a time of {}", self.bound.model.datasets[self.base].label);
            return Err(Unreachable { words });
        };
        if let Some(period) = period {
            self.conditions.extend(within(&time, period));
        }
        self.conditions.extend(recurring.iter().map(|recurring| recurs(&time, recurring)));
        Ok(())
    }

    /// The FROM clause, and the WHERE clause where there are conditions.
    pub(super) fn clauses(&self) -> String {
        let mut text = format!("FROM {} AS b", table_name(&self.bound.tables[self.base].name));
        for place in 0..self.joined.len() {
            text.push_str(&self.join(place));
        }
        if !self.conditions.is_empty() {
            text.push_str("\nWHERE ");
            text.push_str(&self.conditions.join(" AND "));
        }
        text
    }

    fn join(&self, place: usize) -> String {
        let model = &self.bound.model;
        let way = &self.joined[place].way;
        let Some((last, before)) = way.split_last() else { return String::new() };
        let join = &model.joins[*last];
        let Some((left, right)) = crate::ask::plan::ends(model, *last) else { return String::new() };
        let alias = format!("j{}", place + 1);
        let from = match self.joined.iter().position(|joined| joined.way == before) {
            Some(place) => format!("j{}", place + 1),
            None => "b".to_owned(),
        };
        let table = table_name(&self.bound.tables[right].name);
        let mut columns = self.joined[place].columns.clone();
        // What the next joins of this way need.
        for next in self.joined.iter().filter(|next| next.way.len() == way.len() + 1 && next.way.starts_with(way)) {
            if let Some(next) = next.way.last().map(|join| &model.joins[*join]) {
                let column = key_column(self.bound, right, &next.left, next.links);
                columns.push((column.clone(), next_name(place, &column)));
            }
        }
        let left_key = |column: &str| match before.is_empty() {
            true => format!("{from}.{column}"),
            false => format!(
                "{from}.{}",
                quoted(&next_name(self.joined.iter().position(|joined| joined.way == before).unwrap_or(0), column))
            ),
        };
        let left_column = key_column(self.bound, left, &join.left, join.links);
        let right_column = key_column(self.bound, right, &join.right, join.links);
        let key = format!("_k{}", place + 1);
        let repeated = self.values.repeats(*last) || join.links;
        let selected = columns.iter().map(|(expression, name)| {
            if repeated {
                format!(", min({expression}) AS {}", quoted(name))
            } else {
                format!(", {expression} AS {}", quoted(name))
            }
        });
        let selected: String = selected.collect();
        let cast = join.links || !same_kind(self.bound, (left, &left_column), (right, &right_column));
        let as_key = |column: &str| if cast { format!("cast({column} AS varchar)") } else { column.to_owned() };
        let group = if repeated { format!(" GROUP BY {}", as_key(&right_column)) } else { String::new() };
        let inner =
            format!("(SELECT {} AS {}{selected} FROM {table}{group}) AS {alias}", as_key(&right_column), quoted(&key));
        let left_key = as_key(&left_key(&left_column));
        if !join.links {
            return format!("\nLEFT JOIN {inner} ON {left_key} = {alias}.{}", quoted(&key));
        }
        let links = links(self.bound, left, right);
        format!(
            "\nLEFT JOIN {links} AS l{place} ON {left_key} = l{place}.left_key\nLEFT JOIN {inner} ON l{place}.right_key = {alias}.{}",
            quoted(&key)
        )
    }
}

fn next_name(place: usize, column: &str) -> String {
    format!("_n{}_{}", place + 1, column.trim_matches('"'))
}

/// The links between two datasets as rows of `left_key` and `right_key`, one for each left key: the surest, and of several that
/// are as sure the one whose right key comes first.
pub(super) fn links(bound: &Bound, left: usize, right: usize) -> String {
    let (left, right) = (literal(&bound.tables[left].name), literal(&bound.tables[right].name));
    format!(
        "(SELECT left_key, right_key FROM (\
         SELECT left_key, right_key, row_number() OVER (PARTITION BY left_key ORDER BY score DESC, right_key) AS place FROM (\
         SELECT left_key, right_key, score FROM system.links WHERE left_table = {left} AND right_table = {right} AND decision = 'match' \
         UNION ALL SELECT right_key, left_key, score FROM system.links WHERE left_table = {right} AND right_table = {left} AND decision = 'match'\
         ) AS linked) AS ranked WHERE place = 1)"
    )
}

/// The column of one side of a join: the one that it names, or the dataset's key where links are between them.
pub(super) fn key_column(bound: &Bound, dataset: usize, side: &str, links: bool) -> String {
    match side.split_once('.') {
        Some((_, column)) if !links => quoted(column),
        _ => {
            let key = bound.model.datasets[dataset].key.first();
            key.or_else(|| bound.tables[dataset].columns.first().map(|(name, _)| name))
                .map(|name| quoted(name))
                .unwrap_or_default()
        }
    }
}

pub(super) fn same_kind(bound: &Bound, one: (usize, &str), other: (usize, &str)) -> bool {
    let kind = |(dataset, column): (usize, &str)| {
        kind_of(&bound.tables[dataset], column.trim_matches('"'))
            .map(|kind| if is_time(kind) { "time" } else { kind.split('(').next().unwrap_or(kind) })
    };
    match (kind(one), kind(other)) {
        (Some(one), Some(other)) => one == other || (one != "text" && other != "text"),
        _ => true,
    }
}

/// SQL of a field over the columns of its own dataset.
pub(in crate::ask) fn own_expression(bound: &Bound, field: Field) -> Option<String> {
    match field {
        Field::Dimension(dataset, dimension) => {
            let dimension = bound.model.datasets.get(dataset)?.dimensions.get(dimension)?;
            Some(match &dimension.expression {
                Some(expression) if is_name(expression) => quoted(expression),
                Some(expression) => format!("({expression})"),
                None => quoted(&dimension.name),
            })
        }
        Field::Column(..) | Field::Entity(..) => Some(quoted(&field_name(bound, field))),
        Field::Time(dataset) => time_text(bound, dataset),
    }
}

fn is_name(expression: &str) -> bool {
    !expression.is_empty()
        && expression
            .chars()
            .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_')
}
