//! The key of a language model stays where it is: it is looked for in all that can be seen.

use dataweaver::app::App;
use dataweaver::config::Config;
use dataweaver::sdk::SecretString;
use dataweaver::services::Role;

use super::model_server::{ModelServer, Says};
use crate::canary::{Seen, canary};
use crate::harness::token;
use crate::installation::{Installation, SECRET_KEY};

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_model_is_seen_nowhere() {
    let key = canary("model").replace(['/', '+'], "-");
    let server = ModelServer::saying([]).await;
    let here = Installation::new()
        .with("ASK_API_KEY", &key)
        .with("ASK__MODEL_URL", server.url())
        .with("ASK__MODEL", "clever-1");
    let shop = here.shop();
    here.stdout(&["connectors", "add", "Shop", "--url", &shop]);
    here.stdout(&["sync", "shop"]);
    let mut seen = Seen::default();
    for says in [
        Says::sql("SELECT count(*) AS orders FROM shop.orders"),
        Says::sql("SELECT '{key}' AS orders"),
        Says::Status(401, "{key} is not known, {key} is wrong".to_owned()),
        Says::Status(500, "{key}".to_owned()),
        Says::Status(200, "{key}".to_owned()),
        Says::Status(302, "{key}".to_owned()),
    ] {
        let shown = format!("{says:?}");
        server.say([says]);
        for more in [&["-vv"][..], &["-vv", "--json"]] {
            let (arguments, command) = ([&["ask", "How many orders are there?"], more].concat(), &here);
            let said = tokio::task::block_in_place(|| command.run(&arguments));
            assert_ne!(said.status, 2, "{said:?}");
            seen.add(format!("stdout after {shown}"), said.stdout);
            seen.add(format!("stderr after {shown}"), said.stderr);
        }
        let heard = server.heard();
        assert_eq!(heard[0].authorization.as_deref(), Some(format!("Bearer {key}").as_str()), "the key is used");
    }
    seen.add_folder(here.path());
    let canaries = seen.canaries();
    assert!(canaries.is_empty(), "{}", canaries.join("\n"));
}

#[tokio::test]
async fn a_model_in_a_private_network_has_to_be_allowed() {
    let server = ModelServer::saying([]).await;
    let folder = tempfile::tempdir().unwrap();
    let config = |allow_private: bool, url: &str, key: &str| {
        let mut config = Config::default();
        config.storage.data_dir = folder.path().to_owned();
        config.auth.tokens = vec![token("ci", Role::Admin)];
        config.network.allow_private = allow_private;
        config.ask.model_url = Some(url.to_owned());
        config.ask.model = Some("clever-1".to_owned());
        config.ask.api_key = Some(SecretString::new(key));
        config
    };
    let failure = async |config: Config| {
        let error = App::start_with_key(config, Some(SECRET_KEY)).await.err().expect("it is refused");
        dataweaver_words(&error)
    };
    let words = failure(config(false, server.url(), "key")).await;
    assert!(words.starts_with("ask.model_url") && words.contains("network.allow_private"), "{words}");
    let words = failure(config(true, "ftp://models.example", "key")).await;
    assert!(words.contains("must begin with http:// or https://"), "{words}");
    let words = failure(config(true, server.url(), "line\nbreak")).await;
    assert!(words.starts_with("ask.model_url") && !words.contains("break\n"), "{words}");
    let mut nameless = config(true, server.url(), "key");
    nameless.ask.model = None;
    let words = failure(nameless).await;
    assert!(words.contains("set ask.model"), "{words}");
    let app = App::start_with_key(config(true, server.url(), "key"), Some(SECRET_KEY)).await.unwrap();
    app.shut_down().await;
}

fn dataweaver_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
