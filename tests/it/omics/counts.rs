//! Count matrices: what they hold in long form, and what does not fit them.

use std::fs::File;

use dataweaver::sdk::{ErrorClass, Extract, ReadRequest};

use super::folder::{Folder, packed};
use super::{collect, read, read_whole, request};

const COLUMNS: [&str; 6] = ["feature_id", "feature_name", "feature_type", "sample", "value", "annotations"];

#[tokio::test]
async fn a_matrix_becomes_one_row_a_feature_and_sample() {
    let text = "Geneid\tgene_name\tLength\tS1\tS2\nENSG1\tTP53\t2591\t7\t0\nENSG2\tKRAS\t1119\tNA\t2.5\n";
    let folder = Folder::new().file("a.tsv", text).file("b.csv.gz", packed(text.replace('\t', ",")));
    let expected = [
        r#"ENSG1|TP53|∅|S1|7.0|{"Length":"2591"}"#,
        r#"ENSG1|TP53|∅|S2|0.0|{"Length":"2591"}"#,
        r#"ENSG2|KRAS|∅|S1|∅|{"Length":"1119"}"#,
        r#"ENSG2|KRAS|∅|S2|2.5|{"Length":"1119"}"#,
    ];
    for path in ["a.tsv", "b.csv.gz"] {
        assert_eq!(read_whole(folder.connector().as_ref(), path).await.lines(&COLUMNS), expected, "{path}");
    }
    let folder = folder.with("keep_zeros", false);
    assert_eq!(read_whole(folder.connector().as_ref(), "a.tsv").await.rows(), 3);
}

#[tokio::test]
async fn lines_that_do_not_fit_are_rejected_with_their_numbers() {
    let text = b"# made by hand\ngene,S1,S2\nTP53,1,2\nKRAS,1\nMYC,one,2\n\"EGFR, mutant\",3,4\nAPC,\xff,1\n";
    let folder = Folder::new().file("a.csv", text);
    let reading = read_whole(folder.connector().as_ref(), "a.csv").await;
    assert_eq!(
        reading.lines(&["feature_id", "sample", "value"]),
        ["TP53|S1|1.0", "TP53|S2|2.0", "EGFR, mutant|S1|3.0", "EGFR, mutant|S2|4.0"]
    );
    let told: Vec<String> = reading.rejected.iter().map(|row| format!("{}: {}", row.position, row.reason)).collect();
    assert_eq!(
        told,
        [
            "line 4: the line has 2 fields where the header has 3",
            "line 5: S1: \"one\" is no number",
            "line 7: the line is not UTF-8"
        ]
    );
    assert_eq!(reading.rejected[1].row, "MYC,one,2");
}

#[tokio::test]
async fn a_sparse_matrix_is_told_by_the_files_beside_it() {
    let matrix =
        "%%MatrixMarket matrix coordinate integer general\n%metadata_json: {}\n3 2 4\n1 1 5\n3 1 1\n2 2 8\n3 2 2\n";
    let features =
        "ENSG1\tTP53\tGene Expression\nENSG2\tKRAS\tGene Expression\tchr12\t100\nAB1\tCD3\tAntibody Capture\n";
    let folder = Folder::new()
        .file("run/GSM1_matrix.mtx.gz", packed(matrix))
        .file("run/GSM1_features.tsv.gz", packed(features))
        .file("run/GSM1_barcodes.tsv", "AAAC-1\nAAAG-1\n");
    let connector = folder.connector();
    let found = connector.discover().await.unwrap().sources;
    let told: Vec<_> =
        found.iter().map(|one| (one.source_path.as_str(), one.sql_name.as_str(), one.estimated_rows)).collect();
    assert_eq!(told, [("run/GSM1_matrix.mtx.gz", "run_GSM1_matrix", Some(4))]);
    let reading = read_whole(connector.as_ref(), "run/GSM1_matrix.mtx.gz").await;
    assert_eq!(
        reading.lines(&COLUMNS),
        [
            "ENSG1|TP53|Gene Expression|AAAC-1|5.0|∅",
            "AB1|CD3|Antibody Capture|AAAC-1|1.0|∅",
            r#"ENSG2|KRAS|Gene Expression|AAAG-1|8.0|["chr12","100"]"#,
            "AB1|CD3|Antibody Capture|AAAG-1|2.0|∅",
        ]
    );
    // Some write cells in rows.
    let turned = Folder::new()
        .file("cells_x_genes.mtx", "%%MatrixMarket matrix coordinate real general\n2 3 1\n2 3 1.5\n")
        .file("cells_x_genes.genes.txt", "G1\nG2\nG3\n")
        .file("cells_x_genes.barcodes.txt", "C1\nC2\n");
    let reading = read_whole(turned.connector().as_ref(), "cells_x_genes.mtx").await;
    assert_eq!(reading.lines(&["feature_id", "sample", "value"]), ["G3|C2|1.5"]);
}

#[tokio::test]
async fn matrices_that_are_empty_alone_or_cut_short_are_told() {
    let head = "%%MatrixMarket matrix coordinate integer general\n";
    let rows: String = (0..5_000_u64).map(|number| format!("ENSG{}\t{number}\n", number * number % 7_919)).collect();
    let long = format!("gene\tS1\n{rows}");
    let folder = Folder::new()
        .file("empty/matrix.mtx", format!("{head}2 2 0\n"))
        .file("empty/genes.tsv", "G1\nG2\n")
        .file("empty/barcodes.tsv", "C1\nC2\n")
        .file("alone/a.mtx", format!("{head}2 2 1\n2 1 7\n"))
        .file("short/a.mtx", format!("{head}2 2 3\n1 1 5\n9 1 1\n"))
        .file("half/matrix.mtx", format!("{head}2 2 1\n1 1 5\n"))
        .file("half/genes.tsv", "G1\nG2\n")
        .file("wrong/matrix.mtx", format!("{head}2 2 1\n1 1 5\n"))
        .file("wrong/genes.tsv", "G1\n")
        .file("wrong/barcodes.tsv", "C1\nC2\n")
        .file("dense/a.mtx", "%%MatrixMarket matrix array real general\n1 1\n5\n")
        .file("cut.tsv.gz", &packed(long)[..5_000]);
    let connector = folder.connector();
    let empty = read_whole(connector.as_ref(), "empty/matrix.mtx").await;
    assert_eq!((empty.rows(), empty.checkpoints.len()), (0, 1));
    let alone = read_whole(connector.as_ref(), "alone/a.mtx").await;
    assert_eq!(alone.lines(&["feature_id", "sample", "value"]), ["2|1|7.0"]);
    assert!(alone.logs[0].contains("told by their numbers"), "{:?}", alone.logs);
    for (path, words) in [
        ("short/a.mtx", "ends behind 2 of the 3 entries"),
        ("half/matrix.mtx", "there is no barcodes.tsv beside it"),
        ("wrong/matrix.mtx", "name 1 features and 2 barcodes"),
        ("dense/a.mtx", "line 1: array real general is not read"),
        ("cut.tsv.gz", "ends too early"),
    ] {
        let reading = collect(connector.as_ref(), request(path, Extract::Full)).await;
        let failure = reading.failure();
        assert!(failure.contains(words), "{path}: {failure}");
        assert_eq!(reading.error.as_ref().unwrap().class(), ErrorClass::Data);
    }
    let short = collect(connector.as_ref(), request("short/a.mtx", Extract::Full)).await;
    assert_eq!(short.rejected[0].reason, "9 1 is no place of a matrix of 2 rows and 2 columns");
    assert_eq!(short.rows(), 1, "what was there comes before the failure");
}

#[tokio::test]
async fn a_failure_comes_again_where_the_read_goes_on() {
    let text = "%%MatrixMarket matrix coordinate integer general\n2 2 2\n1 1 5\n1 2 6\n2 2 7\n";
    let folder = Folder::new().file("a.mtx", text);
    let connector = folder.connector();
    let first = collect(connector.as_ref(), request("a.mtx", Extract::Full)).await;
    assert_eq!(first.lines(&["value"]), ["5.0", "6.0"]);
    assert!(first.failure().contains("line 5: there are more entries than the 2"), "{}", first.failure());
    let resume = Some(first.end().clone());
    let again = collect(connector.as_ref(), ReadRequest { resume, ..request("a.mtx", Extract::Full) }).await;
    assert_eq!((again.rows(), again.failure()), (0, first.failure()), "the line that failed is read once more");
}

#[tokio::test]
async fn files_without_rows_are_not_looked_through_to_their_ends() {
    let folder = Folder::new()
        .file("a.tsv", "# made by hand\n")
        .file("a.mtx", "%%MatrixMarket matrix coordinate integer general\n")
        .file("a.vcf", "##fileformat=VCFv4.3\n#")
        .with("line_limit_mib", 1);
    // Holes, which are read as bytes and take no room.
    for name in ["a.tsv", "a.mtx", "a.vcf"] {
        File::options().write(true).open(folder.path(name)).unwrap().set_len(4 << 30).unwrap();
    }
    let connector = folder.connector();
    for (path, limit) in [("a.tsv", 256), ("a.mtx", 256), ("a.vcf#variants", 64)] {
        let reading = collect(connector.as_ref(), request(path, Extract::Full)).await;
        let words = format!("no rows begin within the first {limit} MiB");
        assert!(reading.failure().contains(&words), "{path}: {}", reading.failure());
        assert_eq!(reading.error.as_ref().unwrap().class(), ErrorClass::Data);
    }
}

#[tokio::test]
async fn what_is_no_matrix_is_left_out_with_the_reason() {
    let folder = Folder::new()
        .file("counts.tsv", "gene\tS1\nTP53\t1\n")
        .file("notes.txt", "nothing to see\n")
        .file("patients.csv", "patient,sex\nP1,F\n")
        .file("features.tsv", "G1\n")
        .file(".hidden.tsv", "gene\tS1\nTP53\t1\n")
        .file("report.pdf", "%PDF");
    let connector = folder.connector();
    let found = connector.discover().await.unwrap().sources;
    assert_eq!(found.iter().map(|one| one.source_path.as_str()).collect::<Vec<_>>(), ["counts.tsv"]);
    let told = connector.check().await.unwrap();
    assert!(told.message.contains("1 file to read: 1 matrix; left out are 2"), "{}", told.message);
    assert!(told.details["skipped"].to_string().contains("patients.csv: line 1: no count matrix"), "{}", told.details);
    for path in ["report.pdf", "../counts.tsv", "/etc/passwd", "gone.tsv", "counts.tsv#variants"] {
        let reading = collect(connector.as_ref(), request(path, Extract::Full)).await;
        assert_eq!(reading.error.expect("it is refused").class(), ErrorClass::NotFound, "{path}");
    }
}

#[tokio::test]
async fn lines_that_are_too_long_are_rejected_and_wide_ones_come_in_pieces() {
    let header: String = (0..300_000).map(|number| format!("\tS{number}")).collect();
    let wide = format!("gene{header}\nTP53{}\n", "\t1".repeat(300_000));
    let long = format!("gene\tS1\nTP53\t1\nKRAS{}\t2\nMYC\t3\n", "x".repeat(2 << 20));
    let folder = Folder::new().file("wide.tsv", wide).file("long.tsv", long).with("line_limit_mib", 8);
    let connector = folder.connector();
    let wide = ReadRequest { batch_bytes: 1 << 20, ..request("wide.tsv", Extract::Full) };
    let reading = read(connector.as_ref(), wide).await;
    assert_eq!(reading.rows(), 300_000);
    assert!(reading.batches.len() > 1, "{}", reading.batches.len());
    let folder = folder.with("line_limit_mib", 1);
    let reading = read_whole(folder.connector().as_ref(), "long.tsv").await;
    assert_eq!(reading.lines(&["feature_id"]), ["TP53", "MYC"]);
    assert_eq!((reading.rejected.len(), reading.rejected[0].position.as_str()), (1, "line 3"));
    assert!(reading.rejected[0].reason.contains("line_limit_mib"));
}
