//! A stranger reads the simulator of cBioPortal: pybioportal, a client of its API for Python.

use std::process::{Command, Stdio};

use dataweaver::demo::cohort::Sample;
use serde_json::{Value, json};

use super::{Server, cohorts};
use crate::servers;

/// Reads one study in all ways that the client knows, and prints it as JSON.
const READ: &str = r#"
import contextlib, io, json, sys, requests
base, study = sys.argv[1], sys.argv[2]
# It has the public portal's address in it.
for verb in ("get", "post"):
    def call(url, *args, ask=getattr(requests, verb), **kwargs): return ask(url.replace("https://www.cbioportal.org", base), *args, **kwargs)
    setattr(requests, verb, call)
from pybioportal import clinical_attributes, clinical_data, discrete_copy_number_alterations as copies, genes, molecular_data
from pybioportal import molecular_profiles, mutations, patients, sample_lists, samples, studies
said = {}
with contextlib.redirect_stdout(io.StringIO()):
    listed = studies.get_all_studies(projection="DETAILED")
    said["studies"] = list(listed["studyId"])
    said["imported"] = list(listed["importDate"])
    said["name"] = list(studies.get_study(study)["name"])
    pages = []
    while True:
        page = samples.get_all_samples_in_study(study, pageSize=7, pageNumber=len(pages), sortBy="sampleId")
        if page is None or page.empty: break
        pages.append(list(page["sampleId"]))
    said["pages"] = pages
    said["patients"] = sorted(patients.get_all_patients_in_study(study)["patientId"])
    said["attributes"] = list(clinical_attributes.get_all_clinical_attributes_in_study(study)["clinicalAttributeId"])
    some = said["patients"][:3]
    wide = clinical_data.fetch_all_clinical_data_in_study(study, attribute_ids=["SEX", "OS_MONTHS"], ids=some, clinical_data_type="PATIENT", ret_format="LONG")
    said["sexes"] = [[p, v] for p, a, v in zip(wide["patientId"], wide["clinicalAttributeId"], wide["value"]) if a == "SEX"]
    said["purities"] = len(clinical_data.get_all_clinical_data_in_study(study, attribute_id="TUMOR_PURITY"))
    said["profiles"] = list(molecular_profiles.get_all_molecular_profiles_in_study(study)["molecularProfileId"])
    said["lists"] = list(sample_lists.get_all_sample_lists_in_study(study)["sampleListId"])
    known = genes.fetch_genes(["TP53", "KRAS"], gene_id_type="HUGO_GENE_SYMBOL")
    said["genes"] = dict(zip(known["hugoGeneSymbol"], map(int, known["entrezGeneId"])))
    everything = mutations.fetch_muts_in_mol_prof(study + "_mutations", sample_list_id=study + "_all", projection="DETAILED")
    said["mutations"] = sorted([s, int(g), c] for s, g, c in zip(everything["sampleId"], everything["entrezGeneId"], everything["proteinChange"]))
    said["of_tp53"] = len(mutations.get_muts_in_mol_prof_by_sample_list_id(study + "_mutations", study + "_all", entrez_gene_id=7157))
    data = molecular_data.fetch_all_molecular_data_in_molecular_profile(study + "_rna_seq_v2_mrna", entrez_gene_ids=[7157], sample_ids=pages[0])
    said["values"] = dict(zip(data["sampleId"], map(float, data["value"])))
    said["copies"] = len(copies.get_discrete_copy_numbers_in_molecular_profile(study + "_gistic", study + "_all"))
    said["errors"] = []
    for call in (lambda: studies.get_study("nowhere"), lambda: mutations.get_muts_in_mol_prof_by_sample_list_id(study + "_mutations", study + "_all"),
                 lambda: sample_lists.get_all_sample_lists_in_study(study, projection="MUCH")):
        try: call()
        except Exception as error: said["errors"].append(str(error))
print(json.dumps(said))
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_for_python_finds_what_the_cohort_holds() {
    let how = "pip install pybioportal and set DATAWEAVER_TEST_PYTHON to that Python";
    let Some(python) = std::env::var_os("DATAWEAVER_TEST_PYTHON") else {
        servers::missed("pybioportal", how);
        return;
    };
    let server = Server::of(cohorts(0.2)).await;
    let url = server.url.clone();
    let read = move || {
        let mut command = Command::new(python);
        command.args(["-c", READ, &url, "demo_luad_2024"]).env("NO_PROXY", "127.0.0.1").stdin(Stdio::null());
        command.output().unwrap()
    };
    let output = tokio::task::spawn_blocking(read).await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("ModuleNotFoundError") {
        servers::missed("pybioportal", how);
        return;
    }
    assert!(output.status.success(), "{errors}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();

    let studies = server.simulator.studies();
    let lung = &studies[2];
    let samples: Vec<&Sample> = lung.patients.iter().flat_map(|patient| &patient.samples).collect();
    let mut ids: Vec<&str> = samples.iter().map(|sample| sample.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(said["studies"], json!(["demo_brca_2025", "demo_coad_2023", "demo_luad_2024"]));
    assert_eq!(said["imported"][0], "2026-02-02 07:00:00");
    assert_eq!(said["name"], json!([lung.name]));
    assert_eq!(said["pages"], json!(ids.chunks(7).collect::<Vec<_>>()));
    let patients: Vec<&str> = lung.patients.iter().map(|patient| patient.id.as_str()).collect();
    assert_eq!(said["patients"], json!(patients));
    assert_eq!(said["attributes"].as_array().unwrap().len(), 10);
    let sexes: Vec<_> = lung.patients[..3].iter().map(|patient| json!([patient.id, patient.sex])).collect();
    assert_eq!(said["sexes"], json!(sexes));
    assert_eq!(said["purities"], samples.len());
    assert_eq!((said["profiles"].as_array().unwrap().len(), &said["lists"][0]), (4, &json!("demo_luad_2024_all")));
    assert_eq!(said["genes"], json!({ "KRAS": 3845, "TP53": 7157 }));
    let mutations = samples.iter().flat_map(|sample| {
        sample.mutations.iter().map(|one| (sample.id.as_str(), one.gene.entrez, one.protein_change.as_str()))
    });
    let mut mutations: Vec<_> = mutations.collect();
    mutations.sort_unstable();
    assert_eq!(said["mutations"], json!(mutations));
    assert_eq!(said["of_tp53"], mutations.iter().filter(|(_, gene, _)| *gene == 7157).count());
    let place = dataweaver::demo::cohort::GENES.iter().position(|gene| gene.entrez == 7157).unwrap();
    let first = samples.iter().find(|sample| sample.id == ids[0]).unwrap();
    assert_eq!(said["values"][ids[0]], first.expression[place] as f64 / 1000.);
    assert_eq!(said["copies"], samples.iter().map(|sample| sample.copies.len()).sum::<usize>());
    for (error, words) in said["errors"].as_array().unwrap().iter().zip([
        "Study not found: nowhere",
        "Request parameter is missing: entrezGeneId",
        "Request parameter type mismatch",
    ]) {
        assert!(error.as_str().unwrap().contains(words), "{error}");
    }
    assert_eq!(said["errors"].as_array().unwrap().len(), 3);
}
