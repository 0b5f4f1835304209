//! Literature through the public door: what SQL finds in the lake is what the library holds.

use dataweaver::connectors::literature::simulator::LiteratureSimulator;
use dataweaver::demo::literature::{Library, Publication};
use serde_json::{Value, json};

use super::Server;
use crate::harness::TestApp;
use crate::syncs::table::{lines, sync};

async fn connector(app: &TestApp, connection: Value, key: Option<&str>) -> String {
    let input = json!({
        "name": "Papers",
        "type": "LITERATURE",
        "authType": if key.is_some() { "API_KEY" } else { "NONE" },
        "authConfig": key.map(|key| json!({ "api_key": key })),
        "connectionConfig": connection,
    });
    app.connector(input).await
}

/// Discovers the sources and has them read incrementally.
async fn incremental(app: &TestApp, connector: &str) {
    let discover =
        "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id name primaryKey } } }";
    let data = app.gql(discover, json!({ "id": connector })).await;
    let sources = data["discoverSources"]["dataSources"].as_array().unwrap();
    let names: Vec<_> = sources.iter().map(|source| source["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["articles", "authors", "mesh_headings"]);
    assert_eq!(sources[1]["primaryKey"], json!(["source", "id", "position"]));
    for source in sources {
        app.update_source(json!({ "id": source["id"], "extractType": "INCREMENTAL", "writeMode": "MERGE" })).await;
    }
}

fn rows_of(held: &[Publication]) -> String {
    let authors: usize = held.iter().map(|one| one.authors.len()).sum();
    let headings: usize = held.iter().map(|one| one.headings.len()).sum();
    format!("{}|{authors}|{headings}", held.len())
}

const ROWS: &str = "SELECT (SELECT count(*) FROM papers.articles) AS articles,
    (SELECT count(*) FROM papers.authors) AS authors, (SELECT count(*) FROM papers.mesh_headings) AS headings";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lake_holds_what_pubmed_holds() {
    let server = Server::of(LiteratureSimulator::of(&Library { articles: 120, ..Library::default() })).await;
    let app = TestApp::new().await;
    let connection = json!({ "query": "all[sb]", "base_url": server.url, "email": "lab@example.com" });
    let connector = connector(&app, connection, Some("s3cret-key")).await;
    incremental(&app, &connector).await;
    sync(&app, &connector).await;
    let held: Vec<_> = server.simulator.publications().into_iter().filter(Publication::is_in_pubmed).collect();
    assert_eq!(lines(&app, ROWS).await, [rows_of(&held)]);

    let one = &held[0];
    let sql = format!(
        "SELECT title, doi, publication_year, cardinality(authors), mesh_terms[1], abstract_sections[2]['label'],
                substr(abstract, 1, 12), revised_on, cited_by_count
         FROM papers.articles WHERE pmid = '{}'",
        one.number
    );
    let expected = format!(
        "{}|{}|2019|{}|Humans|METHODS|BACKGROUND: |{}|null",
        one.plain_title(),
        one.doi(),
        one.authors.len(),
        one.revised
    );
    assert_eq!(lines(&app, &sql).await, [expected]);
    let major = "SELECT count(DISTINCT m.id) FROM papers.mesh_headings m JOIN papers.articles a USING (source, id)
        WHERE m.is_major AND m.descriptor = 'Melanoma' AND m.qualifiers[1]['name'] = 'drug therapy'";
    let melanoma = |one: &&Publication| one.headings.iter().any(|heading| heading.descriptor.name == "Melanoma");
    assert_eq!(lines(&app, major).await, [held.iter().filter(melanoma).count().to_string()]);
    let spans =
        "SELECT publication_year, published_on FROM papers.articles WHERE publication_date LIKE '% Dec-% Jan' LIMIT 1";
    assert!(lines(&app, spans).await[0].ends_with("|null"));

    assert_eq!(sync(&app, &connector).await, [0, 0, 0, 0], "nothing is new");
    let today = chrono::Utc::now().date_naive();
    server.simulator.change(|all| {
        all[0].revised = today;
        all[0].title = "Withdrawn.".into();
        all[0].authors.truncate(1);
    });
    sync(&app, &connector).await;
    let revised = format!("SELECT title, cardinality(authors) FROM papers.articles WHERE pmid = '{}'", one.number);
    assert_eq!(lines(&app, &revised).await, ["Withdrawn.|1"]);
    // Authors that a revision took out are those beyond the article's own list.
    let true_authors = format!(
        "SELECT count(*) FROM papers.authors w JOIN papers.articles a USING (source, id)
         WHERE w.position <= cardinality(a.authors) AND a.pmid = '{}'",
        one.number
    );
    assert_eq!(lines(&app, &true_authors).await, ["1"]);
    assert!(server.simulator.requests().iter().all(|line| line.contains("email=lab%40example.com")));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lake_holds_what_europe_pmc_holds() {
    let server = Server::of(LiteratureSimulator::of(&Library { articles: 120, ..Library::default() })).await;
    let app = TestApp::new().await;
    let connection = json!({ "query": "*", "provider": "europepmc", "base_url": server.url });
    let connector = connector(&app, connection, None).await;
    incremental(&app, &connector).await;
    sync(&app, &connector).await;
    let held = server.simulator.publications();
    assert_eq!(lines(&app, ROWS).await, [rows_of(&held)]);
    let one = &held[0];
    let sql = format!(
        "SELECT title, abstract_sections[1]['label'], publication_year, is_open_access, cited_by_count, journal
         FROM papers.articles WHERE id = '{}'",
        one.number
    );
    let expected = format!("{}|Background|2019|true|{}|{}", one.plain_title(), one.cited_by, one.journal.title);
    assert_eq!(lines(&app, &sql).await, [expected]);
    let preprints = held.iter().filter(|one| !one.is_in_pubmed()).count();
    let sql = "SELECT count(*), count(pmid), count(journal) FROM papers.articles WHERE source = 'PPR'";
    assert_eq!(lines(&app, sql).await, [format!("{preprints}|0|0")]);
    assert_eq!(sync(&app, &connector).await, [0, 0, 0, 0], "nothing is new");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_needs_no_account() {
    let app = TestApp::new().await;
    let connector = app.connector(json!({ "name": "Papers", "type": "LITERATURE", "demoMode": true })).await;
    incremental(&app, &connector).await;
    sync(&app, &connector).await;
    let held: Vec<_> = Library::default().publications().into_iter().filter(Publication::is_in_pubmed).collect();
    assert_eq!(lines(&app, ROWS).await, [rows_of(&held)]);
    app.stop().await;
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let app = TestApp::new().await;
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    for (connection, auth, words) in [
        (json!({ "query": " " }), json!(null), "query"),
        (json!({ "query": "a", "provider": "europepmc" }), json!({ "api_key": "k" }), "Europe PMC takes no API key"),
        (json!({ "query": "a", "provider": "scopus" }), json!(null), "europepmc"),
    ] {
        let auth_type = if auth.is_null() { "NONE" } else { "API_KEY" };
        let input = json!({ "name": "P", "type": "LITERATURE", "authType": auth_type, "authConfig": auth,
            "connectionConfig": connection });
        let answer = app.try_gql(create, json!({ "input": input })).await;
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(words), "{answer:#}");
    }
    app.stop().await;
}
