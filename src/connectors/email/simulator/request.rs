//! Commands as they come over the line: words, quoted strings, literals and lists (RFC 3501, sections 4 and 9).

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest command, literals included.
pub(super) const LONGEST: usize = 64 << 10;

/// A part of a command.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// An atom, brackets and what stands in them included: `BODY.PEEK[HEADER.FIELDS (FROM)]<0.100>`.
    Word(String),
    /// A quoted string or a literal.
    Text(String),
    List(Vec<Self>),
}

impl Token {
    /// What it says, if it is no list.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Word(text) | Self::Text(text) => Some(text),
            Self::List(_) => None,
        }
    }

    /// An atom in upper case.
    pub(super) fn word(&self) -> Option<String> {
        match self {
            Self::Word(word) => Some(word.to_ascii_uppercase()),
            _ => None,
        }
    }
}

/// Reads a command with its literals, asking for each that has to be asked for; None where the line has ended, or where a
/// command does not.
pub(super) async fn read<R>(reader: &mut R, writer: &mut (impl AsyncWrite + Unpin)) -> io::Result<Option<Vec<u8>>>
where
    R: AsyncBufRead + Unpin,
{
    let mut command = Vec::new();
    loop {
        let (begin, left) = (command.len(), (LONGEST - command.len().min(LONGEST)) as u64);
        let length = AsyncReadExt::take(&mut *reader, left).read_until(b'\n', &mut command).await?;
        if length == 0 || !command.ends_with(b"\n") {
            return Ok(None);
        }
        let Some((bytes, asks)) = literal(&command[begin..]) else {
            command.truncate(command.len() - if command.ends_with(b"\r\n") { 2 } else { 1 });
            return Ok(Some(command));
        };
        if bytes > LONGEST {
            return Ok(None);
        }
        if asks {
            writer.write_all(b"+ go ahead\r\n").await?;
            writer.flush().await?;
        }
        append(reader, bytes, &mut command).await?;
    }
}

async fn append(reader: &mut (impl AsyncRead + Unpin), bytes: usize, to: &mut Vec<u8>) -> io::Result<()> {
    let before = to.len();
    to.resize(before + bytes, 0);
    reader.read_exact(&mut to[before..]).await.map(drop)
}

/// How long the literal is that a line announces, and whether it waits for a word (RFC 7888).
fn literal(line: &[u8]) -> Option<(usize, bool)> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let digits = std::str::from_utf8(&line[memchr::memrchr(b'{', line)? + 1..]).ok()?;
    let asks = !digits.ends_with('+');
    Some((digits.trim_end_matches('+').parse().ok()?, asks))
}

/// Takes a command apart.
///
/// # Errors
/// What is wrong with it.
pub(super) fn tokens(command: &[u8]) -> Result<Vec<Token>, &'static str> {
    let mut rest = command;
    let tokens = list(&mut rest, 0)?;
    if rest.is_empty() { Ok(tokens) } else { Err("a parenthesis too much") }
}

/// Lists that lie in each other, and keys of a search.
pub(super) const DEEPEST: usize = 20;

fn list(rest: &mut &[u8], depth: usize) -> Result<Vec<Token>, &'static str> {
    let mut tokens = Vec::new();
    while let Some((first, behind)) = rest.split_first() {
        match first {
            b' ' => *rest = behind,
            b')' => break,
            b'(' if depth == DEEPEST => return Err("too many parentheses"),
            b'(' => {
                *rest = behind;
                tokens.push(Token::List(list(rest, depth + 1)?));
                *rest = rest.strip_prefix(b")").ok_or("a parenthesis is not closed")?;
            }
            b'"' => {
                *rest = behind;
                tokens.push(Token::Text(quoted(rest)?));
            }
            b'{' => tokens.push(Token::Text(counted(rest)?)),
            _ => tokens.push(Token::Word(word(rest)?)),
        }
    }
    Ok(tokens)
}

fn quoted(rest: &mut &[u8]) -> Result<String, &'static str> {
    let mut text = Vec::new();
    loop {
        match *rest {
            [b'\\', escaped @ (b'"' | b'\\'), behind @ ..] => {
                text.push(*escaped);
                *rest = behind;
            }
            [b'"', behind @ ..] => {
                *rest = behind;
                return utf8(text);
            }
            [byte, behind @ ..] => {
                text.push(*byte);
                *rest = behind;
            }
            [] => return Err("a quote is not closed"),
        }
    }
}

fn counted(rest: &mut &[u8]) -> Result<String, &'static str> {
    let end = memchr::memchr(b'\n', rest).ok_or("a literal is cut off")? + 1;
    let (length, _) = literal(&rest[..end]).ok_or("a literal has no length")?;
    let (text, behind) = rest[end..].split_at_checked(length).ok_or("a literal is cut off")?;
    let text = text.to_vec();
    *rest = behind;
    utf8(text)
}

fn word(rest: &mut &[u8]) -> Result<String, &'static str> {
    let mut in_brackets = false;
    let end = rest.iter().position(|byte| {
        match byte {
            b'[' => in_brackets = true,
            b']' => in_brackets = false,
            _ => {}
        }
        !in_brackets && matches!(byte, b' ' | b'(' | b')')
    });
    let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
    *rest = behind;
    utf8(word.to_vec())
}

fn utf8(bytes: Vec<u8>) -> Result<String, &'static str> {
    String::from_utf8(bytes).map_err(|_| "a text is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_taken_apart() {
        let word = |word: &str| Token::Word(word.to_owned());
        let text = |text: &str| Token::Text(text.to_owned());
        let command = b"a1 UID FETCH 1:3,7 (UID BODY.PEEK[HEADER.FIELDS (FROM TO)]<0.100>) \"a \\\"b\" {3}\r\nx(y NIL";
        let expected = [
            word("a1"),
            word("UID"),
            word("FETCH"),
            word("1:3,7"),
            Token::List(vec![word("UID"), word("BODY.PEEK[HEADER.FIELDS (FROM TO)]<0.100>")]),
            text("a \"b"),
            text("x(y"),
            word("NIL"),
        ];
        assert_eq!(tokens(command).unwrap(), expected);
        for wrong in ["a (b", "a b)", "a \"b", "a {9}\r\nb", &"(".repeat(100)] {
            assert!(tokens(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn literals_are_waited_for() {
        let mut line: &[u8] = b"a LOGIN {3}\r\nada {2+}\r\npw\r\nb NOOP\r\nc half";
        let mut said = Vec::new();
        assert_eq!(read(&mut line, &mut said).await.unwrap().unwrap(), b"a LOGIN {3}\r\nada {2+}\r\npw");
        assert_eq!(said, b"+ go ahead\r\n");
        assert_eq!(read(&mut line, &mut said).await.unwrap().unwrap(), b"b NOOP");
        assert_eq!(read(&mut line, &mut said).await.unwrap(), None);
    }
}
