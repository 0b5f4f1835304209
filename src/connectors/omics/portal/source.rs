//! The data sources of a portal: one for each kind of objects, with the rows of all studies.

use arrow::datatypes::SchemaRef;
use serde_json::json;

use super::columns;
use super::fields::Mapped;
use super::study::Study;
use crate::sdk::CatalogSource;
use crate::sdk::rows::{Rows, field};

/// A data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Studies,
    Patients,
    Samples,
    ClinicalAttributes,
    PatientClinicalData,
    SampleClinicalData,
    MolecularProfiles,
    SampleLists,
    Mutations,
    CopyNumbers,
    StructuralVariants,
    MolecularData,
    Genes,
}

impl Source {
    pub(super) const ALL: &'static [Self] = &[
        Self::Studies,
        Self::Patients,
        Self::Samples,
        Self::ClinicalAttributes,
        Self::PatientClinicalData,
        Self::SampleClinicalData,
        Self::MolecularProfiles,
        Self::SampleLists,
        Self::Mutations,
        Self::CopyNumbers,
        Self::StructuralVariants,
        Self::MolecularData,
        Self::Genes,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Studies => "studies",
            Self::Patients => "patients",
            Self::Samples => "samples",
            Self::ClinicalAttributes => "clinical_attributes",
            Self::PatientClinicalData => "patient_clinical_data",
            Self::SampleClinicalData => "sample_clinical_data",
            Self::MolecularProfiles => "molecular_profiles",
            Self::SampleLists => "sample_lists",
            Self::Mutations => "mutations",
            Self::CopyNumbers => "copy_numbers",
            Self::StructuralVariants => "structural_variants",
            Self::MolecularData => "molecular_data",
            Self::Genes => "genes",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Studies => "One row for each study",
            Self::Patients => "One row for each patient of each study",
            Self::Samples => "One row for each sample of each study",
            Self::ClinicalAttributes => "What is known of patients and samples, and what it means",
            Self::PatientClinicalData => "One row for each patient and clinical attribute",
            Self::SampleClinicalData => "One row for each sample and clinical attribute",
            Self::MolecularProfiles => "The kinds of molecular data that a study has",
            Self::SampleLists => "Lists of samples, such as those with mutation data",
            Self::Mutations => "One row for each mutation of each sample",
            Self::CopyNumbers => "One row for each gene of a sample that is deleted or amplified",
            Self::StructuralVariants => "One row for each structural variant of each sample",
            Self::MolecularData => "One row for each sample, molecular profile and gene",
            Self::Genes => "The genes that the portal knows",
        }
    }

    /// Whether its rows belong to studies, so that they stay as they are while these do.
    pub(super) fn is_of_studies(self) -> bool {
        !matches!(self, Self::Studies | Self::Genes)
    }

    pub(super) fn columns(self) -> &'static [Mapped] {
        match self {
            Self::Studies => columns::STUDIES,
            Self::Patients => columns::PATIENTS,
            Self::Samples => columns::SAMPLES,
            Self::ClinicalAttributes => columns::CLINICAL_ATTRIBUTES,
            Self::PatientClinicalData => columns::PATIENT_CLINICAL_DATA,
            Self::SampleClinicalData => columns::SAMPLE_CLINICAL_DATA,
            Self::MolecularProfiles => columns::MOLECULAR_PROFILES,
            Self::SampleLists => columns::SAMPLE_LISTS,
            Self::Mutations => columns::MUTATIONS,
            Self::CopyNumbers => columns::COPY_NUMBERS,
            Self::StructuralVariants => columns::STRUCTURAL_VARIANTS,
            Self::MolecularData => columns::MOLECULAR_DATA,
            Self::Genes => columns::GENES,
        }
    }

    pub(super) fn rows(self) -> Rows {
        Rows::with(self.columns().iter().map(|mapped| {
            let column = mapped.column;
            (field(column.name, column.kind, column.required, column.words), column.kind)
        }))
    }

    fn schema(self) -> SchemaRef {
        self.rows().schema()
    }

    pub(super) fn catalogue(self, studies: &[Study]) -> CatalogSource {
        let estimated_rows = match self {
            Self::Studies => Some(studies.len() as u64),
            Self::Samples => Some(studies.iter().map(|study| study.samples).sum()),
            _ => None,
        };
        CatalogSource {
            name: self.name().into(),
            sql_name: self.name().into(),
            source_type: "records".into(),
            source_path: self.name().into(),
            description: Some(self.words().into()),
            schema: self.schema(),
            // With a key, what is gone from a study that was imported anew would stay.
            primary_key: Vec::new(),
            cursor_field: None,
            estimated_rows,
            details: json!(null),
        }
    }
}
