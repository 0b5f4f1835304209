//! Search: which rows have a text in one of their columns, in any case and any script.

use sea_orm::sea_query::extension::sqlite::SqliteExpr;
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, Condition, DbBackend};

use super::{ServiceError, text};

/// The longest text that is searched for, in characters.
const LONGEST: usize = 500;

/// Whether any of the columns contains a text, in any case.
///
/// # Errors
/// `BadInput` where the text is too long, or cannot stand in a column.
pub(super) fn contains<C: ColumnTrait>(
    backend: DbBackend,
    search: &str,
    columns: &[C],
) -> Result<Condition, ServiceError> {
    let search = text::bounded("search", search.to_owned(), LONGEST)?;
    let found = |column: &C| {
        let column = Expr::col(column.as_column_ref());
        match backend {
            DbBackend::Sqlite => column.glob(glob(&search)),
            // Both sides by the database, whose rules for other letters than ASCII's depend on its locale.
            _ => Expr::expr(Func::lower(column)).binary(BinOper::Like, Func::lower(Expr::val(like(&search)))),
        }
    };
    Ok(columns.iter().fold(Condition::any(), |any, column| any.add(found(column))))
}

fn like(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// SQLite's `LOWER` and `LIKE` know the cases of ASCII's letters only; a class of `GLOB` holds both forms of any letter.
fn glob(text: &str) -> String {
    let mut pattern = "*".to_owned();
    for letter in text.chars() {
        let mut forms = vec![letter];
        // A form of several letters, as that of ß, is none of this letter's.
        forms.extend([single(letter.to_lowercase()), single(letter.to_uppercase())].into_iter().flatten());
        forms.sort_unstable();
        forms.dedup();
        if forms.len() > 1 || matches!(letter, '*' | '?' | '[') {
            pattern.push('[');
            pattern.extend(forms);
            pattern.push(']');
        } else {
            pattern.push(letter);
        }
    }
    pattern.push('*');
    pattern
}

fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next();
    if letters.next().is_some() { None } else { first }
}
