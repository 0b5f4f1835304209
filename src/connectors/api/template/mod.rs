//! Templates: what stands between `{{` and `}}` in a manifest, with the reference's macros, filters and rules.
//!
//! `minijinja` does the work. What Python does otherwise is done here: operators on dates and on what cannot be compared
//! ([`rewrite`], [`operators`]), how values are written ([`bridge`]), and that what was rendered is read as a literal
//! ([`literal`]).

mod arguments;
mod bridge;
mod environment;
mod error;
mod filters;
mod growing;
mod interpolated;
pub(super) mod literal;
mod macros;
mod mapping;
mod methods;
mod missing;
mod moments;
mod operators;
mod rewrite;
mod scope;
mod short_pages;
#[cfg(test)]
mod tests;
mod wording;

use std::collections::BTreeSet;
use std::sync::Arc;

use minijinja::Environment;

use super::value::Text;

pub(super) use bridge::to_engine;
pub(super) use error::TemplateError;
pub(super) use filters::plus_encoded;
pub(super) use interpolated::{Condition, Interpolated, Types};
pub(super) use mapping::{InterpolatedMap, Nested};
pub(super) use scope::Scope;
pub(super) use short_pages::ends_on_short_pages;

/// The name under which an environment holds its one template.
const NAME: &str = "template";

/// A template, compiled.
#[derive(Clone)]
pub(super) struct Template {
    environment: Arc<Environment<'static>>,
    /// The names that it looks up, besides macros.
    names: Arc<[Text]>,
}

impl Template {
    /// # Errors
    /// `Syntax` where the source is no template.
    pub(super) fn new(source: &str) -> Result<Self, TemplateError> {
        let source = rewrite::rewritten(source)?;
        let mut environment = environment::base();
        environment.add_template_owned(NAME, source).map_err(|error| TemplateError::syntax(&error))?;
        let known: BTreeSet<String> = environment.globals().map(|(name, _)| name.to_owned()).collect();
        let template = environment.get_template(NAME).map_err(|error| TemplateError::syntax(&error))?;
        let names = template.undeclared_variables(false).into_iter().filter(|name| !known.contains(name));
        let names = names.map(Text::from).collect();
        Ok(Self { names, environment: Arc::new(environment) })
    }

    /// Renders it to text.
    ///
    /// # Errors
    /// As the reference fails: for undefined values, wrong types, and names that are not there.
    pub(super) fn render(&self, scope: &Scope) -> Result<String, TemplateError> {
        if let Some(name) = self.names.iter().find(|name| !scope.holds(name)) {
            return Err(TemplateError::Failed(format!("the template names `{name}`, which is not known here")));
        }
        let template = self.environment.get_template(NAME).map_err(|error| TemplateError::syntax(&error))?;
        template.render(scope.as_engine()).map_err(|error| TemplateError::of_engine(&error))
    }

    /// Whether it looks up a name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template").field("names", &self.names).finish_non_exhaustive()
    }
}

/// Whether a text is more than itself.
pub(super) fn is_template(source: &str) -> bool {
    source.contains("{{") || source.contains("{%") || source.contains("{#")
}
