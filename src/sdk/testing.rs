//! The contract suite: what every connector promises its users, tested the same way against any of them.
//!
//! A connector's test gives a [`Fixture`] with a real other end and calls [`contract`]; a new promise becomes a new
//! function here and holds for all connectors at once.
//!
//! ```no_run
//! # async fn example(fixture: dataweaver::sdk::testing::Fixture) {
//! use dataweaver::connectors::file_system::FileSystem;
//! use dataweaver::sdk::{ConnectorFactory, testing};
//!
//! testing::contract(&ConnectorFactory::of::<FileSystem>(), &fixture).await.unwrap();
//! # }
//! ```

mod reading;

use std::collections::HashSet;
use std::error::Error as _;
use std::fmt;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::types::{lake_type, type_name};
use super::{
    AuthType, CatalogSource, ConnectorError, ConnectorFactory, DynConnector, ErrorClass, Extract, OpenContext,
    ReadRequest, Settings, SourceRef,
};
use reading::{Reading, Until, read};

/// How long `check` may take.
const CHECK_TIME: Duration = Duration::from_secs(10);
/// How long a read may go on after it was cancelled.
const CANCEL_TIME: Duration = Duration::from_secs(1);
/// How long any other step may take before the suite gives up on it.
const PATIENCE: Duration = Duration::from_secs(120);
/// The most checkpoints that are resumed from, spread over the read.
const RESUMED: usize = 12;
const UNKNOWN_KEY: &str = "no_such_key";

/// What the suite needs to know of a connector's other end.
#[derive(Clone)]
pub struct Fixture {
    /// Settings under which everything works.
    pub settings: Settings,
    /// The path of a data source with rows for several batches of [`batch_bytes`](Self::batch_bytes).
    pub source_path: String,
    /// Settings whose other end is not there: a closed port, a missing folder.
    pub dead: Settings,
    /// More settings that `check` must refuse, such as those with a wrong password.
    pub refused: Vec<Settings>,
    /// Texts that must never be shown: the secrets of all the settings.
    pub secrets: Vec<String>,
    /// What the process allows.
    pub context: OpenContext,
    /// How large the batches of the test reads are.
    pub batch_bytes: usize,
    /// How much memory the test reads may take.
    pub memory_bytes: usize,
}

impl Fixture {
    /// A fixture without secrets that may reach everything.
    pub fn new(settings: Settings, source_path: impl Into<String>, dead: Settings) -> Self {
        Self {
            settings,
            source_path: source_path.into(),
            dead,
            refused: Vec::new(),
            secrets: Vec::new(),
            context: OpenContext { allow_private_network: true, ..OpenContext::default() },
            batch_bytes: 4 << 10,
            memory_bytes: 16 << 20,
        }
    }

    /// Adds a text that must never be shown.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Adds settings that `check` must refuse.
    #[must_use]
    pub fn refused(mut self, settings: Settings) -> Self {
        self.refused.push(settings);
        self
    }

    fn request(&self, source: &CatalogSource) -> ReadRequest {
        ReadRequest {
            source: SourceRef {
                name: source.name.clone(),
                source_type: source.source_type.clone(),
                source_path: source.source_path.clone(),
                details: source.details.clone(),
            },
            extract: Extract::Full,
            primary_key: source.primary_key.clone(),
            resume: None,
            batch_bytes: self.batch_bytes,
            memory_bytes: self.memory_bytes,
            cancel: CancellationToken::new(),
        }
    }
}

/// The promises that a connector broke, one a line.
pub struct Broken(Vec<String>);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connector breaks its contract:")?;
        self.0.iter().try_for_each(|promise| write!(f, "\n- {promise}"))
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Broken {}

/// Tests every promise of the contract.
///
/// # Errors
/// Every promise that is broken, with what was seen.
pub async fn contract(factory: &ConnectorFactory, fixture: &Fixture) -> Result<(), Broken> {
    let mut suite = Suite { factory, fixture, broken: Vec::new(), shown: Vec::new() };
    suite.settings_are_read_strictly();
    suite.secrets_can_be_taken_out_and_put_back();
    suite.check_tells_what_is_wrong().await;
    if let Some(connector) = suite.open(&fixture.settings) {
        suite.check_finds_the_good_end(connector.as_ref()).await;
        if let Some(source) = suite.discover_is_stable(connector.as_ref()).await {
            suite.reads_keep_their_word(connector.as_ref(), &source).await;
            suite.cancel_stops_a_read(connector.as_ref(), &source).await;
        }
    }
    suite.secrets_are_never_shown();
    if suite.broken.is_empty() { Ok(()) } else { Err(Broken(suite.broken)) }
}

struct Suite<'a> {
    factory: &'a ConnectorFactory,
    fixture: &'a Fixture,
    broken: Vec<String>,
    /// Everything that a user might get to see.
    shown: Vec<String>,
}

impl Suite<'_> {
    fn promise(&mut self, kept: bool, promise: impl FnOnce() -> String) {
        if !kept {
            self.broken.push(promise());
        }
    }

    fn open(&mut self, settings: &Settings) -> Option<std::sync::Arc<dyn DynConnector>> {
        let opened = self.try_open(settings.clone());
        opened.map_err(|error| self.broken.push(format!("good settings open: {error}"))).ok()
    }

    fn try_open(&mut self, mut settings: Settings) -> Result<std::sync::Arc<dyn DynConnector>, ConnectorError> {
        let opened = self
            .factory
            .normalize(&mut settings)
            .and_then(|()| self.factory.open(settings, self.fixture.context.clone()));
        if let Err(error) = &opened {
            self.show(error);
        }
        opened
    }

    /// Keeps all words of an error for the search for secrets.
    fn show(&mut self, error: &ConnectorError) {
        self.shown.push(format!("{error} {error:?}"));
        let mut cause = error.source();
        while let Some(error) = cause {
            self.shown.push(format!("{error} {error:?}"));
            cause = error.source();
        }
    }

    /// The examples of the configuration open; an unknown key is refused and the known ones are named.
    fn settings_are_read_strictly(&mut self) {
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
    fn secrets_can_be_taken_out_and_put_back(&mut self) {
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

    /// `check` on an end that is not there, or that refuses us, fails in time and with a reason.
    async fn check_tells_what_is_wrong(&mut self) {
        let fixture = self.fixture;
        let ends = [("an end that is not there", &fixture.dead)];
        for (end, settings) in
            ends.into_iter().chain(fixture.refused.iter().map(|settings| ("an end that refuses", settings)))
        {
            let Ok(connector) = self.try_open(settings.clone()) else { continue };
            let started = Instant::now();
            let checked = tokio::time::timeout(PATIENCE, connector.check()).await;
            let took = started.elapsed();
            self.promise(took <= CHECK_TIME, || {
                format!("check on {end} fails within {CHECK_TIME:?}, not after {took:?}")
            });
            match checked {
                Err(_) => {}
                Ok(Ok(reachable)) => self.broken.push(format!("check on {end} fails, but says: {}", reachable.message)),
                Ok(Err(error)) => {
                    self.show(&error);
                    let class = error.class();
                    let kept =
                        !matches!(class, ErrorClass::Data | ErrorClass::Cancelled) && error.to_string().len() > 10;
                    self.promise(kept, || format!("check on {end} gives a clear reason, not {class:?}: {error}"));
                }
            }
        }
    }

    async fn check_finds_the_good_end(&mut self, connector: &dyn DynConnector) {
        match tokio::time::timeout(CHECK_TIME, connector.check()).await {
            Err(_) => self.broken.push(format!("check on a good end answers within {CHECK_TIME:?}")),
            Ok(Err(error)) => {
                self.show(&error);
                self.broken.push(format!("check on a good end succeeds: {error}"));
            }
            Ok(Ok(reachable)) => {
                self.shown.push(format!("{reachable:?} {}", reachable.details));
                self.promise(!reachable.message.is_empty(), || "check says something of a good end".into());
            }
        }
    }

    /// Two discoveries are equal and say what is true of themselves. Gives the fixture's data source.
    async fn discover_is_stable(&mut self, connector: &dyn DynConnector) -> Option<CatalogSource> {
        let mut catalogs = Vec::new();
        for _ in 0..2 {
            match tokio::time::timeout(PATIENCE, connector.discover()).await {
                Ok(Ok(catalog)) => catalogs.push(catalog.sources),
                Ok(Err(error)) => {
                    self.show(&error);
                    self.broken.push(format!("discover succeeds: {error}"));
                    return None;
                }
                Err(_) => {
                    self.broken.push(format!("discover answers within {PATIENCE:?}"));
                    return None;
                }
            }
        }
        let second = catalogs.pop()?;
        let first = catalogs.pop()?;
        let same = first.len() == second.len() && first.iter().zip(&second).all(|(one, other)| is_same(one, other));
        self.promise(same, || "discover gives the same twice, in the same order".into());
        let mut paths = HashSet::new();
        for source in &first {
            self.shown.push(format!("{source:?}"));
            let path = &source.source_path;
            self.promise(paths.insert(path.clone()), || format!("the path {path} is unique in the catalogue"));
            let is_named = !source.name.is_empty() && !source.sql_name.is_empty() && !source.source_type.is_empty();
            self.promise(is_named, || format!("{path} has a name, an SQL name and a type"));
            let known = |column: &String| source.schema.column_with_name(column).is_some();
            let keys_known = source.primary_key.iter().chain(&source.cursor_field).all(known);
            self.promise(keys_known, || format!("primary key and cursor field of {path} are columns of it"));
            for field in source.schema.fields() {
                let is_lake_type = lake_type(field.data_type()) == *field.data_type();
                let words = || {
                    format!("column {} of {path} has a lake type, not {}", field.name(), type_name(field.data_type()))
                };
                self.promise(is_lake_type, words);
            }
        }
        let found = first.into_iter().find(|source| source.source_path == self.fixture.source_path);
        self.promise(found.is_some(), || format!("discover finds {}", self.fixture.source_path));
        found
    }

    /// Batches match the catalogue, and a read that was stopped at any checkpoint goes on to the same rows.
    async fn reads_keep_their_word(&mut self, connector: &dyn DynConnector, source: &CatalogSource) {
        let request = self.fixture.request(source);
        let Some(whole) = self.read(connector, request.clone(), Until::End, "a full read").await else { return };
        self.promise(!whole.rows.is_empty(), || "the fixture's data source has rows".into());
        for problem in whole.problems.clone() {
            self.broken.push(format!("a full read {problem}"));
        }
        if !source.schema.fields().is_empty() {
            let promised = columns(source.schema.fields().iter().map(|field| (field.name(), field.data_type())));
            let first = whole.columns.first().cloned().unwrap_or_default();
            self.promise(promised == first, || format!("batches have the catalogue's columns {promised}, not {first}"));
        }
        let checkpoints = whole.checkpoints.len();
        let many = checkpoints > 2;
        self.promise(many, || format!("the fixture's data source is read with several checkpoints, not {checkpoints}"));
        let expected = whole.sorted_rows();
        let step = checkpoints.div_ceil(RESUMED).max(1);
        for (number, (rows_before, cursor)) in whole.checkpoints.iter().enumerate().step_by(step) {
            let resumed = ReadRequest { resume: Some(cursor.clone()), ..request.clone() };
            let what = format!("a read from checkpoint {number} of {checkpoints}");
            let Some(rest) = self.read(connector, resumed, Until::End, &what).await else { return };
            let mut rows: Vec<_> = whole.rows[..*rows_before].iter().chain(&rest.rows).cloned().collect();
            rows.sort_unstable();
            let words = || format!("{what} gives the rows that were missing: {}", difference(&expected, &rows));
            self.promise(rows == expected, words);
        }
        self.stopping_again_and_again(connector, &request, step, &expected).await;
    }

    /// A read that is dropped at a checkpoint, resumed, dropped at the next one and so on gives every row once.
    async fn stopping_again_and_again(
        &mut self,
        connector: &dyn DynConnector,
        request: &ReadRequest,
        step: usize,
        expected: &[String],
    ) {
        let mut rows = Vec::new();
        let mut resume = None;
        for _ in 0..4 * RESUMED {
            let part = ReadRequest { resume: resume.clone(), ..request.clone() };
            let what = "a read that was stopped before";
            let Some(part) = self.read(connector, part, Until::Checkpoint(step), what).await else { return };
            let (vouched, cursor) = match part.checkpoints.last() {
                Some((vouched, cursor)) if !part.ended => (*vouched, Some(cursor.clone())),
                _ => (part.rows.len(), None),
            };
            rows.extend(part.rows.into_iter().take(vouched));
            if part.ended {
                break;
            }
            resume = cursor;
        }
        rows.sort_unstable();
        let words =
            || format!("stopping at checkpoints again and again gives every row once: {}", difference(expected, &rows));
        self.promise(rows == expected, words);
    }

    async fn read(
        &mut self,
        connector: &dyn DynConnector,
        request: ReadRequest,
        until: Until,
        what: &str,
    ) -> Option<Reading> {
        let Ok(reading) = tokio::time::timeout(PATIENCE, read(connector, request, until)).await else {
            self.broken.push(format!("{what} ends within {PATIENCE:?}"));
            return None;
        };
        self.shown.extend(reading.shown.iter().cloned());
        if let Some(error) = &reading.error {
            self.show(error);
            self.broken.push(format!("{what} succeeds: {error}"));
            return None;
        }
        Some(reading)
    }

    /// A read that is cancelled stops within a second: before it begins, and in the middle.
    async fn cancel_stops_a_read(&mut self, connector: &dyn DynConnector, source: &CatalogSource) {
        for (when, until) in
            [("before it begins", Until::CancelledAtOnce), ("after its first batch", Until::CancelledAfterBatch)]
        {
            let request = self.fixture.request(source);
            let Ok(reading) = tokio::time::timeout(PATIENCE, read(connector, request, until)).await else {
                self.broken.push(format!("a read that is cancelled {when} ends"));
                continue;
            };
            let took = reading.after_cancel;
            let words = || format!("a read that is cancelled {when} stops within {CANCEL_TIME:?}, not after {took:?}");
            self.promise(took <= CANCEL_TIME, words);
            if let Some(error) = &reading.error {
                self.show(error);
                let words = || format!("a read that is cancelled {when} says so, and not: {error}");
                self.promise(error.class() == ErrorClass::Cancelled, words);
            }
        }
    }

    /// No secret is in anything that was shown.
    fn secrets_are_never_shown(&mut self) {
        for (number, secret) in self.fixture.secrets.iter().enumerate() {
            let found = self.shown.iter().find(|text| text.contains(secret.as_str()));
            if let Some(text) = found {
                let hidden = text.replace(secret.as_str(), "[SECRET]");
                self.broken.push(format!("secret {number} is never shown, but stands in: {hidden}"));
            }
        }
    }
}

fn is_same(one: &CatalogSource, other: &CatalogSource) -> bool {
    one.name == other.name
        && one.sql_name == other.sql_name
        && one.source_type == other.source_type
        && one.source_path == other.source_path
        && one.description == other.description
        && one.schema == other.schema
        && one.primary_key == other.primary_key
        && one.cursor_field == other.cursor_field
        && one.details == other.details
}

/// Names and lake types in words.
fn columns<'a>(columns: impl Iterator<Item = (&'a String, &'a arrow::datatypes::DataType)>) -> String {
    columns
        .map(|(name, data_type)| format!("{name} {}", type_name(&lake_type(data_type))))
        .collect::<Vec<_>>()
        .join(", ")
}

/// How two sorted lists of rows differ, in a few words.
fn difference(expected: &[String], found: &[String]) -> String {
    let first = expected.iter().zip(found).find(|(one, other)| one != other);
    let first = first.map(|(one, other)| format!("; expected {one:?} where {other:?} is")).unwrap_or_default();
    format!("{} rows expected, {} found{first}", expected.len(), found.len())
}
