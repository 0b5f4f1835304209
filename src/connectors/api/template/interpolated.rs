//! Fields of a manifest that may be templates, and the rules by which they become values.

use std::sync::{Arc, OnceLock};

use super::super::value::{Value, text};
use super::error::{TemplateError, Written};
use super::literal::evaluate;
use super::missing;
use super::scope::Scope;
use super::{Template, is_template, to_engine};

/// The most characters of a template that a failure shows.
const MOST_SHOWN: usize = 120;

/// What a literal may be; another one stays the text that it was written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum Types {
    #[default]
    Any,
    Str,
    StrOrList,
    Float,
    Int,
    Bool,
}

impl Types {
    fn admit(self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Str => matches!(value, Value::Str(_)),
            Self::StrOrList => matches!(value, Value::Str(_) | Value::List(_)),
            Self::Float => matches!(value, Value::Float(_)),
            Self::Int => value.as_int().is_some(),
            Self::Bool => matches!(value, Value::Bool(_)),
        }
    }

    /// Reads a text as a literal, where that gives one of these types.
    pub(super) fn literal(self, rendered: &str) -> Value {
        evaluate(rendered).filter(|value| self.admit(value)).unwrap_or_else(|| Value::str(rendered))
    }
}

/// A source, compiled where it is a template at all.
#[derive(Clone, Debug)]
pub(super) struct Source {
    text: String,
    template: Option<Template>,
    parameters: minijinja::Value,
}

/// What rendering came to.
enum Rendered {
    Text(String),
    Nothing,
    /// Why not, in the engine's words.
    Undefined(String),
}

impl Source {
    pub(super) fn new(source: &str, parameters: &Value) -> Result<Self, TemplateError> {
        let template = is_template(source).then(|| Template::new(source)).transpose()?;
        // As Jinja reads a source: one line end at its end does not count.
        let bare = source.strip_suffix('\n').unwrap_or(source);
        let text = if template.is_some() { source } else { bare.strip_suffix('\r').unwrap_or(bare) };
        Ok(Self { text: text.to_owned(), template, parameters: to_engine(parameters) })
    }

    fn render(&self, scope: &Scope) -> Result<Rendered, TemplateError> {
        if self.text.contains("stream_state") {
            return Err(TemplateError::StreamState);
        }
        let Some(template) = &self.template else {
            return Ok(if self.text.is_empty() { Rendered::Nothing } else { Rendered::Text(self.text.clone()) });
        };
        match template.render(&self.seen_by(template, scope)) {
            Ok(text) if text.is_empty() => Ok(Rendered::Nothing),
            Ok(text) => Ok(Rendered::Text(text)),
            // The reference takes the source for the result where types do not go together.
            Err(TemplateError::Types(_)) => Ok(Rendered::Text(self.text.clone())),
            Err(TemplateError::Undefined { what, .. }) => Ok(Rendered::Undefined(what)),
            Err(error) => Err(error),
        }
    }

    /// All that the template can look up.
    fn seen_by(&self, template: &Template, scope: &Scope) -> Scope {
        let mut scope = scope.clone();
        scope.set("parameters", self.parameters.clone());
        for (alias, name) in [("stream_interval", "stream_slice"), ("stream_partition", "stream_slice")] {
            if template.names(alias) {
                scope.alias(alias, name);
            }
        }
        scope
    }

    /// What is missing, where the engine has no more than `words` for it.
    fn missing(&self, scope: &Scope, words: String) -> TemplateError {
        let found =
            self.template.as_ref().and_then(|template| missing::first(&self.text, &self.seen_by(template, scope)));
        let template = match self.text.char_indices().nth(MOST_SHOWN) {
            Some((end, _)) => format!("{}…", &self.text[..end]),
            None => self.text.clone(),
        };
        TemplateError::Undefined { what: found.unwrap_or(words), template, written: None }
    }

    /// The value; `default` where there is nothing, or nothing defined.
    pub(super) fn eval_or(&self, scope: &Scope, types: Types, default: &Value) -> Result<Value, TemplateError> {
        match self.render(scope)? {
            Rendered::Text(text) => Ok(types.literal(&text)),
            Rendered::Nothing | Rendered::Undefined(_) => Ok(default.clone()),
        }
    }
}

/// A text that may be a template, and that is its own default.
#[derive(Clone, Debug)]
pub(in super::super) struct Interpolated {
    source: Source,
    written: Option<Arc<Written>>,
    /// Whether the first evaluation gave the source itself: then it is taken for plain text from there on.
    is_plain: OnceLock<bool>,
}

impl Interpolated {
    /// # Errors
    /// Where the source is no template that can be compiled.
    pub(in super::super) fn new(source: &str, parameters: &Value) -> Result<Self, TemplateError> {
        Ok(Self { source: Source::new(source, parameters)?, written: None, is_plain: OnceLock::new() })
    }

    /// The same that says of failures where it is written: in which field, on which line of the manifest.
    #[must_use]
    pub(in super::super) fn written(self, field: &str, line: u64) -> Self {
        Self { written: Some(Arc::new(Written { field: field.to_owned(), line })), ..self }
    }

    /// # Errors
    /// Where the template fails.
    pub(in super::super) fn eval(&self, scope: &Scope) -> Result<Value, TemplateError> {
        self.eval_as(scope, Types::Any)
    }

    /// # Errors
    /// Where the template fails.
    pub(in super::super) fn eval_as(&self, scope: &Scope, types: Types) -> Result<Value, TemplateError> {
        if self.is_plain.get() == Some(&true) {
            return Ok(Value::str(&self.source.text));
        }
        let value = match self.source.render(scope).map_err(|error| error.at(self.written.as_deref()))? {
            Rendered::Text(text) => types.literal(&text),
            Rendered::Nothing => Value::str(""),
            Rendered::Undefined(words) => {
                return Err(self.source.missing(scope, words).at(self.written.as_deref()));
            }
        };
        self.is_plain.get_or_init(|| value.as_str() == Some(&self.source.text));
        Ok(value)
    }

    /// The value as Python's `str` writes it.
    ///
    /// # Errors
    /// Where the template fails.
    pub(in super::super) fn text(&self, scope: &Scope) -> Result<String, TemplateError> {
        self.eval(scope).map(|value| text(&value))
    }
}

/// A condition: false where it gives nothing, zero, an empty thing, or the words for these.
#[derive(Clone, Debug)]
pub(in super::super) struct Condition(Source);

impl Condition {
    /// # Errors
    /// Where the source is no template that can be compiled.
    pub(in super::super) fn new(source: &str, parameters: &Value) -> Result<Self, TemplateError> {
        Source::new(source, parameters).map(Self)
    }

    /// # Errors
    /// Where the template fails.
    pub(in super::super) fn holds(&self, scope: &Scope) -> Result<bool, TemplateError> {
        const FALSE_WORDS: [&str; 8] = ["False", "false", "{}", "[]", "()", "", "0", "0.0"];
        let value = self.0.eval_or(scope, Types::Any, &Value::Bool(false))?;
        Ok(match &value {
            Value::Str(text) => !FALSE_WORDS.contains(&text.as_str()),
            other => other.is_truthy(),
        })
    }
}
