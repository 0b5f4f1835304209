//! What has changed since the last sync: new things, changed ones, and those that are gone.

use dataweaver::connectors::microsoft_365::simulator::SimulatorOptions;
use dataweaver::sdk::{ErrorClass, ReadRequest};
use serde_json::json;

use super::scene::{Scene, news, read, read_to, request, set, source};

async fn small() -> Scene {
    Scene::with(SimulatorOptions { most_objects: 6, ..SimulatorOptions::default() }).await
}

#[tokio::test]
async fn changes_and_deletions_are_told() {
    let scene = small().await;
    let simulator = &scene.simulator;
    let connector = scene.connector(&json!({}));
    let drive = format!("drives/{}", simulator.site_drive());
    let (inbox, calendar) = (simulator.folder("aylin", "Inbox"), format!("users/{}/calendar", simulator.user("aylin")));
    let returns = simulator.list("Returns");
    for (path, collection, column, property) in [
        ("users".to_owned(), "users".to_owned(), "display_name", "displayName"),
        (drive.clone(), format!("{drive}/items"), "name", "name"),
        (inbox.clone(), format!("{inbox}/messages"), "subject", "subject"),
        (calendar.clone(), format!("users/{}/events", simulator.user("aylin")), "subject", "subject"),
        (returns.clone(), format!("{returns}/items"), "web_url", "webUrl"),
    ] {
        let source = source(connector.as_ref(), &path).await;
        let first = read(connector.as_ref(), request(&source, Some(None))).await;
        assert!(!first.is_whole, "{path}: nothing was read before");
        let nothing = news(connector.as_ref(), &source, &first).await;
        assert_eq!((nothing.rows(), nothing.is_whole), (0, false), "{path}");
        // The last ones: somebody whose mail is read below stays.
        let mut ids = simulator.ids(&collection);
        ids.reverse();
        simulator.change(&collection, &ids[1], &json!({ property: "changed" }));
        simulator.remove(&collection, &ids[2]);
        simulator.add_like(&collection, &ids[1], "new-one", &json!({ property: "new" }));
        let second = news(connector.as_ref(), &source, &nothing).await;
        assert_eq!(second.ids(), set(vec![ids[1].clone(), ids[2].clone(), "new-one".into()]), "{path}");
        let mut rows: Vec<_> = second.column(column).into_iter().zip(second.column("is_removed")).collect();
        rows.sort();
        let own = |text: &str, gone: &str| (text.to_owned(), gone.to_owned());
        assert_eq!(rows, [own("NULL", "true"), own("changed", "false"), own("new", "false")], "{path}");
        assert!(!second.is_whole);
        // A full read does not tell what is gone.
        let whole = read(connector.as_ref(), request(&source, None)).await;
        assert_eq!(whole.ids(), set(simulator.ids(&collection)), "{path}");
        assert!(whole.column("is_removed").iter().all(|gone| gone == "false"));
    }
}

#[tokio::test]
async fn what_is_told_in_part_is_read_whole() {
    let scene = small().await;
    let simulator = &scene.simulator;
    let connector = scene.connector(&json!({}));
    let (inbox, user) = (simulator.folder("aylin", "Inbox"), simulator.user("aylin"));
    let flagged = json!({ "flag": { "flagStatus": "flagged" } });
    for (path, collection, change, (changed, to), kept) in [
        (
            inbox.clone(),
            format!("{inbox}/messages"),
            flagged,
            ("flag_status", "flagged"),
            ["subject", "from_address", "received_at", "body"],
        ),
        // A draft's subject changes, too.
        (
            inbox.clone(),
            format!("{inbox}/messages"),
            json!({ "subject": "Another one" }),
            ("subject", "Another one"),
            ["to_recipients", "from_address", "received_at", "body"],
        ),
        (
            format!("users/{user}/calendar"),
            format!("users/{user}/events"),
            json!({ "showAs": "free" }),
            ("show_as", "free"),
            ["subject", "starts_at", "organizer_address", "body"],
        ),
        (
            "users".to_owned(),
            "users".to_owned(),
            json!({ "jobTitle": "Director" }),
            ("job_title", "Director"),
            ["display_name", "user_principal_name", "account_enabled", "created_at"],
        ),
    ] {
        let source = source(connector.as_ref(), &path).await;
        let first = read(connector.as_ref(), request(&source, Some(None))).await;
        let id = simulator.ids(&collection).pop().unwrap();
        simulator.change(&collection, &id, &change);
        let second = news(connector.as_ref(), &source, &first).await;
        assert_eq!(second.ids(), set(vec![id.clone()]), "{path}");
        assert_eq!(second.column(changed), [to], "{path}");
        let place = first.column("id").iter().position(|known| *known == id).unwrap();
        for column in kept {
            let before = first.column(column)[place].clone();
            assert_ne!(before, "NULL", "{path}: {column}");
            assert_eq!(second.column(column), [before], "{path}: {column}");
        }
    }
}

#[tokio::test]
async fn an_answer_brings_its_thread_again() {
    let scene = small().await;
    let connector = scene.connector(&json!({ "services": ["teams"] }));
    let source = source(connector.as_ref(), &scene.simulator.channel("orders")).await;
    let first = read(connector.as_ref(), request(&source, Some(None))).await;
    let messages = scene.simulator.ids(&format!("{}/messages", scene.simulator.channel("orders")));
    let reply = scene.simulator.reply("orders", &messages[3], "Found it.");
    let second = news(connector.as_ref(), &source, &first).await;
    assert!(second.ids().contains(&reply) && second.ids().contains(&messages[3]), "{:?}", second.ids());
    assert!(second.column("content").contains(&"Found it.".to_owned()));
    assert!(second.column("thread_id").iter().all(|thread| *thread == messages[3]));
}

#[tokio::test]
async fn a_link_that_is_forgotten_means_reading_everything() {
    let scene = small().await;
    let connector = scene.connector(&json!({}));
    let drive = format!("drives/{}", scene.simulator.site_drive());
    for path in ["users".to_owned(), drive, scene.simulator.folder("aylin", "Inbox"), scene.simulator.channel("orders")]
    {
        let source = source(connector.as_ref(), &path).await;
        let first = read(connector.as_ref(), request(&source, Some(None))).await;
        scene.simulator.forget_links();
        let again = news(connector.as_ref(), &source, &first).await;
        assert!(again.is_whole, "{path}");
        assert_eq!(again.ids(), first.ids(), "{path}");
        let nothing = news(connector.as_ref(), &source, &again).await;
        assert_eq!((nothing.rows(), nothing.is_whole), (0, false), "{path}");
    }
}

#[tokio::test]
async fn a_read_whose_next_page_is_forgotten_refuses_to_resume() {
    let scene = small().await;
    let connector = scene.connector(&json!({ "services": ["users"] }));
    let source = source(connector.as_ref(), "users").await;
    let first = read_to(connector.as_ref(), request(&source, None), 1).await;
    scene.simulator.forget_links();
    let resume = first.checkpoints.last().cloned();
    let rest = read_to(connector.as_ref(), ReadRequest { resume, ..request(&source, None) }, usize::MAX).await;
    // The engine begins such a read anew.
    assert_eq!(rest.error.unwrap().class(), ErrorClass::Data);
}

#[tokio::test]
async fn a_sync_that_was_cut_off_is_gone_on_with_by_the_next() {
    let scene = small().await;
    let connector = scene.connector(&json!({ "services": ["users"] }));
    let source = source(connector.as_ref(), "users").await;
    let first = read_to(connector.as_ref(), request(&source, Some(None)), 1).await;
    let second = news(connector.as_ref(), &source, &first).await;
    let all: std::collections::BTreeSet<_> = first.ids().union(&second.ids()).cloned().collect();
    assert_eq!(all, set(scene.simulator.ids("users")));
    assert_eq!(first.ids().len() + second.ids().len(), all.len());
}

#[tokio::test]
async fn days_that_move_on_mean_reading_everything() {
    let scene = small().await;
    let calendar = format!("users/{}/calendar", scene.simulator.user("hana"));
    let wide = scene.connector(&json!({ "services": ["calendar"] }));
    let source = source(wide.as_ref(), &calendar).await;
    let first = read(wide.as_ref(), request(&source, Some(None))).await;
    let other = scene.connector(&json!({ "services": ["calendar"], "calendar_days_back": 899 }));
    let again = news(other.as_ref(), &source, &first).await;
    assert!(again.is_whole && again.rows() > 0);
}
