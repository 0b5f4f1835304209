//! Genes that cancers are known for, as NCBI numbers them and as GRCh37 places them.

/// A gene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gene {
    /// Its Entrez id.
    pub entrez: i64,
    /// Its Hugo symbol.
    pub symbol: &'static str,
    /// Its chromosome, without `chr`.
    pub chromosome: &'static str,
    /// About where it begins on GRCh37.
    pub start: i64,
    /// Amino acids of its protein, about.
    pub length: i64,
}

const fn gene(entrez: i64, symbol: &'static str, chromosome: &'static str, start: i64, length: i64) -> Gene {
    Gene { entrez, symbol, chromosome, start, length }
}

/// All of them, by Entrez id.
pub const GENES: &[Gene] = &[
    gene(207, "AKT1", "14", 105_235_686, 480),
    gene(238, "ALK", "2", 29_415_640, 1_620),
    gene(324, "APC", "5", 112_043_195, 2_843),
    gene(472, "ATM", "11", 108_093_559, 3_056),
    gene(595, "CCND1", "11", 69_455_855, 295),
    gene(672, "BRCA1", "17", 41_196_312, 1_863),
    gene(673, "BRAF", "7", 140_433_812, 766),
    gene(675, "BRCA2", "13", 32_889_611, 3_418),
    gene(999, "CDH1", "16", 68_771_128, 882),
    gene(1029, "CDKN2A", "9", 21_967_751, 156),
    gene(1499, "CTNNB1", "3", 41_236_328, 781),
    gene(1956, "EGFR", "7", 55_086_714, 1_210),
    gene(2064, "ERBB2", "17", 37_844_167, 1_255),
    gene(2065, "ERBB3", "12", 56_473_645, 1_342),
    gene(2099, "ESR1", "6", 151_977_826, 595),
    gene(2260, "FGFR1", "8", 38_268_656, 822),
    gene(2261, "FGFR3", "4", 1_795_039, 806),
    gene(2625, "GATA3", "10", 8_096_667, 444),
    gene(3169, "FOXA1", "14", 38_059_189, 472),
    gene(3265, "HRAS", "11", 532_242, 189),
    gene(3417, "IDH1", "2", 209_100_953, 414),
    gene(3418, "IDH2", "15", 90_626_277, 452),
    gene(3717, "JAK2", "9", 4_985_245, 1_132),
    gene(3845, "KRAS", "12", 25_358_180, 189),
    gene(4089, "SMAD4", "18", 48_556_583, 552),
    gene(4214, "MAP3K1", "5", 56_111_401, 1_512),
    gene(4233, "MET", "7", 116_312_444, 1_390),
    gene(4292, "MLH1", "3", 37_034_841, 756),
    gene(4436, "MSH2", "2", 47_630_206, 934),
    gene(4609, "MYC", "8", 128_748_315, 439),
    gene(4763, "NF1", "17", 29_421_945, 2_839),
    gene(4851, "NOTCH1", "9", 139_388_896, 2_555),
    gene(4893, "NRAS", "1", 115_247_085, 189),
    gene(5290, "PIK3CA", "3", 178_866_311, 1_068),
    gene(5728, "PTEN", "10", 89_622_870, 403),
    gene(5781, "PTPN11", "12", 112_856_155, 593),
    gene(5925, "RB1", "13", 48_877_883, 928),
    gene(5979, "RET", "10", 43_572_517, 1_114),
    gene(6098, "ROS1", "6", 117_609_463, 2_347),
    gene(6794, "STK11", "19", 1_205_798, 433),
    gene(7015, "TERT", "5", 1_253_282, 1_132),
    gene(7157, "TP53", "17", 7_571_720, 393),
    gene(7428, "VHL", "3", 10_182_692, 213),
    gene(8085, "KMT2D", "12", 49_412_758, 5_537),
    gene(8241, "RBM10", "X", 47_004_617, 930),
    gene(8289, "ARID1A", "1", 27_022_522, 2_285),
    gene(8314, "BAP1", "3", 52_435_029, 729),
    gene(9817, "KEAP1", "19", 10_596_796, 624),
    gene(23451, "SF3B1", "2", 198_254_508, 1_304),
    gene(29072, "SETD2", "3", 47_057_898, 2_564),
    gene(55193, "PBRM1", "3", 52_579_368, 1_689),
    gene(55294, "FBXW7", "4", 153_242_410, 707),
    gene(58508, "KMT2C", "7", 151_832_010, 4_911),
];

/// The gene of a symbol.
///
/// # Panics
/// Where there is none; symbols stand in the sources of this world.
pub(super) fn by_symbol(symbol: &str) -> Gene {
    *GENES.iter().find(|gene| gene.symbol == symbol).expect("the world's genes are in the list")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genes_are_in_the_order_of_their_ids() {
        assert!(GENES.is_sorted_by(|one, other| one.entrez < other.entrez));
        assert_eq!(by_symbol("TP53").entrez, 7157);
    }
}
