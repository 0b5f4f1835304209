//! Reaching the server: address, TLS, greeting.

use std::sync::Arc;

use rustls::CertificateError;
use rustls::pki_types::ServerName;
use tokio_rustls::TlsConnector;

use super::super::config::Tls;
use super::failure::{self, Asked};
use super::metered::Line;
use super::target::{Proof, Target};
use super::wire::{SHORT, Wire};
use crate::sdk::tls::{self, Authorities};
use crate::sdk::{ConnectorError, DialError, ErrorClass, dial};

impl Wire {
    /// Connects and signs in. Where the server refuses an access token, another one is got and tried, once: it may have been
    /// taken back ahead of its time.
    ///
    /// # Errors
    /// `Unreachable`, `Auth`, `Protocol` for certificates, `Config` for what the server does not offer.
    pub(super) async fn open(target: &Arc<Target>) -> Result<Self, ConnectorError> {
        let proof = target.proof().await?;
        match Self::open_by(target, &proof).await {
            Err(refused) if refused.class() == ErrorClass::Auth => match target.other_proof(&proof).await? {
                // Some servers hang up on whoever they have refused.
                Some(other) => Self::open_by(target, &other).await,
                None => Err(refused),
            },
            opened => opened,
        }
    }

    async fn open_by(target: &Arc<Target>, proof: &Proof<'_>) -> Result<Self, ConnectorError> {
        let limit = target.connect_timeout;
        let reached = tokio::time::timeout(limit, reach(target)).await;
        let (mut wire, is_signed_in) = reached.unwrap_or_else(|elapsed| {
            let message = format!(
                "{} did not answer within {} seconds; check the host, the port, whether `tls` is right, and the \
                 firewall between",
                target.endpoint(),
                limit.as_secs()
            );
            Err(ConnectorError::unreachable(message, elapsed))
        })?;
        // Whoever sends a byte at a time is not waited for either.
        let limit = target.command_timeout;
        let settled = tokio::time::timeout(limit, async {
            if !is_signed_in {
                wire.sign_in(proof).await?;
            }
            wire.ask_capabilities().await?;
            wire.introduce().await
        });
        settled.await.unwrap_or_else(|elapsed| {
            let message = format!("{} did not let us in within {} seconds", target.endpoint(), limit.as_secs());
            Err(ConnectorError::unreachable(message, elapsed))
        })?;
        Ok(wire)
    }
}

async fn reach(target: &Arc<Target>) -> Result<(Wire, bool), ConnectorError> {
    let dialled = dial(&target.host, target.port, target.allow_private_network).await;
    let (stream, _) = dialled.map_err(|error| undialled(target, error))?;
    let line = match target.tls {
        Tls::Implicit => encrypted(Box::new(stream), target).await?,
        Tls::StartTls | Tls::None => Box::new(stream),
    };
    let mut wire = Wire::new(line, target);
    let is_signed_in = wire.greeting().await?;
    if target.tls != Tls::StartTls {
        return Ok((wire, is_signed_in));
    }
    if is_signed_in {
        let message = format!("{} lets everybody in before TLS; set tls to none if it is meant so", target.endpoint());
        return Err(ConnectorError::Protocol { message, cause: None });
    }
    wire.run(Asked::StartTls, "STARTTLS", SHORT, |_| Ok(())).await?;
    // What was sent behind the answer, before TLS, is dropped with the buffer: it may be anybody's.
    let plain = wire.client.into_inner().into_line();
    Ok((Wire::new(encrypted(plain, target).await?, target), false))
}

fn undialled(target: &Target, error: DialError) -> ConnectorError {
    let endpoint = target.endpoint();
    match error {
        DialError::UnknownHost(error) => {
            ConnectorError::unreachable(format!("no address is known for {}; check the host", target.host), error)
        }
        DialError::Private => ConnectorError::config(
            "connectionConfig.host",
            format!("{endpoint} is in a private network; the operator allows these with network.allow_private"),
        ),
        DialError::Refused(error) => ConnectorError::unconnected(endpoint, error),
    }
}

async fn encrypted(line: Box<dyn Line>, target: &Target) -> Result<Box<dyn Line>, ConnectorError> {
    let authorities = target.authorities.as_ref();
    let client = tls::client(target.verification, authorities, |why| {
        let given = authorities.map(Authorities::to_string).unwrap_or_default();
        ConnectorError::config("connectionConfig.ca_certificate", format!("is {given}, {why}"))
    })?;
    let name = ServerName::try_from(target.host.clone())
        .map_err(|_| ConnectorError::config("connectionConfig.host", "is no host name"))?;
    let connected = TlsConnector::from(Arc::new(client)).connect(name, line).await;
    connected.map(|line| Box::new(line) as Box<dyn Line>).map_err(|error| {
        let message = match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(reason) => explain(reason, target),
            None => return failure::broken(target, Asked::Tls, error),
        };
        ConnectorError::Protocol { message, cause: Some(error.into()) }
    })
}

/// What was wrong with the handshake and what to do.
fn explain(error: &rustls::Error, target: &Target) -> String {
    let endpoint = target.endpoint();
    match error {
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => format!(
            "the certificate of {endpoint} is for another host; connect by the name in the certificate, or set \
             certificate to authority"
        ),
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => format!(
            "the certificate of {endpoint} does not come from an authority that is trusted; give its authority \
             in ca_certificate"
        ),
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            format!("the certificate of {endpoint} has expired")
        }
        rustls::Error::InvalidCertificate(why) => format!("the certificate of {endpoint} is not trusted: {why:?}"),
        rustls::Error::InvalidMessage(_) => {
            format!("{endpoint} does not begin with TLS; set tls to starttls, or use the port for TLS, 993 as a rule")
        }
        _ => format!("the TLS handshake with {endpoint} failed: {error}"),
    }
}
