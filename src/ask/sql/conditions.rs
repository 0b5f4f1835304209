//! What rows must fulfil, as conditions of a WHERE clause.

use super::members::segment;
use super::rows::{Rows, key_column, links, own_expression, same_kind};
use super::{Unreachable, is_number, is_time, kind_of, literal, number, quoted, time_text};
use crate::ask::Bound;
use crate::ask::lexicon::Field;
use crate::ask::plan::{
    Compared, ComparedWith, Figure, PlanCondition, PlanFilter, dataset_of, dataset_of_field, ends, field_name, path,
};
use crate::ask::reading::{Operator, TextSearch};
use crate::ask::time::Period;
use crate::ask::values::{Values, is_text};
use crate::ask::words::stem;

impl Rows<'_> {
    /// Keeps the rows that fulfil a filter. `period` is what rows of other datasets must lie in, where they are asked for.
    pub(super) fn keep(&mut self, filter: &PlanFilter, period: Option<&Period>) -> Result<(), Unreachable> {
        match filter {
            PlanFilter::Values { fields, not, words } => self.keep_values(fields, *not, words),
            PlanFilter::Missing { fields, not, words } => self.keep_missing(fields, *not, words),
            PlanFilter::Text { search } => self.keep_texts(search),
            PlanFilter::Counted { dataset, condition, words } => {
                let condition =
                    self.expression(*dataset, &format!("({condition})")).ok_or_else(|| self.not_of(words))?;
                self.conditions.push(condition);
                Ok(())
            }
            PlanFilter::Segment { segment, not } => self.keep_segment(*segment, *not, period),
            PlanFilter::Related { dataset, absent, words } => self.keep_related(*dataset, *absent, words, period),
        }
    }

    fn keep_values(&mut self, fields: &[(Field, Vec<String>)], not: bool, words: &str) -> Result<(), Unreachable> {
        let near = fields.iter().enumerate().filter_map(|(place, (field, _))| Some((self.distance(*field)?, place)));
        if let Some((_, place)) = near.min() {
            let (field, texts) = &fields[place];
            let expression = self.field(*field)?;
            self.conditions.push(has_value(self.bound, self.values, *field, &expression, texts, not));
            return Ok(());
        }
        for (field, texts) in fields {
            let Some(dataset) = dataset_of_field(self.bound, *field) else { continue };
            let (field, texts) = (*field, texts.clone());
            let kept = self.keep_with(dataset, not, |rows| {
                let expression = rows.field(field)?;
                let condition = has_value(rows.bound, rows.values, field, &expression, &texts, false);
                rows.conditions.push(condition);
                Ok(())
            });
            if kept.is_ok() {
                return Ok(());
            }
        }
        Err(self.not_of(words))
    }

    fn keep_missing(&mut self, fields: &[Field], not: bool, words: &str) -> Result<(), Unreachable> {
        let near = fields.iter().filter_map(|field| Some((self.distance(*field)?, *field)));
        let Some((_, field)) = near.min() else { return Err(self.not_of(words)) };
        let expression = self.field(field)?;
        let text = is_text_field(self.bound, self.values, field);
        self.conditions.push(match (text, not) {
            (true, false) => format!("({expression} IS NULL OR trim({expression}) = '')"),
            (true, true) => format!("({expression} IS NOT NULL AND trim({expression}) <> '')"),
            (false, false) => format!("{expression} IS NULL"),
            (false, true) => format!("{expression} IS NOT NULL"),
        });
        Ok(())
    }

    fn keep_texts(&mut self, search: &TextSearch) -> Result<(), Unreachable> {
        let searched = |bound: &Bound, dataset: usize| !bound.model.datasets[dataset].texts.is_empty();
        if searched(self.bound, self.base) {
            let condition = mentions(self.bound, self.base, search);
            self.conditions.push(condition);
            return Ok(());
        }
        let datasets = (0..self.bound.model.datasets.len()).filter(|dataset| searched(self.bound, *dataset));
        let near =
            datasets.filter_map(|dataset| Some((path(&self.bound.model, self.base, dataset)?.down.len(), dataset)));
        let Some((_, dataset)) = near.min() else { return Err(self.not_of("the text")) };
        let plain = TextSearch { not: false, ..search.clone() };
        self.keep_with(dataset, search.not, |rows| {
            let condition = mentions(rows.bound, dataset, &plain);
            rows.conditions.push(condition);
            Ok(())
        })
    }

    fn keep_segment(&mut self, place: usize, not: bool, period: Option<&Period>) -> Result<(), Unreachable> {
        let of = &self.bound.model.segments[place];
        let Some(entity) = self.bound.model.entities.iter().position(|entity| entity.name == of.entity) else {
            return Err(self.not_of(&of.name));
        };
        let members = segment(self.bound, self.values, place, period)?;
        let not_in = if not { "NOT IN" } else { "IN" };
        let condition = |key: &str| format!("{key} {not_in} (SELECT k FROM ({members}) AS s)");
        let field = Field::Entity(entity, 1);
        if self.distance(field).is_some() {
            let key = self.field(field)?;
            self.conditions.push(condition(&key));
            return Ok(());
        }
        let dataset = dataset_of(&self.bound.model, &self.bound.model.entities[entity].dataset)
            .ok_or_else(|| self.not_of(&of.name))?;
        self.keep_with(dataset, false, |rows| {
            let key = rows.field(field)?;
            rows.conditions.push(condition(&key));
            Ok(())
        })
    }

    fn keep_related(
        &mut self,
        dataset: usize,
        absent: bool,
        words: &str,
        period: Option<&Period>,
    ) -> Result<(), Unreachable> {
        if dataset == self.base {
            // Rows are there for themselves: that there are none of them is no condition on them.
            return if absent { Err(self.not_of(words)) } else { Ok(()) };
        }
        if let Some(distance) =
            crate::ask::plan::up_path(&self.bound.model, self.base, dataset).filter(|way| !way.is_empty())
        {
            // The other side of a join from many to one: whether it is there.
            let last = distance.last().copied().unwrap_or_default();
            let join = &self.bound.model.joins[last];
            let column = key_column(self.bound, dataset, &join.right, join.links);
            let key = self.expression(dataset, &column).ok_or_else(|| self.not_of(words))?;
            self.conditions.push(format!("{key} IS {}NULL", if absent { "" } else { "NOT " }));
            return Ok(());
        }
        self.others_are_timed |= time_text(self.bound, dataset).is_some();
        self.keep_with(dataset, absent, |rows| rows.keep_times(period, &[]))
    }

    /// Keeps the rows to which rows of another dataset belong that fulfil a condition, or to which none do.
    pub(super) fn keep_with(
        &mut self,
        dataset: usize,
        not: bool,
        inner: impl FnOnce(&mut Rows<'_>) -> Result<(), Unreachable>,
    ) -> Result<(), Unreachable> {
        let label = self.bound.model.datasets[dataset].label.clone();
        let way = path(&self.bound.model, self.base, dataset).ok_or_else(|| self.not_of(&label))?;
        let Some(first) = way.down.first().copied() else {
            return inner(self);
        };
        let Some((child, apex)) = ends(&self.bound.model, first) else { return Err(self.not_of(&label)) };
        let join = &self.bound.model.joins[first];
        let column = key_column(self.bound, apex, &join.right, join.links);
        let key = self.expression(apex, &column).ok_or_else(|| self.not_of(&label))?;
        let keys = below(self.bound, self.values, &way.down, inner)?;
        let child_column = key_column(self.bound, child, &join.left, join.links);
        let cast = join.links || !same_kind(self.bound, (child, &child_column), (apex, &column));
        let key = if cast { format!("cast({key} AS varchar)") } else { key };
        self.conditions.push(format!("{key} {} ({keys})", if not { "NOT IN" } else { "IN" }));
        Ok(())
    }

    pub(super) fn not_of(&self, words: &str) -> Unreachable {
        Unreachable { words: format!("{words} of {}", self.bound.model.datasets[self.base].label) }
    }
}

/// The keys of the apex to which rows at the end of a way down belong.
fn below(
    bound: &Bound,
    values: &Values,
    down: &[usize],
    inner: impl FnOnce(&mut Rows<'_>) -> Result<(), Unreachable>,
) -> Result<String, Unreachable> {
    let lost = || Unreachable { words: "a join".to_owned() };
    let (first, rest) = down.split_first().ok_or_else(lost)?;
    let (child, apex) = ends(&bound.model, *first).ok_or_else(lost)?;
    let join = &bound.model.joins[*first];
    let column = key_column(bound, child, &join.left, join.links);
    let mut rows = Rows::of(bound, values, child);
    if let Some(next) = rest.first() {
        let next = &bound.model.joins[*next];
        let own = key_column(bound, child, &next.right, next.links);
        let keys = below(bound, values, rest, inner)?;
        rows.conditions.push(format!("{own} IN ({keys})"));
    } else {
        inner(&mut rows)?;
    }
    if join.links {
        let keys = format!("SELECT cast({column} AS varchar) {}", rows.clauses());
        return Ok(format!("SELECT right_key FROM {} AS l WHERE left_key IN ({keys})", links(bound, child, apex)));
    }
    let apex_column = key_column(bound, apex, &join.right, false);
    let cast = !same_kind(bound, (child, &column), (apex, &apex_column));
    rows.conditions.push(format!("{column} IS NOT NULL"));
    let column = if cast { format!("cast({column} AS varchar)") } else { column };
    Ok(format!("SELECT {column} {}", rows.clauses()))
}

/// Whether a field is text.
pub(super) fn is_text_field(bound: &Bound, values: &Values, field: Field) -> bool {
    if let Field::Dimension(dataset, dimension) = field {
        let of = &bound.model.datasets[dataset].dimensions[dimension];
        if of.expression.is_some() {
            let kind = values.facts(dataset).and_then(|facts| facts.types.get(dimension));
            return kind.is_none_or(|kind| is_text(kind));
        }
    }
    dataset_of_field(bound, field)
        .and_then(|dataset| kind_of(&bound.tables[dataset], &field_name(bound, field)))
        .is_none_or(|kind| kind == "text")
}

fn has_value(bound: &Bound, values: &Values, field: Field, expression: &str, texts: &[String], not: bool) -> String {
    let text = is_text_field(bound, values, field);
    let compared = if text { expression.to_owned() } else { format!("cast({expression} AS varchar)") };
    let mut literals: Vec<String> = texts.iter().map(|text| literal(text)).collect();
    literals.dedup();
    let one = literals.len() == 1;
    match (one, not) {
        (true, false) => format!("{compared} = {}", literals[0]),
        (true, true) => format!("({expression} IS NULL OR {compared} <> {})", literals[0]),
        (false, false) => format!("{compared} IN ({})", literals.join(", ")),
        (false, true) => format!("({expression} IS NULL OR {compared} NOT IN ({}))", literals.join(", ")),
    }
}

/// The condition that a dataset's texts hold all words.
fn mentions(bound: &Bound, dataset: usize, search: &TextSearch) -> String {
    let columns = &bound.model.datasets[dataset].texts;
    let word_in = |word: &String| {
        let lower = word.to_lowercase();
        let stem = stem(&lower);
        // "refunds" is also found as "refund"; a text of several words is looked for as it is.
        let sought = if !lower.contains(' ') && stem.len() >= 4 && lower.starts_with(&stem) { stem } else { lower };
        let found = columns.iter().map(|column| format!("strpos(lower({}), {}) > 0", quoted(column), literal(&sought)));
        format!("({})", found.collect::<Vec<_>>().join(" OR "))
    };
    let all = search.words.iter().map(word_in).collect::<Vec<_>>().join(" AND ");
    if search.not { format!("NOT ({all})") } else { all }
}

/// A comparison of an expression.
pub(super) fn compared(expression: &str, operator: Operator, with: &str, to: Option<&str>) -> String {
    let sign = match operator {
        Operator::More => ">",
        Operator::AtLeast => ">=",
        Operator::Less => "<",
        Operator::AtMost => "<=",
        Operator::Equal => "=",
        Operator::Unequal => "<>",
        Operator::Between => return format!("{expression} BETWEEN {with} AND {}", to.unwrap_or(with)),
    };
    format!("{expression} {sign} {with}")
}

impl Rows<'_> {
    /// Keeps the rows whose own numbers fulfil a condition. Conditions on figures of groups are for later.
    pub(super) fn keep_numbers(&mut self, condition: &PlanCondition) -> Result<(), Unreachable> {
        let (dataset, expression) = match &condition.of {
            Compared::Figure(_) => return Ok(()),
            Compared::Row { dataset, expression } => (*dataset, format!("({expression})")),
            Compared::Field(field) => {
                let dataset = dataset_of_field(self.bound, *field).ok_or_else(|| self.not_of(&condition.words))?;
                let own = own_expression(self.bound, *field).ok_or_else(|| self.not_of(&condition.words))?;
                (dataset, as_number(self.bound, *field, own))
            }
        };
        let condition = condition.clone();
        let put = move |rows: &mut Rows<'_>, expression: &str| {
            let text = match &condition.with {
                ComparedWith::Number(with) => compared(expression, condition.operator, &number(*with), None),
                ComparedWith::Range(from, to) => {
                    compared(expression, condition.operator, &number(*from), Some(&number(*to)))
                }
                // What is reckoned from several rows is no number of one of them.
                ComparedWith::Figure(Figure { dataset: of, value: Some(value), .. }) if *of == rows.base => {
                    compared(expression, condition.operator, &format!("({value})"), None)
                }
                ComparedWith::Average if dataset == rows.base => {
                    let table = super::table_name(&rows.bound.tables[dataset].name);
                    let value = as_double(expression);
                    compared(&value, condition.operator, &format!("(SELECT avg({value}) FROM {table})"), None)
                }
                _ => return Err(rows.not_of(&condition.words)),
            };
            rows.conditions.push(text);
            Ok(())
        };
        if let Some(expression) = self.expression(dataset, &expression) {
            return put(self, &expression);
        }
        self.keep_with(dataset, false, |rows| put(rows, &expression))
    }
}

/// An expression as a floating-point number: decimals of different lengths are not compared.
pub(super) fn as_double(expression: &str) -> String {
    format!("cast({expression} AS double)")
}

fn as_number(bound: &Bound, field: Field, expression: String) -> String {
    let kind =
        dataset_of_field(bound, field).and_then(|dataset| kind_of(&bound.tables[dataset], &field_name(bound, field)));
    match kind {
        Some(kind) if is_number(kind) || is_time(kind) => expression,
        _ => format!("try_cast({expression} AS double)"),
    }
}
