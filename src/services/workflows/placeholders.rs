//! SQL with placeholders: `{{ source('Sales Report') }}` is the table of a data source, `{{ ref('scores') }}` that of a
//! TRANSFORM step of the same workflow. Nothing else of the template language is known.

use std::collections::BTreeSet;

use minijinja::machinery::{ast, parse};
use minijinja::syntax::SyntaxConfig;

use crate::services::ServiceError;

/// What may stand between the braces, for whoever wrote something else.
const KNOWN: &str = "only {{ source('NAME') }} and {{ ref('TABLE') }} are known here";

/// A statement with its placeholders found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::services) struct Statement(Vec<Piece>);

/// A part of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Source(String),
    Reference(String),
}

impl Statement {
    /// Finds the placeholders; `field` is the path of the statement in what somebody gave.
    ///
    /// # Errors
    /// `BadInput` where something else stands between the braces.
    pub(in crate::services) fn read(field: &str, sql: &str) -> Result<Self, ServiceError> {
        let tree = parse(sql, "sql", SyntaxConfig::default()).map_err(|error| {
            let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
            let why = error.detail().unwrap_or("it cannot be read");
            ServiceError::bad_input(field, format!("the placeholders make no sense{line}: {why}; {KNOWN}"))
        })?;
        let ast::Stmt::Template(template) = tree else { return Err(unknown(field)) };
        let pieces = template.children.iter().map(|child| piece(child).ok_or_else(|| unknown(field)));
        pieces.collect::<Result<_, _>>().map(Self)
    }

    /// The data sources that it names.
    pub(in crate::services) fn sources(&self) -> BTreeSet<&str> {
        self.0
            .iter()
            .filter_map(|piece| if let Piece::Source(name) = piece { Some(name.as_str()) } else { None })
            .collect()
    }

    /// The tables of its workflow that it names.
    pub(in crate::services) fn references(&self) -> BTreeSet<&str> {
        let reference = |piece: &'_ Piece| matches!(piece, Piece::Reference(_));
        let names = self.0.iter().filter(|piece| reference(piece)).map(|piece| match piece {
            Piece::Text(name) | Piece::Source(name) | Piece::Reference(name) => name.as_str(),
        });
        names.collect()
    }

    /// The SQL, with the names of the tables in place of the placeholders.
    ///
    /// # Errors
    /// What a lookup fails with.
    pub(in crate::services) fn filled(
        &self,
        source: impl Fn(&str) -> Result<String, ServiceError>,
        reference: impl Fn(&str) -> Result<String, ServiceError>,
    ) -> Result<String, ServiceError> {
        let mut sql = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => sql.push_str(text),
                Piece::Source(name) => sql.push_str(&source(name)?),
                Piece::Reference(name) => sql.push_str(&reference(name)?),
            }
        }
        Ok(sql)
    }
}

fn unknown(field: &str) -> ServiceError {
    ServiceError::bad_input(field, KNOWN)
}

/// None for anything but text and the two calls with one text each.
fn piece(statement: &ast::Stmt<'_>) -> Option<Piece> {
    let expression = match statement {
        ast::Stmt::EmitRaw(raw) => return Some(Piece::Text(raw.raw.to_owned())),
        ast::Stmt::EmitExpr(emitted) => &emitted.expr,
        _ => return None,
    };
    let ast::Expr::Call(call) = expression else { return None };
    let ast::Expr::Var(function) = &call.expr else { return None };
    let [ast::CallArg::Pos(ast::Expr::Const(argument))] = call.args.as_slice() else { return None };
    let name = argument.value.as_str()?.to_owned();
    match function.id {
        "source" => Some(Piece::Source(name)),
        "ref" => Some(Piece::Reference(name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(sql: &str) -> Result<String, ServiceError> {
        let statement = Statement::read("sql", sql)?;
        statement.filled(|name| Ok(format!("crm.{name}")), |name| Ok(format!("flow.{name}")))
    }

    #[test]
    fn tables_take_the_place_of_their_placeholders() {
        let sql = "SELECT '{\"a\": {}}' FROM {{ source('orders') }} o JOIN {{ref(\"scores\")}} s ON true";
        assert_eq!(filled(sql).unwrap(), "SELECT '{\"a\": {}}' FROM crm.orders o JOIN flow.scores s ON true");
        let statement = Statement::read("sql", sql).unwrap();
        assert_eq!(statement.sources(), BTreeSet::from(["orders"]));
        assert_eq!(statement.references(), BTreeSet::from(["scores"]));
    }

    #[test]
    fn nothing_else_of_the_language_is_known() {
        for sql in [
            "{{ orders }}",
            "{{ source(orders) }}",
            "{{ source('a', 'b') }}",
            "{{ source('a') | upper }}",
            "{{ source('a').b }}",
            "{{ env('HOME') }}",
            "{{ 'a' }}",
            "{% for x in [1, 2] %}{{ source('a') }}{% endfor %}",
            "{% set x = 1 %}",
            "{{ source('a') ",
            "{{ }}",
        ] {
            let error = filled(sql).unwrap_err();
            assert!(
                error.to_string().contains("only {{ source('NAME') }} and {{ ref('TABLE') }} are known"),
                "{sql}: {error}"
            );
        }
    }
}
