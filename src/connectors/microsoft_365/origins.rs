//! Where Microsoft's services are: Graph, and the endpoint that gives tokens for it.

use url::Url;

use crate::sdk::ConnectorError;

const GRAPH: &str = "https://graph.microsoft.com";

/// Graph's origins with those of their token endpoints: the world's, and the national clouds'.
const CLOUDS: &[(&str, &str)] = &[
    (GRAPH, "https://login.microsoftonline.com"),
    ("https://graph.microsoft.us", "https://login.microsoftonline.us"),
    ("https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
    ("https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
];

/// The version of Graph that is spoken.
pub(super) const VERSION: &str = "v1.0";

/// Where requests go.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Origins {
    /// What stands before `/v1.0`.
    pub(super) graph: String,
    /// What stands before `/{tenant}/oauth2`.
    login: String,
    /// Graph's own name in scopes.
    audience: &'static str,
}

impl Origins {
    pub(super) fn of(base_url: Option<&str>) -> Self {
        let graph = base_url.unwrap_or(GRAPH).trim_end_matches('/');
        let cloud = CLOUDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(graph));
        Self {
            graph: graph.to_owned(),
            login: cloud.map_or(graph, |(_, login)| *login).to_owned(),
            audience: cloud.map_or(GRAPH, |(known, _)| *known),
        }
    }

    pub(super) fn token_url(&self, tenant: &str) -> String {
        format!("{}/{}/oauth2/v2.0/token", self.login, crate::sdk::http::segment(tenant))
    }

    /// Where people consent.
    pub(super) fn consent_page(&self, tenant: &str) -> String {
        format!("{}/{}/oauth2/v2.0/authorize", self.login, crate::sdk::http::segment(tenant))
    }

    /// All that the application was given.
    pub(super) fn every_scope(&self) -> String {
        format!("{}/.default", self.audience)
    }

    /// A link that Graph gave, as it is kept and followed: without the origin, so that it leads on where the base URL has
    /// changed meanwhile, and stays behind a base URL that stands for Microsoft's. Other links stay as they are.
    ///
    /// # Errors
    /// `Protocol` where it is no URL.
    pub(super) fn place_of(&self, link: &str) -> Result<String, ConnectorError> {
        let wrong = |error: url::ParseError| ConnectorError::Protocol {
            message: format!("a link to go on with is no URL ({error})"),
            cause: None,
        };
        let url = Url::parse(link).map_err(wrong)?;
        let base = Url::parse(&self.graph).map_err(wrong)?;
        let origin = url.origin().ascii_serialization();
        let is_known = CLOUDS.iter().any(|(known, _)| *known == origin);
        if url.origin() != base.origin() && !is_known {
            return Ok(link.to_owned());
        }
        let path = url.path();
        let path = path.strip_prefix(base.path().trim_end_matches('/')).unwrap_or(path).trim_start_matches('/');
        Ok(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_stands_for_all_origins() {
        let here = Origins::of(Some("http://127.0.0.1:9/graph/"));
        assert_eq!(here.token_url("contoso.com"), "http://127.0.0.1:9/graph/contoso.com/oauth2/v2.0/token");
        assert_eq!(here.every_scope(), "https://graph.microsoft.com/.default");
        let place = |link: &str| here.place_of(link).unwrap();
        assert_eq!(place("http://127.0.0.1:9/graph/v1.0/users?$skiptoken=a%2Fb"), "v1.0/users?$skiptoken=a%2Fb");
        assert_eq!(place("https://graph.microsoft.com/v1.0/users/delta"), "v1.0/users/delta");
        assert_eq!(place("https://elsewhere.example/x"), "https://elsewhere.example/x");
        assert!(here.place_of("no link").is_err());
    }

    #[test]
    fn national_clouds_have_token_endpoints_of_their_own() {
        let world = Origins::of(None);
        assert_eq!(world.token_url("common"), "https://login.microsoftonline.com/common/oauth2/v2.0/token");
        let us = Origins::of(Some("https://graph.microsoft.us"));
        assert_eq!(us.token_url("t"), "https://login.microsoftonline.us/t/oauth2/v2.0/token");
        assert_eq!(us.every_scope(), "https://graph.microsoft.us/.default");
    }
}
