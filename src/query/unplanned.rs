//! What DataFusion says of its plans where it cannot plan a statement, in words of the statement.

/// What becomes of subqueries that DataFusion cannot turn into a join by itself.
pub(super) const SUBQUERY: &str = "a subquery that refers to the query around it cannot be run in this form or place, \
    write it as a join with a subquery that is grouped by what both have in common";

const VALUE: &str = "a subquery that stands for a value and refers to the query around it must give one row, put its \
    column into an aggregate such as max(…) or write it as a join";

/// How DataFusion begins to speak of a subquery that is left in a plan.
const OF_SUBQUERIES: [&str; 12] = [
    "correlated scalar subquery ",
    "in/Exist/SetComparison subquery can only be used in",
    "accessing outer reference columns is not allowed",
    "a GROUP BY clause in a scalar correlated subquery",
    "window expressions should not contain a mixed of outer references",
    "physical plan does not support undecorrelated Subquery",
    "physical plan does not support logical expression ScalarSubquery(",
    "physical plan does not support logical expression Exists(",
    "physical plan does not support logical expression InSubquery(",
    "physical plan does not support logical expression SetComparison(",
    "physical plan does not support logical expression OuterReferenceColumn(",
    "physical plan does not support logical expression Subquery",
];

/// The same, where people can do something about it; `message` begins in lower case.
pub(super) fn in_our_words(message: &str) -> Option<String> {
    if let Some((_, columns)) = message.split_once(" require unique expression names but the expression \"") {
        let column = columns.split_once("\" at position ").map_or(columns, |(column, _)| column);
        return Some(same_name(column.rsplit_once(" AS ").map_or(column, |(_, name)| name)));
    }
    if message.starts_with("correlated scalar subquery must be aggregated") {
        return Some(VALUE.to_owned());
    }
    OF_SUBQUERIES.iter().any(|words| message.starts_with(words)).then(|| SUBQUERY.to_owned())
}

/// Two columns of a subquery, or of its result, that nobody can tell apart. DataFusion computes aggregates under their text,
/// in which it leaves out casts, whatever the column is called.
pub(super) fn same_name(name: &str) -> String {
    let is_call = name.split_once('(').is_some_and(|(function, _)| function.starts_with(|c: char| c.is_lowercase()));
    let casts =
        if is_call { "; where only a cast tells them apart, cast in a subquery and take its column" } else { "" };
    format!("two columns are named {name}, give one of them another name: … AS other{casts}")
}

/// A column that several tables have.
pub(super) fn ambiguous(name: &str) -> String {
    format!("several tables have a column {name}, say which by the name of the table before it: table.{name}")
}
