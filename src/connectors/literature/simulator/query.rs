//! Searches, as far as the demo and the tests speak the vendors' languages: words and phrases, fields (`p53[tiab]`,
//! `TITLE:p53`), ranges (`"2020"[edat] : "2021"[edat]`, `FIRST_PDATE:[2020-01-01 TO 2020-12-31]`), AND, OR, NOT, parentheses.

/// A search.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Query {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>, Box<Self>),
    Term { field: Option<String>, text: String },
    Range { field: String, from: String, to: String },
}

/// What is searched.
pub(super) trait Subject {
    /// Whether the field, or any, holds the text. The field is in capitals, the text in small letters.
    fn holds(&self, field: Option<&str>, text: &str) -> bool;

    /// Whether the field lies within a range of dates, as they are written.
    fn lies_within(&self, field: &str, from: &str, to: &str) -> bool;
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Colon,
    Word(String),
    Tag(String),
    And,
    Or,
    Not,
}

impl Query {
    /// `None` where it is no search.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens, next: 0 };
        let query = parser.expression()?;
        (parser.next == parser.tokens.len()).then_some(query)
    }

    pub(super) fn finds(&self, subject: &dyn Subject) -> bool {
        match self {
            Self::And(one, other) => one.finds(subject) && other.finds(subject),
            Self::Or(one, other) => one.finds(subject) || other.finds(subject),
            Self::Not(one, other) => one.finds(subject) && !other.finds(subject),
            Self::Term { field, text } => subject.holds(field.as_deref(), text),
            Self::Range { field, from, to } => subject.lies_within(field, from, to),
        }
    }

    /// Its terms that are no ranges.
    pub(super) fn terms(&self) -> Vec<&Self> {
        match self {
            Self::And(one, other) | Self::Or(one, other) | Self::Not(one, other) => {
                [one.terms(), other.terms()].concat()
            }
            Self::Term { .. } => vec![self],
            Self::Range { .. } => Vec::new(),
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += 1;
        token
    }

    /// From left to right, as PubMed does; words side by side are joined by AND.
    fn expression(&mut self) -> Option<Query> {
        let mut query = self.operand()?;
        loop {
            let join: fn(Box<Query>, Box<Query>) -> Query = match self.peek() {
                None | Some(Token::Close) => return Some(query),
                Some(Token::And) => Query::And,
                Some(Token::Or) => Query::Or,
                Some(Token::Not) => Query::Not,
                Some(_) => {
                    let other = self.operand()?;
                    query = Query::And(Box::new(query), Box::new(other));
                    continue;
                }
            };
            self.next += 1;
            // `AND NOT` is NOT.
            let is_not = self.peek() == Some(&Token::Not);
            if is_not {
                self.next += 1;
            }
            let join = if is_not { Query::Not } else { join };
            let other = self.operand()?;
            query = join(Box::new(query), Box::new(other));
        }
    }

    fn operand(&mut self) -> Option<Query> {
        let word = match self.take()? {
            Token::Open => {
                let query = self.expression()?;
                return (self.take()? == Token::Close).then_some(query);
            }
            Token::Word(word) => word,
            _ => return None,
        };
        let tag = self.tag();
        if self.peek() != Some(&Token::Colon) {
            return Some(Query::Term { field: tag, text: word.to_lowercase() });
        }
        self.next += 1;
        match self.take()? {
            Token::Tag(range) => {
                let (from, to) = range.split_once(" TO ")?;
                Some(Query::Range { field: word.to_uppercase(), from: from.trim().into(), to: to.trim().into() })
            }
            Token::Word(to) => match self.tag().or(tag) {
                Some(field) => Some(Query::Range { field, from: word, to }),
                None => Some(Query::Term { field: Some(word.to_uppercase()), text: to.to_lowercase() }),
            },
            _ => None,
        }
    }

    fn tag(&mut self) -> Option<String> {
        let Some(Token::Tag(tag)) = self.peek() else { return None };
        let tag = tag.to_uppercase();
        self.next += 1;
        Some(tag)
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ':' => (Token::Colon, 1),
            '"' => {
                let end = rest[1..].find('"')?;
                (Token::Word(rest[1..=end].to_owned()), end + 2)
            }
            '[' => {
                let end = rest.find(']')?;
                (Token::Tag(rest[1..end].to_owned()), end + 1)
            }
            ']' => return None,
            _ => {
                let is_end = |char: char| char.is_whitespace() || "()[]:\"".contains(char);
                let length = rest.find(is_end).unwrap_or(rest.len());
                let token = match &rest[..length] {
                    "AND" => Token::And,
                    "OR" => Token::Or,
                    "NOT" => Token::Not,
                    word => Token::Word(word.to_owned()),
                };
                (token, length)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Subject for Fixed {
        fn holds(&self, field: Option<&str>, text: &str) -> bool {
            matches!((field, text), (None | Some("TIAB" | "TITLE"), "kinase" | "cell death"))
        }

        fn lies_within(&self, field: &str, from: &str, to: &str) -> bool {
            matches!(field, "EDAT" | "UPDATE_DATE") && ("2020"..="2021").contains(&from) && to >= from
        }
    }

    #[test]
    fn both_languages_are_understood() {
        for (text, found) in [
            ("kinase", true),
            ("Kinase[tiab] NOT cell", true),
            ("TITLE:kinase AND TITLE:\"Cell death\"", true),
            ("kinase wnt", false),
            ("wnt OR kinase", true),
            ("(wnt) OR (kinase AND NOT wnt)", true),
            ("\"2020\"[EDAT] : \"2021\"[EDAT]", true),
            ("(kinase) AND (2020:2021[edat])", true),
            ("kinase AND UPDATE_DATE:[2020 TO 2021]", true),
            ("UPDATE_DATE:[2022 TO 2023]", false),
        ] {
            let query = Query::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(query.finds(&Fixed), found, "{text}");
        }
        for text in ["((", "a)", "\"a", "a AND", "", "[x]"] {
            assert_eq!(Query::parse(text), None, "{text}");
        }
    }
}
