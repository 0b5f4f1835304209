//! Signing in: start-up message, password or SCRAM, and what the server tells about itself.

use std::sync::Arc;

use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramSha256};

use super::Connection;
use super::cancel::CancelKey;
use super::connect::Line;
use crate::connectors::database::postgres::failure::ServerError;
use crate::connectors::database::postgres::target::Target;
use crate::sdk::ConnectorError;

/// Protocol 3.0, which every server since 2003 speaks.
const PROTOCOL: i32 = 0x0003_0000;

/// What the server asks for next.
enum Asks {
    Nothing,
    Password,
    Md5([u8; 4]),
    Scram { offers_binding: bool },
    ScramContinue(Vec<u8>),
    ScramFinal(Vec<u8>),
    Other(i32),
}

impl Connection {
    pub(super) async fn sign_in(line: Line, target: &Arc<Target>) -> Result<Self, ConnectorError> {
        let Line { socket, peer, end_point } = line;
        let mut connection = Self {
            socket,
            received: Vec::new(),
            start: 0,
            end: 0,
            target: Arc::clone(target),
            cancel_key: None,
            is_signed_in: false,
            is_busy: false,
            server_version: String::new(),
            server_encoding: String::new(),
        };
        connection.write(&start_up(target)).await?;
        let mut scram = None;
        loop {
            let (tag, body) = connection.message().await?;
            match tag {
                b'R' => {
                    let asks = what_is_asked(body).ok_or_else(|| connection.malformed("a request to sign in"))?;
                    connection.answer(asks, &mut scram, end_point.as_deref()).await?;
                }
                b'S' => {
                    let parameter = body.to_vec();
                    connection.note_parameter(&parameter);
                }
                b'K' => {
                    let key = body.to_vec();
                    connection.cancel_key = Some(CancelKey::new(peer.clone(), key));
                }
                b'E' => {
                    let error = ServerError::parse(body);
                    return Err(connection.failed(error, None));
                }
                b'Z' => break,
                b'N' | b'v' => {}
                _ => return Err(connection.malformed("a request to sign in")),
            }
        }
        connection.is_signed_in = true;
        if connection.server_encoding == "SQL_ASCII" {
            // Such a server knows no encoding of its texts, and would refuse to give those that are not UTF-8.
            connection.query("SET client_encoding = 'SQL_ASCII'", None).await?;
        }
        Ok(connection)
    }

    async fn answer(
        &mut self,
        asks: Asks,
        scram: &mut Option<ScramSha256>,
        end_point: Option<&[u8]>,
    ) -> Result<(), ConnectorError> {
        let user = self.target.user.clone();
        match asks {
            Asks::Nothing | Asks::Password | Asks::Md5(_) if self.target.requires_binding && scram.is_none() => {
                Err(self.unbound())
            }
            Asks::Nothing => Ok(()),
            Asks::Password => {
                let password = self.password()?;
                self.send(b'p', &[password.as_bytes(), b"\0"]).await
            }
            Asks::Md5(salt) => {
                let hashed = md5_hash(user.as_bytes(), self.password()?.as_bytes(), salt);
                self.send(b'p', &[hashed.as_bytes(), b"\0"]).await
            }
            Asks::Scram { offers_binding } => {
                let (mechanism, binding) = match end_point {
                    Some(end_point) if offers_binding => {
                        (SCRAM_SHA_256_PLUS, ChannelBinding::tls_server_end_point(end_point.to_vec()))
                    }
                    Some(_) => (SCRAM_SHA_256, ChannelBinding::unrequested()),
                    None => (SCRAM_SHA_256, ChannelBinding::unsupported()),
                };
                if self.target.requires_binding && mechanism != SCRAM_SHA_256_PLUS {
                    return Err(self.unbound());
                }
                let started = ScramSha256::new(self.password()?.as_bytes(), binding);
                let first = started.message().to_vec();
                *scram = Some(started);
                let length = u32::try_from(first.len()).unwrap_or_default().to_be_bytes();
                self.send(b'p', &[mechanism.as_bytes(), b"\0", &length, &first]).await
            }
            Asks::ScramContinue(challenge) => {
                let Some(scram) = scram else { return Err(self.malformed("the start of SCRAM")) };
                scram.update(&challenge).map_err(|error| self.untrue(error))?;
                let reply = scram.message().to_vec();
                self.send(b'p', &[&reply]).await
            }
            Asks::ScramFinal(proof) => {
                let Some(scram) = scram else { return Err(self.malformed("the start of SCRAM")) };
                scram.finish(&proof).map_err(|error| self.untrue(error))
            }
            Asks::Other(method) => Err(ConnectorError::Auth {
                message: format!(
                    "{} asks user {user} for a way of signing in that is not supported (number {method}); allow scram-sha-256 in pg_hba.conf",
                    self.target.endpoint
                ),
                cause: None,
            }),
        }
    }

    fn unbound(&self) -> ConnectorError {
        let endpoint = &self.target.endpoint;
        ConnectorError::Auth {
            message: format!(
                "{endpoint} does not bind the sign-in to its certificate, and channel_binding=require asks for it"
            ),
            cause: None,
        }
    }

    fn password(&self) -> Result<String, ConnectorError> {
        let Target { endpoint, user, password, .. } = &*self.target;
        match password {
            Some(password) => Ok(password.expose().to_owned()),
            None => Err(ConnectorError::Auth {
                message: format!("{endpoint} asks for the password of user {user}; give it in authConfig.password"),
                cause: None,
            }),
        }
    }

    fn untrue(&self, error: std::io::Error) -> ConnectorError {
        let message =
            format!("{} did not prove that it knows the password of {}", self.target.endpoint, self.target.user);
        ConnectorError::Auth { message, cause: Some(error.into()) }
    }

    fn note_parameter(&mut self, body: &[u8]) {
        let mut parts = body.split(|&byte| byte == 0);
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { return };
        let value = String::from_utf8_lossy(value).into_owned();
        match name {
            b"server_version" => self.server_version = value,
            b"server_encoding" => self.server_encoding = value,
            _ => {}
        }
    }
}

fn start_up(target: &Target) -> Vec<u8> {
    let mut body = PROTOCOL.to_be_bytes().to_vec();
    let settings = [
        ("user", target.user.as_str()),
        ("database", target.database.as_str()),
        ("application_name", "dataweaver"),
        ("client_encoding", "UTF8"),
    ];
    for (name, value) in settings {
        body.extend_from_slice(name.as_bytes());
        body.push(0);
        body.extend_from_slice(value.as_bytes());
        body.push(0);
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), body.as_slice()].concat()
}

fn what_is_asked(body: &[u8]) -> Option<Asks> {
    let (method, rest) = body.split_first_chunk::<4>()?;
    Some(match i32::from_be_bytes(*method) {
        0 => Asks::Nothing,
        3 => Asks::Password,
        5 => Asks::Md5(rest.try_into().ok()?),
        10 if offers(rest, SCRAM_SHA_256) || offers(rest, SCRAM_SHA_256_PLUS) => {
            Asks::Scram { offers_binding: offers(rest, SCRAM_SHA_256_PLUS) }
        }
        11 => Asks::ScramContinue(rest.to_vec()),
        12 => Asks::ScramFinal(rest.to_vec()),
        other => Asks::Other(other),
    })
}

fn offers(mechanisms: &[u8], name: &str) -> bool {
    mechanisms.split(|&byte| byte == 0).any(|offered| offered == name.as_bytes())
}
