//! From what an answer holds to records: extraction, filtering, transformation and normalisation.

mod expander;
mod extractor;
mod flatten;
mod keys;
mod normalize;
mod transformation;

use super::failure::Failure;
use super::manifest::{ManifestError, Node};
use super::run::Builder;
use super::slice::Slice;
use super::template::{Condition, Scope, to_engine};
use super::value::Value;

pub(super) use extractor::{Extracted, Extractor};
pub(super) use transformation::{AddedField, Transformation};

/// Whether a record is wanted.
pub(super) type Keep<'a> = dyn Fn(&Value) -> Result<bool, Failure> + 'a;

/// Makes records out of the values of an answer.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    extractor: Extractor,
    filter: Option<Filter>,
    transformations: Vec<Transformation>,
    transform_first: bool,
    normalizes: bool,
}

/// The manifest's own filter.
#[derive(Clone, Debug)]
enum Filter {
    By(Condition),
    /// One without a condition, which takes no record, as in the reference; beside the filter by the cursor it is none.
    Empty,
}

impl Filter {
    fn build(node: &Node) -> Result<Self, ManifestError> {
        Ok(node.condition("condition")?.map_or(Self::Empty, Self::By))
    }
}

/// The records of a page.
pub(super) struct Selected {
    pub(super) records: Vec<Value>,
    /// Why there are no more.
    pub(super) failure: Option<Failure>,
}

impl Selector {
    /// `filters_by_cursor`: whether records are also filtered by the cursor, which looks at transformed ones.
    pub(super) fn build(
        node: &Node,
        transformations: &[Node],
        filters_by_cursor: bool,
        builder: &Builder<'_>,
    ) -> Result<Self, ManifestError> {
        let filter = node.get("record_filter").map(Filter::build).transpose()?;
        let transformations = transformations.iter().map(Transformation::build).collect::<Result<_, _>>()?;
        let normalizes = match node.text("schema_normalization").as_deref() {
            None | Some("None") => false,
            Some("Default") => true,
            Some(other) => return Err(node.error(format!("schema_normalization cannot be {other}"))),
        };
        Ok(Self {
            extractor: Extractor::build(node.required("extractor")?, builder)?,
            filter,
            transformations,
            transform_first: node.flag("transform_before_filtering").unwrap_or(filters_by_cursor),
            normalizes,
        })
    }

    /// What the values of an answer hold.
    ///
    /// # Errors
    /// Where nothing can be extracted.
    pub(super) async fn extract(&self, bodies: Vec<Value>, base: &Scope) -> Result<Extracted, Failure> {
        self.extractor.extract(bodies, base).await
    }

    /// Filters, transforms and normalises records, whatever they were extracted from, up to the first that fails. `keep` is the
    /// filter by the cursor, which comes right before the manifest's own.
    pub(super) fn refine(
        &self,
        records: Vec<Value>,
        base: &Scope,
        slice: &Slice,
        token: Option<&Value>,
        schema: &Value,
        keep: Option<&Keep<'_>>,
    ) -> Selected {
        let context = Context {
            filtering: slice.scope(base, token),
            // Transformations see no token of a page, and the slice's extra fields only in the slice.
            transforming: slice.record_scope(base),
            schema: Some(schema).filter(|schema| schema.is_truthy()),
            keep,
        };
        let mut selected = Selected { records: Vec::with_capacity(records.len()), failure: None };
        for mut record in records {
            match self.takes(&mut record, &context) {
                Ok(true) => selected.records.push(record),
                Ok(false) => {}
                Err(failure) => {
                    selected.failure = Some(failure);
                    break;
                }
            }
        }
        selected
    }

    /// Makes of a record what is to be read. Returns whether it is.
    fn takes(&self, record: &mut Value, context: &Context<'_>) -> Result<bool, Failure> {
        if !self.transform_first && !self.passes(record, context)? {
            return Ok(false);
        }
        for transformation in &self.transformations {
            transformation.apply(record, &context.transforming)?;
        }
        if self.transform_first && !self.passes(record, context)? {
            return Ok(false);
        }
        if let Some(schema) = context.schema {
            normalize::to_object(record)?;
            if self.normalizes {
                normalize::normalize(record, schema);
            }
        }
        Ok(true)
    }

    fn passes(&self, record: &Value, context: &Context<'_>) -> Result<bool, Failure> {
        if let Some(keep) = context.keep
            && !keep(record)?
        {
            return Ok(false);
        }
        match &self.filter {
            None => Ok(true),
            Some(Filter::Empty) => Ok(context.keep.is_some()),
            Some(Filter::By(condition)) => {
                let mut scope = context.filtering.clone();
                scope.set("record", to_engine(record));
                Ok(condition.holds(&scope)?)
            }
        }
    }
}

/// What the records of a page are looked at with.
struct Context<'a> {
    filtering: Scope,
    transforming: Scope,
    schema: Option<&'a Value>,
    keep: Option<&'a Keep<'a>>,
}
