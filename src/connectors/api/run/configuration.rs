//! The configuration as the manifest's own rules make it: what older configurations are changed to, what is derived, and what
//! must hold of it.

use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::select::{AddedField, Transformation};
use super::super::template::{Condition, Interpolated, InterpolatedMap, Nested, Scope, Types};
use super::super::value::{Value, from_python_slice, path};
use super::specification;

/// Changes a configuration by the rules of the `spec`; an empty one stays as it is.
///
/// # Errors
/// Where a rule is none, or fails.
pub(super) fn normalized(spec: Option<&Node>, config: &Value) -> Result<Value, Failure> {
    let mut config = config.clone();
    let Some(rules) = spec.and_then(|spec| spec.get("config_normalization_rules")) else { return Ok(config) };
    if !config.is_truthy() {
        return Ok(config);
    }
    let migrations = rules.list("config_migrations").iter().flat_map(|migration| migration.list("transformations"));
    for node in migrations.chain(rules.list("transformations")) {
        Change::build(node)?.apply(&mut config)?;
    }
    Ok(config)
}

/// Looks whether a configuration is what the rules of the `spec` ask for.
///
/// # Errors
/// Where it is not; values are never told.
pub(super) fn validate(spec: Option<&Node>, config: &Value) -> Result<(), Failure> {
    let rules = spec.and_then(|spec| spec.get("config_normalization_rules"));
    for node in rules.map(|rules| rules.list("validations")).unwrap_or_default() {
        let schema = node.required("validation_strategy")?.required("base_schema")?.value();
        if node.component() == "PredicateValidator" {
            specification::check(&schema, "base_schema", &predicate(node, config)?).map_err(|failure| {
                let refused = node.error(format!("the value of this PredicateValidator is not allowed: {failure}"));
                Failure::Config(refused.to_string())
            })?;
            continue;
        }
        let nothing = Scope::of_config(&Value::empty_map());
        let place = node.templates("field_path")?;
        let place = place.iter().map(|part| part.text(&nothing)).collect::<Result<Vec<_>, _>>()?;
        if place.is_empty() {
            return Err(node.error("the `field_path` of a DpathValidator cannot be empty").into());
        }
        for value in path::values(config, &place) {
            let value = match value {
                Value::Str(text) => from_python_slice(text.as_bytes())
                    .ok_or_else(|| Failure::Config(format!("`{}` of the configuration is no JSON", place.join("."))))?,
                other => other.clone(),
            };
            specification::check(&schema, "base_schema", &value)?;
        }
    }
    Ok(())
}

/// What a PredicateValidator looks at. The reference cannot run one, whatever it holds; here it is what the format says of it: a
/// value that may be made of the configuration. Text that is JSON is read as such, as a DpathValidator does, and other text stays
/// what it is.
fn predicate(node: &Node, config: &Value) -> Result<Value, Failure> {
    let value = node.compiled(Nested::new(&node.required("value")?.value(), &node.parameters()))?;
    Ok(match value.eval(&Scope::of_config(config))? {
        Value::Str(text) => from_python_slice(text.as_bytes()).unwrap_or(Value::Str(text)),
        other => other,
    })
}

/// What is done to a configuration.
enum Change {
    Add { fields: Vec<AddedField>, condition: Option<Condition> },
    Remap { place: Vec<Interpolated>, map: InterpolatedMap },
    Remove { removal: Transformation, condition: Option<Condition> },
}

impl Change {
    fn build(node: &Node) -> Result<Self, ManifestError> {
        Ok(match node.component() {
            "ConfigAddFields" => Self::Add {
                fields: node.list("fields").iter().map(AddedField::build).collect::<Result<_, _>>()?,
                condition: node.condition("condition")?,
            },
            "ConfigRemapField" if !node.required("map")?.is_map() => {
                return Err(node.error("the `map` of a ConfigRemapField must be a map"));
            }
            "ConfigRemapField" => Self::Remap { place: node.templates("field_path")?, map: node.template_map("map")? },
            "ConfigRemoveFields" => {
                Self::Remove { removal: Transformation::removal(node), condition: node.condition("condition")? }
            }
            other => return Err(node.error(format!("{other} is no change of a configuration that is run here"))),
        })
    }

    /// Each change sees the configuration as those before it left it.
    fn apply(&self, config: &mut Value) -> Result<(), Failure> {
        match self {
            Self::Add { fields, condition } => {
                for field in fields {
                    let scope = Scope::of_config(config);
                    field.add(config, condition.as_ref(), &scope)?;
                }
            }
            Self::Remap { place, map } => {
                let scope = Scope::of_config(config);
                let place = place.iter().map(|part| part.text(&scope)).collect::<Result<Vec<_>, _>>()?;
                let map = map.eval(&scope, Types::Str, Types::Any)?;
                let known = path::get(config, &place).and_then(Value::as_str).and_then(|word| map.get(word)).cloned();
                if let Some(new) = known {
                    // The place is there, so that the value has one.
                    path::set(config, &place, new).ok();
                }
            }
            Self::Remove { removal, condition } => {
                let scope = Scope::of_config(config);
                if condition.as_ref().map_or(Ok(true), |condition| condition.holds(&scope))? {
                    removal.apply(config, &scope)?;
                }
            }
        }
        Ok(())
    }
}
