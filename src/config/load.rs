//! Where settings come from, and how one source goes over another.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::builder::DefaultState;
use config::{ConfigBuilder, File, FileFormat, Source};
use serde_json::Value;

use super::{Config, ConfigError, Origins};

/// Name of the configuration file in the data folder.
pub const FILE_NAME: &str = "dataweaver.toml";

/// What every environment variable of ours starts with.
const PREFIX: &str = "DATAWEAVER_";
/// Stands between section and key in the name of an environment variable.
const SEPARATOR: &str = "__";
/// Environment variables with a shorter name of their own.
pub(super) const PLAIN_VARIABLES: &[(&str, &str)] = &[
    ("DATAWEAVER_DATA_DIR", "storage.data_dir"),
    ("DATAWEAVER_DATABASE_URL", "storage.database_url"),
    ("DATAWEAVER_LAKE_URL", "storage.lake_url"),
    ("DATAWEAVER_LISTEN", "server.listen"),
    ("DATAWEAVER_ASK_API_KEY", "ask.api_key"),
];

/// Where settings come from, besides the defaults.
#[derive(Clone, Debug, Default)]
pub struct ConfigSources {
    /// The configuration file; without it `dataweaver.toml` in the data folder, if there is one.
    pub file: Option<PathBuf>,
    /// Environment variables. Those that are none of ours are ignored.
    pub environment: BTreeMap<String, String>,
    /// What flags say, as (`section.key`, value).
    pub overrides: Vec<(String, String)>,
}

impl ConfigSources {
    /// The environment of this process, and nothing else.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os();
        let environment =
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self { environment: environment.collect(), ..Self::default() }
    }

    /// Adds what a flag says, if it was given.
    #[must_use]
    pub fn with_override(mut self, key: &str, value: Option<String>) -> Self {
        self.overrides.extend(value.map(|value| (key.to_owned(), value)));
        self
    }

    pub(super) fn read(self) -> Result<Config, ConfigError> {
        let defaults = serde_json::to_value(Config::default()).expect("settings have text keys");
        let above_file = self.above_file();
        let mut builder = ConfigBuilder::<DefaultState>::default();
        let mut origins = Origins::default();
        if let Some(path) = self.file_to_read(&above_file)? {
            builder = builder.add_source(File::new(&path.to_string_lossy(), FileFormat::Toml));
            let settings = builder.build_cloned().and_then(|file| file.collect());
            let settings = settings.map_err(|error| ConfigError::of_file(&path, error))?;
            origins.set_all(&settings, &path.to_string_lossy());
        }
        for (key, setting) in above_file {
            origins.set(&key, &setting.origin);
            builder = builder
                .set_override(&key, setting.into_value(&defaults, &key))
                .map_err(|error| ConfigError::of_setting(error, &origins))?;
        }
        // Keys that no source names take the defaults of their structs.
        let config = builder.build().and_then(config::Config::try_deserialize::<Config>);
        let config = config.map_err(|error| ConfigError::of_setting(error, &origins))?;
        Ok(Config { origins, ..config })
    }

    /// What environment and flags say, by key; a flag goes over a variable, and a short name over a long one.
    fn above_file(&self) -> BTreeMap<String, Setting> {
        let mut settings = BTreeMap::new();
        for (name, text) in &self.environment {
            let section_and_key = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once(SEPARATOR));
            if let Some((section, key)) = section_and_key {
                let key = format!("{}.{}", section.to_lowercase(), key.to_lowercase());
                settings.insert(key, Setting { text: text.clone(), origin: name.clone() });
            }
        }
        for (name, key) in PLAIN_VARIABLES {
            // An empty variable is how many shells and containers say "not set".
            if let Some(text) = self.environment.get(*name).filter(|text| !text.is_empty()) {
                settings.insert((*key).to_owned(), Setting { text: text.clone(), origin: (*name).to_owned() });
            }
        }
        for (key, text) in &self.overrides {
            let flag = key.rsplit('.').next().unwrap_or(key).replace('_', "-");
            settings.insert(key.clone(), Setting { text: text.clone(), origin: format!("--{flag}") });
        }
        settings
    }

    fn file_to_read(&self, above_file: &BTreeMap<String, Setting>) -> Result<Option<PathBuf>, ConfigError> {
        if let Some(path) = &self.file {
            return if path.is_file() {
                Ok(Some(path.clone()))
            } else {
                Err(ConfigError::NoFile { path: path.clone() })
            };
        }
        let default_data_dir = Config::default().storage.data_dir;
        let data_dir = above_file.get("storage.data_dir").map(|setting| Path::new(&setting.text));
        let path = data_dir.unwrap_or(&default_data_dir).join(FILE_NAME);
        Ok(path.is_file().then_some(path))
    }
}

/// A value that is still text.
struct Setting {
    text: String,
    origin: String,
}

impl Setting {
    /// Lists are given as JSON or with commas between; numbers and the like are read from their text later.
    fn into_value(self, defaults: &Value, key: &str) -> config::Value {
        let origin = Some(&self.origin);
        let is_list = defaults.pointer(&format!("/{}", key.replace('.', "/"))).is_some_and(Value::is_array);
        if !is_list {
            return config::Value::new(origin, self.text);
        }
        if let Ok(Value::Array(items)) = serde_json::from_str(&self.text) {
            let items: Vec<_> = items.into_iter().map(|item| from_json(origin, item)).collect();
            return config::Value::new(origin, items);
        }
        let items = self.text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let items: Vec<_> = items.map(|item| config::Value::new(origin, item)).collect();
        config::Value::new(origin, items)
    }
}

fn from_json(origin: Option<&String>, value: Value) -> config::Value {
    match value {
        Value::Object(map) => {
            let map: config::Map<String, config::Value> =
                map.into_iter().map(|(key, value)| (key, from_json(origin, value))).collect();
            config::Value::new(origin, map)
        }
        Value::Array(items) => {
            let items: Vec<_> = items.into_iter().map(|item| from_json(origin, item)).collect();
            config::Value::new(origin, items)
        }
        Value::String(text) => config::Value::new(origin, text),
        Value::Null => config::Value::new(origin, config::ValueKind::Nil),
        number_or_bool => config::Value::new(origin, number_or_bool.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn environment(variables: &[(&str, &str)]) -> ConfigSources {
        let mut environment: BTreeMap<_, _> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        environment.entry("DATAWEAVER_DATA_DIR".to_owned()).or_insert_with(|| "/nowhere".to_owned());
        ConfigSources { environment, ..ConfigSources::default() }
    }

    fn words(result: Result<Config, ConfigError>) -> String {
        let error = result.unwrap_err();
        match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        }
    }

    #[test]
    fn a_flag_goes_over_the_environment_over_the_file_over_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let file = "[engine]\nretries = 1\nmemory_mib = 64\nfile_mib = 32\n[server]\nlisten = \"127.0.0.1:1\"\n";
        fs::write(folder.path().join(FILE_NAME), file).unwrap();
        let mut sources = environment(&[
            ("DATAWEAVER_DATA_DIR", folder.path().to_str().unwrap()),
            ("DATAWEAVER_ENGINE__RETRIES", "2"),
            ("DATAWEAVER_ENGINE__MEMORY_MIB", "65"),
            ("DATAWEAVER_SERVER__LISTEN", "127.0.0.1:2"),
            ("DATAWEAVER_LISTEN", "127.0.0.1:3"),
        ]);
        sources.overrides = vec![("engine.retries".to_owned(), "3".to_owned())];
        let config = Config::load(sources).unwrap();
        assert_eq!(config.engine.retries, 3);
        assert_eq!(config.engine.memory_mib, 65);
        assert_eq!(config.engine.file_mib, 32);
        assert_eq!(config.engine.sources_at_once, Config::default().engine.sources_at_once);
        assert_eq!(config.server.listen.port(), 3);
        assert_eq!(config.storage.data_dir, folder.path());
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_known_ones() {
        let said = words(Config::load(environment(&[("DATAWEAVER_LOG__COLOUR", "red")])));
        insta::assert_snapshot!(said, @"log.colour (DATAWEAVER_LOG__COLOUR) cannot be used: unknown field `colour`, expected `level` or `format`");
        let said = words(Config::load(environment(&[("DATAWEAVER_LGO__LEVEL", "info")])));
        insta::assert_snapshot!(said, @"lgo (DATAWEAVER_LGO__LEVEL) cannot be used: unknown field `lgo`, expected one of `server`, `storage`, `engine`, `retention`, `query`, `scenarios`, `ask`, `workflows`, `graphql`, `live`, `auth`, `authorisation`, `network`, `http_client`, `log`");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        fs::write(&path, "[graphql]\nmax_dept = 3\n").unwrap();
        let said = words(Config::load(ConfigSources { file: Some(path.clone()), ..environment(&[]) }));
        insta::assert_snapshot!(said.replace(path.to_str().unwrap(), "mine.toml"), @"graphql.max_dept (mine.toml) cannot be used: unknown field `max_dept`, expected one of `max_depth`, `max_complexity`, `max_aliases`, `timeout_seconds`, `persisted_queries_kib`");
    }

    #[test]
    fn a_wrong_value_is_named_with_the_place_it_came_from() {
        let said = words(Config::load(environment(&[("DATAWEAVER_ENGINE__RETRIES", "many")])));
        insta::assert_snapshot!(said, @r#"engine.retries (DATAWEAVER_ENGINE__RETRIES) cannot be used: invalid type: string "many", expected an integer"#);
        let said = words(Config::load(environment(&[("DATAWEAVER_LISTEN", "nowhere")])));
        insta::assert_snapshot!(said, @"server.listen (DATAWEAVER_LISTEN) cannot be used: invalid socket address syntax");
        let sources = environment(&[("DATAWEAVER_LISTEN", "127.0.0.1:1")]);
        let sources = sources.with_override("server.listen", Some("nowhere".to_owned()));
        insta::assert_snapshot!(words(Config::load(sources)), @"server.listen (--listen) cannot be used: invalid socket address syntax");
        let said = words(Config::load(environment(&[("DATAWEAVER_LOG__LEVEL", "loud")])));
        insta::assert_snapshot!(said, @"log.level (DATAWEAVER_LOG__LEVEL): loud is no level (known: error, warn, info, debug, trace, or by module, such as warn,dataweaver::engine=debug)");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        for (text, said) in [
            (
                "[query]\ntimeout_seconds = \"long\"\n",
                "query.timeout_seconds (mine.toml) cannot be used: invalid type: string \"long\", expected an integer",
            ),
            (
                "[[auth.tokens]]\nname = \"ci\"\nrole = \"king\"\nsha256 = \"\"\n",
                "auth.tokens[0].role (mine.toml) cannot be used: ",
            ),
            (
                "[graphql]\ntimeout_seconds = 30\n",
                "query.timeout_seconds is 60 (the default) and graphql.timeout_seconds is 30 (mine.toml): ",
            ),
            ("[query\n", "the configuration file mine.toml cannot be used: TOML parse error at line 1, column 7"),
        ] {
            fs::write(&path, text).unwrap();
            let found = words(Config::load(ConfigSources { file: Some(path.clone()), ..environment(&[]) }));
            let found = found.replace(path.to_str().unwrap(), "mine.toml");
            assert!(found.starts_with(said), "{found}");
        }
    }

    #[test]
    fn lists_are_given_as_json_or_with_commas() {
        let sha256 = "ab".repeat(32);
        let tokens = format!(r#"[{{"name": "ci", "role": "editor", "sha256": "{sha256}"}}]"#);
        let config = Config::load(environment(&[
            ("DATAWEAVER_SERVER__CORS_ORIGINS", "https://a.example, https://b.example"),
            ("DATAWEAVER_AUTH__TOKENS", &tokens),
            ("DATAWEAVER_NETWORK__ALLOW_PRIVATE", "true"),
            ("DATAWEAVER_LISTEN", "0.0.0.0:8080"),
        ]));
        let config = config.unwrap();
        assert_eq!(config.server.cors_origins, ["https://a.example", "https://b.example"]);
        assert_eq!(config.auth.tokens[0].name, "ci");
        assert!(config.network.allow_private);
    }

    #[test]
    fn an_open_address_without_authentication_is_refused() {
        let said = words(Config::load(environment(&[("DATAWEAVER_LISTEN", "0.0.0.0:8080")])));
        insta::assert_snapshot!(said, @"server.listen is 0.0.0.0:8080 (DATAWEAVER_LISTEN), which other machines may reach, while authentication is off; set auth.tokens, or listen on 127.0.0.1");
        let tokens = r#"[{"name": "ci", "role": "editor", "sha256": "abc"}]"#;
        let said = words(Config::load(environment(&[("DATAWEAVER_AUTH__TOKENS", tokens)])));
        insta::assert_snapshot!(said, @"auth.tokens (DATAWEAVER_AUTH__TOKENS): the sha256 of ci must be 64 hexadecimal digits (printf %s TOKEN | sha256sum)");
        assert!(Config::load(environment(&[("DATAWEAVER_LISTEN", "[::1]:8080")])).is_ok());
    }

    #[test]
    fn an_origin_that_lets_in_more_than_one_site_is_refused() {
        for origin in
            ["localhost:3000", "null", "*", "file:///", "https://a.example/path", "app.example.com", "https://"]
        {
            let given = format!("https://b.example,{origin}");
            let said = words(Config::load(environment(&[("DATAWEAVER_SERVER__CORS_ORIGINS", &given)])));
            assert!(
                said.starts_with(&format!(
                    "server.cors_origins (DATAWEAVER_SERVER__CORS_ORIGINS): {origin} is no origin"
                )),
                "{origin}: {said}"
            );
        }
        let good = "https://a.example/, http://localhost:3000";
        assert!(Config::load(environment(&[("DATAWEAVER_SERVER__CORS_ORIGINS", good)])).is_ok());
    }

    #[test]
    fn a_limit_that_cuts_off_the_one_inside_it_is_refused() {
        let said = words(Config::load(environment(&[("DATAWEAVER_GRAPHQL__TIMEOUT_SECONDS", "30")])));
        insta::assert_snapshot!(said, @"query.timeout_seconds is 60 (the default) and graphql.timeout_seconds is 30 (DATAWEAVER_GRAPHQL__TIMEOUT_SECONDS): the outer limit would cut off what the inner one allows; raise graphql.timeout_seconds, or lower query.timeout_seconds");
        let said = words(Config::load(environment(&[("DATAWEAVER_SERVER__REQUEST_TIMEOUT_SECONDS", "74")])));
        assert!(
            said.starts_with(
                "graphql.timeout_seconds is 75 (the default) and server.request_timeout_seconds is 74 (DATAWEAVER_"
            ),
            "{said}"
        );
        let lower = [("DATAWEAVER_QUERY__TIMEOUT_SECONDS", "20"), ("DATAWEAVER_GRAPHQL__TIMEOUT_SECONDS", "30")];
        assert!(Config::load(environment(&lower)).is_ok());
    }

    #[test]
    fn more_syncs_at_once_than_can_be_counted_are_refused() {
        let sources = environment(&[("DATAWEAVER_ENGINE__SYNCS_AT_ONCE", "4000000000000000000")]);
        let words = words(Config::load(sources));
        assert_eq!(words, "engine.syncs_at_once is 4000000000000000000; 10000 is the most");
    }

    #[test]
    fn a_named_file_must_be_there() {
        let sources = ConfigSources { file: Some("/nowhere/mine.toml".into()), ..environment(&[]) };
        insta::assert_snapshot!(words(Config::load(sources)), @"there is no configuration file /nowhere/mine.toml");
    }
}
