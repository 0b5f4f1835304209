//! Clinical data through the public door: what SQL finds in the lake is what the clinic holds.

use dataweaver::demo::clinic::Clinic;
use serde_json::{Value, json};

use super::{Server, clinic};
use crate::harness::TestApp;
use crate::syncs::table::{incremental, lines, sync};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lake_holds_what_the_fhir_server_holds() {
    let server = Server::of(clinic()).await;
    let app = TestApp::new().await;
    let mut connection = server.fhir();
    connection["page_size"] = json!(100);
    let connector = app.connector(json!({ "name": "Ward", "type": "CLINICAL", "connectionConfig": connection })).await;
    let names = incremental(&app, &connector).await;
    assert_eq!(names.len(), 5, "{names:?}");
    sync(&app, &connector).await;
    for (table, name) in [("patient", "Patient"), ("observation", "Observation"), ("specimen", "Specimen")] {
        let held = server.simulator.resources(name).len();
        assert_eq!(
            lines(&app, &format!("SELECT count(*), count(DISTINCT id) FROM ward.{table}")).await,
            [format!("{held}|{held}")]
        );
    }
    let patients = Clinic::default().patients();
    let one = &patients[0];
    let born =
        "SELECT name, family_name, birth_date, is_deceased, identifiers[1]['value'] FROM ward.patient WHERE id = '1'";
    let expected = format!("{} {}|{}|{}|false|MRN000001", one.given, one.family, one.family, one.born);
    assert_eq!(lines(&app, born).await, [expected]);
    let only_year = patients.iter().filter(|one| one.only_year).count();
    let partial = "SELECT count(*) FROM ward.patient WHERE birth_date IS NULL AND length(birth_date_text) = 4";
    assert_eq!(lines(&app, partial).await, [only_year.to_string()]);

    let hemoglobin =
        "SELECT o.value_number, o.value_unit_code, o.reference_high, o.interpretation, p.family_name, s.accession
        FROM ward.observation o JOIN ward.patient p ON p.id = o.patient_id JOIN ward.specimen s ON s.id = o.specimen_id
        WHERE o.id = 'o1-1.1' AND o.code_system = 'http://loinc.org' AND o.code = '718-7'";
    let finding = one.visits[0].results[0];
    let level = if finding.tenths > 175 {
        "H"
    } else if finding.tenths < 120 {
        "L"
    } else {
        "N"
    };
    let expected = format!("{:?}|g/dL|17.5|{level}|{}|ACC-1-1", finding.tenths as f64 / 10., one.family);
    assert_eq!(lines(&app, hemoglobin).await, [expected]);
    let pressure =
        "SELECT components[1]['value_number'], components[2]['code'] FROM ward.observation WHERE id = 'o1-1.bp'";
    assert_eq!(lines(&app, pressure).await, [format!("{:?}|8462-4", f64::from(one.visits[0].pressure.0))]);
    let whole = "SELECT json_get_str(resource, 'status') FROM ward.encounter WHERE id = 'e1-1'";
    assert_eq!(lines(&app, whole).await, ["finished"]);

    let [_, added, updated, _] = sync(&app, &connector).await;
    assert_eq!((added, updated), (0, 0), "nothing is new");
    server.simulator.change(|all| {
        let one = all.iter_mut().find(|one| one["resourceType"] == "Patient" && one["id"] == "2").unwrap();
        one["address"][0]["city"] = json!("Elsewhere");
        one["meta"] = json!({ "versionId": "2", "lastUpdated": "2026-05-01T00:00:00Z" });
    });
    let [_, added, updated, _] = sync(&app, &connector).await;
    assert_eq!((added, updated), (0, 1));
    assert_eq!(lines(&app, "SELECT city FROM ward.patient WHERE id = '2'").await, ["Elsewhere"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lake_holds_the_studies() {
    let server = Server::of(clinic()).await;
    let app = TestApp::new().await;
    let connection = json!({ "system": "clinicaltrials", "base_url": server.url });
    let connector =
        app.connector(json!({ "name": "Trials", "type": "CLINICAL", "connectionConfig": connection })).await;
    assert_eq!(incremental(&app, &connector).await, ["studies"]);
    assert_eq!(sync(&app, &connector).await[..2], [40, 40]);
    let one = &server.simulator.trials()[0];
    let sql = format!(
        "SELECT brief_title, phases[1], enrollment, start_date, start_date_text, last_update_posted_on,
                cardinality(locations), interventions[1]['name'] FROM trials.studies WHERE nct_id = '{}'",
        one.nct_id
    );
    let expected = format!(
        "{}|{}|{}|null|{}|{}|{}|{}",
        one.title,
        one.phases[0],
        one.enrollment,
        one.starts.format("%Y-%m"),
        one.updated,
        one.cities.len(),
        one.drug
    );
    assert_eq!(lines(&app, &sql).await, [expected]);
    let [_, added, updated, _] = sync(&app, &connector).await;
    assert_eq!((added, updated), (0, 0), "nothing is new");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_needs_no_account() {
    let app = TestApp::new().await;
    let input: Value = json!({ "name": "Ward", "type": "CLINICAL", "demoMode": true });
    let connector = app.connector(input).await;
    incremental(&app, &connector).await;
    sync(&app, &connector).await;
    assert_eq!(lines(&app, "SELECT count(*) FROM ward.patient").await, ["60"]);
    app.stop().await;
}
