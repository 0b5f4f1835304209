//! Literal evaluation: what a template rendered is read as a Python literal, and stays a text where it is none.
//!
//! `5` becomes a number, `[1, 'a']` a list, `True` a boolean; `2024-01-01` and `true` stay what they are. So do the
//! literals that a record cannot hold: bytes, sets and complex numbers.

use super::super::value::{Map, Value, text};

/// How deep a literal may nest.
const DEEPEST: usize = 90;

/// Reads a text as a Python literal; `None` where it is none.
pub(in super::super) fn evaluate(source: &str) -> Option<Value> {
    let start = source.trim_start_matches([' ', '\t']);
    let first = start.trim_start_matches(['\n', '\r', '\u{c}']).chars().next()?;
    // Most texts are told by their first character.
    if !(first.is_ascii_digit()
        || matches!(
            first,
            '+' | '-' | '.' | '"' | '\'' | '(' | '[' | '{' | 'T' | 'F' | 'N' | 'u' | 'U' | 'r' | 'R' | '#'
        ))
    {
        return None;
    }
    if source.contains('\0') {
        return None;
    }
    let mut reader = Reader { rest: start, brackets: 0, depth: 0 };
    reader.skip_lines();
    let value = reader.tuple_or_value()?;
    reader.space();
    reader.skip_lines();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
    brackets: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// Blanks and comments; line ends too within brackets.
    fn space(&mut self) {
        loop {
            let before = self.rest.len();
            self.rest = if self.brackets > 0 {
                self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}'])
            } else {
                self.rest.trim_start_matches([' ', '\t', '\u{c}'])
            };
            self.rest = self.rest.strip_prefix("\\\n").unwrap_or(self.rest);
            if self.rest.starts_with('#') {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
            }
            if self.rest.len() == before {
                return;
            }
        }
    }

    /// Empty lines before and after the one that holds the literal.
    fn skip_lines(&mut self) {
        loop {
            let line = self.rest.trim_start_matches([' ', '\t', '\u{c}']);
            if let Some(rest) = line.strip_prefix('\n').or_else(|| line.strip_prefix("\r\n")) {
                self.rest = rest;
            } else if line.starts_with('#') {
                self.rest = &line[line.find('\n').unwrap_or(line.len())..];
            } else {
                if line.is_empty() {
                    self.rest = line;
                }
                return;
            }
        }
    }

    fn take(&mut self, expected: &str) -> bool {
        self.space();
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A value, or several with commas between, which are a tuple.
    fn tuple_or_value(&mut self) -> Option<Value> {
        let first = self.value()?;
        if !self.take(",") {
            return Some(first);
        }
        let mut items = vec![first];
        loop {
            self.space();
            if self.rest.is_empty() || self.rest.starts_with([')', '\n']) {
                return Some(Value::Tuple(items.into()));
            }
            items.push(self.value()?);
            if !self.take(",") {
                return Some(Value::Tuple(items.into()));
            }
        }
    }

    fn value(&mut self) -> Option<Value> {
        self.space();
        self.depth += 1;
        let value = if self.depth > DEEPEST { None } else { self.any() };
        self.depth -= 1;
        value
    }

    fn any(&mut self) -> Option<Value> {
        let first = self.rest.chars().next()?;
        match first {
            '(' => self.parenthesised(),
            '[' => self.list(),
            '{' => self.dictionary(),
            '+' | '-' => self.signed(),
            '0'..='9' | '.' => self.number(false),
            '"' | '\'' => self.strings(),
            _ => {
                for (word, value) in [("True", Value::Bool(true)), ("False", Value::Bool(false)), ("None", Value::Null)]
                {
                    if let Some(rest) = self.rest.strip_prefix(word) {
                        let goes_on = rest.chars().next().is_some_and(|next| next.is_alphanumeric() || next == '_');
                        if !goes_on {
                            self.rest = rest;
                            return Some(value);
                        }
                    }
                }
                self.strings()
            }
        }
    }

    fn open(&mut self) {
        self.rest = &self.rest[1..];
        self.brackets += 1;
    }

    fn close(&mut self, bracket: &str) -> bool {
        self.take(bracket) && {
            self.brackets -= 1;
            true
        }
    }

    fn parenthesised(&mut self) -> Option<Value> {
        self.open();
        if self.close(")") {
            return Some(Value::Tuple(Vec::new().into()));
        }
        let value = self.tuple_or_value()?;
        self.close(")").then_some(value)
    }

    fn list(&mut self) -> Option<Value> {
        self.open();
        let mut items = Vec::new();
        while !self.close("]") {
            items.push(self.value()?);
            if !self.take(",") {
                return self.close("]").then(|| Value::list(items));
            }
        }
        Some(Value::list(items))
    }

    fn dictionary(&mut self) -> Option<Value> {
        self.open();
        let mut map = Map::default();
        while !self.close("}") {
            let key = self.value()?;
            if matches!(key, Value::List(_) | Value::Map(_)) || !self.take(":") {
                return None;
            }
            let value = self.value()?;
            map.insert(text(&key), value);
            if !self.take(",") {
                return self.close("}").then(|| Value::map(map));
            }
        }
        Some(Value::map(map))
    }

    fn signed(&mut self) -> Option<Value> {
        let negative = self.rest.starts_with('-');
        self.rest = &self.rest[1..];
        self.space();
        if self.rest.starts_with(|next: char| next.is_ascii_digit() || next == '.') {
            return self.number(negative);
        }
        if self.rest.starts_with('(') {
            let value = self.parenthesised()?;
            return match (value, negative) {
                (value @ (Value::Int(_) | Value::Big(_) | Value::Float(_)), false) => Some(value),
                (Value::Float(number), true) => Some(Value::Float(-number)),
                (value @ (Value::Int(_) | Value::Big(_)), true) => Some(Value::int(-value.as_int()?)),
                _ => None,
            };
        }
        None
    }

    fn number(&mut self, negative: bool) -> Option<Value> {
        let end = self.number_end();
        let (word, rest) = self.rest.split_at(end);
        // A letter right behind is no number: `5a`, `1j`.
        if rest.starts_with(|next: char| next.is_alphanumeric() || next == '_' || next == '.') {
            return None;
        }
        self.rest = rest;
        let value = read_number(word)?;
        Some(match value {
            Value::Float(number) if negative => Value::Float(-number),
            Value::Float(number) => Value::Float(number),
            other => Value::int(if negative { -other.as_int()? } else { other.as_int()? }),
        })
    }

    fn number_end(&self) -> usize {
        let bytes = self.rest.as_bytes();
        let based = bytes.len() > 1 && bytes[0] == b'0' && matches!(bytes[1] | 0x20, b'x' | b'o' | b'b');
        let mut end = 0;
        while end < bytes.len() {
            let byte = bytes[end];
            let exponent_sign = matches!(byte, b'+' | b'-') && !based && end > 0 && bytes[end - 1] | 0x20 == b'e';
            let belongs = byte.is_ascii_digit()
                || byte == b'_'
                || (byte == b'.' && !based)
                || (based && byte.is_ascii_alphanumeric())
                || (byte | 0x20 == b'e' && !based)
                || exponent_sign;
            if !belongs {
                break;
            }
            end += 1;
        }
        end
    }

    /// One text, or several that stand side by side and are one.
    fn strings(&mut self) -> Option<Value> {
        let mut whole = self.string()?;
        loop {
            self.space();
            let word_end = self.rest.find(|next: char| !next.is_ascii_alphabetic()).unwrap_or(self.rest.len());
            if word_end > 1 || !self.rest[word_end..].starts_with(['"', '\'']) {
                return Some(Value::from(whole));
            }
            whole.push_str(&self.string()?);
        }
    }

    fn string(&mut self) -> Option<String> {
        let mut raw = false;
        if let Some(rest) = self.rest.strip_prefix(['r', 'R']) {
            (self.rest, raw) = (rest, true);
        } else if let Some(rest) = self.rest.strip_prefix(['u', 'U']) {
            self.rest = rest;
        }
        let quote = self.rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let triple: String = std::iter::repeat_n(quote, 3).collect();
        let (end_mark, is_long) =
            if self.rest.starts_with(&triple) { (triple, true) } else { (quote.to_string(), false) };
        self.rest = &self.rest[end_mark.len()..];
        let mut out = String::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(end_mark.as_str()) {
                self.rest = rest;
                return Some(out);
            }
            let character = self.rest.chars().next()?;
            self.rest = &self.rest[character.len_utf8()..];
            match character {
                '\n' if !is_long => return None,
                '\\' => self.escape(raw, &mut out)?,
                other => out.push(other),
            }
        }
    }

    fn escape(&mut self, raw: bool, out: &mut String) -> Option<()> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        if raw {
            out.push('\\');
            out.push(character);
            return Some(());
        }
        match character {
            '\n' => {}
            '\\' | '\'' | '"' => out.push(character),
            'a' => out.push('\u{7}'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\u{b}'),
            'x' => out.push(self.code(2)?),
            'u' => {
                let unit = self.unit(4)?;
                let low = (0xd800..0xdc00).contains(&unit).then(|| self.rest.strip_prefix("\\u")).flatten();
                match low {
                    // A pair of surrogates stays two in Python, which no JSON can hold; one character is what was meant.
                    Some(rest) => {
                        self.rest = rest;
                        let low = self.unit(4)?;
                        out.push(
                            char::decode_utf16([u16::try_from(unit).ok()?, u16::try_from(low).ok()?]).next()?.ok()?,
                        );
                    }
                    None => out.push(char::from_u32(unit)?),
                }
            }
            'U' => out.push(self.code(8)?),
            '0'..='7' => {
                let mut code = character.to_digit(8)?;
                for _ in 0..2 {
                    let Some(digit) = self.rest.chars().next().and_then(|next| next.to_digit(8)) else { break };
                    code = code * 8 + digit;
                    self.rest = &self.rest[1..];
                }
                out.push(char::from_u32(code)?);
            }
            'N' => return None,
            other => {
                out.push('\\');
                out.push(other);
            }
        }
        Some(())
    }

    fn unit(&mut self, digits: usize) -> Option<u32> {
        let hex = self.rest.get(..digits)?;
        let code = hex.chars().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(hex, 16).ok())??;
        self.rest = &self.rest[digits..];
        Some(code)
    }

    fn code(&mut self, digits: usize) -> Option<char> {
        self.unit(digits).and_then(char::from_u32)
    }
}

/// One number as Python writes it: with underscores between digits, in bases 2, 8, 10 and 16, or a float.
fn read_number(word: &str) -> Option<Value> {
    let between_digits = |place: usize| {
        let bytes = word.as_bytes();
        let after_prefix = place == 2 && bytes[0] == b'0' && bytes[1].is_ascii_alphabetic();
        (after_prefix || bytes.get(place.wrapping_sub(1)).is_some_and(u8::is_ascii_hexdigit))
            && bytes.get(place + 1).is_some_and(u8::is_ascii_hexdigit)
    };
    if !word.match_indices('_').all(|(place, _)| between_digits(place)) {
        return None;
    }
    let plain = word.replace('_', "");
    let lower = plain.to_ascii_lowercase();
    for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return i128::from_str_radix(digits, base).ok().map(Value::int);
        }
    }
    if plain.bytes().all(|byte| byte.is_ascii_digit()) {
        // `007` is no number, `000` is.
        if plain.len() > 1 && plain.starts_with('0') && plain.bytes().any(|byte| byte != b'0') {
            return None;
        }
        return plain.parse::<i128>().ok().map(Value::int);
    }
    if !plain.bytes().any(|byte| byte.is_ascii_digit()) || lower.starts_with('e') || lower.starts_with(".e") {
        return None;
    }
    plain.parse::<f64>().ok().map(Value::Float)
}
