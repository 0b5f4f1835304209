//! The objects of the API, as the portal writes them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde_json::{Value, json};

use crate::demo::cohort::{Copies, Fusion, GENES, Gene, Mutation, Patient, Sample, Study};

pub(super) fn study(study: &Study, may_read: bool) -> Value {
    let samples = samples(study).count();
    json!({
        "studyId": study.id, "cancerTypeId": study.cancer_type, "name": study.name, "description": study.description,
        "publicStudy": true, "pmid": "90000001", "citation": "Imagined et al.", "groups": "PUBLIC;DEMO", "status": 0,
        "importDate": study.imported.format("%Y-%m-%d %H:%M:%S").to_string(),
        "allSampleCount": samples, "sequencedSampleCount": samples, "cnaSampleCount": samples,
        "mrnaRnaSeqSampleCount": 0, "mrnaRnaSeqV2SampleCount": samples, "mrnaMicroarraySampleCount": 0,
        "miRnaSampleCount": 0, "methylationHm27SampleCount": 0, "rppaSampleCount": 0, "massSpectrometrySampleCount": 0,
        "completeSampleCount": samples, "referenceGenome": "hg19", "treatmentCount": 0,
        "structuralVariantCount": self::samples(study).map(|(_, sample)| sample.fusions.len()).sum::<usize>(),
        "cancerType": { "cancerTypeId": study.cancer_type, "name": study.cancer_name, "dedicatedColor": "HotPink",
            "shortName": study.cancer_type.to_uppercase(), "parent": study.cancer_parent },
        "readPermission": may_read, "resourceCounts": [],
    })
}

/// All samples of a study, each with its patient.
pub(super) fn samples(study: &Study) -> impl Iterator<Item = (&Patient, &Sample)> {
    study.patients.iter().flat_map(|patient| patient.samples.iter().map(move |sample| (patient, sample)))
}

pub(super) fn patient(study: &Study, patient: &Patient) -> Value {
    json!({ "uniquePatientKey": key(&patient.id, study), "patientId": patient.id, "studyId": study.id })
}

pub(super) fn sample(study: &Study, patient: &Patient, sample: &Sample) -> Value {
    let kind = if sample.kind == "Primary" { "Primary Solid Tumor" } else { "Metastatic" };
    let mut object = owner(study, patient, sample);
    object["sampleType"] = json!(kind);
    object["sequenced"] = json!(true);
    object["copyNumberSegmentPresent"] = json!(false);
    object
}

/// What says whose an object is.
fn owner(study: &Study, patient: &Patient, sample: &Sample) -> Value {
    json!({
        "uniqueSampleKey": key(&sample.id, study), "uniquePatientKey": key(&patient.id, study), "sampleId": sample.id,
        "patientId": patient.id, "studyId": study.id,
    })
}

fn key(id: &str, study: &Study) -> String {
    BASE64_STANDARD_NO_PAD.encode(format!("{id}:{}", study.id))
}

pub(super) fn gene(gene: Gene) -> Value {
    json!({ "entrezGeneId": gene.entrez, "hugoGeneSymbol": gene.symbol, "type": "protein-coding" })
}

/// Id, name, type, and whether patients have it.
const ATTRIBUTES: &[(&str, &str, &str, bool)] = &[
    ("AGE", "Diagnosis Age", "NUMBER", true),
    ("CANCER_TYPE", "Cancer Type", "STRING", false),
    ("MUTATION_COUNT", "Mutation Count", "NUMBER", false),
    ("OS_MONTHS", "Overall Survival (Months)", "NUMBER", true),
    ("OS_STATUS", "Overall Survival Status", "STRING", true),
    ("SAMPLE_TYPE", "Sample Type", "STRING", false),
    ("SEX", "Sex", "STRING", true),
    ("SUBTYPE", "Subtype", "STRING", true),
    ("TUMOR_PURITY", "Tumor Purity", "NUMBER", false),
    ("TUMOR_STAGE", "Tumor Stage", "STRING", true),
];

pub(super) fn clinical_attributes(study: &Study) -> Vec<Value> {
    let attribute = |(id, name, datatype, of_patient): &(&str, &str, &str, bool)| {
        json!({ "displayName": name, "description": name, "datatype": datatype, "patientAttribute": of_patient,
            "priority": "1", "clinicalAttributeId": id, "studyId": study.id })
    };
    ATTRIBUTES.iter().map(attribute).collect()
}

pub(super) fn patient_data(study: &Study, patient: &Patient) -> Vec<Value> {
    let values = [
        ("AGE", patient.age.map(|age| age.to_string())),
        ("OS_MONTHS", Some(format!("{}.{}", patient.survival_tenths / 10, patient.survival_tenths % 10))),
        ("OS_STATUS", Some(if patient.is_dead { "1:DECEASED" } else { "0:LIVING" }.to_owned())),
        ("SEX", Some(patient.sex.to_owned())),
        ("SUBTYPE", Some(patient.subtype.to_owned())),
        ("TUMOR_STAGE", Some(patient.stage.to_owned())),
    ];
    // What is not known is not stated.
    let stated = values.into_iter().filter_map(|(id, value)| Some((id, value?)));
    let object = |(id, value): (&str, String)| {
        json!({ "uniquePatientKey": key(&patient.id, study), "patientId": patient.id, "studyId": study.id,
            "clinicalAttributeId": id, "value": value })
    };
    stated.map(object).collect()
}

pub(super) fn sample_data(study: &Study, patient: &Patient, sample: &Sample) -> Vec<Value> {
    let values = [
        ("CANCER_TYPE", study.cancer_name.to_owned()),
        ("MUTATION_COUNT", sample.mutations.len().to_string()),
        ("SAMPLE_TYPE", sample.kind.to_owned()),
        ("TUMOR_PURITY", format!("0.{:02}", sample.purity)),
    ];
    let object = |(id, value): (&str, String)| {
        let mut object = owner(study, patient, sample);
        object["clinicalAttributeId"] = json!(id);
        object["value"] = json!(value);
        object
    };
    values.into_iter().map(object).collect()
}

/// Ending of its id, type of alteration, datatype, name.
const PROFILES: &[(&str, &str, &str, &str)] = &[
    ("gistic", "COPY_NUMBER_ALTERATION", "DISCRETE", "Putative copy-number alterations from GISTIC"),
    ("mutations", "MUTATION_EXTENDED", "MAF", "Mutations"),
    ("rna_seq_v2_mrna", "MRNA_EXPRESSION", "CONTINUOUS", "mRNA Expression (RNA Seq V2 RSEM)"),
    ("structural_variants", "STRUCTURAL_VARIANT", "SV", "Structural variants"),
];

pub(super) fn molecular_profiles(study: &Study) -> Vec<Value> {
    let profile = |(ending, kind, datatype, name): &(&str, &str, &str, &str)| {
        json!({ "molecularAlterationType": kind, "datatype": datatype, "name": name, "description": name,
            "showProfileInAnalysisTab": true, "patientLevel": false,
            "molecularProfileId": format!("{}_{ending}", study.id), "studyId": study.id })
    };
    PROFILES.iter().map(profile).collect()
}

pub(super) fn sample_lists(study: &Study, is_detailed: bool) -> Vec<Value> {
    let lists = [
        ("all", "all_cases_in_study", "All samples"),
        ("sequenced", "all_cases_with_mutation_data", "Samples with mutation data"),
    ];
    let ids: Vec<&str> = samples(study).map(|(_, sample)| sample.id.as_str()).collect();
    let list = |(ending, category, name): (&str, &str, &str)| {
        let mut list = json!({ "category": category, "name": name, "description": name,
            "sampleListId": format!("{}_{ending}", study.id), "studyId": study.id });
        if is_detailed {
            list["sampleCount"] = json!(ids.len());
            list["sampleIds"] = json!(ids);
        }
        list
    };
    lists.into_iter().map(list).collect()
}

pub(super) fn mutation(whose: (&Study, &Patient, &Sample), profile: &str, one: &Mutation, is_detailed: bool) -> Value {
    let (study, patient, sample) = whose;
    let mut object = owner(study, patient, sample);
    let rest = json!({
        "molecularProfileId": profile, "entrezGeneId": one.gene.entrez, "center": "demo.example.org",
        "mutationStatus": "Somatic", "validationStatus": "Untested", "tumorAltCount": one.alt_count,
        "tumorRefCount": one.ref_count, "startPosition": one.start, "endPosition": one.start,
        "referenceAllele": one.reference, "proteinChange": one.protein_change, "mutationType": one.kind,
        "ncbiBuild": "GRCh37", "variantType": if one.variant == "-" { "DEL" } else { "SNP" },
        "chr": one.gene.chromosome, "variantAllele": one.variant, "proteinPosStart": one.protein_position,
        "proteinPosEnd": one.protein_position, "keyword": format!("{} {}", one.gene.symbol, one.protein_change),
        "refseqMrnaId": "NM_900000.1",
    });
    extend(&mut object, rest);
    if is_detailed {
        object["gene"] = gene(one.gene);
    }
    object
}

pub(super) fn copy_number(whose: (&Study, &Patient, &Sample), profile: &str, one: Copies, is_detailed: bool) -> Value {
    let (study, patient, sample) = whose;
    let mut object = owner(study, patient, sample);
    extend(
        &mut object,
        json!({ "molecularProfileId": profile, "entrezGeneId": one.gene.entrez, "alteration": one.alteration }),
    );
    if is_detailed {
        object["gene"] = gene(one.gene);
    }
    object
}

pub(super) fn structural_variant(whose: (&Study, &Patient, &Sample), profile: &str, one: Fusion) -> Value {
    let (study, patient, sample) = whose;
    let mut object = owner(study, patient, sample);
    let rest = json!({
        "molecularProfileId": profile, "site1HugoSymbol": one.first, "site1EntrezGeneId": 27_436,
        "site1Chromosome": "2", "site1Position": 42_522_656, "site2HugoSymbol": one.second.symbol,
        "site2EntrezGeneId": one.second.entrez, "site2Chromosome": one.second.chromosome,
        "site2Position": one.second.start + 30_833, "site2EffectOnFrame": "in-frame", "ncbiBuild": "GRCh37",
        "dnaSupport": "yes", "rnaSupport": "no", "tumorVariantCount": one.reads, "variantClass": "FUSION",
        "eventInfo": format!("{}-{} fusion", one.first, one.second.symbol), "svStatus": "SOMATIC",
    });
    extend(&mut object, rest);
    object
}

/// The value of a gene of the list.
pub(super) fn molecular_data(
    whose: (&Study, &Patient, &Sample),
    profile: &str,
    place: usize,
    is_detailed: bool,
) -> Value {
    let (study, patient, sample) = whose;
    let mut object = owner(study, patient, sample);
    let value = if profile.ends_with("_gistic") {
        let copies = sample.copies.iter().find(|one| one.gene == GENES[place]);
        json!(copies.map_or(0, |one| one.alteration))
    } else {
        json!(sample.expression[place] as f64 / 1000.)
    };
    extend(&mut object, json!({ "molecularProfileId": profile, "entrezGeneId": GENES[place].entrez, "value": value }));
    if is_detailed {
        object["gene"] = gene(GENES[place]);
    }
    object
}

fn extend(object: &mut Value, rest: Value) {
    if let (Value::Object(object), Value::Object(rest)) = (object, rest) {
        object.extend(rest);
    }
}
