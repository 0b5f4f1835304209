//! Under which address browsers find this server: where vendors send people back to.

use std::net::SocketAddr;
use std::sync::OnceLock;

use crate::services::ServiceError;

/// The path that people come back to.
pub const CALLBACK_PATH: &str = "/oauth/callback";

/// The public address, as it is set or as the server listens.
#[derive(Default)]
pub struct PublicAddress {
    set: Option<String>,
    listening: OnceLock<SocketAddr>,
}

impl PublicAddress {
    /// With what `server.public_url` says.
    pub fn new(set: Option<&str>) -> Self {
        Self { set: set.map(|url| url.trim_end_matches('/').to_owned()), listening: OnceLock::new() }
    }

    /// A server listens there from now on.
    pub(in crate::services) fn listens_at(&self, address: SocketAddr) {
        self.listening.get_or_init(|| address);
    }

    /// The redirect URI that is registered at vendors.
    ///
    /// # Errors
    /// `Conflict` where nobody outside could follow it.
    pub(super) fn callback(&self) -> Result<String, ServiceError> {
        if let Some(url) = &self.set {
            return Ok(format!("{url}{CALLBACK_PATH}"));
        }
        match self.listening.get() {
            Some(address) if !address.ip().is_unspecified() => Ok(format!("http://{address}{CALLBACK_PATH}")),
            _ => Err(ServiceError::Conflict {
                message: "it is not known under which address browsers find this server".to_owned(),
                hint: Some(
                    "set server.public_url, for example to https://data.example.com, or redirect_uri in authConfig"
                        .to_owned(),
                ),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callback_is_below_the_address_that_browsers_use() {
        let set = PublicAddress::new(Some("https://data.example.com/weaver/"));
        set.listens_at("127.0.0.1:8080".parse().unwrap());
        assert_eq!(set.callback().unwrap(), "https://data.example.com/weaver/oauth/callback");
        let local = PublicAddress::default();
        assert_eq!(local.callback().unwrap_err().code(), "CONFLICT");
        local.listens_at("[::1]:8080".parse().unwrap());
        assert_eq!(local.callback().unwrap(), "http://[::1]:8080/oauth/callback");
        let open = PublicAddress::default();
        open.listens_at("0.0.0.0:8080".parse().unwrap());
        assert!(open.callback().unwrap_err().hint().unwrap().contains("server.public_url"));
    }
}
