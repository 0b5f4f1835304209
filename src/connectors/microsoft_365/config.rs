//! What a user sets on a Microsoft 365 connector.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::Deserialize;

use super::origins::Origins;
use crate::sdk::http::{Authorisation, Consent, HttpOptions, OAuth2};
use crate::sdk::{ConnectorError, ConnectorType, OpenContext, SecretString, Token, auth_forms};

/// The tenant of a person who signs in, where none is named.
const ANY_TENANT: &str = "organizations";
/// Objects of one answer.
const PAGE_SIZE: RangeInclusive<u32> = 1..=999;
/// Cells of one answer; Excel refuses what is much larger.
const RANGE_CELLS: RangeInclusive<u32> = 100..=1_000_000;
/// Days of a calendar; Outlook shows five years at a time.
const CALENDAR_DAYS: RangeInclusive<u32> = 0..=900;

/// Microsoft 365, through Microsoft Graph.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    example = &serde_json::json!({"tenant_id": "contoso.onmicrosoft.com"}),
    example = &serde_json::json!({"tenant_id": "contoso.onmicrosoft.com", "services": ["mail"], "mailboxes": ["sales@contoso.com"]})
)]
pub struct Microsoft365Config {
    /// What stands for all of Microsoft's origins, `https://graph.microsoft.com` and `https://login.microsoftonline.com`: a proxy,
    /// or a server that speaks the same API. Paths stay: `{base_url}/v1.0/users`, `{base_url}/{tenant}/oauth2/v2.0/token`. Of a
    /// national cloud give its Graph (`https://graph.microsoft.us`): its token endpoint is known.
    pub base_url: Option<String>,
    /// The tenant, by id or by one of its domains. An application needs it; a person who signs in is looked for in all.
    pub tenant_id: Option<String>,
    /// What is read; everything that the credentials allow where it is absent.
    pub services: Option<Vec<Service>>,
    /// Only these drives, by id. Where it is absent: a person's own drive and those of the sites that they see; for an
    /// application, those of all sites and of the users.
    #[serde(default)]
    pub drive_ids: Vec<String>,
    /// Only these sites, by id or as `contoso.sharepoint.com:/sites/sales`, with their lists and, unless `drive_ids` is given,
    /// their drives.
    #[serde(default)]
    pub sites: Vec<String>,
    /// Only these users' mail and calendars, by address or id. Where it is absent: one's own; for an application, those of all
    /// users who have a mailbox.
    #[serde(default)]
    pub mailboxes: Vec<String>,
    /// Only these teams, by id or name. Where it is absent: those that one has joined; for an application, all.
    #[serde(default)]
    pub teams: Vec<String>,
    /// How many users are looked through for mailboxes and drives, where none are named.
    #[serde(default = "default_user_limit")]
    pub user_limit: u32,
    /// How many days back events are read, 0 to 900.
    #[serde(default = "default_calendar_days")]
    #[schemars(range(min = *CALENDAR_DAYS.start(), max = *CALENDAR_DAYS.end()))]
    pub calendar_days_back: u32,
    /// How many days ahead events are read, 0 to 900.
    #[serde(default = "default_calendar_days")]
    #[schemars(range(min = *CALENDAR_DAYS.start(), max = *CALENDAR_DAYS.end()))]
    pub calendar_days_ahead: u32,
    /// Objects of one answer, 1 to 999; fewer where Graph gives no more, as Teams, of which 50 come at once.
    #[serde(default = "default_page_size")]
    #[schemars(range(min = *PAGE_SIZE.start(), max = *PAGE_SIZE.end()))]
    pub page_size: u32,
    /// Cells of a workbook in one answer, 100 to 1,000,000.
    #[serde(default = "default_range_cells")]
    #[schemars(range(min = *RANGE_CELLS.start(), max = *RANGE_CELLS.end()))]
    pub range_cells: u32,
    /// How many requests are sent to each service, by Microsoft's documented limits; 0 lifts one.
    #[serde(default)]
    pub limits: ServiceLimits,
    /// Limits of requests. What is not given here is as the installation has it (`http_client` in its settings).
    #[serde(default)]
    pub http: HttpOptions,
}

/// A part of Microsoft 365.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// The users of the organisation.
    Users,
    /// Files of OneDrive and SharePoint: names, sizes and places, not what is in them.
    Drives,
    /// Tables and worksheets of Excel workbooks.
    Workbooks,
    /// Lists of SharePoint.
    Lists,
    /// Messages of Outlook.
    Mail,
    /// Events of calendars.
    Calendar,
    /// Messages of Teams channels.
    Teams,
}

impl Service {
    const ALL: &'static [Self] =
        &[Self::Users, Self::Drives, Self::Workbooks, Self::Lists, Self::Mail, Self::Calendar, Self::Teams];
}

/// How many requests are sent to each service; each 0 lifts a limit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceLimits {
    /// Requests for users in 10 seconds; the usual number is that of tenants with fewer than 50 users.
    pub directory_in_10_seconds: u32,
    /// Requests for files and lists in a minute; the usual number is a careful share of the 1,250 resource units that SharePoint
    /// gives the smallest tenants.
    pub files_in_a_minute: u32,
    /// Requests for workbooks in 10 seconds.
    pub workbooks_in_10_seconds: u32,
    /// Requests to one mailbox in 10 minutes.
    pub mailbox_in_10_minutes: u32,
    /// Requests to one mailbox at once.
    pub mailbox_at_once: u32,
    /// Requests to one team in a second.
    pub team_in_a_second: u32,
}

impl Default for ServiceLimits {
    fn default() -> Self {
        Self {
            directory_in_10_seconds: 3_500,
            files_in_a_minute: 600,
            workbooks_in_10_seconds: 1_500,
            mailbox_in_10_minutes: 10_000,
            mailbox_at_once: 4,
            team_in_a_second: 4,
        }
    }
}

fn default_user_limit() -> u32 {
    100
}

fn default_calendar_days() -> u32 {
    365
}

fn default_page_size() -> u32 {
    200
}

fn default_range_cells() -> u32 {
    20_000
}

/// An app that is registered with Microsoft Entra.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Microsoft365OAuth {
    /// The application (client) id, from the app's page Overview.
    pub client_id: String,
    /// A client secret's value, from the app's page Certificates & secrets. A public client has none.
    pub client_secret: Option<SecretString>,
    /// Whom the app acts for; a person where a refresh token is given, and otherwise nobody but itself.
    pub acts_for: Option<ActsFor>,
    /// The refresh token of a person who has consented elsewhere. Microsoft gives a new one with each use; the later ones are
    /// kept here.
    pub refresh_token: Option<SecretString>,
    /// Where Microsoft sends people back to, if it is not this server's own `/oauth/callback`.
    pub redirect_uri: Option<String>,
    /// The scopes that a person consented to; all of them where it is absent.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// Whom an app acts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActsFor {
    /// Nobody but itself, with its application permissions.
    Application,
    /// A person who consents, with delegated permissions.
    Person,
}

auth_forms! {
    /// How to prove who asks: an application, by itself or for a person, or an access token.
    pub enum Microsoft365Auth { Oauth2(Microsoft365OAuth), Token(Token) }
}

impl Microsoft365Auth {
    /// Whether it is known that an application acts by itself.
    pub(super) fn is_application(&self) -> bool {
        matches!(self, Self::Oauth2(app) if !app.is_for_person())
    }

    /// What requests are signed with.
    ///
    /// # Errors
    /// `Config` where no token can be had.
    pub(super) fn authorisation(
        self,
        config: &Microsoft365Config,
        origins: &Origins,
        context: &OpenContext,
    ) -> Result<Authorisation, ConnectorError> {
        let app = match self {
            Self::Token(Token { token }) => return Ok(Authorisation::bearer(token)),
            Self::Oauth2(app) => app,
        };
        let tenant = app.tenant(config)?;
        if app.is_for_person() && app.refresh_token.is_none() {
            let consent = app.consent(origins, tenant, config);
            return Ok(Authorisation::tokens(OAuth2::consented(context, ConnectorType::Microsoft365, &consent)?));
        }
        let mut tokens = OAuth2::builder(context, ConnectorType::Microsoft365, &origins.token_url(tenant));
        tokens = match app.refresh_token.clone() {
            Some(refresh_token) => tokens.refresh_token(refresh_token).scope(app.scopes(origins).join(" ")),
            None if app.client_secret.is_none() => {
                let message = "is missing; an application proves itself by it";
                return Err(ConnectorError::config("authConfig.client_secret", message));
            }
            None => tokens.scope(origins.every_scope()),
        };
        let tokens = tokens.client(app.client_id, app.client_secret).options(&config.http).build()?;
        Ok(Authorisation::tokens(tokens))
    }

    /// What a person is asked to allow; none where no person is.
    ///
    /// # Errors
    /// `Config` where the settings contradict each other.
    pub(super) fn consent(&self, config: &Microsoft365Config) -> Result<Option<Consent>, ConnectorError> {
        let Self::Oauth2(app) = self else { return Ok(None) };
        let origins = Origins::of(config.base_url.as_deref());
        let tenant = app.tenant(config)?;
        Ok(app.is_for_person().then(|| app.consent(&origins, tenant, config)))
    }
}

impl Microsoft365OAuth {
    fn is_for_person(&self) -> bool {
        match self.acts_for {
            Some(acts_for) => acts_for == ActsFor::Person,
            None => self.refresh_token.is_some(),
        }
    }

    /// The tenant whose endpoints are asked.
    fn tenant<'a>(&self, config: &'a Microsoft365Config) -> Result<&'a str, ConnectorError> {
        if !self.is_for_person() && self.refresh_token.is_some() {
            let message = "is a person's; leave it out, or set acts_for to person";
            return Err(ConnectorError::config("authConfig.refresh_token", message));
        }
        match config.tenant_id.as_deref() {
            Some(tenant) => Ok(tenant),
            None if self.is_for_person() => Ok(ANY_TENANT),
            None => {
                let message = "is missing; an application needs the directory (tenant) id of its page Overview";
                Err(ConnectorError::config("connectionConfig.tenant_id", message))
            }
        }
    }

    /// What is asked for. Without `offline_access` there is no refresh token.
    fn scopes(&self, origins: &Origins) -> Vec<String> {
        let mut scopes = if self.scopes.is_empty() { vec![origins.every_scope()] } else { self.scopes.clone() };
        if !scopes.iter().any(|scope| scope == "offline_access") {
            scopes.push("offline_access".to_owned());
        }
        scopes
    }

    fn consent(&self, origins: &Origins, tenant: &str, config: &Microsoft365Config) -> Consent {
        Consent::at(origins.consent_page(tenant), origins.token_url(tenant))
            .client(self.client_id.clone(), self.client_secret.clone())
            .scopes(self.scopes(origins))
            .redirect_uri(self.redirect_uri.clone())
            .options(&config.http)
    }
}

impl Microsoft365Config {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// `Config` naming the range.
    pub(super) fn check(&self) -> Result<(), ConnectorError> {
        for (field, value, range) in [
            ("page_size", self.page_size, PAGE_SIZE),
            ("range_cells", self.range_cells, RANGE_CELLS),
            ("calendar_days_back", self.calendar_days_back, CALENDAR_DAYS),
            ("calendar_days_ahead", self.calendar_days_ahead, CALENDAR_DAYS),
        ] {
            if !range.contains(&value) {
                let message = format!("must be between {} and {}", range.start(), range.end());
                return Err(ConnectorError::config(format!("connectionConfig.{field}"), message));
            }
        }
        if self.calendar_days_back + self.calendar_days_ahead == 0 {
            let message = "and calendar_days_ahead are both 0, so that no event can be read";
            return Err(ConnectorError::config("connectionConfig.calendar_days_back", message));
        }
        if self.services.as_ref().is_some_and(Vec::is_empty) {
            let message = "is empty; name what is to be read, or leave it out for everything";
            return Err(ConnectorError::config("connectionConfig.services", message));
        }
        Ok(())
    }

    /// What is read, in a stable order.
    pub(super) fn services(&self) -> impl Iterator<Item = Service> + '_ {
        let asked = self.services.as_deref().unwrap_or(Service::ALL);
        Service::ALL.iter().copied().filter(move |service| asked.contains(service))
    }

    /// Whether a service was asked for by name: then it is told where it may not be read.
    pub(super) fn insists_on(&self, service: Service) -> bool {
        let is_named = match service {
            Service::Drives => !self.drive_ids.is_empty(),
            Service::Lists => !self.sites.is_empty(),
            Service::Mail | Service::Calendar => !self.mailboxes.is_empty(),
            Service::Teams => !self.teams.is_empty(),
            Service::Users | Service::Workbooks => false,
        };
        is_named || self.services.as_ref().is_some_and(|services| services.contains(&service))
    }
}
