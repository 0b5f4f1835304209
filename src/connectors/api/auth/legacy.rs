//! Session tokens as older manifests have them: the configuration's own token is tried, and where it is not good a login
//! with a password gets one.

use tokio::sync::Mutex;

use super::super::failure::Failure;
use super::super::http::{Body, Parts, Request, Transport};
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Interpolated, Scope};
use super::super::value::{Map, Value, from_python_slice, text, to_python_json};

/// The member of the component that says where the API is: its requester's, put there by the requester.
pub(in super::super) const API_URL: &str = "api_url";

#[derive(Debug)]
pub(in super::super) struct Legacy {
    api_url: Interpolated,
    header: Interpolated,
    session_token: Option<Interpolated>,
    response_key: Interpolated,
    username: Option<Interpolated>,
    password: Option<Interpolated>,
    login_url: Interpolated,
    validate_url: Interpolated,
    /// The token that was found to be good.
    held: Mutex<Option<String>>,
}

impl Legacy {
    pub(super) fn build(node: &Node) -> Result<Self, ManifestError> {
        Ok(Self {
            api_url: super::template_or_empty(node, API_URL)?,
            header: node.required_template("header")?,
            session_token: node.template("session_token")?,
            response_key: node.required_template("session_token_response_key")?,
            username: node.template("username")?,
            password: node.template("password")?,
            login_url: node.required_template("login_url")?,
            validate_url: node.required_template("validate_session_url")?,
            held: Mutex::default(),
        })
    }

    pub(super) async fn sign_into(
        &self,
        parts: &mut Parts,
        scope: &Scope,
        transport: &Transport,
    ) -> Result<(), Failure> {
        let mut held = self.held.lock().await;
        if held.is_none() {
            *held = Some(self.token(scope, transport).await?);
        }
        let token = held.clone().unwrap_or_default();
        transport.hide(&token);
        parts.headers.insert(self.header.text(scope)?, Value::from(token));
        Ok(())
    }

    async fn token(&self, scope: &Scope, transport: &Transport) -> Result<String, Failure> {
        let given = |template: &Option<Interpolated>| -> Result<Option<Value>, Failure> {
            Ok(template.as_ref().map(|template| template.eval(scope)).transpose()?.filter(Value::is_truthy))
        };
        if let Some(token) = given(&self.session_token)?.map(|token| text(&token))
            && self.is_good(&token, scope, transport).await?
        {
            return Ok(token);
        }
        match (given(&self.username)?, given(&self.password)?) {
            (Some(username), Some(password)) => self.login(username, password, scope, transport).await,
            _ => Err(Failure::Data(
                "Invalid credentials: session token is not valid or provide username and password".to_owned(),
            )),
        }
    }

    async fn is_good(&self, token: &str, scope: &Scope, transport: &Transport) -> Result<bool, Failure> {
        let request = Request {
            method: "GET".to_owned(),
            url: format!("{}{}", self.api_url.text(scope)?, self.validate_url.text(scope)?),
            headers: vec![(self.header.text(scope)?, token.to_owned())],
            body: None,
        };
        match self.send(&request, transport).await? {
            (status, _) if status < 400 => Ok(true),
            (401, _) => Ok(false),
            (status, _) => Err(Failure::Data(format!("the session token cannot be tried: status {status}"))),
        }
    }

    async fn login(
        &self,
        username: Value,
        password: Value,
        scope: &Scope,
        transport: &Transport,
    ) -> Result<String, Failure> {
        let credentials = Value::map(Map::from_iter([("username", username), ("password", password)]));
        let request = Request {
            method: "POST".to_owned(),
            url: format!("{}{}", self.api_url.text(scope)?, self.login_url.text(scope)?),
            headers: Vec::new(),
            body: Some(Body { bytes: to_python_json(&credentials).into(), content_type: Some("application/json") }),
        };
        let (status, body) = self.send(&request, transport).await?;
        if status >= 400 {
            return Err(Failure::Data(format!("the login for a session token is answered with status {status}")));
        }
        let key = self.response_key.text(scope)?;
        let token = body.as_ref().and_then(|body| body.get(&key)).map(text);
        token.ok_or_else(|| Failure::Data(format!("the answer of the login holds no {key}")))
    }

    async fn send(&self, request: &Request, transport: &Transport) -> Result<(u16, Option<Value>), Failure> {
        let answer = transport.send(request).await.map_err(|error| {
            if error.is_cancelled() { Failure::Cancelled } else { Failure::Data(error.to_string()) }
        })?;
        Ok((answer.status, from_python_slice(&answer.body)))
    }
}
