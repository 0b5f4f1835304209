//! Jinja's filters for words, which the engine has not, or has otherwise.

use minijinja::{Environment, Error};

use super::arguments::{Arguments, Given};
use super::bridge::text;
use super::error::{undefined, wrong_type, wrong_value};

type Engine = minijinja::Value;
type Answer = Result<Engine, Error>;

pub(super) fn add_to(environment: &mut Environment<'static>) {
    environment.add_filter("truncate", |value: Engine, given: Given| truncate(&value, &given.into_values()));
    environment.add_filter("center", |value: Engine, given: Given| {
        let arguments = Arguments::of(given, &["width"])?;
        Ok::<_, Error>(centred(&text(&value), width_of(&arguments, 80)?, ' '))
    });
    environment.add_filter("wordcount", |value: Engine| word_count(&text(&value)));
    environment.add_filter("striptags", |value: Engine| minijinja_contrib::filters::striptags(text(&value)));
    environment.add_filter("filesizeformat", |value: Engine, given: Given| size(&value, &given.into_values()));
    environment.add_filter("random", |value: Engine| random(&value));
    for name in ["escape", "e", "forceescape"] {
        environment.add_filter(name, |value: Engine| escaped(&text(&value)));
    }
}

fn width_of(arguments: &Arguments, usual: usize) -> Result<usize, Error> {
    match arguments.get(0) {
        None => Ok(usual),
        Some(width) => width.as_usize().ok_or_else(|| wrong_type("a width must be a whole number")),
    }
}

/// Python's `str.center`: of an odd rest the greater half goes to the left where the width is odd.
pub(super) fn centred(text: &str, width: usize, fill: char) -> String {
    let rest = width.saturating_sub(text.chars().count());
    let left = rest / 2 + (rest & width & 1);
    let filled = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
    format!("{}{text}{}", filled(left), filled(rest - left))
}

fn truncate(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["length", "killwords", "end", "leeway"])?;
    if value.is_undefined() {
        return Ok(Engine::from(""));
    }
    let source = value.as_str().ok_or_else(|| wrong_type("truncate takes a text"))?;
    let number = |place: usize, usual: usize| match arguments.get(place).filter(|value| !value.is_none()) {
        None => Ok(usual),
        Some(number) => number.as_usize().ok_or_else(|| wrong_type("truncate takes whole numbers")),
    };
    let (length, leeway) = (number(0, 255)?, number(3, 5)?);
    let end = arguments.text(2)?.unwrap_or("...");
    let kept = length.checked_sub(end.chars().count());
    let kept = kept.ok_or_else(|| wrong_value(format!("expected length >= {}, got {length}", end.chars().count())))?;
    if source.chars().count() <= length + leeway {
        return Ok(value.clone());
    }
    let start: String = source.chars().take(kept).collect();
    let cuts_words = arguments.get(1).is_some_and(Engine::is_true);
    let whole_words = start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words);
    Ok(Engine::from(format!("{}{end}", if cuts_words { &start } else { whole_words })))
}

fn word_count(text: &str) -> usize {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
        .count()
}

fn size(value: &Engine, given: &[Engine]) -> Answer {
    let arguments = Arguments::bind(given, &["binary"])?;
    let number: f64 = match value.as_str() {
        Some(word) => word.trim().parse().map_err(|_| wrong_value("filesizeformat takes a number"))?,
        None => f64::try_from(value.clone()).map_err(|_| wrong_type("filesizeformat takes a number"))?,
    };
    let is_binary = arguments.get(0).map(Engine::is_true);
    Ok(Engine::from(minijinja_contrib::filters::filesizeformat(number, is_binary)))
}

fn random(value: &Engine) -> Answer {
    if value.is_undefined() {
        return Err(undefined());
    }
    let items: Vec<Engine> = value.try_iter()?.collect();
    let place = rand::random::<u64>().checked_rem(items.len() as u64).unwrap_or(0);
    Ok(usize::try_from(place).ok().and_then(|place| items.get(place).cloned()).unwrap_or(Engine::UNDEFINED))
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('>', "&gt;").replace('<', "&lt;");
    text.replace('\'', "&#39;").replace('"', "&#34;")
}
