//! The columns of the portal's data sources, and where in its objects their values stand.

use super::fields::Mapped;
use crate::sdk::rows::Kind::{Date, Flag, Integer, Real, Text};

const STUDY: Mapped = Mapped::required("study_id", Text, "/studyId", "The study's id, such as acc_tcga");
const PROFILE: Mapped =
    Mapped::required("molecular_profile_id", Text, "/molecularProfileId", "Of which molecular profile it is");
const SAMPLE: Mapped = Mapped::required("sample_id", Text, "/sampleId", "The sample, unique within its study");
const PATIENT: Mapped = Mapped::new("patient_id", Text, "/patientId", "The patient, unique within the study");
const ENTREZ: Mapped = Mapped::required("entrez_gene_id", Integer, "/entrezGeneId", "The gene's Entrez id");
const GENE: Mapped = Mapped::new("gene", Text, "/gene/hugoGeneSymbol", "The gene's Hugo symbol");
const DRIVER: Mapped = Mapped::new("driver_filter", Text, "/driverFilter", "Whether it drives, as the study says");
const DRIVER_WORDS: Mapped =
    Mapped::new("driver_filter_annotation", Text, "/driverFilterAnnotation", "Why the study says so");
const VALUE: Mapped = Mapped::new("value", Text, "/value", "The value, as it is stated");
const VALUE_NUMBER: Mapped = Mapped::new("value_number", Real, "/value", "The value, where it is a number");
const ATTRIBUTE: Mapped =
    Mapped::required("attribute_id", Text, "/clinicalAttributeId", "The attribute, such as OS_MONTHS");

pub(super) const STUDIES: &[Mapped] = &[
    STUDY,
    Mapped::new("name", Text, "/name", "Name"),
    Mapped::new("description", Text, "/description", "What it is about, with HTML in it"),
    Mapped::new("cancer_type_id", Text, "/cancerTypeId", "Type of cancer, such as brca"),
    Mapped::new("cancer_type", Text, "/cancerType/name", "Name of that type"),
    Mapped::new("reference_genome", Text, "/referenceGenome", "Reference genome, such as hg19"),
    Mapped::new("pmid", Text, "/pmid", "PubMed ids of its articles"),
    Mapped::new("citation", Text, "/citation", "How it is cited"),
    Mapped::required_list("groups", "/groups", "Groups of users that may read it"),
    Mapped::new("is_public", Flag, "/publicStudy", "Whether everybody may read it"),
    Mapped::new("import_date", Date, "/importDate", "Day on which the portal imported it"),
    Mapped::new("import_date_text", Text, "/importDate", "The same with the time, in the portal's own zone"),
    Mapped::new("sample_count", Integer, "/allSampleCount", "Samples"),
    Mapped::new("sequenced_sample_count", Integer, "/sequencedSampleCount", "Samples with mutation data"),
    Mapped::new("cna_sample_count", Integer, "/cnaSampleCount", "Samples with copy numbers"),
    Mapped::new("complete_sample_count", Integer, "/completeSampleCount", "Samples with all kinds of data"),
    Mapped::new("treatment_count", Integer, "/treatmentCount", "Treatments"),
    Mapped::new("structural_variant_count", Integer, "/structuralVariantCount", "Structural variants"),
    Mapped::whole("study", "The whole study, as it came"),
];

pub(super) const PATIENTS: &[Mapped] = &[
    STUDY,
    Mapped::required("patient_id", Text, "/patientId", "The patient, unique within the study"),
    Mapped::new("unique_patient_key", Text, "/uniquePatientKey", "Unique in the portal"),
];

pub(super) const SAMPLES: &[Mapped] = &[
    STUDY,
    SAMPLE,
    PATIENT,
    Mapped::new("sample_type", Text, "/sampleType", "Type, such as Primary Solid Tumor"),
    Mapped::new("is_sequenced", Flag, "/sequenced", "Whether there are mutation data"),
    Mapped::new("has_segments", Flag, "/copyNumberSegmentPresent", "Whether there are copy number segments"),
    Mapped::new("unique_sample_key", Text, "/uniqueSampleKey", "Unique in the portal"),
    Mapped::new("unique_patient_key", Text, "/uniquePatientKey", "Unique in the portal"),
];

pub(super) const CLINICAL_ATTRIBUTES: &[Mapped] = &[
    STUDY,
    ATTRIBUTE,
    Mapped::new("display_name", Text, "/displayName", "What people call it"),
    Mapped::new("description", Text, "/description", "What it means"),
    Mapped::new("datatype", Text, "/datatype", "STRING, NUMBER or BOOLEAN"),
    Mapped::new("is_of_patient", Flag, "/patientAttribute", "Whether patients have it, rather than samples"),
    Mapped::new("priority", Text, "/priority", "How far up it is shown; 0 is not at all"),
];

pub(super) const PATIENT_CLINICAL_DATA: &[Mapped] = &[
    STUDY,
    Mapped::required("patient_id", Text, "/patientId", "The patient, unique within the study"),
    ATTRIBUTE,
    VALUE,
    VALUE_NUMBER,
];

pub(super) const SAMPLE_CLINICAL_DATA: &[Mapped] = &[STUDY, SAMPLE, PATIENT, ATTRIBUTE, VALUE, VALUE_NUMBER];

pub(super) const MOLECULAR_PROFILES: &[Mapped] = &[
    STUDY,
    Mapped::required("molecular_profile_id", Text, "/molecularProfileId", "Its id, such as acc_tcga_mutations"),
    Mapped::new("alteration_type", Text, "/molecularAlterationType", "Such as MUTATION_EXTENDED or MRNA_EXPRESSION"),
    Mapped::new("datatype", Text, "/datatype", "Such as MAF, DISCRETE, CONTINUOUS or Z-SCORE"),
    Mapped::new("name", Text, "/name", "Name"),
    Mapped::new("description", Text, "/description", "What it is"),
    Mapped::new("is_shown_in_analysis", Flag, "/showProfileInAnalysisTab", "Whether the portal's analysis shows it"),
    Mapped::new("is_of_patients", Flag, "/patientLevel", "Whether its values belong to patients"),
    Mapped::new("generic_assay_type", Text, "/genericAssayType", "Type of a generic assay"),
    Mapped::whole("molecular_profile", "The whole profile, as it came"),
];

pub(super) const SAMPLE_LISTS: &[Mapped] = &[
    STUDY,
    Mapped::required("sample_list_id", Text, "/sampleListId", "Its id, such as acc_tcga_sequenced"),
    Mapped::new("category", Text, "/category", "Such as all_cases_with_mutation_data"),
    Mapped::new("name", Text, "/name", "Name"),
    Mapped::new("description", Text, "/description", "Which samples these are"),
    Mapped::new("sample_count", Integer, "/sampleCount", "How many"),
    Mapped::required_list("sample_ids", "/sampleIds", "The samples"),
];

pub(super) const MUTATIONS: &[Mapped] = &[
    STUDY,
    PROFILE,
    SAMPLE,
    PATIENT,
    ENTREZ,
    GENE,
    Mapped::new("chromosome", Text, "/chr", "Chromosome"),
    Mapped::new("start_position", Integer, "/startPosition", "First base, counted from 1"),
    Mapped::new("end_position", Integer, "/endPosition", "Last base"),
    Mapped::new("reference_allele", Text, "/referenceAllele", "What the reference has there"),
    Mapped::new("variant_allele", Text, "/variantAllele", "What the tumour has there"),
    Mapped::new("variant_type", Text, "/variantType", "SNP, DNP, INS, DEL …"),
    Mapped::new("mutation_type", Text, "/mutationType", "Such as Missense_Mutation"),
    Mapped::new("mutation_status", Text, "/mutationStatus", "Such as Somatic or Germline"),
    Mapped::new("validation_status", Text, "/validationStatus", "Whether it was validated"),
    Mapped::new("protein_change", Text, "/proteinChange", "Such as R175H"),
    Mapped::new("protein_start", Integer, "/proteinPosStart", "First amino acid that is changed"),
    Mapped::new("protein_end", Integer, "/proteinPosEnd", "Last amino acid that is changed"),
    Mapped::new("refseq_mrna_id", Text, "/refseqMrnaId", "Transcript"),
    Mapped::new("ncbi_build", Text, "/ncbiBuild", "Genome build, such as GRCh37"),
    Mapped::new("center", Text, "/center", "Who sequenced it"),
    Mapped::new("keyword", Text, "/keyword", "Such as TP53 R175 missense"),
    Mapped::new("tumor_alt_count", Integer, "/tumorAltCount", "Reads of the tumour with it"),
    Mapped::new("tumor_ref_count", Integer, "/tumorRefCount", "Reads of the tumour without it"),
    Mapped::new("normal_alt_count", Integer, "/normalAltCount", "Reads of the normal with it"),
    Mapped::new("normal_ref_count", Integer, "/normalRefCount", "Reads of the normal without it"),
    DRIVER,
    DRIVER_WORDS,
    Mapped::whole("mutation", "The whole mutation, as it came"),
];

pub(super) const COPY_NUMBERS: &[Mapped] = &[
    STUDY,
    PROFILE,
    SAMPLE,
    PATIENT,
    ENTREZ,
    GENE,
    Mapped::required("alteration", Integer, "/alteration", "-2 for a deep deletion, 2 for an amplification"),
    DRIVER,
    DRIVER_WORDS,
    Mapped::whole("copy_number", "The whole object, as it came"),
];

pub(super) const STRUCTURAL_VARIANTS: &[Mapped] = &[
    STUDY,
    PROFILE,
    SAMPLE,
    PATIENT,
    Mapped::new("site1_entrez_gene_id", Integer, "/site1EntrezGeneId", "Gene of the first site, by Entrez id"),
    Mapped::new("site1_gene", Text, "/site1HugoSymbol", "Gene of the first site"),
    Mapped::new("site1_chromosome", Text, "/site1Chromosome", "Chromosome of the first site"),
    Mapped::new("site1_position", Integer, "/site1Position", "Place of the first site"),
    Mapped::new("site1_region", Text, "/site1Region", "Region of the first site, such as EXON"),
    Mapped::new("site1_description", Text, "/site1Description", "The first site in words"),
    Mapped::new("site2_entrez_gene_id", Integer, "/site2EntrezGeneId", "Gene of the second site, by Entrez id"),
    Mapped::new("site2_gene", Text, "/site2HugoSymbol", "Gene of the second site"),
    Mapped::new("site2_chromosome", Text, "/site2Chromosome", "Chromosome of the second site"),
    Mapped::new("site2_position", Integer, "/site2Position", "Place of the second site"),
    Mapped::new("site2_region", Text, "/site2Region", "Region of the second site"),
    Mapped::new("site2_description", Text, "/site2Description", "The second site in words"),
    Mapped::new("site2_effect_on_frame", Text, "/site2EffectOnFrame", "Whether it is in frame"),
    Mapped::new("variant_class", Text, "/variantClass", "Such as FUSION or DELETION"),
    Mapped::new("event_info", Text, "/eventInfo", "The event in words"),
    Mapped::new("connection_type", Text, "/connectionType", "How the ends are joined, such as 5to3"),
    Mapped::new("breakpoint_type", Text, "/breakpointType", "PRECISE or IMPRECISE"),
    Mapped::new("length", Integer, "/length", "Bases"),
    Mapped::new("dna_support", Text, "/dnaSupport", "Whether DNA was seen of it"),
    Mapped::new("rna_support", Text, "/rnaSupport", "Whether RNA was seen of it"),
    Mapped::new("status", Text, "/svStatus", "SOMATIC or GERMLINE"),
    Mapped::new("ncbi_build", Text, "/ncbiBuild", "Genome build, such as GRCh37"),
    Mapped::new("tumor_variant_count", Integer, "/tumorVariantCount", "Reads of the tumour with it"),
    Mapped::new("normal_variant_count", Integer, "/normalVariantCount", "Reads of the normal with it"),
    DRIVER,
    Mapped::whole("structural_variant", "The whole structural variant, as it came"),
];

pub(super) const MOLECULAR_DATA: &[Mapped] = &[
    STUDY,
    PROFILE,
    SAMPLE,
    PATIENT,
    ENTREZ,
    GENE,
    Mapped::new("value", Real, "/value", "The value, in the unit of the profile"),
];

pub(super) const GENES: &[Mapped] = &[
    ENTREZ,
    Mapped::new("gene", Text, "/hugoGeneSymbol", "Hugo symbol"),
    Mapped::new("type", Text, "/type", "Such as protein-coding"),
];
