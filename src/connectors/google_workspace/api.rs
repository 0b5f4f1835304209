//! Google's APIs by one credential, each within its rate limit.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::access::GoogleAuth;
use super::config::{GoogleConfig, Service};
use super::failure;
use crate::sdk::http::{Budget, HttpClient, HttpRequest};
use crate::sdk::{ConnectorError, ConnectorType, OpenContext};

/// Where Drive and Calendar are.
const GOOGLE: &str = "https://www.googleapis.com";
const SHEETS: &str = "https://sheets.googleapis.com";
const DOCS: &str = "https://docs.googleapis.com";
const GMAIL: &str = "https://gmail.googleapis.com";

/// The period that Google's quotas are for.
const MINUTE: Duration = Duration::from_secs(60);

/// All the APIs. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Api {
    http: HttpClient,
    /// Whether one origin stands for all of Google's.
    has_one_origin: bool,
}

impl Api {
    pub(super) fn new(config: &GoogleConfig, auth: GoogleAuth, context: &OpenContext) -> Result<Self, ConnectorError> {
        let base_url = config.base_url.as_deref().unwrap_or(GOOGLE);
        let mut builder = HttpClient::builder(context, ConnectorType::GoogleWorkspace, base_url)
            .options(&config.http)
            .authorisation(auth.authorisation(config, context)?)
            .judge(failure::judge);
        if config.base_url.is_none() {
            builder = [SHEETS, DOCS, GMAIL].into_iter().fold(builder, |builder, origin| builder.also_authorise(origin));
        }
        let quotas = &config.quotas;
        for (service, most) in [
            (Service::Sheets, quotas.sheets_per_minute),
            (Service::Docs, quotas.docs_per_minute),
            (Service::Drive, quotas.drive_per_minute),
            (Service::Gmail, quotas.gmail_units_per_minute),
            (Service::Calendar, quotas.calendar_per_minute),
        ] {
            builder = builder.budget(Budget::new(service.api()).at_most(NonZeroU32::get(most), MINUTE));
        }
        Ok(Self { http: builder.build()?, has_one_origin: config.base_url.is_some() })
    }

    pub(super) fn http(&self) -> &HttpClient {
        &self.http
    }

    /// The same APIs through a client with other bounds.
    pub(super) fn through(&self, http: HttpClient) -> Self {
        Self { http, has_one_origin: self.has_one_origin }
    }

    /// A GET of a path of a service, such as `v4/spreadsheets/…`.
    pub(super) fn ask(&self, service: Service, path: &str) -> HttpRequest {
        let origin = match service {
            _ if self.has_one_origin => None,
            Service::Drive | Service::Calendar => None,
            Service::Sheets => Some(SHEETS),
            Service::Docs => Some(DOCS),
            Service::Gmail => Some(GMAIL),
        };
        let target = origin.map_or_else(|| path.to_owned(), |origin| format!("{origin}/{path}"));
        self.http.get(target).budget(service.api())
    }

    /// The answer to a GET, read as JSON.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        service: Service,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, ConnectorError> {
        self.ask(service, path).queries(query.iter().copied()).send().await?.json()
    }
}

impl Service {
    /// What people call its API.
    pub(super) fn api(self) -> &'static str {
        match self {
            Self::Drive => "Drive API",
            Self::Sheets => "Sheets API",
            Self::Docs => "Docs API",
            Self::Gmail => "Gmail API",
            Self::Calendar => "Calendar API",
        }
    }
}
