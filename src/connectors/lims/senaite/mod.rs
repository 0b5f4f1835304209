//! SENAITE LIMS, by the routes of `senaite.jsonapi` (<https://github.com/senaite/senaite.jsonapi>, `docs/api.rst`).
//!
//! Objects are searched by type, in the order of a date that the catalogue of their type indexes. What it means to page
//! there is not in its documentation, but in its code:
//! - Who is not signed in, or is no longer, is refused nothing: searches find nothing, with status 200. So a read asks who it
//!   is before it believes that there is nothing, or less than before.
//! - Date indexes are exact to the minute. So a place in a read is a minute, with the objects of it that were read.
//! - Behind the end of a list, its last object is given again.
//! - An index that a catalogue does not have is passed over in silence: everything is found, in no order. Only the catalogue
//!   of samples indexes `modified` from the start; which others do, is asked.
//! - The link to the next page loses ranges of dates. So it is not followed.

mod answer;
mod attribute;
mod progress;
mod read;
mod types;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use super::config::{LimsAuth, LimsConfig};
use crate::sdk::http::{Authorisation, CHECK_TIME, HttpClient};
use crate::sdk::{
    Catalog, CatalogSource, ConnectorError, ConnectorType, OpenContext, Reachable, ReadRequest, ReadStream,
};
use answer::{Batch, Catalogs, User, Users, Version};
use types::Kind;

/// Where the API lies below the site.
const API: &str = "@@API/senaite/v1";
/// Objects of a page. Each is woken up for its fields, which takes SENAITE some hundredths of a second.
const PAGE: usize = 100;
/// A catalogue of all objects that may be switched off, and is empty then.
const AUDIT_LOGS: [&str; 2] = ["senaite_catalog_auditlog", "auditlog_catalog"];

/// A site, and what is read there.
#[derive(Clone)]
pub struct Senaite {
    client: HttpClient,
    resources: Vec<String>,
    page: usize,
}

/// The order in which objects of a type are searched.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Order {
    /// The date that they are ordered by.
    index: &'static str,
    /// The catalogue to search; the one of the type where there is none.
    catalog: Option<String>,
}

impl Order {
    /// Changed objects come last, and can be asked for.
    fn tells_changes(&self) -> bool {
        self.index == MODIFIED
    }
}

const MODIFIED: &str = "modified";
const CREATED: &str = "created";

impl Senaite {
    pub(super) fn open(config: LimsConfig, auth: LimsAuth, context: &OpenContext) -> Result<Self, ConnectorError> {
        let page = config.page_size(PAGE)?;
        let of_rest = [
            ("sources", config.sources.is_some()),
            ("paging", config.paging.is_some()),
            ("sample_rows", config.sample_rows.is_some()),
        ];
        if let Some((setting, _)) = of_rest.into_iter().find(|(_, is_given)| *is_given) {
            let message = "is for other systems: what SENAITE gives is known";
            return Err(ConnectorError::config(format!("connectionConfig.{setting}"), message));
        }
        let authorisation = match auth {
            LimsAuth::None(_) => Authorisation::none(),
            LimsAuth::UsernamePassword(form) => Authorisation::basic(form.username, form.password),
            LimsAuth::Token(form) => Authorisation::bearer(form.token),
            LimsAuth::ApiKey(_) | LimsAuth::Oauth2(_) => {
                let message = "SENAITE takes USERNAME_PASSWORD, or TOKEN where the site gives bearer tokens";
                return Err(ConnectorError::config("authType", message));
            }
        };
        let resources = config.resources.unwrap_or_else(|| types::USUAL.map(str::to_owned).to_vec());
        if let Some(name) = twice(&resources) {
            return Err(ConnectorError::config("connectionConfig.resources", format!("names {name} twice")));
        }
        if let Some(name) = resources.iter().find(|name| !is_resource(name)) {
            let message = format!("{name:?} is no type of objects; write it in lower case, like analysisrequest");
            return Err(ConnectorError::config("connectionConfig.resources", message));
        }
        // Some give the address of the API.
        let site = config.base_url.split("/@@API").next().unwrap_or_default();
        let client = HttpClient::builder(context, ConnectorType::Lims, site)
            .options(&config.http)
            .authorisation(authorisation)
            .header("accept", "application/json")
            .judge(answer::judge)
            .build()?;
        Ok(Self { client, resources, page })
    }

    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// Asks what answers there, who we are, and whether the first type may be searched.
    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        let senaite = Self { client: self.client.within(CHECK_TIME), ..self.clone() };
        let version: Version = senaite.client.get(format!("{API}/version")).send().await?.json()?;
        let user = senaite.user().await?;
        let mut message = format!(
            "SENAITE's JSON API {} as {}: {} to read",
            version.version,
            user.username,
            self.resources.join(", ")
        );
        if let Some(first) = senaite.resources.first()
            && senaite.count(first).await? == 0
        {
            message.push_str(&format!("; it finds no {first}: if there are any, the user may not see them"));
        }
        let (name, version) = (&user.username, &version.version);
        let details = json!({ "version": version, "user": name, "roles": user.roles, "resources": self.resources });
        Ok(Reachable { message, details })
    }

    pub(super) async fn discover(&self) -> Result<Catalog, ConnectorError> {
        self.user().await?;
        let mut sources = Vec::new();
        for name in &self.resources {
            let count = self.count(name).await?;
            let kind = Kind::of(name);
            sources.push(CatalogSource {
                name: kind.source_name().to_owned(),
                sql_name: kind.source_name().to_owned(),
                source_type: "resource".into(),
                source_path: name.clone(),
                description: Some(kind.description().to_owned()),
                schema: kind.rows().schema(),
                primary_key: vec!["uid".into()],
                cursor_field: None,
                estimated_rows: Some(count),
                details: json!(null),
            });
        }
        Ok(Catalog { sources })
    }

    pub(super) fn read(&self, request: ReadRequest) -> ReadStream {
        let senaite = self.clone();
        let cancel = request.cancel.clone();
        self.client.reading(&cancel, |client| read::events(Self { client, ..senaite }, request))
    }

    /// Who we are.
    ///
    /// # Errors
    /// `Auth` where we are nobody: then every search finds nothing.
    async fn user(&self) -> Result<User, ConnectorError> {
        let response = self.client.get(format!("{API}/users/current")).send().await?;
        let users: Users = response.json()?;
        let user = users.items.into_iter().flatten().next().filter(|user| user.authenticated);
        user.ok_or_else(|| {
            let site = self.client.base();
            let message =
                format!("{site} does not know us (any more): give a user's name and password; check them there");
            ConnectorError::Auth { message, cause: None }
        })
    }

    /// How many objects of a type there are.
    async fn count(&self, resource: &str) -> Result<u64, ConnectorError> {
        let batch: Batch = self.client.get(format!("{API}/{resource}")).query("limit", 1).send().await?.json()?;
        Ok(batch.count)
    }

    /// The order in which objects of a type can be searched.
    async fn order(&self, kind: &Kind) -> Result<Order, ConnectorError> {
        let answer = self.client.get(format!("{API}/catalogs")).query("limit", 1_000).send().await;
        let catalogs: Catalogs = match answer {
            Err(ConnectorError::NotFound { .. }) => Catalogs::default(),
            answer => answer?.json()?,
        };
        let holds = |name: &String| name.eq_ignore_ascii_case(kind.resource());
        let found = catalogs.items.into_iter().find(|catalog| {
            let is_log = AUDIT_LOGS.contains(&catalog.id.as_str());
            !is_log && catalog.portal_types.iter().any(holds) && catalog.indexes.iter().any(|index| index == MODIFIED)
        });
        Ok(found.map_or(Order { index: CREATED, catalog: None }, |found| Order {
            index: MODIFIED,
            catalog: Some(found.id),
        }))
    }

    /// Objects from a minute on, behind the first `start` of them.
    async fn batch(
        &self,
        kind: &Kind,
        order: &Order,
        from: Option<DateTime<Utc>>,
        start: usize,
    ) -> Result<Batch, ConnectorError> {
        let mut request = self.client.get(format!("{API}/{}", kind.resource())).query("complete", "yes");
        if let Some(catalog) = &order.catalog {
            request = request.query("catalog", catalog);
        }
        if let Some(from) = from {
            // A record, as Zope's publisher reads it.
            let index = order.index;
            request = request.query(format!("{index}.query:record"), text_of(from));
            request = request.query(format!("{index}.range:record"), "min");
        }
        request = request.query("sort_on", order.index).query("sort_order", "ascending");
        request.query("limit", self.page).query("b_start", start).send().await?.json()
    }
}

/// A name that stands there more than once.
fn twice(names: &[String]) -> Option<&String> {
    names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)).map(|(_, name)| name)
}

fn is_resource(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit())
}

/// As SENAITE writes it: `2025-03-01T08:00:00+00:00`.
fn text_of(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, false)
}
