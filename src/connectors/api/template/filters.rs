//! The reference's filters, and those of Jinja that Python's values change.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, State};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::hashing;
use super::super::time::{as_float, as_int};
use super::super::value::{Map, Value, float_text, to_python_json};
use super::arguments::{Arguments, Given};
use super::bridge::{from_engine, text, to_engine};
use super::error::{undefined, wrong_type, wrong_value};

type Engine = minijinja::Value;
type Answer = Result<Engine, Error>;

/// What `urllib.parse.quote` leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~');
const WITH_SLASH: &AsciiSet = &UNRESERVED.remove(b'/');

pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.add_filter("hash", |value: Engine, given: Given| hash(&value, &given.into_values()));
    environment.add_filter("hmac", |value: Engine, given: Given| hmac(&value, &given.into_values()));
    environment.add_filter("base64encode", |value: Engine| string_of(&value).map(|text| BASE64.encode(text)));
    environment.add_filter("base64decode", |value: Engine| decoded(&value));
    environment.add_filter("base64binascii_decode", |value: Engine| string_of(&value).map(|text| BASE64.encode(text)));
    environment.add_filter("string", |value: Engine| quoted_json(&value));
    environment.add_filter("regex_search", |value: Engine, given: Given| search(&value, &given.into_values()));
    environment.add_filter("regex_replace", |value: Engine, given: Given| replace(&value, &given.into_values()));
    environment.add_filter("int", |value: Engine, given: Given| integer(&value, &given.into_values()));
    environment.add_filter("float", |value: Engine, given: Given| float(&value, &given.into_values()));
    environment.add_filter("join", |value: Engine, given: Given| join(&value, &given.into_values()));
    environment.add_filter("list", list);
    for name in ["default", "d"] {
        environment.add_filter(name, |value: Engine, given: Given| default(&value, &given.into_values()));
    }
    environment.add_filter("tojson", |value: Engine, given: Given| to_json(&value, &given.into_values()));
    environment.add_filter("urlencode", |value: Engine| url_encoded(&value));
}

/// A text to send in a query: blanks become `+`.
pub(in super::super) fn plus_encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string().replace("%20", "+")
}

/// A text to send in a URL's path or query, `/` kept.
fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, WITH_SLASH).to_string()
}

fn string_of(value: &Engine) -> Result<&str, Error> {
    match value.as_str() {
        Some(text) => Ok(text),
        // `None` and numbers have no `encode`, which a template does not survive.
        None if value.is_undefined() => Err(undefined()),
        None => Err(wrong_value("the value is not a text")),
    }
}

fn hash(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["hash_type", "salt"])?;
    let kind = arguments.text(0)?.unwrap_or("md5");
    let mut bytes = text(value).into_bytes();
    if let Some(salt) = arguments.get(1).filter(|salt| salt.is_true()) {
        bytes.extend_from_slice(text(salt).as_bytes());
    }
    let digest =
        hashing::digest(kind, &bytes).ok_or_else(|| wrong_value(format!("No hashing function named {kind}")))?;
    Ok(Engine::from(hex::encode(digest)))
}

fn hmac(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["key", "hash_type"])?;
    if let Some(other) = arguments.text(1)?.filter(|kind| *kind != "sha256") {
        return Err(wrong_value(format!("Hash type '{other}' is not allowed. Allowed types: sha256")));
    }
    let key = text(arguments.required(0)?);
    Ok(Engine::from(hex::encode(hashing::hmac_sha256(key.as_bytes(), text(value).as_bytes()))))
}

fn decoded(value: &Engine) -> Answer {
    let text = string_of(value)?;
    // Python's reader leaves out what is not of the alphabet.
    let known: String =
        text.chars().filter(|next| next.is_ascii_alphanumeric() || matches!(next, '+' | '/' | '=')).collect();
    let bytes = BASE64.decode(known).map_err(|_| wrong_value("the text is not base64"))?;
    String::from_utf8(bytes).map(Engine::from).map_err(|_| wrong_value("the decoded bytes are not UTF-8"))
}

/// A text as it is; anything else as JSON in triple quotes, so that it stays a text when read as a literal.
fn quoted_json(value: &Engine) -> Answer {
    if value.is_undefined() || matches!(value.kind(), ValueKind::Plain) {
        return Err(wrong_type("the value is not JSON serializable"));
    }
    Ok(match value.as_str() {
        Some(text) => Engine::from(text),
        None => Engine::from(format!("\"\"\"{}\"\"\"", to_python_json(&from_engine(value)))),
    })
}

fn pattern(source: &str) -> Result<fancy_regex::Regex, Error> {
    fancy_regex::Regex::new(source)
        .map_err(|error| wrong_value(format!("{source:?} is no regular expression: {error}")))
}

fn search(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["regex"])?;
    let source = arguments.text(0)?.ok_or_else(|| wrong_type("regex_search takes a pattern"))?;
    let text = value.as_str().ok_or_else(|| wrong_type("regex_search takes a text"))?;
    let found = pattern(source)?.captures(text).map_err(|error| wrong_value(error.to_string()))?;
    let group = found.as_ref().filter(|found| found.len() > 1);
    Ok(match group {
        Some(found) => found.get(1).map_or(Engine::from(()), |group| Engine::from(group.as_str())),
        None => Engine::from(""),
    })
}

fn replace(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["regex", "replacement"])?;
    let source = arguments.text(0)?.ok_or_else(|| wrong_type("regex_replace takes a pattern"))?;
    let replacement = arguments.text(1)?.ok_or_else(|| wrong_type("regex_replace takes a replacement"))?;
    let text = value.as_str().ok_or_else(|| wrong_type("regex_replace takes a text"))?;
    let pattern = pattern(source)?;
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for found in pattern.captures_iter(text) {
        let found = found.map_err(|error| wrong_value(error.to_string()))?;
        let whole = found.get(0).ok_or_else(|| wrong_value("a match of nothing"))?;
        out.push_str(&text[done..whole.start()]);
        expand(&found, replacement, &mut out)?;
        done = whole.end();
    }
    out.push_str(&text[done..]);
    Ok(Engine::from(out))
}

/// Python's templates of replacement: `\1`, `\g<name>`, `\n`.
fn expand(found: &fancy_regex::Captures<'_, str>, template: &str, out: &mut String) -> Result<(), Error> {
    let mut rest = template;
    while let Some(place) = rest.find('\\') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        if let Some(name) = rest.strip_prefix("g<").and_then(|named| named.split_once('>')) {
            let group = name.0.parse().map_or_else(|_| found.name(name.0), |number| found.get(number));
            out.push_str(group.map_or("", |group| group.as_str()));
            rest = name.1;
            continue;
        }
        let digits = rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let number: usize = rest[..digits].parse().unwrap_or(usize::MAX);
            if number >= found.len() {
                return Err(wrong_value(format!("invalid group reference {number}")));
            }
            out.push_str(found.get(number).map_or("", |group| group.as_str()));
            rest = &rest[digits..];
            continue;
        }
        let Some(escaped) = rest.chars().next() else { return Err(wrong_value("bad escape at the end")) };
        match escaped {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '\\' => out.push('\\'),
            other if other.is_ascii_alphabetic() => return Err(wrong_value(format!("bad escape \\{other}"))),
            other => {
                out.push('\\');
                out.push(other);
            }
        }
        rest = &rest[escaped.len_utf8()..];
    }
    out.push_str(rest);
    Ok(())
}

fn integer(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["default", "base"])?;
    let default = || arguments.get(0).cloned().unwrap_or_else(|| Engine::from(0));
    let base = arguments.get(1).and_then(Engine::as_i64).unwrap_or(10);
    if value.is_undefined() {
        return Err(undefined());
    }
    let value = from_engine(value);
    if base != 10
        && let Some(text) = value.as_str()
    {
        let base = u32::try_from(base).unwrap_or(10);
        let digits = text.trim().trim_start_matches("0x").trim_start_matches("0b").trim_start_matches("0o");
        return Ok(i128::from_str_radix(digits, base).map_or_else(|_| default(), Engine::from));
    }
    #[expect(clippy::cast_possible_truncation, reason = "as Python's int() of a float does")]
    let number =
        as_int(&value).or_else(|| as_float(&value).filter(|number| number.is_finite()).map(|number| number as i128));
    Ok(number.map_or_else(default, |number| to_engine(&Value::int(number))))
}

fn float(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["default"])?;
    let default = || arguments.get(0).cloned().unwrap_or_else(|| Engine::from(0.0));
    if value.is_undefined() {
        return Err(undefined());
    }
    Ok(as_float(&from_engine(value)).map_or_else(default, Engine::from))
}

fn join(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["d", "attribute"])?;
    let between = arguments.get(0).map(text).unwrap_or_default();
    if value.is_none() {
        return Err(wrong_type("None is no list"));
    }
    if value.is_undefined() {
        return Ok(Engine::from(""));
    }
    let mut words = Vec::new();
    for item in value.try_iter()? {
        let item = match arguments.get(1) {
            Some(attribute) => item.get_item(attribute)?,
            None => item,
        };
        words.push(text(&item));
    }
    Ok(Engine::from(words.join(&between)))
}

/// What can be gone through one by one; `None` cannot.
fn list(state: &State<'_, '_>, value: Engine) -> Answer {
    if value.is_none() {
        return Err(wrong_type("None is no list"));
    }
    minijinja::filters::list(state, value)
}

/// Another value where there is none, or, if that is asked for, where it is empty or false.
fn default(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["default_value", "boolean"])?;
    let empty_too = arguments.get(1).is_some_and(Engine::is_true);
    if value.is_undefined() || (empty_too && !value.is_true()) {
        return Ok(arguments.get(0).cloned().unwrap_or_else(|| Engine::from("")));
    }
    Ok(value.clone())
}

/// JSON with sorted keys and without what HTML would read.
fn to_json(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["indent"])?;
    if value.is_undefined() || matches!(value.kind(), ValueKind::Plain) {
        return Err(wrong_type("the value is not JSON serializable"));
    }
    if arguments.get(0).is_some_and(|indent| !indent.is_none()) {
        return Err(wrong_value("tojson is not run with an indent here"));
    }
    let json = to_python_json(&sorted(&from_engine(value)));
    let safe = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027");
    Ok(Engine::from(safe))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::List(items) | Value::Tuple(items) => Value::list(items.iter().map(sorted).collect()),
        Value::Map(map) => {
            let mut members: Vec<_> = map.iter().map(|(key, item)| (key.clone(), sorted(item))).collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            Value::map(Map::from_members(members))
        }
        other => other.clone(),
    }
}

fn url_encoded(value: &Engine) -> Answer {
    let encoded = |value: &Value| match value {
        Value::Float(number) => float_text(*number),
        other => super::super::value::text(other),
    };
    let pair = |key: &str, item: &Value| format!("{}={}", plus_encoded(key), plus_encoded(&encoded(item)));
    Ok(Engine::from(match from_engine(value) {
        Value::Map(map) => map.iter().map(|(key, item)| pair(key, item)).collect::<Vec<_>>().join("&"),
        Value::List(items) => {
            let pairs = items.iter().filter_map(|item| match item.as_list() {
                Some([key, item]) => Some(pair(&encoded(key), item)),
                _ => None,
            });
            pairs.collect::<Vec<_>>().join("&")
        }
        other => percent_encoded(&encoded(&other)),
    }))
}
