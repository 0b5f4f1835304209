//! The catalogue says where people consent, and to what.

use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::installation::Installation;

/// A line for each page: type, auth type, page, scopes.
fn pages(types: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for info in types.as_array().unwrap() {
        for consent in info["consents"].as_array().unwrap() {
            assert!(info["authTypes"].as_array().unwrap().contains(&consent["authType"]), "{info:#}");
            let scopes: Vec<&str> = consent["scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let words = [&info["type"], &consent["authType"], &consent["page"]].map(|word| word.as_str().unwrap());
            lines.push(format!("{} {}", words.join(" "), scopes.join(" ")));
        }
    }
    lines
}

#[tokio::test]
async fn pages_of_consent_are_in_the_catalogue_with_their_scopes() {
    let app = TestApp::new().await;
    let ask = "{ connectorTypes { type authTypes consents { authType page scopes } } }";
    let found = pages(&app.gql(ask, json!({})).await["connectorTypes"]);
    for line in [
        "EMAIL OAUTH2 https://accounts.google.com/o/oauth2/v2/auth https://mail.google.com/",
        "EMAIL OAUTH2 https://login.microsoftonline.com/common/oauth2/v2.0/authorize \
         https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
        "MICROSOFT_365 OAUTH2 https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize \
         https://graph.microsoft.com/.default offline_access",
        "SLACK OAUTH2 https://slack.com/oauth/v2/authorize channels:read channels:history groups:read groups:history \
         users:read files:read",
    ] {
        assert!(found.iter().any(|found| found == line), "no {line} in {found:#?}");
    }
    let google = found.iter().find(|line| line.starts_with("GOOGLE_WORKSPACE OAUTH2 https://accounts.google.com/"));
    assert!(google.is_some_and(|line| line.contains("/auth/drive.readonly ")), "{found:#?}");
    // A database asks nobody.
    assert!(!found.iter().any(|line| line.starts_with("DATABASE")), "{found:#?}");
    app.stop().await;
}

#[test]
fn the_command_line_says_the_same() {
    let here = Installation::new();
    let types = here.json(&["connectors", "types"]);
    assert_eq!(pages(&types["connectorTypes"]).iter().filter(|line| line.starts_with("EMAIL ")).count(), 2);
    let told = here.stdout(&["connectors", "types", "email"]);
    let words = "consent with --auth-type OAUTH2 (dataweaver connectors authorize):\n  https://accounts.google.com/o/oauth2/v2/auth\n      asks for https://mail.google.com/\n";
    assert!(told.contains(words), "{told}");
}
