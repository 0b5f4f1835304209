//! Microsoft Graph by one credential: pages of collections, each service within its limits.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::{Microsoft365Auth, Microsoft365Config, ServiceLimits};
use super::failure;
use super::origins::{Origins, VERSION};
use crate::sdk::http::{Authorisation, Budget, HttpClient, HttpOptions, HttpRequest};
use crate::sdk::{ConnectorError, ConnectorType, ErrorClass, OpenContext, Trail};

/// Whose limits a request counts against.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scope {
    Directory,
    Files,
    Workbooks,
    /// Of a user, by address or id.
    Mailbox(String),
    /// By id.
    Team(String),
}

/// Graph, within the limits of one scope. Cheap to clone.
#[derive(Clone)]
pub(super) struct Api {
    shared: Arc<Shared>,
    http: HttpClient,
}

struct Shared {
    context: OpenContext,
    origins: Origins,
    options: HttpOptions,
    authorisation: Authorisation,
    limits: ServiceLimits,
}

/// Some objects of a collection, and where it goes on.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) value: Vec<Value>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next: Option<String>,
    /// At the end of a round of changes: where the next begins.
    #[serde(rename = "@odata.deltaLink")]
    pub(super) delta: Option<String>,
}

impl Page {
    /// A page that came within a batch.
    ///
    /// # Errors
    /// `Protocol` where it is none.
    pub(super) fn of(json: Value) -> Result<Self, ConnectorError> {
        Self::deserialize(json).map_err(|error| ConnectorError::Protocol {
            message: format!("an answer of a batch is no collection ({error})"),
            cause: None,
        })
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Who {
    Application,
    Person { id: String, address: String },
}

impl Api {
    pub(super) fn new(
        config: &Microsoft365Config,
        auth: Microsoft365Auth,
        context: &OpenContext,
    ) -> Result<Self, ConnectorError> {
        let origins = Origins::of(config.base_url.as_deref());
        let authorisation = auth.authorisation(config, &origins, context)?;
        let shared = Arc::new(Shared {
            context: context.clone(),
            origins,
            options: config.http.clone(),
            authorisation,
            limits: config.limits.clone(),
        });
        let http = shared.client(&Scope::Directory)?;
        Ok(Self { shared, http })
    }

    /// The same within the limits of another scope.
    pub(super) fn within(&self, scope: &Scope) -> Result<Self, ConnectorError> {
        Ok(Self { shared: Arc::clone(&self.shared), http: self.shared.client(scope)? })
    }

    /// The same through a client with other bounds.
    pub(super) fn through(&self, http: HttpClient) -> Self {
        Self { shared: Arc::clone(&self.shared), http }
    }

    pub(super) fn http(&self) -> &HttpClient {
        &self.http
    }

    pub(super) fn origins(&self) -> &Origins {
        &self.shared.origins
    }

    /// An object below the version, such as `me`.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ConnectorError> {
        self.get_preferring(path, None).await
    }

    /// The same with a `Prefer` header.
    pub(super) async fn get_preferring<T: DeserializeOwned>(
        &self,
        path: &str,
        prefer: Option<&str>,
    ) -> Result<T, ConnectorError> {
        self.preferring(&format!("{VERSION}/{path}"), prefer).send().await?.json()
    }

    fn preferring(&self, place: &str, prefer: Option<&str>) -> HttpRequest {
        let request = self.http.get(place);
        match prefer {
            Some(prefer) => request.header("prefer", prefer),
            None => request,
        }
    }

    /// A page at a place that [`Origins::place_of`] gave, or that begins with the version.
    pub(super) async fn page(&self, place: &str, prefer: Option<&str>) -> Result<Page, ConnectorError> {
        let mut page: Page = self.preferring(place, prefer).send().await?.json()?;
        page.next = page.next.map(|link| self.origins().place_of(&link)).transpose()?;
        page.delta = page.delta.map(|link| self.origins().place_of(&link)).transpose()?;
        Ok(page)
    }

    /// A collection with all of its pages, or as many objects as are wanted.
    pub(super) async fn all(&self, path: &str, most: usize) -> Result<Vec<Value>, ConnectorError> {
        let first = self.page(&format!("{VERSION}/{path}"), None).await?;
        self.rest(first, most).await
    }

    /// The same, of which the first page came within a batch.
    pub(super) async fn all_from(&self, first: Value) -> Result<Vec<Value>, ConnectorError> {
        let mut first = Page::of(first)?;
        first.next = first.next.map(|link| self.origins().place_of(&link)).transpose()?;
        self.rest(first, usize::MAX).await
    }

    async fn rest(&self, first: Page, most: usize) -> Result<Vec<Value>, ConnectorError> {
        let (mut found, mut place) = (first.value, first.next);
        let mut trail = link_trail();
        while let Some(next) = place.take().filter(|_| found.len() < most) {
            trail.follow(&next)?;
            let page = self.page(&next, None).await?;
            found.extend(page.value);
            place = page.next;
        }
        found.truncate(most);
        Ok(found)
    }

    /// Whom the token acts for. Graph knows no `me` for an application.
    pub(super) async fn who(&self) -> Result<Who, ConnectorError> {
        let me: Value = match self.get("me?$select=id,displayName,userPrincipalName,mail").await {
            Ok(me) => me,
            Err(error) if error.class() == ErrorClass::Config => return Ok(Who::Application),
            Err(error) => return Err(error),
        };
        let text = |name: &str| me.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Who::Person { id: text("id"), address: text("userPrincipalName") })
    }
}

/// The links to further pages of a collection.
pub(super) fn link_trail() -> Trail<String> {
    Trail::of("Microsoft Graph", "@odata.nextLink")
}

impl Shared {
    fn client(&self, scope: &Scope) -> Result<HttpClient, ConnectorError> {
        let limits = &self.limits;
        let seconds = Duration::from_secs;
        let at_most = |budget: Budget, most: u32, per| if most == 0 { budget } else { budget.at_most(most, per) };
        let budget = match scope {
            Scope::Directory => at_most(Budget::new("directory"), limits.directory_in_10_seconds, seconds(10)),
            Scope::Files => at_most(Budget::new("files"), limits.files_in_a_minute, seconds(60)),
            Scope::Workbooks => at_most(Budget::new("workbooks"), limits.workbooks_in_10_seconds, seconds(10)),
            Scope::Mailbox(id) => {
                let budget = Budget::new(format!("mailbox {id}"));
                let budget = at_most(budget, limits.mailbox_in_10_minutes, seconds(600));
                if limits.mailbox_at_once == 0 {
                    budget
                } else {
                    budget.concurrently(usize::try_from(limits.mailbox_at_once).unwrap_or(usize::MAX))
                }
            }
            Scope::Team(id) => at_most(Budget::new(format!("team {id}")), limits.team_in_a_second, seconds(1)),
        };
        HttpClient::builder(&self.context, ConnectorType::Microsoft365, &self.origins.graph)
            .options(&self.options)
            .authorisation(self.authorisation.clone())
            .budget(budget)
            .judge(failure::judge)
            .build()
    }
}
