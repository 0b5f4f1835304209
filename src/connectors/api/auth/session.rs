//! Session tokens: a login request gets one, and the others carry it.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::super::decode::{Broken, Decoder};
use super::super::failure::Failure;
use super::super::http::{ApiBudget, Parts, RequestOption, Requester, Transport};
use super::super::manifest::{ManifestError, Node};
use super::super::template::{Interpolated, Scope};
use super::super::time::{Moment, Period};
use super::super::value::{Value, path, text};

#[derive(Debug)]
pub(in super::super) struct Session {
    login: Arc<Requester>,
    decoder: Decoder,
    token_path: Vec<String>,
    /// How long a token is good; each request logs in anew where it is not told.
    lasts: Option<Period>,
    /// Where the token goes; `Authorization: Bearer` where this is absent.
    option: Option<(RequestOption, Interpolated)>,
    held: Mutex<Option<(String, Moment)>>,
}

impl Session {
    pub(super) fn build(node: &Node, transport: &Transport, scope: &Scope) -> Result<Self, ManifestError> {
        let login = node.required("login_requester")?;
        let lasts = node.text("expiration_duration").map(|text| Period::parse(&text)).transpose();
        let authentication = node.required("request_authentication")?;
        let option = match authentication.component() {
            "Bearer" => None,
            _ => {
                let source = authentication.text("api_token").unwrap_or_else(|| "{{ session_token }}".to_owned());
                let template = authentication.compiled(Interpolated::new(&source, &node.parameters()))?;
                Some((RequestOption::build(authentication.required("inject_into")?)?, template))
            }
        };
        Ok(Self {
            login: Arc::new(Requester::build(login, transport, &ApiBudget::default(), scope)?),
            decoder: Decoder::build(node.get("decoder"))?,
            token_path: node.list("session_token_path").iter().filter_map(Node::as_text).collect(),
            lasts: lasts.map_err(|error| node.error(error.to_string()))?,
            option,
            held: Mutex::default(),
        })
    }

    pub(super) async fn sign_into(
        &self,
        parts: &mut Parts,
        scope: &Scope,
        transport: &Transport,
    ) -> Result<(), Failure> {
        let token = self.token(scope).await?;
        transport.hide(&token);
        match &self.option {
            None => {
                parts.headers.insert("Authorization", Value::from(format!("Bearer {token}")));
                Ok(())
            }
            Some((option, template)) => {
                let own = scope.with("session_token", &Value::str(&token));
                option.inject(parts, Value::from(template.text(&own)?), scope)
            }
        }
    }

    async fn token(&self, scope: &Scope) -> Result<String, Failure> {
        let mut held = self.held.lock().await;
        if let Some((token, until)) = held.as_ref()
            && Moment::now() <= *until
        {
            return Ok(token.clone());
        }
        let mut scope = scope.clone();
        scope.set("stream_slice", minijinja::Value::from(()));
        scope.set("next_page_token", minijinja::Value::from(()));
        let answer = self.login.send(&scope, None, Parts::default()).await?;
        let answer = answer.ok_or_else(|| {
            Failure::Data("Failed to get session token, response got ignored by requester".to_owned())
        })?;
        let body = self.decoder.decode(&answer, Broken::Empty)?.into_iter().next().unwrap_or_default();
        let token = path::get(&body, &self.token_path).map(text);
        let token = token.ok_or_else(|| Failure::Data("the login's answer holds no session token".to_owned()))?;
        if let Some(lasts) = &self.lasts {
            *held = Some((token.clone(), Moment::now().shifted(lasts, 1)?));
        }
        Ok(token)
    }
}
