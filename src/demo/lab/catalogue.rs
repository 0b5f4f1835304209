//! What the laboratory has and whom it works for.

use chrono::{Days, NaiveDate};
use rand::RngExt;

use super::{Dice, LabSize, rounded};

/// Somebody who sends samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its number, such as `CL-01`.
    pub id: String,
    /// What it is called.
    pub name: &'static str,
    /// Where it is.
    pub city: &'static str,
    /// Its country.
    pub country: &'static str,
    /// Whom to ask there: given and family name.
    pub contact: (&'static str, &'static str),
}

/// What samples are measured for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its number, such as `PRJ-001`.
    pub id: String,
    /// What it is called.
    pub title: &'static str,
    /// Whose it is: a place in the list of clients.
    pub client: usize,
}

/// Something that is tested.
#[derive(Clone, Debug, PartialEq)]
pub struct Compound {
    /// Its number, such as `KX-4-07`.
    pub id: String,
    /// The series that it belongs to, such as `KX-4`.
    pub series: &'static str,
    /// Whose it is: a place in the list of projects.
    pub project: usize,
    /// Grams a mole.
    pub molecular_weight: f64,
    /// What is left of the usual half-maximal inhibition with it.
    pub(super) inhibition: f64,
    /// What is left of the usual viability with it.
    pub(super) viability: f64,
}

/// What the laboratory measures with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// Its number, such as `INS-02`.
    pub id: String,
    /// What it is called.
    pub name: &'static str,
    /// What it is, such as `Plate reader`.
    pub kind: &'static str,
    /// Its model.
    pub model: &'static str,
    /// Its serial number.
    pub serial: String,
    /// Where it stands.
    pub room: &'static str,
    /// Since when it is there.
    pub installed: NaiveDate,
}

/// What the laboratory measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TestType {
    /// Its keyword, such as `IC50`.
    pub keyword: &'static str,
    /// In words.
    pub name: &'static str,
    /// The department's name.
    pub category: &'static str,
    /// The unit of its values.
    pub unit: &'static str,
    /// The kind of instrument that measures it.
    pub instrument_kind: &'static str,
    /// What is found usually.
    pub usual: f64,
    /// The relative deviation of one value.
    pub spread: f64,
    /// Decimals of its values.
    pub decimals: i32,
    /// Hours that it usually takes from the receipt of a sample.
    pub hours: f64,
    /// What it costs.
    pub price: f64,
}

/// Who measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Analyst {
    /// The name to sign in with.
    pub username: &'static str,
    /// Given name.
    pub given: &'static str,
    /// Family name.
    pub family: &'static str,
}

/// What a sample is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleType {
    /// What it is called.
    pub name: &'static str,
    /// What the numbers of its samples begin with.
    pub prefix: &'static str,
    /// The least that is needed of it.
    pub least: &'static str,
    /// Whether it is dangerous.
    pub hazardous: bool,
    /// Days that it keeps.
    pub keeps_days: u32,
}

/// What samples are taken of.
pub const SAMPLE_TYPES: [SampleType; 6] = [
    SampleType { name: "Plasma", prefix: "PL", least: "2 mL", hazardous: false, keeps_days: 180 },
    SampleType { name: "Serum", prefix: "SE", least: "1 mL", hazardous: false, keeps_days: 180 },
    SampleType { name: "Cell lysate", prefix: "LY", least: "200 uL", hazardous: false, keeps_days: 60 },
    SampleType { name: "Tissue", prefix: "TI", least: "50 mg", hazardous: true, keeps_days: 365 },
    SampleType { name: "Whole blood", prefix: "WB", least: "4 mL", hazardous: true, keeps_days: 14 },
    SampleType { name: "Culture supernatant", prefix: "CS", least: "500 uL", hazardous: false, keeps_days: 30 },
];

/// Compounds that are alike.
struct Series {
    name: &'static str,
    /// What is left of inhibition with them: at the least and at the most.
    inhibition: (f64, f64),
    /// What is left of viability with them.
    viability: (f64, f64),
}

const SERIES: [Series; 6] = [
    Series { name: "KX-1", inhibition: (0.75, 1.35), viability: (0.86, 0.98) },
    // Potent, and poison.
    Series { name: "KX-2", inhibition: (0.18, 0.32), viability: (0.45, 0.62) },
    Series { name: "KX-3", inhibition: (0.60, 1.60), viability: (0.80, 0.97) },
    // Potent, and mild: the promising one.
    Series { name: "KX-4", inhibition: (0.06, 0.12), viability: (0.96, 1.00) },
    Series { name: "KX-5", inhibition: (0.85, 1.20), viability: (0.70, 0.90) },
    Series { name: "KX-6", inhibition: (0.90, 1.70), viability: (0.88, 0.99) },
];
/// Compounds of a series.
const OF_A_SERIES: usize = 10;

pub(super) fn clients() -> Vec<Client> {
    let all = [
        ("Imagined Pharma", "Basel", "Switzerland", ("Mira", "Steiner")),
        ("Hanseatic Biologics", "Hamburg", "Germany", ("Jonas", "Petersen")),
        ("Fenland Therapeutics", "Cambridge", "United Kingdom", ("Aoife", "Brennan")),
        ("Moravia Oncology", "Brno", "Czechia", ("Jana", "Dvořáková")),
        ("Øresund Peptides", "København", "Denmark", ("Søren", "Lindqvist")),
        ("In-house Discovery", "Brno", "Czechia", ("Priya", "Nair")),
    ];
    let numbered = all.into_iter().zip(1..);
    numbered
        .map(|((name, city, country, contact), number)| Client {
            id: format!("CL-{number:02}"),
            name,
            city,
            country,
            contact,
        })
        .collect()
}

pub(super) fn projects() -> Vec<Project> {
    let all = [
        ("Kinase inhibitors, first wave", 0),
        ("Kinase inhibitors, second wave", 5),
        ("Melanoma panel", 3),
        ("Cytokine release study", 1),
        ("Peptide stability", 4),
        ("Lung cancer cohort", 2),
        ("Cell line authentication", 5),
        ("Toxicity screen", 0),
    ];
    let numbered = all.into_iter().zip(1..);
    numbered.map(|((title, client), number)| Project { id: format!("PRJ-{number:03}"), title, client }).collect()
}

pub(super) fn compounds(dice: &mut Dice) -> Vec<Compound> {
    let mut compounds = Vec::new();
    for (place, series) in SERIES.iter().enumerate() {
        for number in 1..=OF_A_SERIES {
            compounds.push(Compound {
                id: format!("{}-{number:02}", series.name),
                series: series.name,
                project: place,
                molecular_weight: rounded(dice.random_range(280.0..620.0), 2),
                inhibition: dice.random_range(series.inhibition.0..series.inhibition.1),
                viability: dice.random_range(series.viability.0..series.viability.1),
            });
        }
    }
    compounds
}

pub(super) fn instruments(size: &LabSize) -> Vec<Instrument> {
    let all = [
        ("Plate reader north", "Plate reader", "Lumina 3", "Room 1.04"),
        ("Plate reader south", "Plate reader", "Lumina 3", "Room 1.05"),
        ("Cytometer", "Flow cytometer", "Sortwell 12", "Room 1.11"),
        ("Cycler one", "Thermocycler", "Rotor 96", "Room 2.01"),
        ("Cycler two", "Thermocycler", "Rotor 96", "Room 2.01"),
        ("Chromatograph one", "Chromatograph", "Elute 1200", "Room 2.07"),
        ("Chromatograph two", "Chromatograph", "Elute 1200", "Room 2.07"),
        ("Mass spectrometer", "Mass spectrometer", "Orbit 240", "Room 2.08"),
        ("Sequencer", "Sequencer", "Readlong 2", "Room 3.02"),
        ("Osmometer", "Osmometer", "Freeze 10", "Room 1.02"),
    ];
    let numbered = all.into_iter().zip(1_u64..);
    numbered
        .map(|((name, kind, model, room), number)| Instrument {
            id: format!("INS-{number:02}"),
            name,
            kind,
            model,
            serial: format!("SN{}", 40_000 + number * 731),
            room,
            installed: size.first_day - Days::new(200 + number * 90),
        })
        .collect()
}

pub(super) fn tests() -> Vec<TestType> {
    let test = |keyword, name, category, unit, instrument_kind, values: (f64, f64, i32), hours, price| TestType {
        keyword,
        name,
        category,
        unit,
        instrument_kind,
        usual: values.0,
        spread: values.1,
        decimals: values.2,
        hours,
        price,
    };
    vec![
        test("IC50", "Half-maximal inhibition", "Pharmacology", "nmol/L", "Plate reader", (850., 0.06, 1), 30., 140.),
        test("VIAB", "Cell viability", "Cell biology", "%", "Flow cytometer", (92., 0.02, 1), 20., 60.),
        test("IL6", "Interleukin 6", "Immunology", "pg/mL", "Plate reader", (48., 0.08, 2), 26., 85.),
        test("QPCR", "Expression of MYC", "Genomics", "copies/uL", "Thermocycler", (1_200., 0.09, 0), 22., 70.),
        test("PURITY", "Purity", "Chemistry", "%", "Chromatograph", (95., 0.01, 2), 18., 55.),
        test("LACT", "Lactate", "Metabolomics", "umol/L", "Mass spectrometer", (1_350., 0.05, 1), 28., 120.),
        test("VAF", "Variant allele fraction", "Genomics", "%", "Sequencer", (23., 0.07, 2), 36., 310.),
        test("OSMO", "Osmolality", "Chemistry", "mOsm/kg", "Osmometer", (290., 0.015, 0), 12., 20.),
    ]
}

pub(super) fn analysts() -> Vec<Analyst> {
    let all = [
        ("edvorak", "Eva", "Dvořáková"),
        ("lmueller", "Lukas", "Müller"),
        ("tnguyen", "Thu", "Nguyen"),
        ("cokafor", "Chinua", "Okafor"),
        ("grossi", "Giulia", "Rossi"),
        ("ytanaka", "Yuki", "Tanaka"),
    ];
    all.map(|(username, given, family)| Analyst { username, given, family }).to_vec()
}
