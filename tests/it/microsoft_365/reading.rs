//! What is read is what the tenant holds.

use dataweaver::connectors::microsoft_365::simulator::SimulatorOptions;
use dataweaver::sdk::ReadRequest;
use serde_json::json;

use super::scene::{Scene, open, read, read_to, request, set, source, world};

#[tokio::test]
async fn everything_is_found() {
    let scene = Scene::new().await;
    let found = scene.connector(&json!({})).discover().await.unwrap().sources;
    let count = |kind: &str| found.iter().filter(|source| source.source_type == kind).count();
    assert_eq!(count("users"), 1);
    let (company, office) = world();
    let people = company.people.iter().filter(|person| !person.is_bot && !person.has_left).count();
    assert_eq!(count("drive"), people + 1);
    assert_eq!(count("excel_worksheet"), office.books.iter().map(|book| book.sheets.len()).sum::<usize>());
    assert_eq!(count("excel_table"), 2);
    assert_eq!(count("sharepoint_list"), 2, "libraries are drives");
    assert_eq!(count("mail_folder"), people * 4, "folders in folders, too");
    assert_eq!(count("calendar"), people);
    assert_eq!(count("teams_channel"), company.channels.iter().filter(|channel| !channel.is_archived).count());
    let name = |path: &str| found.iter().find(|source| source.source_path == path).unwrap().name.clone();
    assert_eq!(name(&scene.simulator.folder("aylin", "Old")), "aylin Inbox/Old");
    assert_eq!(name(&scene.table("Orders.xlsx", 0)), "Orders Orders");
    assert_eq!(name(&scene.simulator.channel("general")), "Fernweh Goods General");
}

#[tokio::test]
async fn a_person_sees_what_is_theirs() {
    let scene = Scene::new().await;
    let token = scene.simulator.person_token(None);
    let connector = open(scene.settings_with(&token, &json!({ "services": ["drives", "mail", "calendar", "teams"] })));
    let found = connector.discover().await.unwrap().sources;
    let names: Vec<_> = found
        .iter()
        .filter(|source| source.source_type != "teams_channel")
        .map(|source| source.name.as_str())
        .collect();
    let expected = [
        "marta OneDrive files",
        "Fernweh Goods Documents files",
        "marta Archive",
        "marta Inbox",
        "marta Inbox/Old",
        "marta Sent Items",
        "marta calendar",
    ];
    assert_eq!(names, expected);
    let checked = connector.check().await.unwrap();
    assert_eq!(checked.message, "Microsoft 365 of Fernweh Goods as marta@fernweh.example");
}

#[tokio::test]
async fn what_is_named_is_read_and_nothing_else() {
    let scene = Scene::new().await;
    let names = async |more| {
        let found = scene.connector(&more).discover().await.unwrap().sources;
        found.into_iter().map(|source| source.name).collect::<Vec<_>>()
    };
    let mail = json!({ "services": ["mail", "calendar"], "mailboxes": ["hana@fernweh.example"] });
    assert_eq!(names(mail).await.len(), 5);
    let drive = json!({ "services": ["drives", "workbooks"], "drive_ids": [scene.simulator.site_drive()] });
    assert_eq!(names(drive).await.len(), 1 + 3 + 1);
    let team = json!({ "services": ["teams"], "teams": ["Fernweh Goods"] });
    assert_eq!(names(team).await.len(), 8);
    let site = json!({ "services": ["lists"], "sites": ["fernweh.sharepoint.com:/sites/fernweh"] });
    assert_eq!(names(site).await, ["Fernweh Goods Returns", "Fernweh Goods Suppliers"]);
    let missing = scene.connector(&json!({ "services": ["teams"], "teams": ["Nobody"] })).discover().await;
    assert!(missing.unwrap_err().to_string().contains("Nobody is none of the teams"));
}

#[tokio::test]
async fn each_service_gives_all_of_its_objects() {
    let scene = Scene::with(SimulatorOptions { most_objects: 7, most_replies: 2, ..SimulatorOptions::default() }).await;
    let simulator = &scene.simulator;
    let connector = scene.connector(&json!({ "limits": { "team_in_a_second": 0 } }));
    let drive = format!("drives/{}", simulator.site_drive());
    let (inbox, calendar) = (simulator.folder("aylin", "Inbox"), format!("users/{}/calendar", simulator.user("jonas")));
    let returns = simulator.list("Returns");
    for (path, collection) in [
        ("users".to_owned(), "users".to_owned()),
        (drive.clone(), format!("{drive}/items")),
        (inbox.clone(), format!("{inbox}/messages")),
        (calendar.clone(), format!("users/{}/events", simulator.user("jonas"))),
        (returns.clone(), format!("{returns}/items")),
    ] {
        let source = source(connector.as_ref(), &path).await;
        let whole = read(connector.as_ref(), request(&source, None)).await;
        let expected = set(simulator.ids(&collection));
        assert!(expected.len() > 7, "{path}");
        assert_eq!(whole.ids(), expected, "{path}");
        assert!(whole.checkpoints.len() > 1, "{path}");
    }
    let orders = source(connector.as_ref(), &simulator.channel("orders")).await;
    let whole = read(connector.as_ref(), request(&orders, None)).await;
    assert_eq!(whole.ids(), set(simulator.channel_ids("orders")), "answers behind the first two, too");
    let threads = whole.column("reply_to_id").into_iter().zip(whole.column("thread_id")).zip(whole.column("id"));
    for ((reply_to, thread), id) in threads {
        assert_eq!(thread, if reply_to == "NULL" { id } else { reply_to });
    }
}

#[tokio::test]
async fn values_arrive_as_they_are() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let inbox = source(connector.as_ref(), &scene.simulator.folder("aylin", "Inbox")).await;
    let mails = read(connector.as_ref(), request(&inbox, None)).await;
    let bodies = mails.column("body");
    assert!(bodies.iter().all(|body| !body.contains('<') && !body.is_empty()), "bodies come as text: {bodies:?}");
    assert!(mails.column("received_at").iter().all(|at| at.ends_with('Z')));
    assert!(mails.column("from_address").iter().all(|address| address.contains('@')));
    let returns = source(connector.as_ref(), &scene.simulator.list("Returns")).await;
    let items = read(connector.as_ref(), request(&returns, None)).await;
    let own: Vec<_> = items.columns().into_iter().skip(8).collect();
    let own: Vec<_> = own.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
    let expected = [
        ("Customer", "text"),
        ("Order number", "bigint"),
        ("Product", "text"),
        ("Reason", "text"),
        ("Refund", "double"),
        ("Received on", "date"),
        ("Done", "boolean"),
        ("Handled by", "text"),
        ("is_removed", "boolean"),
    ];
    assert_eq!(own, expected);
    let list = world().1.lists.iter().find(|list| list.name == "Returns").unwrap();
    let first = format!("{:?}", list.items[0].values[1]);
    assert!(first.contains(&items.column("Order number")[0]), "{first}");
    assert!(items.column("Handled by").iter().all(|person| person.parse::<u32>().is_ok()));
    let calendar = source(connector.as_ref(), &format!("users/{}/calendar", scene.simulator.user("hana"))).await;
    let events = read(connector.as_ref(), request(&calendar, None)).await;
    let starts = events.column("starts_at");
    assert!(starts.iter().all(|at| at.ends_with('Z')), "{starts:?}");
}

#[tokio::test]
async fn links_to_microsofts_own_host_stay_behind_the_base_url() {
    // A server whose links name the real host, as recorded answers do.
    let app = axum::Router::new().route(
        "/v1.0/users/delta",
        axum::routing::get(|axum::extract::RawQuery(query): axum::extract::RawQuery| async move {
            let is_first = !query.unwrap_or_default().contains("skiptoken");
            let (name, link) =
                if is_first { ("@odata.nextLink", "$skiptoken=2") } else { ("@odata.deltaLink", "$deltatoken=3") };
            let link = format!("https://graph.microsoft.com/v1.0/users/delta?{link}");
            axum::Json(json!({ "value": [{ "id": if is_first { "1" } else { "2" } }], name: link }))
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let scene = Scene::new().await;
    let users = source(scene.connector(&json!({ "services": ["users"] })).as_ref(), "users").await;
    let mut settings = scene.settings_with("token", &json!({}));
    settings.connection["base_url"] = json!(url);
    let whole = read(open(settings).as_ref(), request(&users, None)).await;
    assert_eq!(whole.ids(), set(vec!["1".into(), "2".into()]));
    serving.abort();
}

#[tokio::test]
async fn a_read_that_was_cut_off_goes_on_at_another_address() {
    let scene = Scene::with(SimulatorOptions { most_objects: 4, ..SimulatorOptions::default() }).await;
    let connector = scene.connector(&json!({ "services": ["users"] }));
    let users = source(connector.as_ref(), "users").await;
    let first = read_to(connector.as_ref(), request(&users, None), 2).await;
    // The same tenant on another port, as after a restart in demo mode.
    let elsewhere = Scene::with(SimulatorOptions { most_objects: 4, ..SimulatorOptions::default() }).await;
    let resume = first.checkpoints.last().cloned();
    let rest = read(elsewhere.connector(&json!({})).as_ref(), ReadRequest { resume, ..request(&users, None) }).await;
    let all: std::collections::BTreeSet<_> = first.ids().union(&rest.ids()).cloned().collect();
    assert_eq!(all, set(scene.simulator.ids("users")));
    assert_eq!(first.ids().len() + rest.ids().len(), all.len());
}
