//! The parameters of a request, wherever they stand: in the URL, or in a form.

use axum::extract::{FromRequest, Request};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

/// The longest form, in bytes.
const LONGEST_FORM: usize = 4 << 20;

/// Names and values.
pub(super) struct Parameters {
    pairs: Vec<(String, String)>,
    is_posted: bool,
    /// The path with all parameters, for whoever looks at the traffic.
    pub(super) line: String,
}

impl Parameters {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn is_posted(&self) -> bool {
        self.is_posted
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.parse().ok()
    }
}

impl<S: Send + Sync> FromRequest<S> for Parameters {
    type Rejection = Response;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Response> {
        let is_posted = request.method() == Method::POST;
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body = axum::body::to_bytes(request.into_body(), LONGEST_FORM).await;
        let body = body.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE.into_response())?;
        let form = String::from_utf8_lossy(&body);
        let all = [query.as_str(), &form].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&");
        let pairs = url::form_urlencoded::parse(all.as_bytes()).into_owned().collect();
        Ok(Self { pairs, is_posted, line: format!("{path}?{all}") })
    }
}
