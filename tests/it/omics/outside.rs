//! A stranger's files: pysam (htslib) packs variants and writes them as BCF, and what it reads of them is what we read.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::folder::Folder;
use super::{read_whole, variants};
use crate::servers;

/// Packs a VCF file in blocks, writes it as BCF, and prints what it holds, a list of records.
const WRITE: &str = r#"
import json, sys, pysam
text = sys.argv[1]
pysam.tabix_compress(text, text + ".gz")
records = []
with pysam.VariantFile(text) as source, pysam.VariantFile(text[:-4] + ".bcf", "wb", header=source.header) as target:
    for record in source:
        target.write(record)
        # It has 32 bits, of which no more digits are meant.
        plain = lambda value: float("%.7g" % value) if isinstance(value, float) else list(map(plain, value)) if isinstance(value, tuple) else value
        samples = []
        for name, sample in record.samples.items():
            alleles = ["." if allele is None else str(allele) for allele in sample["GT"]]
            fields = {key: plain(value) for key, value in sample.items()}
            samples.append([name, ("|" if sample.phased else "/").join(alleles), fields.get("DP"), fields.get("GQ"), fields.get("AD")])
        records.append([record.chrom, record.pos, record.id, record.ref, list(record.alts or []), plain(record.qual),
            list(record.filter.keys()), {key: plain(value) for key, value in record.info.items() if key != "END"}, samples])
print(json.dumps(records))
"#;

/// What pysam says of a VCF file; `None` where it is not there.
fn pysam(folder: &Folder, name: &str) -> Option<Vec<Value>> {
    let how = "pip install pysam and set DATAWEAVER_TEST_PYTHON to that Python";
    let Some(python) = std::env::var_os("DATAWEAVER_TEST_PYTHON") else {
        servers::missed("pysam", how);
        return None;
    };
    let mut command = Command::new(python);
    let output = command.args(["-c", WRITE]).arg(folder.path(name)).stdin(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("ModuleNotFoundError") {
        servers::missed("pysam", how);
        return None;
    }
    assert!(output.status.success(), "{errors}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn pysam_and_we_read_the_same() {
    // It leaves escapes as they are.
    let text = variants::example().replace("%3B", "-") + &variants::records(300);
    let folder = Folder::new().file("a.vcf", text);
    let Some(records) = pysam(&folder, "a.vcf") else { return };
    assert_eq!(records.len(), 304);
    let connector = folder.connector();
    for path in ["a.vcf", "a.vcf.gz", "a.bcf"] {
        let reading = read_whole(connector.as_ref(), &format!("{path}#variants")).await;
        assert!(reading.logs.is_empty() && reading.rejected.is_empty(), "{path}: {reading:?}");
        let columns = ["chromosome", "position", "ids", "reference", "alternates", "quality", "filters"];
        let lines = reading.lines(&columns);
        let list = |value: &Value| {
            let texts = value.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>();
            format!("[{}]", texts.join(", "))
        };
        for (record, line) in records.iter().zip(&lines) {
            let ids = record[2].as_str().unwrap_or_default().replace(';', ", ");
            let quality = record[5].as_f64().map_or("∅".to_owned(), |quality| format!("{quality:?}"));
            let (chromosome, reference) = (record[0].as_str().unwrap(), record[3].as_str().unwrap());
            let (position, alternates, filters) = (&record[1], list(&record[4]), list(&record[6]));
            let expected = format!("{chromosome}|{position}|[{ids}]|{reference}|{alternates}|{quality}|{filters}");
            assert_eq!(*line, expected, "{path}");
        }
        for (record, info) in records.iter().zip(reading.lines(&["info"])) {
            let mut info = parsed(&info);
            info.as_object_mut().unwrap().shift_remove("END");
            assert_eq!(info, record[7], "{path}");
        }

        let genotypes = read_whole(connector.as_ref(), &format!("{path}#genotypes")).await;
        let lines = genotypes.lines(&["position", "sample", "genotype", "fields"]);
        let mut read: BTreeMap<(String, String), (String, Value)> = BTreeMap::new();
        for line in &lines {
            let (position, rest) = line.split_once('|').unwrap();
            let (sample, rest) = rest.split_once('|').unwrap();
            let (genotype, fields) = rest.split_once("|{").unwrap();
            let fields = parsed(&format!("{{{fields}"));
            read.insert((position.into(), sample.into()), (genotype.into(), fields));
        }
        for record in &records {
            for sample in record[8].as_array().unwrap() {
                let name = sample[0].as_str().unwrap();
                let (genotype, fields) = &read[&(record[1].to_string(), name.to_owned())];
                let genotype = if genotype == "∅" { "." } else { genotype };
                assert_eq!(genotype, sample[1].as_str().unwrap(), "{path}: {record}");
                for (place, key) in [(2, "DP"), (3, "GQ"), (4, "AD")] {
                    let missing = json!(null);
                    let stated = fields.get(key).unwrap_or(&missing);
                    // It gives as many NULLs as there are alleles where nothing is stated.
                    let is_nothing = sample[place].as_array().is_some_and(|all| all.iter().all(Value::is_null));
                    assert!(stated == &sample[place] || (stated.is_null() && is_nothing), "{path} {key}: {record}");
                }
            }
        }
    }
}
