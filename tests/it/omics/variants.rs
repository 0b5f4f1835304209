//! Variants: what VCF and BCF files say, with its types, and what does not fit.

use std::io::Write;

use dataweaver::sdk::{ErrorClass, Extract};
use noodles_bcf as bcf;
use noodles_vcf as vcf;
use vcf::variant::io::Write as _;

use super::folder::{Folder, packed};
use super::{collect, read_whole, request};

/// The example of the specification, and more.
const EXAMPLE: &str = "\
##fileformat=VCFv4.3
##contig=<ID=20,length=62435964>
##INFO=<ID=NS,Number=1,Type=Integer,Description=\"Number of Samples With Data\">
##INFO=<ID=DP,Number=1,Type=Integer,Description=\"Total Depth\">
##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Allele count\">
##INFO=<ID=AF,Number=A,Type=Float,Description=\"Allele Frequency\">
##INFO=<ID=AA,Number=1,Type=String,Description=\"Ancestral Allele\">
##INFO=<ID=DB,Number=0,Type=Flag,Description=\"dbSNP membership, build 129\">
##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">
##INFO=<ID=SVTYPE,Number=1,Type=String,Description=\"Type\">
##INFO=<ID=SOMATIC,Number=0,Type=Flag,Description=\"Somatic\">
##FILTER=<ID=q10,Description=\"Quality below 10\">
##FILTER=<ID=s50,Description=\"Less than 50% of samples have data\">
##ALT=<ID=DEL,Description=\"Deletion\">
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"Genotype Quality\">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Read Depth\">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"Allele depths\">
##FORMAT=<ID=HQ,Number=2,Type=Integer,Description=\"Haplotype Quality\">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tNA00001\tNA00002
20\t14370\trs6054257\tG\tA\t29.5\tPASS\tNS=3;DP=14;AF=0.5;DB\tGT:GQ:DP:HQ\t0|0:48:1:51,51\t1|0:48:8:51,.
20\t17330\t.\tT\tA\t3\tq10;s50\tNS=3;DP=11;AF=0.017\tGT:GQ\t0|0:49\t0/1
20\t1110696\trs6040355;rs1\tA\tG,T\t67\tPASS\tNS=2;AC=1,2;AF=0.333,0.667;AA=T%3BG\tGT:GQ:DP:AD\t1|2:21:6:0,2,4\t./.
20\t1234567\t.\tC\t<DEL>\t.\t.\tSVTYPE=DEL;END=1234900;SOMATIC\tGT\t1\t.
";

/// The example as it is.
pub fn example() -> String {
    EXAMPLE.to_owned()
}

/// A file with so many variants of two samples.
pub fn many(count: usize) -> String {
    let header = EXAMPLE.split_inclusive('\n').filter(|line| line.starts_with('#'));
    header.collect::<String>() + &records(count)
}

/// So many variants of the example's samples.
pub fn records(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let (position, depth) = (1_000 + number * 10, number % 50);
        text.push_str(&format!(
            "20\t{position}\trs{number}\tA\tC\t{depth}.25\tPASS\tDP={depth};AF=0.25\tGT:GQ:DP\t0/1:{depth}:7\t0|0:9:{depth}\n"
        ));
    }
    text
}

/// Packed in blocks, as bgzip does.
pub fn in_blocks(text: &str) -> Vec<u8> {
    // RFC 1952, with the extra field of the SAM specification, section 4.1.
    let block = |bytes: &[u8]| {
        let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        deflated.write_all(bytes).unwrap();
        let deflated = deflated.finish().unwrap();
        let size = u16::try_from(deflated.len() + 25).unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let head: [u8; 16] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0];
        let mut block = [head.as_slice(), &size.to_le_bytes(), &deflated].concat();
        block.extend(crc.sum().to_le_bytes());
        block.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
        block
    };
    let mut blocks: Vec<u8> = text.as_bytes().chunks(5_000).flat_map(block).collect();
    blocks.extend(block(&[]));
    blocks
}

/// The same as BCF, but for samples without a genotype, of which the library writes none.
pub fn binary(text: &str) -> Vec<u8> {
    let text = text.replace("\t.\n", "\t./.\n");
    let mut reader = vcf::io::Reader::new(text.as_bytes());
    let header = reader.read_header().unwrap();
    let mut writer = bcf::io::Writer::new(Vec::new());
    writer.write_variant_header(&header).unwrap();
    for record in reader.record_bufs(&header) {
        writer.write_variant_record(&header, &record.unwrap()).unwrap();
    }
    writer.into_inner().finish().unwrap()
}

#[tokio::test]
async fn variants_have_their_values_with_their_types_in_every_format() {
    let folder = Folder::new()
        .file("a.vcf", EXAMPLE.replace('\n', "\r\n"))
        .file("b.vcf.gz", in_blocks(EXAMPLE))
        .file("c.bcf", binary(EXAMPLE))
        .file("d.vcf.gz", packed(EXAMPLE));
    let connector = folder.connector();
    let found = connector.discover().await.unwrap().sources;
    let told: Vec<_> = found.iter().map(|one| format!("{} {}", one.source_path, one.sql_name)).collect();
    assert_eq!(told[..3], ["a.vcf#variants a_variants", "a.vcf#genotypes a_genotypes", "b.vcf.gz#variants b_variants"]);
    let columns = [
        "position",
        "ids",
        "reference",
        "alternates",
        "quality",
        "filters",
        "depth",
        "alleles",
        "end_position",
        "structural_type",
        "is_somatic",
    ];
    let expected = [
        "14370|[rs6054257]|G|[A]|29.5|[PASS]|14|[{allele: A, count: ∅, frequency: 0.5}]|∅|∅|false",
        "17330|[]|T|[A]|3.0|[q10, s50]|11|[{allele: A, count: ∅, frequency: 0.017}]|∅|∅|false",
        "1110696|[rs6040355, rs1]|A|[G, T]|67.0|[PASS]|∅|\
         [{allele: G, count: 1, frequency: 0.333}, {allele: T, count: 2, frequency: 0.667}]|∅|∅|false",
        "1234567|[]|C|[<DEL>]|∅|[]|∅|∅|1234900|DEL|true",
    ];
    for path in ["a.vcf", "b.vcf.gz", "c.bcf", "d.vcf.gz"] {
        let reading = read_whole(connector.as_ref(), &format!("{path}#variants")).await;
        assert_eq!(reading.lines(&columns), expected, "{path}");
        let info = reading.lines(&["info"]);
        assert_eq!(info[0], r#"{"NS":3,"DP":14,"AF":[0.5],"DB":true}"#, "{path}");
        assert_eq!(info[2], r#"{"NS":2,"AC":[1,2],"AF":[0.333,0.667],"AA":"T;G"}"#, "{path}");
        assert!(reading.logs.is_empty() && reading.rejected.is_empty(), "{path}: {reading:?}");
    }
}

#[tokio::test]
async fn genotypes_are_one_row_a_variant_and_sample() {
    let folder = Folder::new().file("a.vcf", EXAMPLE).file("c.bcf", binary(EXAMPLE));
    let columns =
        ["position", "sample", "genotype", "is_phased", "alleles", "depth", "genotype_quality", "allele_depths"];
    let expected = [
        "14370|NA00001|0|0|true|[G, G]|1|48.0|∅",
        "14370|NA00002|1|0|true|[A, G]|8|48.0|∅",
        "17330|NA00001|0|0|true|[T, T]|∅|49.0|∅",
        "17330|NA00002|0/1|false|[T, A]|∅|∅|∅",
        "1110696|NA00001|1|2|true|[G, T]|6|21.0|[{allele: A, depth: 0}, {allele: G, depth: 2}, {allele: T, depth: 4}]",
        "1110696|NA00002|./.|false|[., .]|∅|∅|∅",
        "1234567|NA00001|1|false|[<DEL>]|∅|∅|∅",
    ];
    let connector = folder.connector();
    let text = read_whole(connector.as_ref(), "a.vcf#genotypes").await;
    assert_eq!(text.lines(&columns)[..7], expected);
    assert_eq!(text.lines(&columns)[7], "1234567|NA00002|∅|∅|[]|∅|∅|∅", "nothing is stated");
    assert_eq!(text.lines(&["fields"])[1], r#"{"GT":"1|0","GQ":48,"DP":8,"HQ":[51,null]}"#);
    let binary = read_whole(connector.as_ref(), "c.bcf#genotypes").await;
    assert_eq!(binary.lines(&columns)[..7], expected);
}

#[tokio::test]
async fn lines_that_are_no_records_are_rejected_and_values_of_another_type_are_kept_as_text() {
    let bad = [
        "20\t100\t.\tA\tC\t.\tPASS\tDP=many;NEW=1,2;DB=yes\tGT:DP\t0/1:few\t0/1:3",
        "20\tnowhere\t.\tA\tC\t.\tPASS\tDP=1\tGT\t0/1\t0/1",
        "20\t101\t.\tA\tC\tgood\tPASS\tDP=1\tGT\t0/1\t0/1",
        "20\t102\t.\tA",
        "20\t103\t.\tA\tC\t.\tPASS\tDP=1\tGT\t0/1",
        "20\t104\t.\tA\tC\t.\tPASS\tDP=2;\tGT\t0/1\t1/1",
    ];
    let header: String = EXAMPLE.split_inclusive('\n').filter(|line| line.starts_with('#')).collect();
    let folder = Folder::new().file("a.vcf", header + &bad.join("\n"));
    let connector = folder.connector();
    let reading = read_whole(connector.as_ref(), "a.vcf#variants").await;
    assert_eq!(
        reading.lines(&["position", "depth", "info"]),
        [r#"100|∅|{"DP":"many","NEW":"1,2","DB":"yes"}"#, r#"104|2|{"DP":2}"#]
    );
    let told: Vec<String> = reading.rejected.iter().map(|row| format!("{}: {}", row.position, row.reason)).collect();
    for (told, words) in told.iter().zip([
        "line 22: POS: invalid digit",
        "line 23: QUAL: invalid float",
        "line 24: no record of a VCF file",
        "line 25: the record has 1 samples where the header names 2",
    ]) {
        assert!(told.starts_with(words), "{told}");
    }
    assert_eq!(told.len(), 4);
    assert!(reading.logs[0].starts_with("2 values are not as the header declares"), "{:?}", reading.logs);
    assert!(reading.logs[0].contains("DP on line 21"), "{:?}", reading.logs);
    let genotypes = read_whole(connector.as_ref(), "a.vcf#genotypes").await;
    assert_eq!(
        genotypes.lines(&["position", "sample", "depth", "fields"])[0],
        r#"100|NA00001|∅|{"GT":"0/1","DP":"few"}"#
    );
}

#[tokio::test]
async fn headers_and_ends_that_are_not_as_they_should_be_are_told() {
    // What the format itself knows would be known all the same.
    let strange =
        EXAMPLE.replace("ID=NS,Number=1,Type=Integer", "ID=MINE,Number=1,Type=Number").replace("NS=3;", "MINE=3;");
    let whole = in_blocks(&many(2_000));
    let folder = Folder::new()
        .file("strange.vcf", strange)
        .file("none.vcf", "gene\tS1\n")
        .file("empty.vcf", "")
        .file("endless.vcf", "##fileformat=VCFv4.2\n##source=me\n")
        .file("columns.vcf", "##fileformat=VCFv4.2\n#CHROM\tPOS\tREF\n")
        .file("named.vcf.gz", EXAMPLE)
        .file("cut.vcf.gz", &whole[..whole.len() / 2])
        .file("unended.vcf.gz", &whole[..whole.len() - 28])
        .file("cut.bcf", &binary(&many(500))[..2_000]);
    let connector = folder.connector();
    let strange = read_whole(connector.as_ref(), "strange.vcf#variants").await;
    assert!(strange.logs[0].contains("line 3 of the header is left out"), "{:?}", strange.logs);
    assert_eq!(strange.lines(&["info"])[1], r#"{"MINE":"3","DP":11,"AF":[0.017]}"#, "it is a text");
    for (path, words) in [
        ("none.vcf", "line 1: no VCF file"),
        ("empty.vcf", "line 1: no VCF file"),
        ("endless.vcf", "line 3: the header ends without its line #CHROM"),
        ("columns.vcf", "line 2: invalid header"),
        ("named.vcf.gz", "named as gzip and does not begin like it"),
        ("cut.vcf.gz", "ends too early"),
        ("cut.bcf", "ends too early"),
    ] {
        let reading = collect(connector.as_ref(), request(&format!("{path}#variants"), Extract::Full)).await;
        let failure = reading.failure();
        assert!(failure.contains(words), "{path}: {failure}");
        assert_eq!(reading.error.as_ref().unwrap().class(), ErrorClass::Data, "{path}");
    }
    // Between two blocks nothing but the missing end shows it.
    let unended = read_whole(connector.as_ref(), "unended.vcf.gz#variants").await;
    assert_eq!(unended.rows(), 2_000);
    assert!(unended.logs[0].contains("may have been cut short"), "{:?}", unended.logs);
    let found = connector.discover().await.unwrap().sources;
    let of_none = found.iter().find(|one| one.source_path == "none.vcf#variants").unwrap();
    assert!(of_none.details["problem"].as_str().unwrap().contains("no VCF file"));
}

/// A BCF file of a header and whatever comes behind it; it is not packed.
fn unpacked(header: &str, rest: &[u8]) -> Vec<u8> {
    let length = u32::try_from(header.len() + 1).unwrap();
    [b"BCF\x02\x02".as_slice(), length.to_le_bytes().as_slice(), header.as_bytes(), &[0], rest].concat()
}

#[tokio::test]
async fn binary_files_get_no_more_memory_than_they_may_have() {
    let columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
    let with_index = |field: &str, index: &str| {
        let entry = format!("##{field}=<ID=a,Number=1,Type=String,Description=\"a\",IDX={index}>");
        unpacked(&format!("##fileformat=VCFv4.3\n{entry}\n{columns}"), &[])
    };
    let with_lengths = |site: u32, samples: u32| {
        let header = format!("##fileformat=VCFv4.3\n{columns}");
        unpacked(&header, &[site.to_le_bytes(), samples.to_le_bytes()].concat())
    };
    let whole = unpacked(&format!("##fileformat=VCFv4.3\n{columns}"), &[]);
    let folder = Folder::new()
        .file("whole.bcf", &whole)
        .file("far.bcf", with_index("INFO", "1000000"))
        .file("index.bcf", with_index("INFO", "1000000000000"))
        .file("quoted.bcf", with_index("FORMAT", "\"1000001\""))
        .file("header.bcf", [b"BCF\x02\x02".as_slice(), &u32::MAX.to_le_bytes(), b"##fileformat=VCFv4.3\n"].concat())
        .file("site.bcf", with_lengths(u32::MAX, 0))
        .file("samples.bcf", with_lengths(24, (64 << 20) - 23))
        .file("none.bcf", with_lengths(0, 0))
        .file("short.bcf", [whole.as_slice(), &[1, 0, 0, 0, 1]].concat())
        .file("text.bcf", "gene\tS1\n");
    let connector = folder.connector();
    for path in ["whole.bcf", "far.bcf"] {
        assert_eq!(read_whole(connector.as_ref(), &format!("{path}#variants")).await.rows(), 0, "{path}");
    }
    let found = connector.discover().await.unwrap().sources;
    for (path, is_of_header, words) in [
        ("index.bcf", true, "line 2 of the header: IDX=1000000000000 is larger than 1000000"),
        ("quoted.bcf", true, "line 2 of the header: IDX=1000001 is larger than 1000000"),
        ("header.bcf", true, "the header says that it has 4294967295 bytes"),
        ("site.bcf", false, "record 1: it says that it has 4294967295 bytes, which is more than line_limit_mib"),
        ("samples.bcf", false, "record 1: it says that it has 67108865 bytes"),
        ("none.bcf", false, "record 1: it is empty"),
        ("short.bcf", false, "ends too early"),
        ("text.bcf", true, "no BCF file"),
    ] {
        let reading = collect(connector.as_ref(), request(&format!("{path}#variants"), Extract::Full)).await;
        let failure = reading.failure();
        assert!(failure.contains(words), "{path}: {failure}");
        assert_eq!(reading.error.as_ref().unwrap().class(), ErrorClass::Data, "{path}");
        let of_file = found.iter().find(|one| one.source_path == format!("{path}#variants")).unwrap();
        let problem = of_file.details["problem"].as_str();
        assert_eq!(problem.is_some_and(|problem| problem.contains(words)), is_of_header, "{path}: {problem:?}");
    }
}
