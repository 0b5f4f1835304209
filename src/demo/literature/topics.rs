//! What the library's articles are about: a target, a disease, a substance, with the MeSH headings that go with them.

use rand::RngExt;

use super::Dice;

/// A word of MeSH: its name, its id, and of a qualifier its abbreviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mesh {
    /// Its name.
    pub name: &'static str,
    /// Its unique id.
    pub ui: &'static str,
    /// Of a qualifier, its two letters.
    pub abbreviation: &'static str,
}

/// A descriptor with its qualifiers, each with whether the article is about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshHeading {
    /// The descriptor.
    pub descriptor: Mesh,
    /// Whether the article is about it.
    pub is_major: bool,
    /// Its qualifiers, and whether the article is about each.
    pub qualifiers: Vec<(Mesh, bool)>,
}

const fn mesh(name: &'static str, ui: &'static str) -> Mesh {
    Mesh { name, ui, abbreviation: "" }
}

const fn qualifier(name: &'static str, ui: &'static str, abbreviation: &'static str) -> Mesh {
    Mesh { name, ui, abbreviation }
}

const GENETICS: Mesh = qualifier("genetics", "Q000235", "GE");
const DRUG_THERAPY: Mesh = qualifier("drug therapy", "Q000188", "DT");
const METABOLISM: Mesh = qualifier("metabolism", "Q000378", "ME");
const THERAPEUTIC_USE: Mesh = qualifier("therapeutic use", "Q000627", "TU");

const COMMON: [Mesh; 4] =
    [mesh("Humans", "D006801"), mesh("Animals", "D000818"), mesh("Mice", "D051379"), mesh("Mutation", "D009154")];

/// A subject of several articles.
pub(super) struct Topic {
    target: &'static str,
    gene: Mesh,
    disease: Mesh,
    drug: Mesh,
    pub(super) keywords: &'static [&'static str],
    pub(super) chemicals: &'static [(&'static str, &'static str, &'static str)],
}

const INHIBITORS: Mesh = mesh("Protein Kinase Inhibitors", "D047428");

static TOPICS: [Topic; 5] = [
    Topic {
        target: "BRAF",
        gene: mesh("Proto-Oncogene Proteins B-raf", "D048493"),
        disease: mesh("Melanoma", "D008545"),
        drug: INHIBITORS,
        keywords: &["BRAF V600E", "melanoma", "kinase inhibitor"],
        chemicals: &[
            ("Protein Kinase Inhibitors", "0", "D047428"),
            ("Proto-Oncogene Proteins B-raf", "EC 2.7.11.1", "D048493"),
        ],
    },
    Topic {
        target: "EGFR",
        gene: mesh("ErbB Receptors", "D066246"),
        disease: mesh("Lung Neoplasms", "D008175"),
        drug: INHIBITORS,
        keywords: &["EGFR", "non-small cell lung cancer", "acquired resistance"],
        chemicals: &[("ErbB Receptors", "EC 2.7.10.1", "D066246")],
    },
    Topic {
        target: "TP53",
        gene: mesh("Tumor Suppressor Protein p53", "D016159"),
        disease: mesh("Colorectal Neoplasms", "D015179"),
        drug: mesh("Antineoplastic Agents", "D000970"),
        keywords: &["p53", "colorectal cancer"],
        chemicals: &[("Tumor Suppressor Protein p53", "0", "D016159")],
    },
    Topic {
        target: "KRAS",
        gene: mesh("Genes, ras", "D011905"),
        disease: mesh("Pancreatic Neoplasms", "D010190"),
        drug: mesh("Antineoplastic Agents", "D000970"),
        keywords: &["KRAS G12C", "pancreatic cancer", "CRISPR screen"],
        chemicals: &[("Antineoplastic Agents", "0", "D000970")],
    },
    Topic {
        target: "HER2",
        gene: mesh("Receptor, ErbB-2", "D018719"),
        disease: mesh("Breast Neoplasms", "D001943"),
        drug: mesh("Antineoplastic Agents", "D000970"),
        keywords: &["HER2", "breast cancer"],
        chemicals: &[("Receptor, ErbB-2", "EC 2.7.10.1", "D018719")],
    },
];

pub(super) fn pick(dice: &mut Dice) -> &'static Topic {
    &TOPICS[dice.random_range(0..TOPICS.len())]
}

impl Topic {
    pub(super) fn title(&self, dice: &mut Dice) -> String {
        let (target, disease) = (self.target, self.disease.name.to_lowercase());
        match dice.random_range(0..5) {
            0 => format!("Resistance to *{target}* inhibition in {disease}: a longitudinal study."),
            1 => format!("*{target}* & its neighbours: a CRISPR screen in {disease}."),
            2 => format!("Response to {target}-targeted therapy in {disease} (p < 0.05 is not enough)."),
            3 => format!("A biomarker panel for {disease} with altered *{target}*."),
            _ => format!("Single-cell profiles of *{target}*-driven {disease}."),
        }
    }

    pub(super) fn sections(&self, number: u64, dice: &mut Dice) -> Vec<(Option<&'static str>, String)> {
        let (target, disease) = (self.target, self.disease.name.to_lowercase());
        let (cohort, rate) = (dice.random_range(20..900), dice.random_range(10..80));
        let why = format!("How tumours escape from the inhibition of {target} is not known for {disease}.");
        let how = format!("We followed {cohort} patients and sequenced what came back after treatment.");
        let what = format!("A response was seen in {rate}% (p < 0.01); IC50 was {}.{} nM.", rate / 3, cohort % 10);
        let then = format!("Combination therapy against {target} deserves a trial in {disease}.");
        match number % 6 {
            // Letters have none.
            2 => Vec::new(),
            4 => vec![(None, [why, how, what, then].join(" "))],
            _ => vec![
                (Some("BACKGROUND"), why),
                (Some("METHODS"), how),
                (Some("RESULTS"), what),
                (Some("CONCLUSIONS"), then),
            ],
        }
    }

    pub(super) fn headings(&self, dice: &mut Dice) -> Vec<MeshHeading> {
        let is_genetic = dice.random_range(0..2) == 0;
        let plain = |descriptor| MeshHeading { descriptor, is_major: false, qualifiers: Vec::new() };
        let common = 1 + dice.random_range(0..COMMON.len());
        let mut headings: Vec<MeshHeading> = COMMON[..common].iter().copied().map(plain).collect();
        headings.push(MeshHeading {
            descriptor: self.disease,
            is_major: false,
            qualifiers: vec![(DRUG_THERAPY, true), (GENETICS, is_genetic)],
        });
        headings.push(MeshHeading {
            descriptor: self.gene,
            is_major: !is_genetic,
            qualifiers: vec![(METABOLISM, false)],
        });
        headings.push(MeshHeading {
            descriptor: self.drug,
            is_major: true,
            qualifiers: vec![(THERAPEUTIC_USE, false)],
        });
        headings
    }
}
