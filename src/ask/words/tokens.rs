//! A question cut into words, numbers, quoted texts and marks.

use super::number::read_number;
use super::stem::stem;

/// A piece of a question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    /// As it is written.
    pub(crate) text: String,
    /// In lower case, without accents.
    pub(crate) word: String,
    /// Its stem, by which words are compared.
    pub(crate) stem: String,
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Whether it is written with a capital letter.
    pub(crate) capital: bool,
}

/// What a piece of a question is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// A word, a name or an identifier.
    Word,
    /// A number, and whether it is a share of a hundred.
    Number { value: f64, percent: bool },
    /// What stood between quotation marks.
    Quoted,
    /// Punctuation or a sign of comparison.
    Mark(char),
}

impl Token {
    /// The number that it is.
    pub(crate) fn number(&self) -> Option<f64> {
        match self.kind {
            TokenKind::Number { value, .. } => Some(value),
            _ => None,
        }
    }
}

/// Cuts a text into its pieces.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let text = plain(text);
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let character = chars[at];
        if character.is_whitespace() {
            at += 1;
            continue;
        }
        if let Some((quoted, after)) = quotation(&chars, at) {
            found.push(made(&quoted, TokenKind::Quoted));
            at = after;
            continue;
        }
        let end = run(&chars, at);
        if end > at {
            let piece: String = chars[at..end].iter().collect();
            cut(&piece, &mut found);
            at = end;
            continue;
        }
        at += sign(&chars, at, &mut found);
    }
    found
}

/// Typographic marks as the keyboard has them.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' | '`' => plain.push('\''),
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{00ab}' | '\u{00bb}' => plain.push('"'),
            '\u{2010}'..='\u{2012}' => plain.push('-'),
            '\u{2013}' | '\u{2014}' => plain.push_str(" - "),
            '\u{2265}' => plain.push_str(">="),
            '\u{2264}' => plain.push_str("<="),
            other => plain.push(other),
        }
    }
    plain
}

/// What stands between quotation marks from `at` on, and where it goes on after them.
fn quotation(chars: &[char], at: usize) -> Option<(String, usize)> {
    let mark = chars[at];
    let opens = mark == '"' || (mark == '\'' && (at == 0 || chars[at - 1].is_whitespace() || chars[at - 1] == '('));
    if !opens {
        return None;
    }
    let closes = |place: &usize| {
        chars[*place] == mark && (mark == '"' || chars.get(place + 1).is_none_or(|next| !next.is_alphanumeric()))
    };
    let end = (at + 1..chars.len()).find(closes)?;
    let inside: String = chars[at + 1..end].iter().collect();
    let inside = inside.trim().to_owned();
    (!inside.is_empty()).then_some((inside, end + 1))
}

/// The end of a run of characters that belong together: letters and digits, and what joins them inside.
fn run(chars: &[char], at: usize) -> usize {
    let money = |character: char| matches!(character, '$' | '\u{20ac}' | '\u{a3}');
    let starts = chars[at].is_alphanumeric()
        || (money(chars[at]) || chars[at] == '.' || chars[at] == '-')
            && chars.get(at + 1).is_some_and(char::is_ascii_digit)
            && (at == 0 || !chars[at - 1].is_alphanumeric());
    if !starts {
        return at;
    }
    let mut end = at + 1;
    while end < chars.len() {
        let character = chars[end];
        let inside = matches!(character, '.' | ',' | '-' | '\'' | '@' | '_' | ':' | '/' | '+' | '&' | '#')
            && chars.get(end + 1).is_some_and(|next| next.is_alphanumeric());
        let thousands = character == ','
            && !(chars[end - 1].is_ascii_digit() && chars.get(end + 1).is_some_and(char::is_ascii_digit));
        let ends = matches!(character, '%' | '$' | '\u{20ac}') && chars[end - 1].is_ascii_digit();
        if ends {
            return end + 1;
        }
        if !character.is_alphanumeric() && (!inside || thousands) {
            break;
        }
        end += 1;
    }
    end
}

/// One run as one token, or as several where it is words that a hyphen or a slash joins.
fn cut(piece: &str, found: &mut Vec<Token>) {
    if let Some((value, percent)) = read_number(piece) {
        found.push(made(piece, TokenKind::Number { value, percent }));
        return;
    }
    let owned = piece.strip_suffix("'s").or_else(|| piece.strip_suffix("'S"));
    let piece = owned.filter(|owned| owned.contains(|c: char| c.is_ascii_digit())).unwrap_or(piece);
    let identifier = piece.contains('@')
        || (piece.contains(|c: char| c.is_ascii_digit())
            && piece.contains(|c: char| !c.is_alphanumeric() && c != '\''));
    if identifier && !piece.contains('/') || is_day(piece) {
        found.push(made(piece, TokenKind::Word));
        return;
    }
    for part in piece.split(['-', '_', '/', '.', ',', ':', '+', '@', '#', '&']).filter(|part| !part.is_empty()) {
        contraction(part, found);
    }
}

/// `3/4/2025`, `03.04.2025`, `2025-04-03`, `2025-04-03T10:00`.
fn is_day(piece: &str) -> bool {
    let day = piece.split('T').next().unwrap_or(piece);
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// "didn't" is "did not", "what's" is "what is", "customers'" is "customers".
fn contraction(part: &str, found: &mut Vec<Token>) {
    let lower = part.to_lowercase();
    let word = |text: &str| made(text, TokenKind::Word);
    if let Some(verb) = lower.strip_suffix("n't") {
        let verb = match verb {
            "ca" => "can",
            "wo" => "will",
            "sha" => "shall",
            other => other,
        };
        found.extend([word(verb), word("not")]);
        return;
    }
    for (ending, meant) in [("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'d", "would"), ("'m", "am")] {
        if let Some(start) = lower.strip_suffix(ending) {
            found.extend([word(start), word(meant)]);
            return;
        }
    }
    if let Some(start) = lower.strip_suffix("'s") {
        let kept: String = part.chars().take(start.chars().count()).collect();
        found.push(word(&kept));
        if matches!(start, "what" | "who" | "where" | "when" | "how" | "that" | "there" | "it" | "which") {
            found.push(word("is"));
        }
        return;
    }
    match read_number(part) {
        Some((value, percent)) => found.push(made(part, TokenKind::Number { value, percent })),
        None => found.push(word(part.trim_end_matches('\''))),
    }
}

/// A mark, or a sign of comparison, which may have two characters; how many it took.
fn sign(chars: &[char], at: usize, found: &mut Vec<Token>) -> usize {
    let next = chars.get(at + 1);
    let (text, mark, taken) = match (chars[at], next) {
        ('>', Some('=')) => (">=", 'g', 2),
        ('<', Some('=')) => ("<=", 'l', 2),
        ('<', Some('>')) | ('!', Some('=')) => ("<>", 'n', 2),
        ('=', Some('=')) => ("=", '=', 2),
        (other, _) => {
            let text = other.to_string();
            found.push(made(&text, TokenKind::Mark(other)));
            return 1;
        }
    };
    found.push(made(text, TokenKind::Mark(mark)));
    taken
}

fn made(text: &str, kind: TokenKind) -> Token {
    let word = deunicode::deunicode(text).to_lowercase();
    let stem = if kind == TokenKind::Word { stem(&word) } else { word.clone() };
    let capital = text.chars().next().is_some_and(char::is_uppercase);
    Token { text: text.to_owned(), word, stem, kind, capital }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn words_are_cut_where_people_join_them() {
        assert_eq!(words("High-value customers, please!"), ["high", "value", "customers", ",", "please", "!"]);
        assert_eq!(words("what's Acme's status?"), ["what", "is", "acme", "status", "?"]);
        assert_eq!(words("who didn't buy"), ["who", "did", "not", "buy"]);
        assert_eq!(words("customer_id in_progress"), ["customer", "id", "in", "progress"]);
        assert_eq!(words("year/month"), ["year", "month"]);
    }

    #[test]
    fn identifiers_addresses_and_days_stay_whole() {
        assert_eq!(words("CUST-0042"), ["cust-0042"]);
        assert_eq!(words("ann.lee@example.com wrote"), ["ann.lee@example.com", "wrote"]);
        assert_eq!(words("on 2025-03-01"), ["on", "2025-03-01"]);
        assert_eq!(words("about \"late delivery\""), ["about", "late delivery"]);
    }

    #[test]
    fn numbers_are_read_with_their_units() {
        let numbers = |text: &str| tokens(text).iter().filter_map(Token::number).collect::<Vec<_>>();
        assert_eq!(numbers("over $1,500.50 or 20% or 3k"), [1500.5, 20., 3000.]);
        assert_eq!(numbers("-5 and 2.5m"), [-5., 2_500_000.]);
        assert_eq!(words("spend>=500"), ["spend", ">=", "500"]);
    }
}
