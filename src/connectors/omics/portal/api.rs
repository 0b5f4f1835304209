//! The portal's requests.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Portal;
use super::study::Study;
use crate::sdk::http::{HttpResponse, Judgement, segment};
use crate::sdk::{ConnectorError, ErrorClass};

/// Objects of a list, as they came.
pub(super) type Objects = Vec<Box<RawValue>>;

/// A molecular profile, as far as a read has to know it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    #[serde(rename = "molecularProfileId")]
    pub(super) id: String,
    pub(super) molecular_alteration_type: Option<String>,
    pub(super) datatype: Option<String>,
}

/// Whose clinical data are meant, and whose ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Sample,
    Patient,
}

impl Subject {
    fn path(self) -> &'static str {
        match self {
            Self::Sample => "samples",
            Self::Patient => "patients",
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Sample => "sampleId",
            Self::Patient => "patientId",
        }
    }

    /// Of patients, more detail is the whole study with each.
    fn projection(self) -> &'static str {
        match self {
            Self::Sample => "DETAILED",
            Self::Patient => "SUMMARY",
        }
    }

    fn clinical_data_type(self) -> &'static str {
        match self {
            Self::Sample => "SAMPLE",
            Self::Patient => "PATIENT",
        }
    }
}

/// A portal that asks for a sign-in may lead to its page, with status 200.
pub(super) fn judge(response: &HttpResponse) -> Option<Judgement> {
    let is_page = response.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let words = "a page for browsers, where people sign in; give a data access token, and check that base_url is the \
                 portal's address without /api";
    (is_page && response.status().is_success()).then(|| Judgement::failed(ErrorClass::Auth, words))
}

impl Portal {
    /// The studies to read, by id. Never in pages: older portals count them from 0, newer ones from 1.
    ///
    /// # Errors
    /// `Config` where one that is asked for is not there, `Permission` where it may not be read.
    pub(super) async fn list_studies(&self) -> Result<Vec<Study>, ConnectorError> {
        let listed: Objects = self.client.get("api/studies").query("projection", "DETAILED").send().await?.json()?;
        let mut studies = BTreeMap::new();
        for raw in listed {
            let study = Study::of(raw)?;
            studies.insert(study.id.clone(), study);
        }
        let Some(wanted) = &self.studies else {
            return Ok(studies.into_values().filter(|study| study.is_readable).collect());
        };
        for id in wanted {
            match studies.get(id) {
                None => {
                    let message =
                        format!("names {id}, which the portal does not show; check the id and the credentials");
                    return Err(ConnectorError::config("connectionConfig.studies", message));
                }
                Some(study) if !study.is_readable => {
                    let message =
                        format!("the credentials may not read the study {id}; ask the portal's administrator");
                    return Err(ConnectorError::Permission { message, cause: None });
                }
                Some(_) => {}
            }
        }
        let wanted: BTreeSet<&String> = wanted.iter().collect();
        studies.retain(|id, _| wanted.contains(id));
        Ok(studies.into_values().collect())
    }

    /// Reads a sample of a study, to see whether that is allowed.
    pub(super) async fn look_into(&self, study: &str) -> Result<(), ConnectorError> {
        let samples = self.client.get(of_study(study, "samples")).query("projection", "ID");
        samples.query("pageSize", 1).query("pageNumber", 0).send().await.map(drop)
    }

    /// A page of the samples or patients of a study, in the order of their ids.
    pub(super) async fn subjects(&self, study: &str, subject: Subject, page: u64) -> Result<Objects, ConnectorError> {
        let request = self.client.get(of_study(study, subject.path())).query("projection", subject.projection());
        let request = request.query("pageSize", self.page).query("pageNumber", page);
        request.query("sortBy", subject.id()).query("direction", "ASC").send().await?.json()
    }

    /// The ids of all samples or patients of a study, in order.
    pub(super) async fn ids(&self, study: &str, subject: Subject) -> Result<Vec<String>, ConnectorError> {
        let request = self.client.get(of_study(study, subject.path())).query("projection", "ID").send().await?;
        let listed: Vec<Value> = request.json()?;
        let ids: BTreeSet<String> =
            listed.iter().filter_map(|one| one[subject.id()].as_str().map(str::to_owned)).collect();
        Ok(ids.into_iter().collect())
    }

    /// A list of a study that is not long: its clinical attributes, molecular profiles or sample lists.
    pub(super) async fn list_of(&self, study: &str, what: &str, projection: &str) -> Result<Objects, ConnectorError> {
        self.client.get(of_study(study, what)).query("projection", projection).send().await?.json()
    }

    pub(super) async fn profiles(&self, study: &str) -> Result<Vec<Profile>, ConnectorError> {
        let request = self.client.get(of_study(study, "molecular-profiles")).query("projection", "SUMMARY");
        let mut profiles: Vec<Profile> = request.send().await?.json()?;
        profiles.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(profiles)
    }

    /// All clinical data of these samples or patients.
    pub(super) async fn clinical_data(
        &self,
        study: &str,
        subject: Subject,
        ids: &[String],
    ) -> Result<Objects, ConnectorError> {
        let request = self.client.post(of_study(study, "clinical-data/fetch")).idempotent();
        let request = request.query("clinicalDataType", subject.clinical_data_type()).query("projection", "SUMMARY");
        request.json(&json!({ "ids": ids })).send().await?.json()
    }

    /// What a molecular profile holds of these samples and genes; `what` is `mutations`, `discrete-copy-number` or
    /// `molecular-data`.
    pub(super) async fn of_profile(
        &self,
        profile: &str,
        what: &str,
        samples: &[String],
        genes: Option<&[i64]>,
    ) -> Result<Objects, ConnectorError> {
        let path = format!("api/molecular-profiles/{}/{what}/fetch", segment(profile));
        let request = self.client.post(path).idempotent().query("projection", "DETAILED");
        let request = if what == "discrete-copy-number" {
            request.query("discreteCopyNumberEventType", "HOMDEL_AND_AMP")
        } else {
            request
        };
        request.json(&filter(json!({ "sampleIds": samples }), genes)).send().await?.json()
    }

    /// The structural variants of these samples and genes.
    pub(super) async fn structural_variants(
        &self,
        profile: &str,
        samples: &[String],
        genes: Option<&[i64]>,
    ) -> Result<Objects, ConnectorError> {
        let pair = |sample: &String| json!({ "molecularProfileId": profile, "sampleId": sample });
        let pairs: Vec<Value> = samples.iter().map(pair).collect();
        let request = self.client.post("api/structural-variant/fetch").idempotent();
        request.json(&filter(json!({ "sampleMolecularIdentifiers": pairs }), genes)).send().await?.json()
    }

    /// A page of the portal's genes, by Entrez id.
    pub(super) async fn genes(&self, page: u64) -> Result<Objects, ConnectorError> {
        let request = self.client.get("api/genes").query("projection", "SUMMARY");
        let request = request.query("pageSize", self.page).query("pageNumber", page);
        request.query("sortBy", "entrezGeneId").query("direction", "ASC").send().await?.json()
    }

    /// The Entrez ids of genes that the user names by Hugo symbol or Entrez id, in order.
    ///
    /// # Errors
    /// `Config` of `setting` where the portal does not know one.
    pub(super) async fn entrez_ids(&self, setting: &str, names: &[String]) -> Result<Vec<i64>, ConnectorError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Gene {
            entrez_gene_id: i64,
            hugo_gene_symbol: String,
        }
        let (ids, symbols): (Vec<&str>, Vec<&str>) =
            names.iter().map(|name| name.trim()).partition(|name| name.parse::<i64>().is_ok());
        let mut found = BTreeSet::new();
        for (kind, names) in [("ENTREZ_GENE_ID", ids), ("HUGO_GENE_SYMBOL", symbols)] {
            if names.is_empty() {
                continue;
            }
            let request = self.client.post("api/genes/fetch").idempotent().query("geneIdType", kind);
            let genes: Vec<Gene> = request.query("projection", "SUMMARY").json(&names).send().await?.json()?;
            let is_known = |name: &str| {
                genes.iter().any(|gene| {
                    gene.hugo_gene_symbol.eq_ignore_ascii_case(name) || gene.entrez_gene_id.to_string() == name
                })
            };
            if let Some(stranger) = names.iter().find(|name| !is_known(name)) {
                let message = format!("names {stranger}, which is no gene of the portal; write TP53 or 7157");
                return Err(ConnectorError::config(format!("connectionConfig.{setting}"), message));
            }
            found.extend(genes.iter().map(|gene| gene.entrez_gene_id));
        }
        Ok(found.into_iter().collect())
    }
}

fn of_study(study: &str, what: &str) -> String {
    format!("api/studies/{}/{what}", segment(study))
}

/// A filter of the API, with the genes where only some are asked for.
fn filter(mut filter: Value, genes: Option<&[i64]>) -> Value {
    if let Some(genes) = genes {
        filter["entrezGeneIds"] = json!(genes);
    }
    filter
}
