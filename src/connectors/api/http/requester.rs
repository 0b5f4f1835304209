//! `HttpRequester`: builds the requests of a stream and sends them.

use std::time::Duration;

use super::super::auth::{API_URL, Authenticator};
use super::super::failure::Failure;
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Interpolated, InterpolatedMap, Nested, Scope, Types};
use super::super::value::{Map, Value, text, to_python_json};
use super::budget::ApiBudget;
use super::cache::AnswerCache;
use super::option::{Data, Parts, form_encoded};
use super::send::Sender;
use super::transport::{Body, Silence};
use super::verdict::ErrorHandler;
use super::{Answer, Request, Transport};

/// The methods whose requests have a body.
const WITH_BODY: [&str; 4] = ["GET", "POST", "PUT", "PATCH"];

#[derive(Clone, Debug)]
pub(in super::super) struct Requester {
    method: String,
    url: Option<Interpolated>,
    url_base: Option<Interpolated>,
    path: Option<Interpolated>,
    parameters: OptionMap,
    headers: OptionMap,
    data: OptionMap,
    json: Option<Nested>,
    pub(in super::super) authenticator: Authenticator,
    sender: Sender,
}

/// A map of templates, or one template that gives a map or a text.
#[derive(Clone, Debug)]
enum OptionMap {
    Map(InterpolatedMap),
    Whole(Interpolated),
}

impl OptionMap {
    fn build(node: &Node, key: &str) -> Result<Self, ManifestError> {
        Ok(match node.get(key) {
            Some(member) if !member.is_map() => Self::Whole(node.required_template(key)?),
            Some(member) => {
                // Query properties are put in by the retriever.
                let own = member.members().iter().filter(|(_, value)| value.component() != "QueryProperties");
                let own = own.map(|(key, value)| (key.clone(), value.value())).collect::<Map>();
                Self::Map(node.compiled(InterpolatedMap::new(&own, &node.parameters()))?)
            }
            None => Self::Map(InterpolatedMap::default()),
        })
    }

    fn is_given(&self) -> bool {
        match self {
            Self::Map(map) => !map.is_empty(),
            Self::Whole(_) => true,
        }
    }

    fn eval(&self, scope: &Scope, keys: Types, values: Types) -> Result<Data, Failure> {
        match self {
            Self::Map(map) => {
                let evaluated = map.eval(scope, keys, values)?;
                Ok(Data::Fields(evaluated.into_members().into_iter().filter(|(_, value)| !value.is_null()).collect()))
            }
            Self::Whole(template) => Ok(match template.eval(scope)? {
                Value::Map(map) => {
                    let members = Map::clone(&map).into_members().into_iter();
                    Data::Fields(members.filter(|(_, value)| !value.is_null()).collect())
                }
                other => Data::Text(text(&other)),
            }),
        }
    }
}

impl Requester {
    pub(in super::super) fn build(
        node: &Node,
        transport: &Transport,
        budget: &ApiBudget,
        scope: &Scope,
    ) -> Result<Self, ManifestError> {
        let (mut data, mut json) = (OptionMap::build(node, "request_body_data")?, None);
        if let Some(body) = node.get("request_body_json") {
            json = Some(node.compiled(Nested::new(&body.value(), &node.parameters()))?);
        }
        if let Some(body) = node.get("request_body") {
            let value = body.required("value")?;
            match body.component() {
                "RequestBodyUrlEncodedForm" | "RequestBodyPlainText" => {
                    data = OptionMap::build(&node.with("request_body_data", value), "request_body_data")?;
                }
                "RequestBodyJsonObject" | "RequestBodyGraphQL" => {
                    json = Some(node.compiled(Nested::new(&value.value(), &node.parameters()))?);
                }
                other => return Err(body.error(format!("{other} is no body that is run here"))),
            }
        }
        if data.is_given() && json.is_some() {
            return Err(node.error("HttpRequester takes either request_body_data or request_body_json"));
        }
        let authenticator = node.get("authenticator").map(|authenticator| {
            // A login goes to where the requests go.
            let api = node.get("url").or_else(|| node.get("url_base"));
            api.map_or_else(|| authenticator.clone(), |api| authenticator.with(API_URL, api))
        });
        let authenticator = Authenticator::build(authenticator.as_ref(), transport, budget, scope)?;
        Ok(Self {
            method: node.text("http_method").unwrap_or_else(|| "GET".to_owned()).to_uppercase(),
            url: node.template("url")?,
            url_base: node.template("url_base")?,
            path: node.template("path")?,
            parameters: OptionMap::build(node, "request_parameters")?,
            headers: OptionMap::build(node, "request_headers")?,
            data,
            json,
            authenticator,
            sender: Sender {
                transport: transport.clone(),
                handler: ErrorHandler::build(node.get("error_handler"))?,
                budget: budget.clone(),
                silence: Silence {
                    connect: seconds(node, "connect_timeout_in_seconds"),
                    idle: seconds(node, "read_timeout_in_seconds"),
                },
                cache: None,
            },
        })
    }

    /// The same that asks for nothing whose answer is kept.
    pub(in super::super) fn keeping(mut self, answers: AnswerCache) -> Self {
        self.sender.cache = Some(answers);
        self
    }

    /// Sends the request of a page. `path` is what a paginator puts in place of the manifest's, `extra` what it and the
    /// slice add.
    ///
    /// # Errors
    /// Where the request cannot be made, or the answer is a failure.
    pub(in super::super) async fn send(
        &self,
        scope: &Scope,
        path: Option<&str>,
        extra: Parts,
    ) -> Result<Option<Answer>, Failure> {
        let mut parts = self.own_parts(scope)?;
        let signed = self.authenticator.parts(scope, &self.sender.transport).await?;
        parts.merge(signed)?;
        parts.merge(extra)?;
        let request = self.request(scope, path, parts)?;
        self.sender.send(request, &self.authenticator, scope).await
    }

    /// Waits, and tells the read why.
    ///
    /// # Errors
    /// Where the read is cancelled, or a check has no time for it.
    pub(in super::super) async fn pause(&self, time: Duration, reason: impl Fn() -> String) -> Result<(), Failure> {
        self.sender.transport.pause(time, reason).await
    }

    fn own_parts(&self, scope: &Scope) -> Result<Parts, Failure> {
        let fields = |data: Data, words: &str| match data {
            Data::Fields(fields) => Ok(fields),
            Data::Text(text) if text.is_empty() => Ok(Map::default()),
            Data::Text(_) => Err(Failure::Request(words.to_owned())),
        };
        let json = match &self.json {
            Some(json) => match json.eval(scope)? {
                Value::Map(map) => Map::clone(&map),
                other if !other.is_truthy() => Map::default(),
                _ => return Err(Failure::Request("Request body json cannot be a string".to_owned())),
            },
            None => Map::default(),
        };
        let data = match self.data.eval(scope, Types::Str, Types::StrOrList)? {
            Data::Text(text) if text.is_empty() => Data::default(),
            data => data,
        };
        Ok(Parts {
            // A text in place of parameters counts for nothing.
            parameters: match self.parameters.eval(scope, Types::Str, Types::StrOrList)? {
                Data::Fields(fields) => fields,
                Data::Text(_) => Map::default(),
            },
            headers: fields(self.headers.eval(scope, Types::Any, Types::Any)?, "Request headers cannot be a string")?,
            data,
            json,
        })
    }

    fn request(&self, scope: &Scope, path: Option<&str>, parts: Parts) -> Result<Request, Failure> {
        let address = self.address(scope, path)?;
        for (name, value) in parts.parameters.iter() {
            if value.as_map().is_some() {
                return Err(Failure::Request(format!(
                    "Invalid value for `{name}` parameter. The values of request params cannot be an object."
                )));
            }
        }
        let url = with_parameters(&address, &parts.parameters)?;
        let has_data = match &parts.data {
            Data::Fields(fields) => !fields.is_empty(),
            Data::Text(text) => !text.is_empty(),
        };
        let body = if !WITH_BODY.contains(&self.method.as_str()) {
            None
        } else if !parts.json.is_empty() && has_data {
            return Err(Failure::Request(
                "At the same time only one of the 'request_body_data' and 'request_body_json' functions can return data".to_owned(),
            ));
        } else if !parts.json.is_empty() {
            let json = to_python_json(&Value::map(parts.json));
            Some(Body { bytes: json.into(), content_type: Some("application/json") })
        } else if has_data {
            Some(match parts.data {
                Data::Fields(fields) => Body {
                    bytes: form_encoded(&fields).into(),
                    content_type: Some("application/x-www-form-urlencoded"),
                },
                Data::Text(text) => Body { bytes: text.into(), content_type: None },
            })
        } else {
            None
        };
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Ok(Request { method: self.method.clone(), url, headers, body })
    }

    fn address(&self, scope: &Scope, path: Option<&str>) -> Result<String, Failure> {
        let eval = |template: &Option<Interpolated>| {
            template.as_ref().map_or(Ok(String::new()), |template| template.text(scope))
        };
        let (url, base) = (eval(&self.url)?, eval(&self.url_base)?);
        let own = eval(&self.path)?;
        let path = path.filter(|path| !path.is_empty()).unwrap_or_else(|| own.trim_start_matches('/'));
        let start = if base.is_empty() { url } else { base };
        if path.is_empty() {
            return Ok(start);
        }
        joined(&start, path)
    }
}

fn seconds(node: &Node, key: &str) -> Option<Duration> {
    node.float(key).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

/// Python's `urljoin`, with the base taken for a folder.
fn joined(base: &str, path: &str) -> Result<String, Failure> {
    let folder = if base.ends_with('/') { base.to_owned() } else { format!("{base}/") };
    let invalid = |error: url::ParseError| Failure::Request(format!("{base} with {path} is no URL: {error}"));
    let parsed = url::Url::parse(&folder).map_err(invalid)?;
    let mut whole = parsed.join(path).map_err(invalid)?;
    if url::Url::parse(path).is_err() && !path.starts_with("//") {
        without_empty_folders(&mut whole);
    }
    Ok(whole.into())
}

/// A path that is joined to another loses the empty names between its slashes, as in Python.
fn without_empty_folders(url: &mut url::Url) {
    if !url.path().contains("//") {
        return;
    }
    let folders: Vec<&str> = url.path().split('/').collect();
    let [first, between @ .., last] = folders.as_slice() else { return };
    let names = between.iter().filter(|name| !name.is_empty());
    let path: Vec<&str> = [first].into_iter().chain(names).chain([last]).copied().collect();
    url.set_path(&path.join("/"));
}

/// The URL with parameters added; one that the URL has already, with the same value, is not doubled.
fn with_parameters(address: &str, parameters: &Map) -> Result<String, Failure> {
    let url = url::Url::parse(address).map_err(|error| Failure::Request(format!("{address:?} is no URL: {error}")))?;
    let known: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let is_known = |key: &str, value: &Value| {
        known.iter().find(|(name, _)| name == key).is_some_and(|(_, found)| !found.is_empty() && *found == text(value))
    };
    let new: Map = parameters
        .iter()
        .filter(|(key, value)| !is_known(key, value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let encoded = form_encoded(&new);
    let (bare, fragment) = match address.split_once('#') {
        Some((bare, _)) => (bare, true),
        None => (address, false),
    };
    if encoded.is_empty() {
        return Ok(if fragment { bare.to_owned() } else { address.to_owned() });
    }
    let mark = if !bare.contains('?') {
        "?"
    } else if bare.ends_with(['?', '&']) {
        ""
    } else {
        "&"
    };
    Ok(format!("{bare}{mark}{encoded}"))
}
