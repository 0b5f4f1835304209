//! What molecular profiles hold of samples and genes.

use std::collections::HashSet;

use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use serde_json::Value;

use super::query::{Answer, Filter, Query, SampleOfProfile, read, written};
use super::traffic::refused;
use super::{PortalSimulator, objects};
use crate::demo::cohort::GENES;

/// By a list of samples, and one gene.
pub(super) async fn of_profile(
    State(simulator): State<PortalSimulator>,
    Path((profile, what)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
) -> Answer {
    let query = Query::of(&uri)?;
    let missing = |name: &str| refused(StatusCode::BAD_REQUEST, format!("Request parameter is missing: {name}"));
    let list = query.get("sampleListId").ok_or_else(|| missing("sampleListId"))?.to_owned();
    let gene = query.get("entrezGeneId").and_then(|gene| gene.parse().ok());
    if gene.is_none() && what != "discrete-copy-number" {
        return Err(missing("entrezGeneId"));
    }
    let filter =
        Filter { sample_list_id: Some(list), entrez_gene_ids: gene.map(|gene| vec![gene]), ..Filter::default() };
    simulator.alterations(&query, &profile, &what, &filter)
}

pub(super) async fn fetch_of_profile(
    State(simulator): State<PortalSimulator>,
    Path((profile, what)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    body: String,
) -> Answer {
    let (query, filter) = (Query::of(&uri)?, read::<Filter>(&body)?);
    if filter.sample_ids.is_some() == filter.sample_list_id.is_some() {
        let words = "eitherSampleListIdOrSampleIdsPresent must be true";
        return Err(refused(StatusCode::BAD_REQUEST, words));
    }
    simulator.alterations(&query, &profile, &what, &filter)
}

impl PortalSimulator {
    fn alterations(&self, query: &Query, profile: &str, what: &str, filter: &Filter) -> Answer {
        let study = self.open_profile(profile)?;
        if let Some(list) = &filter.sample_list_id
            && !objects::sample_lists(&study, false).iter().any(|one| one["sampleListId"] == list.as_str())
        {
            return Err(refused(StatusCode::NOT_FOUND, format!("Sample list not found: {list}")));
        }
        let is_sample = |id: &String| filter.sample_ids.as_ref().is_none_or(|ids| ids.contains(id));
        let is_gene = |id: i64| filter.entrez_gene_ids.as_ref().is_none_or(|ids| ids.contains(&id));
        let is_detailed = query.is_detailed();
        let mut found = Vec::new();
        for (patient, sample) in objects::samples(&study).filter(|(_, sample)| is_sample(&sample.id)) {
            let whose = (&study, patient, sample);
            match what {
                "mutations" if profile.ends_with("_mutations") => {
                    let of_genes = sample.mutations.iter().filter(|one| is_gene(one.gene.entrez));
                    found.extend(of_genes.map(|one| objects::mutation(whose, profile, one, is_detailed)));
                }
                "discrete-copy-number" if profile.ends_with("_gistic") => {
                    let of_genes = sample.copies.iter().filter(|one| is_gene(one.gene.entrez));
                    found.extend(of_genes.map(|one| objects::copy_number(whose, profile, *one, is_detailed)));
                }
                "molecular-data" if !profile.ends_with("_mutations") && !profile.ends_with("_structural_variants") => {
                    let of_genes = (0..GENES.len()).filter(|place| is_gene(GENES[*place].entrez));
                    found.extend(of_genes.map(|place| objects::molecular_data(whose, profile, place, is_detailed)));
                }
                "mutations" | "discrete-copy-number" | "molecular-data" => {}
                _ => return Err(refused(StatusCode::NOT_FOUND, "No static resource")),
            }
        }
        if query.page > 0 {
            // Rows of one gene and sample have no order: that of the next page is another one.
            found.chunks_mut(2).for_each(<[Value]>::reverse);
        }
        Ok(query.answer(found))
    }
}

pub(super) async fn fetch_structural_variants(State(simulator): State<PortalSimulator>, body: String) -> Answer {
    let filter: Filter = read(&body)?;
    let pairs = filter.sample_molecular_identifiers.unwrap_or_default();
    let whole = filter.molecular_profile_ids.unwrap_or_default();
    if pairs.is_empty() == whole.is_empty() {
        let words = "eitherMolecularProfileIdsOrSampleMolecularIdentifiersPresent must be true";
        return Err(refused(StatusCode::BAD_REQUEST, words));
    }
    let profiles: HashSet<&String> = pairs.iter().map(|pair| &pair.molecular_profile_id).chain(&whole).collect();
    let mut found = Vec::new();
    for profile in profiles {
        let study = simulator.open_profile(profile)?;
        for (patient, sample) in objects::samples(&study) {
            let is_named =
                |pair: &SampleOfProfile| pair.molecular_profile_id == *profile && pair.sample_id == sample.id;
            let of_genes = sample
                .fusions
                .iter()
                .filter(|one| filter.entrez_gene_ids.as_ref().is_none_or(|genes| genes.contains(&one.second.entrez)));
            if whole.contains(profile) || pairs.iter().any(is_named) {
                found.extend(of_genes.map(|one| objects::structural_variant((&study, patient, sample), profile, *one)));
            }
        }
    }
    Ok(written(&found))
}
