//! A first look at a statement's tokens, before anything that calls itself over and over sees it.
//!
//! The parser, the planner and the trees that they make go down one call a level. Brackets are counted by the parser;
//! chains such as `1 + 1 + 1 …`, `UNION`s, casts and `EXPLAIN EXPLAIN …` are not, and a long one would use up the stack
//! and end the whole process. Here they are counted, in one pass and without recursion.

use datafusion::common::DataFusionError;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::QueryError;

/// How deep brackets may be nested, whatever stands in them; the parser allows less in most places.
const BRACKETS: usize = 250;

/// Refuses a statement that would make too deep a tree.
///
/// # Errors
/// [`QueryError::TooComplex`] for more than `most_operators`; [`QueryError::Syntax`] for brackets that are nested too
/// deeply, for an EXPLAIN of an EXPLAIN, and for what are no tokens at all.
pub(super) fn check(sql: &str, most_operators: usize) -> Result<(), QueryError> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize();
    let tokens = tokens.map_err(|error| QueryError::from(DataFusionError::from(ParserError::from(error))))?;
    let tokens: Vec<Token> = tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    for statement in tokens.split(|token| *token == Token::SemiColon) {
        refuse_repeated_explain(statement)?;
    }
    let operators = count_operators(&tokens)?;
    if operators > most_operators {
        return Err(QueryError::TooComplex { operators, limit: most_operators });
    }
    Ok(())
}

fn refuse_repeated_explain(statement: &[Token]) -> Result<(), QueryError> {
    if keyword(statement.first()) != Some(Keyword::EXPLAIN) {
        return Ok(());
    }
    let mut rest = &statement[1..];
    if rest.first() == Some(&Token::LParen) {
        let end = rest.iter().position(|token| *token == Token::RParen).map_or(rest.len(), |end| end + 1);
        rest = &rest[end..];
    }
    while let Some(word) = keyword(rest.first()) {
        rest = match word {
            Keyword::ANALYZE | Keyword::VERBOSE => &rest[1..],
            Keyword::FORMAT => rest.get(2..).unwrap_or_default(),
            Keyword::EXPLAIN => return Err(unclear("EXPLAIN explains a query, not another EXPLAIN")),
            _ => break,
        };
    }
    Ok(())
}

/// Operators, comparisons, casts, subscripts, joins, set operations and SELECTs: all that adds a level to a tree.
fn count_operators(tokens: &[Token]) -> Result<usize, QueryError> {
    let mut operators = 0;
    let mut before: Option<&Token> = None;
    // For every open bracket: does a comma here join tables?
    let mut joins = vec![false];
    for token in tokens {
        let within = joins.last().copied().unwrap_or_default();
        match token {
            Token::LParen | Token::LBrace => joins.push(false),
            Token::LBracket => {
                operators += 1;
                joins.push(false);
            }
            Token::RParen | Token::RBrace | Token::RBracket if joins.len() > 1 => {
                joins.pop();
            }
            Token::Comma => operators += usize::from(within),
            Token::Word(_) => match keyword(Some(token)) {
                Some(word) if is_operator(word) => {
                    operators += 1;
                    set(&mut joins, false, word == Keyword::SELECT);
                }
                Some(Keyword::FROM) => set(&mut joins, true, true),
                Some(word) => set(&mut joins, false, ends_from(word)),
                None => {}
            },
            sign if is_sign(sign, before) => {}
            operator if !is_operand(operator) => operators += 1,
            _ => {}
        }
        if joins.len() > BRACKETS {
            return Err(unclear("the statement is nested too deeply"));
        }
        before = Some(token);
    }
    Ok(operators)
}

fn set(joins: &mut [bool], value: bool, when: bool) {
    if let Some(last) = joins.last_mut().filter(|_| when) {
        *last = value;
    }
}

fn keyword(token: Option<&Token>) -> Option<Keyword> {
    match token? {
        Token::Word(word) if word.quote_style.is_none() && word.keyword != Keyword::NoKeyword => Some(word.keyword),
        _ => None,
    }
}

fn is_operator(word: Keyword) -> bool {
    use Keyword::{
        AND, AT, BETWEEN, COLLATE, EXCEPT, ILIKE, IN, INTERSECT, IS, JOIN, LIKE, MINUS, NOT, OR, OVERLAPS, REGEXP,
        RLIKE, SELECT, SIMILAR, UNION, XOR,
    };
    matches!(
        word,
        AND | AT
            | BETWEEN
            | COLLATE
            | EXCEPT
            | ILIKE
            | IN
            | INTERSECT
            | IS
            | JOIN
            | LIKE
            | MINUS
            | NOT
            | OR
            | OVERLAPS
            | REGEXP
            | RLIKE
            | SELECT
            | SIMILAR
            | UNION
            | XOR
    )
}

/// What follows the tables of a FROM.
fn ends_from(word: Keyword) -> bool {
    use Keyword::{FETCH, GROUP, HAVING, LIMIT, OFFSET, ORDER, QUALIFY, WHERE, WINDOW};
    matches!(word, FETCH | GROUP | HAVING | LIMIT | OFFSET | ORDER | QUALIFY | WHERE | WINDOW)
}

/// The sign of a number in a list, or a star that stands for all columns.
fn is_sign(token: &Token, before: Option<&Token>) -> bool {
    let begins = matches!(before, Some(Token::LParen | Token::Comma | Token::LBracket | Token::Period));
    begins && matches!(token, Token::Minus | Token::Plus | Token::Mul)
}

fn is_operand(token: &Token) -> bool {
    use Token as T;
    matches!(
        token,
        T::EOF
            | T::Number(..)
            | T::Char(_)
            | T::SingleQuotedString(_)
            | T::DoubleQuotedString(_)
            | T::TripleSingleQuotedString(_)
            | T::TripleDoubleQuotedString(_)
            | T::DollarQuotedString(_)
            | T::SingleQuotedByteStringLiteral(_)
            | T::DoubleQuotedByteStringLiteral(_)
            | T::TripleSingleQuotedByteStringLiteral(_)
            | T::TripleDoubleQuotedByteStringLiteral(_)
            | T::SingleQuotedRawStringLiteral(_)
            | T::DoubleQuotedRawStringLiteral(_)
            | T::TripleSingleQuotedRawStringLiteral(_)
            | T::TripleDoubleQuotedRawStringLiteral(_)
            | T::NationalStringLiteral(_)
            | T::EscapedStringLiteral(_)
            | T::UnicodeStringLiteral(_)
            | T::HexStringLiteral(_)
            | T::Period
            | T::RParen
            | T::RBrace
            | T::RBracket
            | T::SemiColon
            | T::Placeholder(_)
    )
}

fn unclear(message: &str) -> QueryError {
    QueryError::Syntax { message: message.to_owned(), line: None, column: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operators(sql: &str) -> usize {
        match check(sql, 0) {
            Ok(()) => 0,
            Err(QueryError::TooComplex { operators, .. }) => operators,
            Err(error) => panic!("{sql}: {error}"),
        }
    }

    #[test]
    fn what_adds_a_level_is_counted_and_lists_are_not() {
        assert_eq!(operators("VALUES (1, -2, +3), (4, 'a + b', \"c + d\")"), 0);
        assert_eq!(operators("SELECT a, t.*, count(*) FROM t /* + */ -- +"), 1);
        assert_eq!(operators("SELECT 1 + 2::int[] - -a"), 6);
        assert_eq!(operators("SELECT * FROM a, b JOIN c ON true WHERE x IN (-1, -2) ORDER BY 1, 2"), 5);
        assert_eq!(operators("SELECT 1 UNION SELECT 2"), 3);
    }
}
