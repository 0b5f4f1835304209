//! What questions share: the settings, what is known of tables, and the language model.

use std::sync::Arc;

use super::AskSettings;
use super::binding::Binding;
use super::data::ViewerData;
use super::per_tables::PerTables;
use crate::ask::Values;
use crate::ask::language_model::{Examples, LanguageModel, ModelOptions, OpenModelError};
use crate::sdk::OpenContext;

/// What questions share.
pub struct Asking {
    settings: AskSettings,
    values: PerTables<Values>,
    examples: PerTables<Examples>,
    model: Option<LanguageModel>,
}

impl Asking {
    /// By the settings; no I/O. The language model may be reached where connectors may.
    ///
    /// # Errors
    /// Where the settings of the language model make no sense.
    pub fn new(settings: AskSettings, open: &OpenContext) -> Result<Self, OpenModelError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let model = match given(&settings.model_url) {
            Some(url) => Some(LanguageModel::open(
                ModelOptions {
                    url,
                    name: given(&settings.model).ok_or(OpenModelError::NoName)?,
                    key: settings.api_key.clone().filter(|key| !key.expose().is_empty()),
                    seconds: settings.model_seconds.max(1),
                    sees_results: settings.model_sees_results,
                },
                open,
            )?),
            None => None,
        };
        let most = settings.cached();
        Ok(Self { values: PerTables::new(most), examples: PerTables::new(most), model, settings })
    }

    /// How questions are answered.
    pub(in crate::services) fn settings(&self) -> &AskSettings {
        &self.settings
    }

    /// The language model, where one is configured.
    pub(super) fn model(&self) -> Option<&LanguageModel> {
        self.model.as_ref()
    }

    /// The values that the tables hold, by which the planner knows what words mean.
    pub(super) async fn values(&self, binding: &Binding, data: &ViewerData) -> Arc<Values> {
        let read = Values::read(&binding.bound, data);
        self.values.of(binding.subject.clone(), &binding.versions, read).await
    }

    /// A few values of each dimension, for the language model.
    pub(super) async fn examples(&self, binding: &Binding, data: &ViewerData) -> Arc<Examples> {
        let read = Examples::read(&binding.bound, data, self.settings.model_values);
        self.examples.of(binding.subject.clone(), &binding.versions, read).await
    }
}
