//! The language in which files are searched: comparisons with `and`, `or`, `not` and parentheses.

use super::account::File;

/// Whether a file is among those that a query means; the error is about the query.
pub(super) fn matches(file: &File, query: &str) -> Result<bool, ()> {
    let tokens = tokens(query)?;
    let mut parser = Parser { tokens: &tokens, file };
    let found = parser.either()?;
    if parser.tokens.is_empty() { Ok(found) } else { Err(()) }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

fn tokens(query: &str) -> Result<Vec<Token>, ()> {
    let mut tokens = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let sign = ["!=", "<=", ">=", "=", "<", ">", "(", ")"].into_iter().find(|sign| rest.starts_with(sign));
        if let Some(sign) = sign {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if first == '\'' {
            let mut text = String::new();
            let mut letters = rest.char_indices().skip(1);
            let end = loop {
                match letters.next().ok_or(())? {
                    (_, '\\') => text.push(letters.next().ok_or(())?.1),
                    (end, '\'') => break end,
                    (_, letter) => text.push(letter),
                }
            };
            tokens.push(Token::Text(text));
            rest = &rest[end + 1..];
        } else {
            let end = rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len());
            if end == 0 {
                return Err(());
            }
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [Token],
    file: &'a File,
}

impl Parser<'_> {
    fn next(&mut self) -> Result<&Token, ()> {
        let (first, rest) = self.tokens.split_first().ok_or(())?;
        self.tokens = rest;
        Ok(first)
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_next = matches!(self.tokens.first(), Some(Token::Word(next)) if next == word);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    fn either(&mut self) -> Result<bool, ()> {
        let mut found = self.both()?;
        while self.takes("or") {
            found |= self.both()?;
        }
        Ok(found)
    }

    fn both(&mut self) -> Result<bool, ()> {
        let mut found = self.one()?;
        while self.takes("and") {
            found &= self.one()?;
        }
        Ok(found)
    }

    fn one(&mut self) -> Result<bool, ()> {
        if self.takes("not") {
            return self.one().map(|found| !found);
        }
        match self.next()?.clone() {
            Token::Sign("(") => {
                let found = self.either()?;
                if *self.next()? == Token::Sign(")") { Ok(found) } else { Err(()) }
            }
            Token::Text(folder) if self.takes("in") => match self.next()? {
                Token::Word(list) if list == "parents" => Ok(self.file.parent.as_ref() == Some(&folder)),
                Token::Word(list) if list == "owners" => Ok(self.file.owner == folder),
                _ => Err(()),
            },
            Token::Word(field) => self.comparison(&field),
            _ => Err(()),
        }
    }

    fn comparison(&mut self, field: &str) -> Result<bool, ()> {
        let operator = self.next()?.clone();
        let value = match self.next()?.clone() {
            Token::Text(text) | Token::Word(text) => text,
            Token::Sign(_) => return Err(()),
        };
        let own = match field {
            "name" => self.file.name.clone(),
            "mimeType" => self.file.media_type.clone(),
            "trashed" => self.file.is_trashed.to_string(),
            "starred" => "false".to_owned(),
            "modifiedTime" => self.file.modified_text(),
            _ => return Err(()),
        };
        match operator {
            Token::Sign("=") => Ok(own == value),
            Token::Sign("!=") => Ok(own != value),
            Token::Sign(">") => Ok(own > value),
            Token::Sign("<") => Ok(own < value),
            Token::Sign(">=") => Ok(own >= value),
            Token::Sign("<=") => Ok(own <= value),
            Token::Word(word) if word == "contains" => Ok(own.to_lowercase().contains(&value.to_lowercase())),
            _ => Err(()),
        }
    }
}
