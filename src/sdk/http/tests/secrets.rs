//! A canary in every place where a secret can be, looked for in everything that is said.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use super::Process;
use super::vendor::{Seen, Vendor, cut, ok};
use crate::sdk::ConnectorType;
use crate::sdk::SecretString;
use crate::sdk::http::{Authorisation, HttpClient, OAuth2};

const CANARY: &str = "c4nary+sings/=";

#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Logs {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn canary() -> SecretString {
    SecretString::new(CANARY)
}

/// A vendor that repeats everything that it was sent.
fn echo(seen: &Seen) -> axum::response::Response {
    let said = format!("you sent {} {:?} {}", seen.target, seen.headers, String::from_utf8_lossy(&seen.body));
    let code = seen.path().trim_start_matches('/').parse().unwrap_or(400);
    (axum::http::StatusCode::from_u16(code).unwrap(), said.replace('\n', " ")).into_response()
}

use axum::response::IntoResponse;

#[tokio::test]
async fn secrets_are_said_nowhere() {
    let logs = Logs::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(logs.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let process = Process::new();
    let vendor = Vendor::new(|seen| match seen.path() {
        "/200" => ok(),
        "/cut" => cut(),
        _ => echo(seen),
    })
    .await;
    let mut said = Vec::new();
    let ways = [
        Authorisation::bearer(canary()),
        Authorisation::basic("me", canary()),
        Authorisation::header("x-own", canary()),
        Authorisation::query("q", canary()),
        Authorisation::bearer(canary()).in_header("x-own", "Token "),
    ];
    for way in ways {
        said.push(format!("{way:?}"));
        let builder = process.client(&vendor).authorisation(way).secret_parameter("sid");
        said.push(format!("{builder:?}"));
        let client = builder.build().unwrap();
        said.push(format!("{client:?}"));
        for path in ["200", "400", "401", "403", "404", "429", "500", "cut"] {
            let sent = client.get(path).query("sid", CANARY).query("api_key", CANARY).send().await;
            match sent {
                Ok(response) => {
                    said.push(format!("{response:?}"));
                    said.push(response.json::<u8>().unwrap_err().to_string());
                }
                Err(error) => said.push(format!("{error} {error:?}")),
            }
        }
        let sent = client.post("400").form([("password", CANARY)]).hiding(&canary()).send().await;
        said.push(format!("{:?}", sent.unwrap_err()));
        let dead = HttpClient::builder(&process.context, ConnectorType::Api, "http://127.0.0.1:1").build().unwrap();
        let sent = dead.get("x").query("token", CANARY).send().await;
        said.push(format!("{:?}", sent.unwrap_err()));
        let sent = dead.get(format!("http://me:{CANARY}@127.0.0.1:1/?key={CANARY}")).send().await;
        said.push(format!("{:?}", sent.unwrap_err()));
    }
    let tokens = OAuth2::builder(&process.context, ConnectorType::Slack, &format!("{}/401", vendor.url))
        .client("id", Some(canary()))
        .refresh_token(canary())
        .build()
        .unwrap();
    said.push(format!("{tokens:?}"));
    let client = process.client(&vendor).authorisation(Authorisation::tokens(tokens)).build().unwrap();
    said.push(format!("{client:?} {:?}", client.get("200").send().await.unwrap_err()));
    said.push(String::from_utf8(logs.0.lock().unwrap().clone()).unwrap());

    let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("me:{CANARY}"));
    let encoded: String = url::form_urlencoded::byte_serialize(CANARY.as_bytes()).collect();
    for text in said {
        let found = [CANARY, "c4nary", &encoded, &base64].into_iter().find(|secret| text.contains(*secret));
        let lines: Vec<_> = text.lines().filter(|line| found.is_some_and(|secret| line.contains(secret))).collect();
        assert!(found.is_none(), "{}", lines.join("\n"));
    }
}
