//! The requests that a data source is read with, one after the other: pages of a list, or pieces of so many samples.

use std::collections::VecDeque;

use super::Portal;
use super::api::{Objects, Profile, Subject};
use super::place::Place;
use super::source::Source;
use crate::sdk::ConnectorError;

/// Alterations that a sample may have; most have fewer.
const ALTERATIONS: usize = 500;

/// What one request gave, and where the read stands behind it.
pub(super) struct Step {
    pub(super) objects: Objects,
    pub(super) place: Place,
    /// How much of the study is done, 0 to 1.
    pub(super) fraction: f64,
}

/// The genes that the user asks for, by Entrez id.
#[derive(Clone, Debug, Default)]
pub(super) struct Genes {
    /// Of alterations; `None` for all.
    pub(super) altered: Option<Vec<i64>>,
    pub(super) expressed: Vec<i64>,
}

/// A walk through one study.
pub(super) struct Steps<'a> {
    portal: &'a Portal,
    source: Source,
    genes: &'a Genes,
    place: Place,
    /// The first object of the last page.
    last_first: Option<String>,
    /// The samples or patients of the study; asked for when first needed.
    ids: Option<Vec<String>>,
    /// The profiles that are left, that being read first; asked for when first needed.
    profiles: Option<VecDeque<Profile>>,
    of_profiles: usize,
}

impl<'a> Steps<'a> {
    /// From a place on.
    pub(super) fn from(portal: &'a Portal, source: Source, genes: &'a Genes, place: Place) -> Self {
        Self { portal, source, genes, place, last_first: None, ids: None, profiles: None, of_profiles: 0 }
    }

    /// The next request's objects; `None` behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<Step>, ConnectorError> {
        if self.place.is_done {
            return Ok(None);
        }
        match self.source {
            // The list is known already.
            Source::Studies => Ok(None),
            Source::Patients | Source::Samples | Source::Genes => self.page().await.map(Some),
            Source::ClinicalAttributes => self.list("clinical-attributes", "DETAILED").await.map(Some),
            Source::MolecularProfiles => self.list("molecular-profiles", "SUMMARY").await.map(Some),
            Source::SampleLists => self.list("sample-lists", "DETAILED").await.map(Some),
            Source::PatientClinicalData => self.clinical_data(Subject::Patient).await,
            Source::SampleClinicalData => self.clinical_data(Subject::Sample).await,
            Source::Mutations | Source::CopyNumbers | Source::StructuralVariants | Source::MolecularData => {
                self.of_profile().await
            }
        }
    }

    async fn page(&mut self) -> Result<Step, ConnectorError> {
        let page = self.place.page;
        let objects = self.objects(page).await?;
        let first = objects.first().map(|first| first.get().to_owned());
        if page > 0 && first.is_some() && first == self.last_first {
            let message = format!("the portal gives the same page of {} again and again", self.source.name());
            return Err(ConnectorError::Protocol { message, cause: None });
        }
        self.last_first = first;
        // One that does not page gives all at once.
        self.place.is_done = objects.len() != self.portal.page;
        if page == 0 && !objects.is_empty() && objects.len() < self.portal.page {
            self.expect_no_more(objects.len()).await?;
        }
        self.place.page += 1;
        let fraction = if self.place.is_done { 1. } else { 0. };
        Ok(Step { objects, place: self.place.clone(), fraction })
    }

    async fn objects(&self, page: u64) -> Result<Objects, ConnectorError> {
        let study = self.place.study.as_str();
        match self.source {
            Source::Patients => self.portal.subjects(study, Subject::Patient, page).await,
            Source::Samples => self.portal.subjects(study, Subject::Sample, page).await,
            _ => self.portal.genes(page).await,
        }
    }

    /// Looks behind a first page that is short, as it is where there is no more, and where the portal gives no larger ones: then
    /// it is not known how its pages are counted.
    ///
    /// # Errors
    /// `Config` where there is more.
    async fn expect_no_more(&self, given: usize) -> Result<(), ConnectorError> {
        let behind = self.objects(1).await?;
        let is_more = behind.first().is_some_and(|first| Some(first.get()) != self.last_first.as_deref());
        if !is_more {
            return Ok(());
        }
        let (size, name) = (self.portal.page, self.source.name());
        let message = format!("is {size}, and the portal gives no more than {given} {name} at once: set it to {given}");
        Err(ConnectorError::config("connectionConfig.page_size", message))
    }

    async fn list(&mut self, what: &str, projection: &str) -> Result<Step, ConnectorError> {
        let objects = self.portal.list_of(&self.place.study, what, projection).await?;
        self.place.is_done = true;
        Ok(Step { objects, place: self.place.clone(), fraction: 1. })
    }

    async fn clinical_data(&mut self, subject: Subject) -> Result<Option<Step>, ConnectorError> {
        let size = self.portal.page;
        let Some((piece, fraction)) = self.piece(subject, size).await? else {
            self.place.is_done = true;
            return Ok(None);
        };
        let objects = self.portal.clinical_data(&self.place.study, subject, &piece).await?;
        self.place.after = piece.into_iter().next_back();
        Ok(Some(Step { objects, place: self.place.clone(), fraction }))
    }

    async fn of_profile(&mut self) -> Result<Option<Step>, ConnectorError> {
        loop {
            let Some(profile) = self.profile().await? else {
                self.place.is_done = true;
                return Ok(None);
            };
            let Some((piece, fraction)) = self.piece(Subject::Sample, self.samples()).await? else {
                if let Some(profiles) = &mut self.profiles {
                    profiles.pop_front();
                }
                self.place.after = None;
                continue;
            };
            let altered = self.genes.altered.as_deref();
            let objects = match self.source {
                Source::Mutations => self.portal.of_profile(&profile, "mutations", &piece, altered).await?,
                Source::CopyNumbers => {
                    self.portal.of_profile(&profile, "discrete-copy-number", &piece, altered).await?
                }
                Source::StructuralVariants => self.portal.structural_variants(&profile, &piece, altered).await?,
                _ => {
                    let genes = Some(self.genes.expressed.as_slice());
                    self.portal.of_profile(&profile, "molecular-data", &piece, genes).await?
                }
            };
            self.place.profile = Some(profile);
            self.place.after = piece.into_iter().next_back();
            let left = self.profiles.as_ref().map_or(1, VecDeque::len);
            let fraction = (self.of_profiles.saturating_sub(left) as f64 + fraction) / self.of_profiles.max(1) as f64;
            return Ok(Some(Step { objects, place: self.place.clone(), fraction }));
        }
    }

    /// Samples that are asked for at once.
    fn samples(&self) -> usize {
        let Portal { samples, page, .. } = self.portal;
        match self.source {
            // A value is as long as an alteration, and a sample has one for each gene.
            Source::MolecularData => (samples * ALTERATIONS / self.genes.expressed.len().max(1)).clamp(1, *page),
            _ => *samples,
        }
    }

    /// The id of the profile that is being read.
    async fn profile(&mut self) -> Result<Option<String>, ConnectorError> {
        if self.profiles.is_none() {
            let all = self.portal.profiles(&self.place.study).await?;
            let fitting: Vec<Profile> = all.into_iter().filter(|profile| holds(self.source, profile)).collect();
            self.of_profiles = fitting.len();
            let is_left = |profile: &Profile| self.place.profile.as_ref().is_none_or(|place| profile.id >= *place);
            let left: VecDeque<Profile> = fitting.into_iter().filter(is_left).collect();
            if left.front().map(|first| &first.id) != self.place.profile.as_ref() {
                self.place.after = None;
            }
            self.profiles = Some(left);
        }
        Ok(self.profiles.as_ref().and_then(|profiles| profiles.front()).map(|profile| profile.id.clone()))
    }

    /// The next ids, and how much of all is done with them; `None` behind the last.
    async fn piece(&mut self, subject: Subject, size: usize) -> Result<Option<(Vec<String>, f64)>, ConnectorError> {
        if self.ids.is_none() {
            self.ids = Some(self.portal.ids(&self.place.study, subject).await?);
        }
        let ids = self.ids.as_deref().unwrap_or_default();
        let start = self.place.after.as_ref().map_or(0, |after| ids.partition_point(|id| id <= after));
        let end = (start + size).min(ids.len());
        let piece = ids[start..end].to_vec();
        Ok((!piece.is_empty()).then(|| (piece, end as f64 / ids.len() as f64)))
    }
}

/// Whether a profile has the rows of a data source.
fn holds(source: Source, profile: &Profile) -> bool {
    let kind = profile.molecular_alteration_type.as_deref().unwrap_or_default();
    let is_discrete = profile.datatype.as_deref() == Some("DISCRETE");
    match source {
        Source::Mutations => kind == "MUTATION_EXTENDED",
        Source::CopyNumbers => kind == "COPY_NUMBER_ALTERATION" && is_discrete,
        Source::StructuralVariants => kind == "STRUCTURAL_VARIANT",
        // Of genes, and numbers.
        Source::MolecularData => !matches!(
            kind,
            "MUTATION_EXTENDED" | "MUTATION_UNCALLED" | "STRUCTURAL_VARIANT" | "GENESET_SCORE" | "GENERIC_ASSAY" | ""
        ),
        _ => false,
    }
}
