//! Where requests may go: private addresses only where the process allows them.
//!
//! Names are judged by what they are resolved to, on the very addresses that are connected to; literal addresses before
//! every request and every redirect.

use std::env;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::sdk::{BoxError, ConnectorError, is_private};

/// A name that stands for private addresses only, where these are not allowed.
#[derive(Debug, thiserror::Error)]
#[error("{host} is in a private network, which connectors may not reach here (network.allow_private)")]
pub(super) struct PrivateAddress {
    host: String,
}

impl PrivateAddress {
    /// Finds it among the causes of an error.
    pub(super) fn among<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            cause = error.source();
        }
        None
    }

    pub(super) fn into_error(self) -> ConnectorError {
        ConnectorError::Permission { message: self.to_string(), cause: None }
    }

    pub(super) fn to_error(&self) -> ConnectorError {
        Self { host: self.host.clone() }.into_error()
    }
}

/// Refuses a URL whose host is literally a private address. Names are left to the resolver, but for those of proxies,
/// which it lets through.
pub(super) fn refuse_private(url: &Url) -> Result<(), PrivateAddress> {
    let is_refused = match url.host() {
        Some(Host::Ipv4(address)) => is_private(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_private(IpAddr::V6(address)),
        Some(Host::Domain(name)) => is_proxy(name),
        None => true,
    };
    if is_refused {
        return Err(PrivateAddress { host: url.host_str().unwrap_or_default().to_owned() });
    }
    Ok(())
}

/// Whether a URL leads to this machine, to which no proxy is asked.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Looks names up in the system, and gives only addresses that may be connected to.
pub(super) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let is_proxy = is_proxy(&host);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let allowed = allowed_of(&host, found, is_proxy)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn allowed_of(host: &str, found: Vec<SocketAddr>, is_proxy: bool) -> Result<Vec<SocketAddr>, BoxError> {
    let is_found = !found.is_empty();
    let allowed: Vec<_> = found.into_iter().filter(|address| is_proxy || !is_private(address.ip())).collect();
    if is_found && allowed.is_empty() {
        return Err(Box::new(PrivateAddress { host: host.to_owned() }));
    }
    Ok(allowed)
}

/// Whether a host is a proxy that the environment names.
fn is_proxy(host: &str) -> bool {
    static PROXIES: LazyLock<Vec<String>> = LazyLock::new(proxies_of_environment);
    PROXIES.iter().any(|proxy| proxy.eq_ignore_ascii_case(host))
}

fn proxies_of_environment() -> Vec<String> {
    let variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let given = variables.iter().filter_map(|name| env::var(name).ok());
    let hosts = given.filter_map(|text| {
        let url =
            Url::parse(&text).ok().filter(Url::has_host).or_else(|| Url::parse(&format!("http://{text}")).ok())?;
        url.host_str().map(str::to_owned)
    });
    hosts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_addresses_are_judged_however_they_are_written() {
        let private = [
            "http://127.0.0.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://169.254.169.254/latest/meta-data",
        ];
        for url in private {
            assert!(refuse_private(&Url::parse(url).unwrap()).is_err(), "{url}");
        }
        for url in ["http://1.1.1.1/", "https://example.org/", "http://[2606:4700::1111]/"] {
            assert!(refuse_private(&Url::parse(url).unwrap()).is_ok(), "{url}");
        }
    }

    #[test]
    fn of_the_addresses_of_a_name_only_public_ones_are_connected_to() {
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let mixed = vec![address("10.0.0.1"), address("1.1.1.1")];
        assert_eq!(allowed_of("mixed", mixed.clone(), false).unwrap(), [address("1.1.1.1")]);
        assert_eq!(allowed_of("proxy", mixed.clone(), true).unwrap(), mixed);
        let error = allowed_of("inside", vec![address("10.0.0.1")], false).unwrap_err();
        assert!(PrivateAddress::among(error.as_ref()).is_some(), "{error}");
    }
}
