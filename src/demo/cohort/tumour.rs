//! What is found in a tumour's sample.

use rand::RngExt;

use super::Dice;
use super::genes::{self, GENES, Gene};
use super::recipes::Subtype;

/// A sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Unique within the study.
    pub id: String,
    /// `Primary` or `Metastasis`.
    pub kind: &'static str,
    /// The share of tumour cells, in hundredths.
    pub purity: u32,
    /// Its mutations, by gene.
    pub mutations: Vec<Mutation>,
    /// Genes of which there are many copies, or none.
    pub copies: Vec<Copies>,
    /// Genes that are fused.
    pub fusions: Vec<Fusion>,
    /// How much is expressed of each gene of [`GENES`], in their order, in thousandths.
    pub expression: Vec<i64>,
}

/// A mutation.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutation {
    /// The gene.
    pub gene: Gene,
    /// First base, from 1.
    pub start: i64,
    /// What the reference has.
    pub reference: &'static str,
    /// What the tumour has.
    pub variant: &'static str,
    /// Such as `Missense_Mutation`.
    pub kind: &'static str,
    /// Such as `R175H`.
    pub protein_change: String,
    /// The amino acid that is changed.
    pub protein_position: i64,
    /// Reads with it.
    pub alt_count: i64,
    /// Reads without it.
    pub ref_count: i64,
}

/// Many copies of a gene, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    /// The gene.
    pub gene: Gene,
    /// 2 for many, -2 for none.
    pub alteration: i64,
}

/// Two genes that have become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fusion {
    /// The first gene, which is among [`GENES`] or not.
    pub first: &'static str,
    /// The second one.
    pub second: Gene,
    /// Reads with it.
    pub reads: i64,
}

/// Places that are hit again and again: gene, amino acid, change.
const HOTSPOTS: &[(&str, i64, &str)] = &[
    ("TP53", 175, "R175H"),
    ("TP53", 248, "R248Q"),
    ("TP53", 273, "R273H"),
    ("PIK3CA", 545, "E545K"),
    ("PIK3CA", 1047, "H1047R"),
    ("KRAS", 12, "G12D"),
    ("KRAS", 12, "G12C"),
    ("EGFR", 858, "L858R"),
    ("BRAF", 600, "V600E"),
];
const AMINO_ACIDS: &[u8] = b"ARNDCQEGHILKMFPSTWYV";
const BASES: [&str; 4] = ["A", "C", "G", "T"];

pub(super) fn sample(patient: &str, number: usize, subtype: &Subtype, dice: &mut Dice) -> Sample {
    let is_hit = |dice: &mut Dice, percent: u32| dice.random_range(0..100) < percent;
    let mut mutations = Vec::new();
    for (symbol, percent) in subtype.mutated {
        if is_hit(dice, *percent) {
            mutations.push(mutation(genes::by_symbol(symbol), dice));
        }
    }
    // And what strikes by chance, sometimes a gene twice.
    for _ in 0..dice.random_range(0..5) {
        let gene = GENES[dice.random_range(0..GENES.len())];
        let is_special = subtype.mutated.iter().any(|(symbol, _)| *symbol == gene.symbol);
        if !is_special {
            mutations.push(mutation(gene, dice));
        }
    }
    mutations.sort_by_key(|one| (one.gene.entrez, one.start));
    let mut copies = Vec::new();
    for (symbols, alteration) in [(subtype.amplified, 2), (subtype.deleted, -2)] {
        for (symbol, percent) in symbols {
            if is_hit(dice, *percent) {
                copies.push(Copies { gene: genes::by_symbol(symbol), alteration });
            }
        }
    }
    copies.sort_by_key(|one| one.gene.entrez);
    let fusions = subtype.fused.filter(|(_, percent)| is_hit(dice, *percent)).map(|((first, second), _)| Fusion {
        first,
        second: genes::by_symbol(second),
        reads: dice.random_range(4..60),
    });
    let expression = GENES.iter().map(|gene| {
        let copies = copies.iter().find(|one| one.gene == *gene).map_or(0, |one| one.alteration);
        // An amplified gene is expressed more, a lost one hardly.
        let level = match copies {
            2 => 9_000,
            -2 => 300,
            _ => 2_000,
        };
        level + dice.random_range(0..1_500)
    });
    let expression = expression.collect();
    Sample {
        id: format!("{patient}-{number:02}"),
        kind: if number == 1 { "Primary" } else { "Metastasis" },
        purity: dice.random_range(30..95),
        mutations,
        copies,
        fusions: fusions.into_iter().collect(),
        expression,
    }
}

fn mutation(gene: Gene, dice: &mut Dice) -> Mutation {
    let spots: Vec<_> = HOTSPOTS.iter().filter(|(symbol, ..)| *symbol == gene.symbol).collect();
    let (kind, protein_position, protein_change) = if !spots.is_empty() && dice.random_range(0..100) < 60 {
        let (_, position, change) = spots[dice.random_range(0..spots.len())];
        ("Missense_Mutation", *position, (*change).to_owned())
    } else {
        let position = dice.random_range(1..=gene.length);
        let mut acid = || char::from(AMINO_ACIDS[dice.random_range(0..AMINO_ACIDS.len())]);
        let (from, to) = (acid(), acid());
        match dice.random_range(0..10) {
            0 | 1 => ("Nonsense_Mutation", position, format!("{from}{position}*")),
            2 => ("Frame_Shift_Del", position, format!("{from}{position}{to}fs*{}", dice.random_range(2..40))),
            _ => ("Missense_Mutation", position, format!("{from}{position}{to}")),
        }
    };
    let reference = dice.random_range(0..BASES.len());
    let variant = (reference + dice.random_range(1..BASES.len())) % BASES.len();
    let depth = dice.random_range(60..400);
    let alt_count = depth * dice.random_range(8..55) / 100;
    Mutation {
        gene,
        // As if its coding bases lay one beside the other.
        start: gene.start + protein_position * 3,
        reference: BASES[reference],
        variant: if kind == "Frame_Shift_Del" { "-" } else { BASES[variant] },
        kind,
        protein_change,
        protein_position,
        alt_count,
        ref_count: depth - alt_count,
    }
}
