//! Strangers read the simulators: fhirpy the FHIR server, pytrials ClinicalTrials.gov.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Server, clinic};
use crate::servers;

const TOKEN: &str = "a-token";

/// Reads everything, page by page, and some of it by searches, and prints it as JSON.
const READ: &str = r#"
import json, sys
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import AuthorizationError, OperationOutcome
from pytrials.client import ClinicalTrials

base, token, since = sys.argv[1:]
fhir = SyncFHIRClient(f"{base}/fhir", authorization=f"Bearer {token}")
said = {"resources": {}}
for name in ["Patient", "Observation", "Condition", "Encounter", "Specimen"]:
    found = fhir.resources(name).sort("_lastUpdated").limit(40)
    said["resources"][name] = [[one["id"], one["meta"]["lastUpdated"]] for one in found]
observations = fhir.resources("Observation")
said["since"] = len(observations.search(_lastUpdated__ge=since).fetch_all())
said["vital"] = len(observations.search(category="vital-signs").fetch_all())
said["of_one"] = len(observations.search(patient=fhir.reference("Patient", "7")).fetch_all())
try:
    observations.search(colour="red").fetch()
except OperationOutcome as error:
    said["wrong"] = str(error)
try:
    SyncFHIRClient(f"{base}/fhir", authorization="Bearer nobody").resources("Patient").fetch()
except AuthorizationError as error:
    said["refused"] = str(error)
ClinicalTrials._BASE_URL = f"{base}/api/v2/"
trials = ClinicalTrials()
said["version"] = trials.api_info[0]
studies = trials.get_full_studies("imagatinib", max_studies=1000, fmt="json")["studies"]
said["studies"] = sorted(one["protocolSection"]["identificationModule"]["nctId"] for one in studies)
print(json.dumps(said))
"#;

/// What they say, a JSON object; `None` where they are not there.
async fn strangers(url: &str, since: &str) -> Option<Value> {
    let how = "pip install fhirpy pytrials and set DATAWEAVER_TEST_PYTHON to that Python";
    let Some(python) = std::env::var_os("DATAWEAVER_TEST_PYTHON") else {
        servers::missed("fhirpy and pytrials", how);
        return None;
    };
    let mut command = Command::new(python);
    command.args(["-c", READ, url, TOKEN, since]).env("NO_PROXY", "127.0.0.1").stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("ModuleNotFoundError") {
        servers::missed("fhirpy and pytrials", how);
        return None;
    }
    assert!(output.status.success(), "{errors}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn updated(resource: &Value) -> &str {
    resource["meta"]["lastUpdated"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_find_what_the_clinic_holds() {
    let server = Server::of(clinic().with_token(TOKEN)).await;
    let observations = server.simulator.resources("Observation");
    let mut times: Vec<&str> = observations.iter().map(updated).collect();
    times.sort_unstable();
    let since = times[times.len() / 2];
    let Some(said) = strangers(&server.url, since).await else { return };
    for name in ["Patient", "Observation", "Condition", "Encounter", "Specimen"] {
        let told = said["resources"][name].as_array().unwrap();
        assert!(told.is_sorted_by_key(|one| one[1].as_str()), "{name} in the order of _lastUpdated");
        let mut told: Vec<_> = told.iter().map(|one| one[0].as_str().unwrap()).collect();
        told.sort_unstable();
        let held = server.simulator.resources(name);
        let mut held: Vec<_> = held.iter().map(|one| one["id"].as_str().unwrap()).collect();
        held.sort_unstable();
        assert_eq!(told, held, "{name}");
    }
    let count = |is_meant: &dyn Fn(&&Value) -> bool| observations.iter().filter(is_meant).count();
    assert_eq!(said["since"], count(&|one| updated(one) >= since));
    assert_eq!(said["vital"], count(&|one| one["category"][0]["coding"][0]["code"] == "vital-signs"));
    assert_eq!(said["of_one"], count(&|one| one["subject"]["reference"] == "Patient/7"));
    assert!(said["wrong"].as_str().unwrap().contains("Unknown search parameter"), "{}", said["wrong"]);
    assert!(said["refused"].as_str().unwrap().contains("not valid"), "{}", said["refused"]);

    assert!(said["version"].as_str().unwrap().starts_with("2."), "{}", said["version"]);
    let trials = server.simulator.trials();
    let mut expected: Vec<_> = trials.iter().filter(|one| one.drug == "imagatinib").map(|one| &one.nct_id).collect();
    expected.sort_unstable();
    assert_eq!(said["studies"], json!(expected));
}
