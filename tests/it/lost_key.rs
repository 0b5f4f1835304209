//! A lost `secret.key`: nothing is made worse, and there is a way on.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::installation::{Installation, Said, said};

const URL: &str = "postgres://reader@127.0.0.1:1/shop";

/// An installation whose connectors `db` and `more` have passwords, and `shop` none.
fn installation() -> Installation {
    let here = Installation::new();
    for name in ["Db", "More"] {
        let added = with_password(&here, &["connectors", "add", name, "--url", URL, "--password-stdin", "--no-test"]);
        assert_eq!(added.status, 0, "{added:?}");
    }
    here.stdout(&["connectors", "add", "Shop", "--url", &here.shop()]);
    here
}

/// Calls a verb that reads a password from stdin.
fn with_password(here: &Installation, arguments: &[&str]) -> Said {
    let mut command = here.command(arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"pa55-canary\n").unwrap();
    said(child.wait_with_output().unwrap())
}

#[test]
fn without_the_key_file_nothing_is_made_and_everything_is_said() {
    let here = installation();
    let key = here.path().join(".dataweaver/secret.key");
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();

    let listed = here.json(&["connectors", "list"]);
    let slugs: Vec<&Value> = listed["connectors"].as_array().unwrap().iter().map(|row| &row["slug"]).collect();
    assert_eq!(slugs, ["db", "more", "shop"]);
    assert_eq!(here.json(&["connectors", "show", "db"])["connector"]["slug"], "db");
    let test = here.run(&["connectors", "test", "db"]);
    assert_eq!(test.status, 1, "{test:?}");
    let words = format!("{}{}", test.stdout, test.stderr);
    assert!(words.contains("the secrets of Db cannot be read"), "{test:?}");
    assert_eq!(here.json(&["connectors", "test", "shop"])["success"], true, "one without secrets works");

    let examined = here.run(&["doctor"]);
    assert_eq!(examined.status, 1, "{examined:?}");
    for part in
        ["failed  secret key", "secret.key is gone", "db, more", "advice:", "from a backup", "connectors update"]
    {
        assert!(examined.stdout.contains(part), "{part}: {examined:?}");
    }
    for verb in [&["sync", "shop"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let stderr = here.stderr(1, verb);
        assert!(stderr.contains("secret.key is gone") && stderr.contains("put it back"), "{verb:?}: {stderr}");
    }
    assert!(!key.exists(), "another key would open nothing");

    fs::write(&key, kept).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(here.json(&["doctor"])["ok"], true);
    here.stdout(&["sync", "shop"]);
}

#[test]
fn connectors_whose_secrets_are_lost_can_be_removed_and_then_another_key_is_made() {
    let here = installation();
    let key = here.path().join(".dataweaver/secret.key");
    fs::remove_file(&key).unwrap();
    here.stdout(&["connectors", "remove", "db"]);
    assert!(!key.exists(), "the other one still needs the former");
    here.stdout(&["connectors", "remove", "more"]);
    here.stdout(&["sync", "shop"]);
    assert!(key.exists());
}

#[test]
fn secrets_that_are_given_anew_get_a_new_key() {
    let here = installation();
    let key = here.path().join(".dataweaver/secret.key");
    fs::remove_file(&key).unwrap();

    let elsewhere = r#"{"url": "postgres://127.0.0.1:2/shop"}"#;
    let stderr = here.stderr(1, &["connectors", "update", "db", "--settings", elsewhere]);
    assert!(stderr.contains("the secrets of Db cannot be read"), "{stderr}");
    assert!(stderr.contains("dataweaver connectors update db --password-stdin"), "{stderr}");
    let added = with_password(&here, &["connectors", "add", "Other", "--url", URL, "--password-stdin", "--no-test"]);
    assert!(added.status == 1 && added.stderr.contains("secret.key is gone"), "{added:?}");
    assert!(!key.exists());

    let updated = with_password(&here, &["connectors", "update", "db", "--password-stdin"]);
    assert_eq!(updated.status, 0, "{updated:?}");
    assert!(key.exists());
    let stderr = here.stderr(1, &["sync", "shop"]);
    assert!(stderr.contains("the secrets of more are encrypted with the key"), "{stderr}");
    let updated = with_password(&here, &["connectors", "update", "more", "--password-stdin"]);
    assert_eq!(updated.status, 0, "{updated:?}");
    here.stdout(&["sync", "shop"]);
    assert_eq!(here.json(&["doctor"])["ok"], true);
}
