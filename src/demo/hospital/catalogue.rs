//! What the hospital knows by heart: its wards, what people come with, and what its laboratory measures.

/// A ward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ward {
    /// What people call it.
    pub name: &'static str,
    /// What stands on its door, as patient records have it.
    pub door: &'static str,
    /// Its beds, at size factor 1.
    pub(super) beds: usize,
    /// How many beds are asked for, as a share of those that are there.
    pub(super) demand: f64,
}

/// What somebody is treated for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diagnosis {
    /// Its code in SNOMED CT.
    pub code: &'static str,
    /// In words.
    pub name: &'static str,
    /// The ward that treats it, by its place in [`WARDS`].
    pub(super) ward: usize,
    /// How often it comes, beside the others of its ward.
    pub(super) weight: f64,
    /// How many days it takes in the mean.
    pub(super) days: f64,
    /// Demand in each month, January first.
    pub(super) months: &'static [f64; 12],
    /// How likely somebody is back within a month.
    pub(super) comes_back: f64,
    /// Who gets it.
    pub(super) of: Who,
}

/// Who gets something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Anybody.
    Anybody,
    /// Those who are old.
    Old,
    /// Those who have this chronic condition, by its place in [`CHRONIC`].
    Chronic(usize),
}

/// A chronic condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chronic {
    /// Its code in SNOMED CT.
    pub code: &'static str,
    /// In words.
    pub name: &'static str,
}

/// What the laboratory measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// Its code in LOINC.
    pub code: &'static str,
    /// LOINC's words for it.
    pub display: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Its unit, in UCUM.
    pub unit: &'static str,
    /// The usual range, in hundredths of the unit.
    pub range: (i64, i64),
    /// Mean and spread of most people, in the unit.
    pub(super) usual: (f64, f64),
}

const STEADY: &[f64; 12] = &[1.0; 12];
const WINTER: &[f64; 12] = &[2.1, 1.9, 1.35, 0.85, 0.6, 0.45, 0.4, 0.45, 0.65, 1.0, 1.5, 2.2];
const SUMMER: &[f64; 12] = &[0.8, 0.8, 0.9, 0.9, 1.1, 1.3, 1.5, 1.4, 1.0, 0.9, 0.8, 0.8];

pub(super) const INTERNAL: usize = 0;
pub(super) const SURGERY: usize = 1;
pub(super) const PULMONOLOGY: usize = 2;
pub(super) const GERIATRICS: usize = 3;

/// The wards.
pub const WARDS: &[Ward] = &[
    Ward { name: "Internal Medicine", door: "Station 1 - Internal Med.", beds: 12, demand: 0.78 },
    Ward { name: "Surgery", door: "Station 2 - Surgery", beds: 10, demand: 0.70 },
    Ward { name: "Pulmonology", door: "Station 3 - Pneumology", beds: 14, demand: 0.5 },
    Ward { name: "Geriatrics", door: "Station 4 - Geriatric Care", beds: 8, demand: 2.0 },
];

const HEART_FAILURE: usize = 0;
pub(super) const KIDNEY: usize = 1;
const DIABETES: usize = 2;
const COPD: usize = 3;

/// Chronic conditions; nobody has more than one of them.
pub const CHRONIC: &[Chronic] = &[
    Chronic { code: "84114007", name: "Heart failure" },
    Chronic { code: "709044004", name: "Chronic kidney disease" },
    Chronic { code: "44054006", name: "Type 2 diabetes" },
    Chronic { code: "13645005", name: "Chronic obstructive pulmonary disease" },
    Chronic { code: "38341003", name: "Hypertension" },
];
/// How likely somebody who is old has each of them; the young have them a quarter as often.
pub(super) const CHRONIC_OF_THE_OLD: &[f64] = &[0.15, 0.13, 0.14, 0.12, 0.22];

/// What people come with.
pub const DIAGNOSES: &[Diagnosis] = &[
    Diagnosis { of: Who::Chronic(HEART_FAILURE), comes_back: 0.30, ..one("84114007", "Heart failure", 0, 1.0, 7.0) },
    one("49436004", "Atrial fibrillation", INTERNAL, 1.0, 4.0),
    Diagnosis { of: Who::Chronic(DIABETES), ..one("44054006", "Type 2 diabetes", INTERNAL, 0.8, 5.0) },
    Diagnosis { of: Who::Chronic(KIDNEY), ..one("709044004", "Chronic kidney disease", INTERNAL, 0.9, 6.0) },
    one("74474003", "Gastrointestinal bleeding", INTERNAL, 0.6, 5.0),
    one("74400008", "Appendicitis", SURGERY, 1.0, 3.0),
    one("235919008", "Gallstones", SURGERY, 1.0, 4.0),
    Diagnosis { of: Who::Old, ..one("5913000", "Hip fracture", SURGERY, 0.7, 10.0) },
    one("396232000", "Inguinal hernia", SURGERY, 0.9, 2.0),
    Diagnosis { months: SUMMER, ..one("20946005", "Closed fracture", SURGERY, 0.8, 4.0) },
    Diagnosis { months: WINTER, ..one("233604007", "Pneumonia", PULMONOLOGY, 1.4, 7.0) },
    Diagnosis { months: WINTER, ..one("6142004", "Influenza", PULMONOLOGY, 0.9, 5.0) },
    Diagnosis { months: WINTER, ..one("10509002", "Acute bronchitis", PULMONOLOGY, 0.8, 4.0) },
    Diagnosis {
        months: WINTER,
        comes_back: 0.10,
        of: Who::Chronic(COPD),
        ..one("195951007", "COPD exacerbation", PULMONOLOGY, 1.0, 6.0)
    },
    Diagnosis { of: Who::Old, ..one("68566005", "Urinary tract infection", GERIATRICS, 1.0, 6.0) },
    Diagnosis { of: Who::Old, months: SUMMER, ..one("34095006", "Dehydration", GERIATRICS, 0.8, 5.0) },
    Diagnosis { of: Who::Old, ..one("2776000", "Delirium", GERIATRICS, 0.7, 9.0) },
    Diagnosis { of: Who::Old, ..one("129588001", "Fall", GERIATRICS, 0.9, 8.0) },
];

const fn one(code: &'static str, name: &'static str, ward: usize, weight: f64, days: f64) -> Diagnosis {
    Diagnosis { code, name, ward, weight, days, months: STEADY, comes_back: 0.04, of: Who::Anybody }
}

pub(super) const POTASSIUM: usize = 0;
pub(super) const PROTEIN: usize = 1;

/// What is measured of everybody who is admitted.
pub const TESTS: &[Test] = &[
    Test {
        code: "2823-3",
        display: "Potassium [Moles/volume] in Serum or Plasma",
        name: "Potassium",
        unit: "mmol/L",
        range: (350, 510),
        usual: (4.25, 0.36),
    },
    Test {
        code: "1988-5",
        display: "C reactive protein [Mass/volume] in Serum or Plasma",
        name: "C-reactive protein",
        unit: "mg/L",
        range: (0, 500),
        usual: (2.4, 1.1),
    },
    Test {
        code: "718-7",
        display: "Hemoglobin [Mass/volume] in Blood",
        name: "Hemoglobin",
        unit: "g/dL",
        range: (1_200, 1_750),
        usual: (13.8, 1.1),
    },
];
