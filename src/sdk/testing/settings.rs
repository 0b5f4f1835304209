//! Settings are strict, and secrets are kept apart.

use serde_json::{Value, json};

use super::Suite;
use crate::sdk::{AuthType, ConnectorFactory, ErrorClass, Settings};

const UNKNOWN_KEY: &str = "no_such_key";

impl Suite<'_> {
    /// The examples of the configuration open; an unknown key is refused and the known ones are named.
    pub(super) fn settings_are_read_strictly(&mut self) {
        let schema = self.factory.connection_schema();
        for example in schema["examples"].as_array().into_iter().flatten() {
            // An example may be one that takes no credentials.
            let settings = Settings { connection: example.clone(), ..self.fixture.settings.clone() };
            let without = Settings { auth_type: AuthType::None, auth: json!({}), ..settings.clone() };
            if let Err(error) = self.try_open(settings)
                && self.try_open(without).is_err()
            {
                self.broken.push(format!("the example configuration {example} opens: {error}"));
            }
        }
        let mut unknown = self.fixture.settings.clone();
        unknown.connection[UNKNOWN_KEY] = json!(1);
        self.names_the_known_keys(unknown, &schema, "connectionConfig");

        let auth_type = self.fixture.settings.auth_type;
        match self.factory.auth_schema(auth_type) {
            Some(schema) => {
                let mut unknown = self.fixture.settings.clone();
                if !unknown.auth.is_object() {
                    unknown.auth = json!({});
                }
                unknown.auth[UNKNOWN_KEY] = json!(1);
                self.names_the_known_keys(unknown, &schema, "authConfig");
            }
            None => self.broken.push(format!("the auth type {auth_type} of the fixture has a form")),
        }
        // A secret of the wrong type must not be repeated by the refusal.
        let mut wrong = self.fixture.settings.clone();
        for value in wrong.auth.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
            *value = json!([value.clone()]);
        }
        if wrong != self.fixture.settings {
            let refused = self.try_open(wrong).is_err();
            self.promise(refused, || "credentials of the wrong type are refused".into());
        }
    }

    fn names_the_known_keys(&mut self, settings: Settings, schema: &Value, part: &str) {
        match self.try_open(settings) {
            Ok(_) => self.broken.push(format!("an unknown key of {part} is refused")),
            Err(error) => {
                let words = error.to_string();
                let known = schema["properties"].as_object().into_iter().flat_map(serde_json::Map::keys);
                let missing: Vec<_> = known.filter(|key| !words.contains(key.as_str())).cloned().collect();
                let kept = error.class() == ErrorClass::Config && words.contains(UNKNOWN_KEY) && missing.is_empty();
                self.promise(kept, || {
                    format!("an unknown key of {part} is refused and the known ones are named: {words}")
                });
            }
        }
    }

    /// What is left after the secrets were taken out holds none of them; putting them back gives the settings again.
    pub(super) fn secrets_can_be_taken_out_and_put_back(&mut self) {
        let mut whole = self.fixture.settings.clone();
        if let Err(error) = self.factory.normalize(&mut whole) {
            self.broken.push(format!("good settings are put into their form: {error}"));
            return;
        }
        let mut again = whole.clone();
        let same = self.factory.normalize(&mut again).is_ok() && again == whole;
        self.promise(same, || "settings in their form stay as they are when they are put into it again".into());
        let mut rest = whole.clone();
        let secrets = self.factory.take_secrets(&mut rest);
        self.shown.push(format!("{} {}", rest.connection, rest.auth));
        ConnectorFactory::put_secrets(&mut rest, &secrets);
        self.promise(rest == whole, || "secrets that were taken out can be put back".into());
    }
}
