//! Methods of Python's texts, lists and dictionaries: those of `minijinja`'s Python-compatible mode, and some more that
//! manifests use.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, State};

use super::super::value::{Value, text as python_text};
use super::arguments::Arguments;
use super::bridge::{from_engine, to_engine};
use super::error::{undefined, wrong_type, wrong_value};
use super::wording::centred;

type Engine = minijinja::Value;

pub(super) fn call(state: &mut State<'_, '_>, value: &Engine, method: &str, args: &[Engine]) -> Result<Engine, Error> {
    if value.is_undefined() {
        return Err(undefined());
    }
    if let Some(text) = value.as_str()
        && let Some(answer) = of_text(text, method, args)?
    {
        return Ok(answer);
    }
    if matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) && method == "index" {
        let wanted = args.first().ok_or_else(|| wrong_type("index takes a value"))?;
        let place = value.try_iter()?.position(|item| item == *wanted);
        return place.map(Engine::from).ok_or_else(|| wrong_value("the value is not in the list"));
    }
    match minijinja_contrib::pycompat::unknown_method_callback(state, value, method, args) {
        Err(error) if error.kind() == ErrorKind::UnknownMethod => Err(undefined()),
        answer => answer,
    }
}

fn of_text(text: &str, method: &str, args: &[Engine]) -> Result<Option<Engine>, Error> {
    let word = |place: usize| -> Result<&str, Error> {
        args.get(place).and_then(Engine::as_str).ok_or_else(|| wrong_type(format!("{method} takes a text")))
    };
    Ok(Some(match method {
        // Python splits at blanks of any number, or at each separator, and refuses an empty one.
        "split" | "rsplit" => {
            let arguments = Arguments::bind(args, &["sep", "maxsplit"])?;
            let most = arguments.get(1).and_then(Engine::as_i64).and_then(|most| usize::try_from(most).ok());
            to_engine(&split(text, arguments.text(0)?, most, method == "rsplit")?)
        }
        "join" => {
            let items = args.first().ok_or_else(|| wrong_type("join takes a list"))?;
            let words: Vec<Value> = items.try_iter()?.map(|item| from_engine(&item)).collect();
            if words.iter().any(|word| word.as_str().is_none()) {
                return Err(wrong_type("join takes texts only"));
            }
            Engine::from(words.iter().map(python_text).collect::<Vec<_>>().join(text))
        }
        "zfill" => {
            let width = args.first().and_then(Engine::as_usize).ok_or_else(|| wrong_type("zfill takes a width"))?;
            let (sign, digits) = if text.starts_with(['+', '-']) { text.split_at(1) } else { ("", text) };
            let missing = width.saturating_sub(text.chars().count());
            Engine::from(format!("{sign}{}{digits}", "0".repeat(missing)))
        }
        "removeprefix" => Engine::from(text.strip_prefix(word(0)?).unwrap_or(text)),
        "removesuffix" => Engine::from(text.strip_suffix(word(0)?).unwrap_or(text)),
        "casefold" => Engine::from(text.to_lowercase().replace('ß', "ss")),
        "ljust" | "rjust" | "center" => {
            let arguments = Arguments::bind(args, &["width", "fillchar"])?;
            let width =
                arguments.required(0)?.as_usize().ok_or_else(|| wrong_type(format!("{method} takes a width")))?;
            let fill = arguments.text(1)?.unwrap_or(" ").chars().next().unwrap_or(' ');
            let rest = std::iter::repeat_n(fill, width.saturating_sub(text.chars().count())).collect::<String>();
            Engine::from(match method {
                "ljust" => format!("{text}{rest}"),
                "rjust" => format!("{rest}{text}"),
                _ => centred(text, width, fill),
            })
        }
        "isspace" => Engine::from(!text.is_empty() && text.chars().all(char::is_whitespace)),
        "swapcase" => Engine::from(text.chars().map(swapped).collect::<String>()),
        "partition" | "rpartition" => {
            let mark = word(0)?;
            let found = if method == "partition" { text.split_once(mark) } else { text.rsplit_once(mark) };
            let parts = match found {
                Some((before, after)) => [before, mark, after],
                None if method == "partition" => [text, "", ""],
                None => ["", "", text],
            };
            to_engine(&Value::Tuple(parts.map(Value::str).to_vec().into()))
        }
        "index" => {
            let place = text.find(word(0)?).ok_or_else(|| wrong_value("substring not found"))?;
            Engine::from(text[..place].chars().count())
        }
        "isdecimal" => Engine::from(!text.is_empty() && text.chars().all(|character| character.is_ascii_digit())),
        _ => return Ok(None),
    }))
}

fn swapped(character: char) -> char {
    if character.is_lowercase() {
        character.to_uppercase().next().unwrap_or(character)
    } else {
        character.to_lowercase().next().unwrap_or(character)
    }
}

fn split(text: &str, separator: Option<&str>, most: Option<usize>, from_end: bool) -> Result<Value, Error> {
    let parts: Vec<&str> = match (separator, most) {
        (Some(""), _) => return Err(wrong_value("empty separator")),
        (Some(separator), Some(most)) if from_end => {
            let mut parts: Vec<_> = text.rsplitn(most + 1, separator).collect();
            parts.reverse();
            parts
        }
        (Some(separator), Some(most)) => text.splitn(most + 1, separator).collect(),
        (Some(separator), None) => text.split(separator).collect(),
        (None, None) => text.split_whitespace().collect(),
        (None, Some(most)) => split_blanks(text, most),
    };
    Ok(Value::list(parts.into_iter().map(Value::str).collect()))
}

fn split_blanks(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if parts.len() == most {
            parts.push(rest.trim_end());
            break;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    parts
}
