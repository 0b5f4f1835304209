//! Signing in: by LOGIN, PLAIN, XOAUTH2 or OAUTHBEARER.

use async_imap::imap_proto::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::names::quoted;
use super::failure::{self, Asked, Refusal};
use super::target::{Proof, oauthbearer, plain, xoauth2};
use super::wire::{SHORT, Wire};
use crate::sdk::ConnectorError;

impl Wire {
    /// Signs in by what is given and the server takes.
    ///
    /// # Errors
    /// `Auth` where it refuses, `Config` where it takes nothing that we have.
    pub(super) async fn sign_in(&mut self, proof: &Proof<'_>) -> Result<(), ConnectorError> {
        self.ask_capabilities().await?;
        let target = self.target.clone();
        match proof {
            Proof::Password { user, password } => {
                let is_plain = user.is_ascii() && password.expose().is_ascii();
                if is_plain && !self.can("LOGINDISABLED") {
                    let command = format!("LOGIN {} {}", quoted(user), quoted(password.expose()));
                    return self.run(Asked::SignIn, &command, SHORT, |_| Ok(())).await;
                }
                if self.can("AUTH=PLAIN") {
                    return self.authenticate("PLAIN", &plain(user, password.expose()), "").await;
                }
                Err(ConnectorError::config("connectionConfig.tls", self.no_passwords(is_plain)))
            }
            Proof::Token { user, token } if self.can("AUTH=XOAUTH2") => {
                self.authenticate("XOAUTH2", &xoauth2(user, token.expose()), "").await
            }
            Proof::Token { user, token } if self.can("AUTH=OAUTHBEARER") => {
                let response = oauthbearer(user, &target.host, target.port, token.expose());
                self.authenticate("OAUTHBEARER", &response, "\x01").await
            }
            Proof::None => {
                let message = "must be USERNAME_PASSWORD, OAUTH2 or TOKEN: the server asks who reads";
                Err(ConnectorError::config("authType", message))
            }
            Proof::Token { .. } => Err(ConnectorError::config(
                "authType",
                format!("{} takes no tokens (XOAUTH2, OAUTHBEARER); use USERNAME_PASSWORD", target.endpoint()),
            )),
        }
    }

    fn no_passwords(&self, is_plain: bool) -> String {
        let endpoint = self.target.endpoint();
        match (is_plain, self.can("STARTTLS")) {
            (false, _) => format!("{endpoint} takes passwords and names in ASCII only"),
            (true, true) => format!("{endpoint} takes passwords over TLS only; set tls to starttls"),
            (true, false) => format!("{endpoint} takes no passwords; it may want a token (authType OAUTH2 or TOKEN)"),
        }
    }

    /// AUTHENTICATE by a method of one step. Those of tokens tell why they refuse in a second challenge, which is answered by
    /// `acknowledgement` before the refusal itself comes.
    async fn authenticate(
        &mut self,
        method: &str,
        response: &str,
        acknowledgement: &str,
    ) -> Result<(), ConnectorError> {
        let target = self.target.clone();
        let tag = self.send(Asked::SignIn, &format!("AUTHENTICATE {method}"), SHORT).await?;
        let mut answers = vec![STANDARD.encode(acknowledgement), STANDARD.encode(response)];
        let mut why = None;
        loop {
            let step = self.next(Asked::SignIn, |response| match response {
                Response::Continue(outcome) => Step::Challenge(outcome.information.as_deref().and_then(reason)),
                Response::Done { tag: done, status, outcome } if done.0 == tag => {
                    Step::End(Refusal::of(status, outcome))
                }
                _ => Step::Other,
            });
            match step.await? {
                Step::Challenge(told) => {
                    let Some(answer) = answers.pop() else {
                        return Err(failure::not_understood(&target, Asked::SignIn));
                    };
                    why = told;
                    self.write(Asked::SignIn, &format!("{answer}\r\n")).await?;
                }
                Step::End(None) => return Ok(()),
                Step::End(Some(mut refusal)) => {
                    if let Some(why) = why {
                        refusal.words = format!("{} ({why})", refusal.words);
                    }
                    return Err(failure::refused(&target, Asked::SignIn, &refusal));
                }
                Step::Other => {}
            }
        }
    }

    /// Tells the server who asks, which some insist on, and learns what it is (RFC 2971).
    pub(super) async fn introduce(&mut self) -> Result<(), ConnectorError> {
        if !self.can("ID") {
            return Ok(());
        }
        let mut said = None;
        let told = self.run(Asked::Capabilities, "ID (\"name\" \"DataWeaver\")", SHORT, |response| {
            if let Response::Id(Some(facts)) = response {
                let fact =
                    |name: &str| facts.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, fact)| fact);
                let words: Vec<&str> =
                    [fact("name"), fact("version")].into_iter().flatten().map(AsRef::as_ref).collect();
                said = Some(words.join(" ")).filter(|words| !words.is_empty());
            }
            Ok(())
        });
        told.await?;
        self.server = said.map(|words| self.target.shown(&words));
        Ok(())
    }
}

/// One of the server's words on the way in.
enum Step {
    /// It asks for an answer, and may say why it refuses.
    Challenge(Option<String>),
    End(Option<Refusal>),
    Other,
}

/// The status in the JSON of a refused token.
fn reason(challenge: &str) -> Option<String> {
    let json = STANDARD.decode(challenge.trim()).ok()?;
    let facts: serde_json::Value = serde_json::from_slice(&json).ok()?;
    Some(format!("status {}", facts.get("status")?.as_str()?))
}
