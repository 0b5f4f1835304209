//! Lists of the portal and of its studies.

use std::collections::HashSet;

use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::query::{Answer, Filter, Query, read};
use super::traffic::{Refusal, refused};
use super::{PortalSimulator, lock, objects};
use crate::demo::cohort::{GENES, Gene, Patient, Sample, Study};

impl PortalSimulator {
    /// A study, if it is there and may be read.
    pub(super) fn open(&self, id: &str) -> Result<Study, Refusal> {
        if self.is_closed(id) {
            return Err(refused(StatusCode::FORBIDDEN, "Access to the specified resource has been forbidden"));
        }
        let found = lock(&self.0.studies).iter().find(|study| study.id == id).cloned();
        found.ok_or_else(|| refused(StatusCode::NOT_FOUND, format!("Study not found: {id}")))
    }

    /// The study of a molecular profile.
    pub(super) fn open_profile(&self, profile: &str) -> Result<Study, Refusal> {
        let found = lock(&self.0.studies)
            .iter()
            .find(|study| objects::molecular_profiles(study).iter().any(|one| one["molecularProfileId"] == profile))
            .map(|study| study.id.clone());
        let words = || refused(StatusCode::NOT_FOUND, format!("Molecular profile not found: {profile}"));
        self.open(&found.ok_or_else(words)?)
    }
}

pub(super) async fn studies(State(simulator): State<PortalSimulator>, OriginalUri(uri): OriginalUri) -> Answer {
    let mut query = Query::of(&uri)?;
    // Here, and nowhere else, the first page is 1; 0 is taken for it.
    query.page = query.page.saturating_sub(1);
    let studies = lock(&simulator.0.studies);
    let found = studies.iter().map(|study| objects::study(study, !simulator.is_closed(&study.id))).collect();
    Ok(query.answer(found))
}

pub(super) async fn study(State(simulator): State<PortalSimulator>, Path(id): Path<String>) -> Answer {
    let study = simulator.open(&id)?;
    let object = objects::study(&study, true);
    Ok(([("content-type", "application/json")], object.to_string()).into_response())
}

pub(super) async fn patients(
    State(simulator): State<PortalSimulator>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Answer {
    let (query, study) = (Query::of(&uri)?, simulator.open(&id)?);
    let mut found: Vec<Value> = study.patients.iter().map(|patient| objects::patient(&study, patient)).collect();
    query.disorder(&mut found, "patientId");
    Ok(query.answer(found))
}

pub(super) async fn samples(
    State(simulator): State<PortalSimulator>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Answer {
    let (query, study) = (Query::of(&uri)?, simulator.open(&id)?);
    let mut found: Vec<Value> =
        objects::samples(&study).map(|(patient, sample)| objects::sample(&study, patient, sample)).collect();
    found.sort_by_key(|one| one["sampleId"].as_str().map(str::to_owned));
    query.disorder(&mut found, "sampleId");
    Ok(query.answer(found))
}

pub(super) async fn clinical_attributes(
    State(simulator): State<PortalSimulator>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Answer {
    let (query, study) = (Query::of(&uri)?, simulator.open(&id)?);
    Ok(query.answer(objects::clinical_attributes(&study)))
}

fn all_clinical_data(query: &Query, study: &Study) -> Vec<(String, Value)> {
    if query.get("clinicalDataType") == Some("PATIENT") {
        let of = |patient: &Patient| {
            let id = patient.id.clone();
            objects::patient_data(study, patient).into_iter().map(move |one| (id.clone(), one)).collect::<Vec<_>>()
        };
        return study.patients.iter().flat_map(of).collect();
    }
    let of = |(patient, sample): (&Patient, &Sample)| {
        let id = sample.id.clone();
        objects::sample_data(study, patient, sample).into_iter().map(move |one| (id.clone(), one)).collect::<Vec<_>>()
    };
    objects::samples(study).flat_map(of).collect()
}

pub(super) async fn clinical_data(
    State(simulator): State<PortalSimulator>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Answer {
    let (query, study) = (Query::of(&uri)?, simulator.open(&id)?);
    let is_meant = |one: &Value| query.get("attributeId").is_none_or(|id| one["clinicalAttributeId"] == id);
    let all = all_clinical_data(&query, &study).into_iter().map(|(_, one)| one);
    Ok(query.answer(all.filter(is_meant).collect()))
}

pub(super) async fn fetch_clinical_data(
    State(simulator): State<PortalSimulator>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    body: String,
) -> Answer {
    let (query, study, filter) = (Query::of(&uri)?, simulator.open(&id)?, read::<Filter>(&body)?);
    let ids: Option<HashSet<String>> = filter.ids.map(|ids| ids.into_iter().collect());
    if ids.as_ref().is_some_and(HashSet::is_empty) {
        return Err(refused(StatusCode::BAD_REQUEST, "ids size must be between 1 and 10000000"));
    }
    let is_meant = |id: &str, one: &Value| {
        let is_attribute = |ids: &Vec<String>| ids.iter().any(|id| one["clinicalAttributeId"] == id.as_str());
        ids.as_ref().is_none_or(|ids| ids.contains(id)) && filter.attribute_ids.as_ref().is_none_or(is_attribute)
    };
    let all = all_clinical_data(&query, &study).into_iter();
    Ok(query.answer(all.filter(|(id, one)| is_meant(id, one)).map(|(_, one)| one).collect()))
}

pub(super) async fn molecular_profiles(
    State(simulator): State<PortalSimulator>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Answer {
    let (query, study) = (Query::of(&uri)?, simulator.open(&id)?);
    Ok(query.answer(objects::molecular_profiles(&study)))
}

pub(super) async fn all_molecular_profiles(
    State(simulator): State<PortalSimulator>,
    OriginalUri(uri): OriginalUri,
) -> Answer {
    let query = Query::of(&uri)?;
    let studies = lock(&simulator.0.studies);
    let open = studies.iter().filter(|study| !simulator.is_closed(&study.id));
    Ok(query.answer(open.flat_map(objects::molecular_profiles).collect()))
}

pub(super) async fn sample_lists(
    State(simulator): State<PortalSimulator>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
) -> Answer {
    let (query, study) = (Query::of(&uri)?, simulator.open(&id)?);
    Ok(query.answer(objects::sample_lists(&study, query.is_detailed())))
}

pub(super) async fn genes(OriginalUri(uri): OriginalUri) -> Answer {
    Ok(Query::of(&uri)?.answer(GENES.iter().copied().map(objects::gene).collect()))
}

pub(super) async fn fetch_genes(OriginalUri(uri): OriginalUri, body: String) -> Answer {
    let query = Query::of(&uri)?;
    let names: Vec<Value> = read(&body)?;
    let is_named = |gene: &&Gene| match query.get("geneIdType") {
        Some("HUGO_GENE_SYMBOL") => {
            names.iter().any(|name| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(gene.symbol)))
        }
        _ => names.iter().any(|name| name == &json!(gene.entrez) || name == &json!(gene.entrez.to_string())),
    };
    Ok(query.answer(GENES.iter().filter(is_named).copied().map(objects::gene).collect()))
}
