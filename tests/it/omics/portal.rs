//! What is read of a portal: what the cohorts hold, once, whatever order the portal has.

use std::collections::{BTreeMap, BTreeSet};

use dataweaver::demo::cohort::{Cohort, Study};
use dataweaver::sdk::{Extract, ReadRequest};
use serde_json::json;

use super::{Hurry, Server, cohorts, read, read_whole, request, settings};
use crate::simulated;

fn samples(studies: &[Study]) -> impl Iterator<Item = (&Study, &dataweaver::demo::cohort::Sample)> {
    studies.iter().flat_map(|study| {
        study.patients.iter().flat_map(move |patient| patient.samples.iter().map(move |sample| (study, sample)))
    })
}

#[tokio::test]
async fn every_patient_and_sample_is_read_once_page_by_page() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.5)).await;
    let studies = server.simulator.studies();
    let connector = hurry.open(settings(server.portal()));
    let held: Vec<String> = {
        let of =
            |study: &Study| study.patients.iter().map(|one| format!("{}|{}", study.id, one.id)).collect::<Vec<_>>();
        studies.iter().flat_map(of).collect()
    };
    let patients = read_whole(connector.as_ref(), "patients").await;
    assert_eq!(
        patients.counts(&["study_id", "patient_id"]),
        held.into_iter().map(|one| (one, 1)).collect::<BTreeMap<_, _>>()
    );
    let read_samples = read_whole(connector.as_ref(), "samples").await;
    let held: BTreeSet<String> = samples(&studies).map(|(study, one)| format!("{}|{}", study.id, one.id)).collect();
    let counts = read_samples.counts(&["study_id", "sample_id"]);
    assert!(counts.values().all(|count| *count == 1));
    assert_eq!(counts.into_keys().collect::<BTreeSet<_>>(), held);
    let kinds = read_samples.counts(&["sample_type"]);
    assert_eq!(kinds.keys().map(String::as_str).collect::<Vec<_>>(), ["Metastatic", "Primary Solid Tumor"]);
    let asked = server.simulator.requests();
    assert!(asked.iter().any(|line| line.contains("pageNumber=2")), "there are pages: {asked:#?}");
    // The list of studies is counted otherwise in other versions of the portal.
    assert!(asked.iter().filter(|line| line.starts_with("GET /api/studies?")).all(|line| !line.contains("pageNumber")));
    let found = simulated::source(connector.as_ref(), "samples").await;
    assert_eq!(found.estimated_rows, Some(held.len() as u64));
}

#[tokio::test]
async fn mutations_have_the_values_that_the_tumours_have() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.3)).await;
    let studies = server.simulator.studies();
    let connector = hurry.open(settings(server.portal()));
    let mutations = read_whole(connector.as_ref(), "mutations").await;
    let mut held: Vec<String> = samples(&studies)
        .flat_map(|(study, sample)| {
            sample.mutations.iter().map(move |one| {
                format!(
                    "{}|{}_mutations|{}|{}|{}|{}|{}|{}|{}|{}|{}",
                    study.id,
                    study.id,
                    sample.id,
                    one.gene.entrez,
                    one.gene.symbol,
                    one.gene.chromosome,
                    one.start,
                    one.reference,
                    one.variant,
                    one.protein_change,
                    one.alt_count
                )
            })
        })
        .collect();
    let columns = [
        "study_id",
        "molecular_profile_id",
        "sample_id",
        "entrez_gene_id",
        "gene",
        "chromosome",
        "start_position",
        "reference_allele",
        "variant_allele",
        "protein_change",
        "tumor_alt_count",
    ];
    let mut lines = mutations.lines(&columns);
    held.sort_unstable();
    lines.sort_unstable();
    assert_eq!(lines, held);
    let whole: serde_json::Value = serde_json::from_str(&mutations.lines(&["mutation"])[0]).unwrap();
    assert_eq!(whole["mutationStatus"], "Somatic", "the whole object is kept");
}

#[tokio::test]
async fn clinical_data_are_long_and_state_nothing_that_is_not_known() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.3)).await;
    let studies = server.simulator.studies();
    let connector = hurry.open(settings(server.portal()));
    let of_patients = read_whole(connector.as_ref(), "patient_clinical_data").await;
    let patients: Vec<_> = studies.iter().flat_map(|study| &study.patients).collect();
    let counts = of_patients.counts(&["attribute_id"]);
    assert_eq!(counts["SEX"], patients.len());
    assert_eq!(counts["AGE"], patients.iter().filter(|one| one.age.is_some()).count());
    let one = &studies[0].patients[0];
    let line = format!(
        "{}|{}|OS_MONTHS|{}.{}|{:?}",
        studies[0].id,
        one.id,
        one.survival_tenths / 10,
        one.survival_tenths % 10,
        one.survival_tenths as f64 / 10.
    );
    let lines = of_patients.lines(&["study_id", "patient_id", "attribute_id", "value", "value_number"]);
    assert!(lines.contains(&line), "{line}");
    let of_samples = read_whole(connector.as_ref(), "sample_clinical_data").await;
    assert_eq!(of_samples.counts(&["attribute_id"])["TUMOR_PURITY"], samples(&studies).count());
    assert!(lines.iter().any(|line| line.ends_with("|SEX|Female|∅")), "a word is no number");
}

#[tokio::test]
async fn copies_fusions_and_expression_are_those_of_the_tumours() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.5)).await;
    let studies = server.simulator.studies();
    let connector = hurry.open(settings(server.portal()));
    let copies = read_whole(connector.as_ref(), "copy_numbers").await;
    let held: usize = samples(&studies).map(|(_, sample)| sample.copies.len()).sum();
    assert_eq!(copies.rows(), held);
    let amplified = copies.counts(&["gene", "alteration"]);
    let of_erbb2 = samples(&studies).filter(|(_, one)| one.copies.iter().any(|one| one.gene.symbol == "ERBB2")).count();
    assert_eq!(amplified["ERBB2|2"], of_erbb2);
    let fusions = read_whole(connector.as_ref(), "structural_variants").await;
    let held: usize = samples(&studies).map(|(_, sample)| sample.fusions.len()).sum();
    assert_eq!(fusions.counts(&["site1_gene", "site2_gene"])["EML4|ALK"], held);
    // One row for each sample, gene that is asked for, and profile with numbers: copies, and expression.
    let data = read_whole(connector.as_ref(), "molecular_data").await;
    assert_eq!(data.rows(), samples(&studies).count() * 2 * 2);
    let (study, sample) = samples(&studies).next().unwrap();
    let place = dataweaver::demo::cohort::GENES.iter().position(|gene| gene.symbol == "TP53").unwrap();
    let line =
        format!("{0}_rna_seq_v2_mrna|{1}|TP53|{2:?}", study.id, sample.id, sample.expression[place] as f64 / 1000.);
    assert!(data.lines(&["molecular_profile_id", "sample_id", "gene", "value"]).contains(&line), "{line}");
}

#[tokio::test]
async fn lists_of_the_portal_and_of_studies_are_whole() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.1)).await;
    let connector = hurry.open(settings(server.portal()));
    let studies = read_whole(connector.as_ref(), "studies").await;
    let lines =
        studies.lines(&["study_id", "cancer_type", "groups", "import_date", "import_date_text", "sample_count"]);
    let held: usize = server.simulator.studies()[0].patients.iter().map(|one| one.samples.len()).sum();
    let first =
        format!("demo_brca_2025|Invasive Breast Carcinoma|[PUBLIC, DEMO]|2026-02-02|2026-02-02 07:00:00|{held}");
    assert_eq!((lines.len(), &lines[0]), (3, &first));
    for (source, rows) in [("clinical_attributes", 30), ("molecular_profiles", 12), ("sample_lists", 6), ("genes", 53)]
    {
        assert_eq!(read_whole(connector.as_ref(), source).await.rows(), rows, "{source}");
    }
    let lists = read_whole(connector.as_ref(), "sample_lists").await;
    assert!(lists.lines(&["sample_list_id", "sample_ids"])[0].starts_with("demo_brca_2025_all|[BRCA-0001-01"));
}

#[tokio::test]
async fn only_what_is_asked_for_is_read() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.5)).await;
    let mut connection = server.portal();
    connection["studies"] = json!(["demo_luad_2024"]);
    connection["genes"] = json!(["kras", "7157"]);
    connection.as_object_mut().unwrap().remove("expression_genes");
    let connector = hurry.open(settings(connection));
    let found = connector.check().await.unwrap();
    assert_eq!(found.message, "cBioPortal shows 1 study to read: demo_luad_2024");
    let mutations = read_whole(connector.as_ref(), "mutations").await;
    let counts = mutations.counts(&["study_id", "gene"]);
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["demo_luad_2024|KRAS", "demo_luad_2024|TP53"]);
    let offered = connector.discover().await.unwrap().sources;
    assert!(offered.iter().all(|source| source.source_path != "molecular_data"), "no gene is asked for");
    let request = ReadRequest { ..request("molecular_data", Extract::Full) };
    let error = super::collect(connector.as_ref(), request).await.failure();
    assert!(error.contains("known: studies, patients"), "{error}");
}

#[tokio::test]
async fn what_is_planted_can_be_found_in_what_is_read() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(1.)).await;
    let mut connection = server.portal();
    connection["studies"] = json!(["demo_brca_2025"]);
    let connector = hurry.open(settings(connection));
    let truth = Cohort::default().truth();
    let breast = truth.of_study("demo_brca_2025").unwrap();
    let clinical = read(connector.as_ref(), request("patient_clinical_data", Extract::Full)).await;
    let of_subtype: BTreeSet<String> = clinical
        .lines(&["attribute_id", "value", "patient_id"])
        .iter()
        .filter_map(|line| line.strip_prefix(&format!("SUBTYPE|{}|", breast.tp53.subtype)).map(str::to_owned))
        .collect();
    let mutations = read(connector.as_ref(), request("mutations", Extract::Full)).await;
    let mutated: BTreeSet<String> = mutations
        .lines(&["gene", "sample_id", "patient_id"])
        .iter()
        .filter_map(|line| {
            let (sample, patient) = line.strip_prefix("TP53|")?.split_once('|')?;
            sample.ends_with("-01").then(|| patient.to_owned())
        })
        .collect();
    assert_eq!((of_subtype.len(), of_subtype.intersection(&mutated).count()), breast.tp53.within);
    assert_eq!(mutations.rows(), breast.mutations);
}
