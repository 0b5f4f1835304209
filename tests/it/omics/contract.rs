//! The contract suite for omics: a portal with failures switched on, and files of every format.

use dataweaver::connectors::omics::Omics;
use dataweaver::connectors::omics::simulator::Fault;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{ConnectorFactory, Settings};
use serde_json::json;

use super::folder::{Folder, packed};
use super::{Hurry, Server, cohorts, settings, variants, with_token};

async fn portal_keeps_the_contract(source: &str, faults: &[(Fault, usize)]) {
    let (right, wrong) = ("canary-right-token", "canary-wrong-token");
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.5).with_token(right)).await;
    for (fault, every) in faults {
        server.simulator.fail(*fault, *every);
    }
    let dead = json!({ "system": "cbioportal", "base_url": "http://127.0.0.1:1" });
    let fixture = Fixture::new(with_token(server.portal(), right), source, with_token(dead, right));
    let fixture = fixture.refused(with_token(server.portal(), wrong)).secret(right).secret(wrong);
    let fixture = Fixture { context: hurry.context.clone(), ..fixture };
    contract(&ConnectorFactory::of::<Omics>(), &fixture).await.unwrap();
}

#[tokio::test]
async fn mutations_keep_the_contract() {
    portal_keeps_the_contract("mutations", &[]).await;
}

#[tokio::test]
async fn pages_and_pieces_keep_the_contract_while_the_portal_fails() {
    let faults = [(Fault::RateLimited, 7), (Fault::Unavailable, 9), (Fault::Internal, 11), (Fault::CutOff, 13)];
    for source in ["samples", "patients", "patient_clinical_data", "mutations", "molecular_data"] {
        portal_keeps_the_contract(source, &faults).await;
    }
}

async fn files_keep_the_contract(folder: &Folder, path: &str) {
    let dead: Settings = settings(json!({ "system": "files", "root": folder.path("missing") }));
    contract(&ConnectorFactory::of::<Omics>(), &Fixture::new(folder.settings(), path, dead)).await.unwrap();
}

#[tokio::test]
async fn matrices_keep_the_contract() {
    let mut text = "gene\tgene_name\tS1\tS2\tS3\n".to_owned();
    for number in 0..400 {
        text.push_str(&format!("ENSG{number}\tG{number}\t{number}\t0\tNA\n"));
    }
    let folder = Folder::new().file("counts.tsv", &text).file("packed/counts.tsv.gz", packed(&text));
    files_keep_the_contract(&folder, "counts.tsv").await;
    files_keep_the_contract(&folder, "packed/counts.tsv.gz").await;
}

#[tokio::test]
async fn sparse_matrices_keep_the_contract() {
    let mut text = "%%MatrixMarket matrix coordinate integer general\n%a comment\n300 50 1000\n".to_owned();
    for entry in 0..1_000 {
        text.push_str(&format!("{} {} {}\n", entry % 300 + 1, entry / 20 + 1, entry + 1));
    }
    let features: String = (0..300).map(|number| format!("ENSG{number}\tG{number}\tGene Expression\n")).collect();
    let barcodes: String = (0..50).map(|number| format!("CELL{number}-1\n")).collect();
    let folder = Folder::new()
        .file("matrix.mtx.gz", packed(text))
        .file("features.tsv.gz", packed(features))
        .file("barcodes.tsv.gz", packed(barcodes));
    files_keep_the_contract(&folder, "matrix.mtx.gz").await;
}

#[tokio::test]
async fn variants_keep_the_contract() {
    let text = variants::many(300);
    let folder = Folder::new().file("a.vcf", &text).file("b.vcf.gz", variants::in_blocks(&text));
    let folder = folder.file("c.bcf", variants::binary(&text));
    for path in ["a.vcf#variants", "a.vcf#genotypes", "b.vcf.gz#genotypes", "c.bcf#variants", "c.bcf#genotypes"] {
        files_keep_the_contract(&folder, path).await;
    }
}
