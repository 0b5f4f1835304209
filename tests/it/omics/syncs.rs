//! Omics through the public door: what SQL finds in the lake is what the cohorts and the files hold.

use chrono::TimeDelta;
use dataweaver::demo::cohort::Cohort;
use serde_json::{Value, json};

use super::folder::Folder;
use super::{Server, cohorts};
use crate::harness::TestApp;
use crate::syncs::table::{lines, sync};

/// Discovers the sources, has them read incrementally, and gives their names.
async fn incremental(app: &TestApp, connector: &str) -> Vec<String> {
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id name } } }";
    let data = app.gql(discover, json!({ "id": connector })).await;
    let mut names = Vec::new();
    for source in data["discoverSources"]["dataSources"].as_array().unwrap() {
        names.push(source["name"].as_str().unwrap().to_owned());
        app.update_source(json!({ "id": source["id"], "extractType": "INCREMENTAL" })).await;
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lake_holds_what_the_portal_holds_also_after_an_import() {
    let server = Server::of(cohorts(0.2)).await;
    let app = TestApp::new().await;
    let connection = json!({ "system": "cbioportal", "base_url": server.url, "expression_genes": ["ERBB2"] });
    let connector = app.connector(json!({ "name": "Portal", "type": "OMICS", "connectionConfig": connection })).await;
    assert_eq!(incremental(&app, &connector).await.len(), 13);
    sync(&app, &connector).await;
    let held = |server: &Server| {
        let studies = server.simulator.studies();
        let samples = studies.iter().flat_map(|study| &study.patients).flat_map(|patient| &patient.samples);
        let mutations: usize = samples.clone().map(|sample| sample.mutations.len()).sum();
        format!("{}|{mutations}", samples.count())
    };
    let sql = "SELECT (SELECT count(*) FROM portal.samples), (SELECT count(*) FROM portal.mutations)";
    assert_eq!(lines(&app, sql).await, [held(&server)]);
    let pivoted = "SELECT count(*), count(age), min(status) FROM (
        SELECT patient_id, max(CASE WHEN attribute_id = 'AGE' THEN value_number END) AS age,
               max(CASE WHEN attribute_id = 'OS_STATUS' THEN value END) AS status
        FROM portal.patient_clinical_data WHERE study_id = 'demo_luad_2024' GROUP BY patient_id)";
    let lung = &server.simulator.studies()[2];
    let known = lung.patients.iter().filter(|one| one.age.is_some()).count();
    let first = lung.patients.iter().map(|one| if one.is_dead { "1:DECEASED" } else { "0:LIVING" }).min().unwrap();
    assert_eq!(lines(&app, pivoted).await, [format!("{}|{known}|{first}", lung.patients.len())]);
    let whole = "SELECT DISTINCT json_get_str(mutation, 'center') FROM portal.mutations";
    assert_eq!(lines(&app, whole).await, ["demo.example.org"]);

    server.simulator.change(|studies| {
        studies[0].imported += TimeDelta::days(2);
        studies[0].patients.truncate(10);
    });
    sync(&app, &connector).await;
    assert_eq!(lines(&app, sql).await, [held(&server)], "what is gone from the study is gone from the lake");
    sync(&app, &connector).await;
    assert_eq!(lines(&app, sql).await, [held(&server)]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lake_holds_matrices_and_variants() {
    let folder = Folder::new()
        .file("counts.tsv", "gene\tS1\tS2\nTP53\t1\t2\nKRAS\t3\tx\nMYC\t4\t5\n")
        .file("calls.vcf", super::variants::many(50));
    let app = TestApp::new().await;
    let connection = folder.settings().connection;
    let connector = app.connector(json!({ "name": "Run", "type": "OMICS", "connectionConfig": connection })).await;
    assert_eq!(incremental(&app, &connector).await, ["calls variants", "calls genotypes", "counts"]);
    sync(&app, &connector).await;
    let sql = "SELECT v.position, g.genotype, g.depth, v.alternates[1]
        FROM run.calls_variants v JOIN run.calls_genotypes g ON g.position = v.position AND g.sample = 'NA00001'
        WHERE v.ids[1] = 'rs7'";
    assert_eq!(lines(&app, sql).await, ["1070|0/1|7|C"]);
    assert_eq!(lines(&app, "SELECT sum(value) FROM run.counts").await, ["12.0"]);
    assert_eq!(lines(&app, "SELECT count(*) FROM run.counts_rejected").await, ["1"]);
    folder.write("counts.tsv", "gene\tS1\tS2\nTP53\t1\t2\nKRAS\t3\t4\nMYC\t4\t5\n");
    folder.write("more.tsv", "gene\tS1\nTP53\t5\n");
    sync(&app, &connector).await;
    assert_eq!(lines(&app, "SELECT sum(value) FROM run.counts").await, ["19.0"]);
    assert_eq!(lines(&app, "SELECT feature_id, value FROM run.more").await, ["TP53|5.0"], "a new file is found");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_needs_no_account() {
    let app = TestApp::new().await;
    let input: Value = json!({ "name": "Tumours", "type": "OMICS", "demoMode": true });
    let connector = app.connector(input).await;
    incremental(&app, &connector).await;
    sync(&app, &connector).await;
    let truth = Cohort::default().truth();
    let breast = truth.of_study("demo_brca_2025").unwrap();
    let sql = format!(
        "SELECT count(DISTINCT c.patient_id), count(DISTINCT m.patient_id)
        FROM tumours.patient_clinical_data c
        LEFT JOIN tumours.mutations m ON m.study_id = c.study_id AND m.patient_id = c.patient_id AND m.gene = 'TP53'
            AND m.sample_id = c.patient_id || '-01'
        WHERE c.study_id = 'demo_brca_2025' AND c.attribute_id = 'SUBTYPE' AND c.value = '{}'",
        breast.tp53.subtype
    );
    let (patients, mutated) = breast.tp53.within;
    assert_eq!(lines(&app, &sql).await, [format!("{patients}|{mutated}")]);
    app.stop().await;
}
