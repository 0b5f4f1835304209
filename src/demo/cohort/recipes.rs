//! What the studies are made of: their subtypes, and what sets these apart. These are the planted facts.

/// How a study is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Id, name, and parent of its type of cancer.
    pub(super) cancer: (&'static str, &'static str, &'static str),
    pub(super) patients: usize,
    pub(super) subtypes: &'static [Subtype],
    /// The share of women, in hundredths.
    pub(super) women: u32,
}

/// A subtype of a cancer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subtype {
    pub(super) name: &'static str,
    /// Its share of the patients, in hundredths.
    pub(super) share: u32,
    /// How long half of its patients live, in months.
    pub(super) median_survival: f64,
    /// Genes that are mutated in so many hundredths of its samples.
    pub(super) mutated: &'static [(&'static str, u32)],
    /// Genes that are amplified in so many hundredths of its samples.
    pub(super) amplified: &'static [(&'static str, u32)],
    /// Genes that are deleted in so many hundredths of its samples.
    pub(super) deleted: &'static [(&'static str, u32)],
    /// A fusion that so many hundredths of its samples have.
    pub(super) fused: Option<((&'static str, &'static str), u32)>,
}

pub(super) const RECIPES: &[Recipe] = &[
    Recipe {
        id: "demo_brca_2025",
        name: "Invasive Breast Carcinoma (Imagined Cohort, 2025)",
        description: "Made-up breast cancers of four subtypes.",
        cancer: ("brca", "Invasive Breast Carcinoma", "breast"),
        patients: 160,
        women: 99,
        subtypes: &[
            Subtype {
                name: "Basal",
                share: 20,
                median_survival: 40.,
                mutated: &[("TP53", 85), ("BRCA1", 15), ("PIK3CA", 8), ("RB1", 8), ("PTEN", 8)],
                amplified: &[("MYC", 30), ("EGFR", 6)],
                deleted: &[("PTEN", 8), ("RB1", 6)],
                fused: None,
            },
            Subtype {
                name: "HER2",
                share: 15,
                median_survival: 70.,
                mutated: &[("TP53", 65), ("PIK3CA", 35), ("ERBB2", 4)],
                amplified: &[("ERBB2", 92), ("MYC", 15), ("CCND1", 12)],
                deleted: &[("CDKN2A", 4)],
                fused: None,
            },
            Subtype {
                name: "LumA",
                share: 45,
                median_survival: 150.,
                mutated: &[("PIK3CA", 45), ("GATA3", 15), ("CDH1", 14), ("MAP3K1", 12), ("TP53", 10), ("FOXA1", 5)],
                amplified: &[("CCND1", 12), ("FGFR1", 8)],
                deleted: &[],
                fused: None,
            },
            Subtype {
                name: "LumB",
                share: 20,
                median_survival: 95.,
                mutated: &[("PIK3CA", 32), ("TP53", 28), ("GATA3", 15), ("KMT2C", 8), ("ESR1", 5)],
                amplified: &[("CCND1", 25), ("FGFR1", 15), ("MYC", 15)],
                deleted: &[("RB1", 3)],
                fused: None,
            },
        ],
    },
    Recipe {
        id: "demo_luad_2024",
        name: "Lung Adenocarcinoma (Imagined Cohort, 2024)",
        description: "Made-up lung cancers of smokers and of others.",
        cancer: ("luad", "Lung Adenocarcinoma", "nsclc"),
        patients: 90,
        women: 54,
        subtypes: &[
            Subtype {
                name: "Smoker",
                share: 70,
                median_survival: 30.,
                mutated: &[("TP53", 55), ("KRAS", 40), ("STK11", 22), ("KEAP1", 20), ("NF1", 12), ("RBM10", 9)],
                amplified: &[("MYC", 10), ("TERT", 12)],
                deleted: &[("CDKN2A", 18)],
                fused: None,
            },
            Subtype {
                name: "Never smoker",
                share: 30,
                median_survival: 60.,
                mutated: &[("EGFR", 52), ("TP53", 30), ("CTNNB1", 6), ("ERBB2", 5)],
                amplified: &[("EGFR", 15), ("MET", 4)],
                deleted: &[("CDKN2A", 8)],
                fused: Some((("EML4", "ALK"), 15)),
            },
        ],
    },
    Recipe {
        id: "demo_coad_2023",
        name: "Colon Adenocarcinoma (Imagined Cohort, 2023)",
        description: "Made-up colon cancers with stable and unstable genomes.",
        cancer: ("coad", "Colon Adenocarcinoma", "coadread"),
        patients: 70,
        women: 47,
        subtypes: &[
            Subtype {
                name: "MSS",
                share: 85,
                median_survival: 65.,
                mutated: &[("APC", 78), ("TP53", 60), ("KRAS", 43), ("PIK3CA", 17), ("SMAD4", 13), ("FBXW7", 11)],
                amplified: &[("MYC", 6), ("ERBB2", 4)],
                deleted: &[("SMAD4", 4)],
                fused: None,
            },
            Subtype {
                name: "MSI",
                share: 15,
                median_survival: 110.,
                mutated: &[
                    ("BRAF", 50),
                    ("MLH1", 30),
                    ("MSH2", 20),
                    ("APC", 45),
                    ("ARID1A", 40),
                    ("KMT2D", 55),
                    ("NOTCH1", 30),
                    ("ATM", 30),
                    ("PTEN", 25),
                ],
                amplified: &[],
                deleted: &[],
                fused: None,
            },
        ],
    },
];
