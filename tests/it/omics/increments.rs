//! What is read again: a portal's studies when one was imported anew, files when they changed.

use std::fs::{File, FileTimes};
use std::time::{Duration, SystemTime};

use chrono::TimeDelta;
use dataweaver::sdk::{Extract, ReadRequest};

use super::folder::Folder;
use super::{Hurry, Server, cohorts, news, read, request, settings};

#[tokio::test]
async fn a_portal_is_read_again_only_when_a_study_was_imported() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.1)).await;
    let connector = hurry.open(settings(server.portal()));
    let first = read(connector.as_ref(), request("mutations", news(None))).await;
    assert!(first.rows() > 0 && !first.is_whole);
    let before = server.simulator.requests().len();
    let again = read(connector.as_ref(), request("mutations", news(Some(first.end())))).await;
    assert_eq!((again.rows(), again.is_whole), (0, false));
    assert_eq!(server.simulator.requests().len(), before + 1, "the list of studies says that nothing is new");
    // A study loses a patient, and is imported anew.
    server.simulator.change(|studies| {
        studies[1].imported += TimeDelta::days(1);
        studies[1].patients.remove(0);
    });
    let held: usize = {
        let studies = server.simulator.studies();
        let samples = studies.iter().flat_map(|study| &study.patients).flat_map(|patient| &patient.samples);
        samples.map(|sample| sample.mutations.len()).sum()
    };
    let anew = read(connector.as_ref(), request("mutations", news(Some(again.end())))).await;
    assert_eq!((anew.rows(), anew.is_whole), (held, true), "what is gone is told by reading all");
    let nothing = read(connector.as_ref(), request("mutations", news(Some(anew.end())))).await;
    assert_eq!((nothing.rows(), nothing.is_whole), (0, false));
    // The list itself is always read.
    let list = read(connector.as_ref(), request("studies", news(None))).await;
    let list = read(connector.as_ref(), request("studies", news(Some(list.end())))).await;
    assert_eq!((list.rows(), list.is_whole), (3, true));
}

#[tokio::test]
async fn a_read_that_was_cut_short_goes_on_within_its_study_and_profile() {
    let hurry = Hurry::new();
    let server = Server::of(cohorts(0.5)).await;
    let connector = hurry.open(settings(server.portal()));
    let whole = read(connector.as_ref(), request("molecular_data", Extract::Full)).await;
    let columns = ["molecular_profile_id", "sample_id", "gene"];
    let middle = whole.checkpoints.len() / 2;
    let resume = Some(whole.checkpoints[middle].clone());
    let rest = read(connector.as_ref(), ReadRequest { resume, ..request("molecular_data", Extract::Full) }).await;
    let (all, rest) = (whole.lines(&columns), rest.lines(&columns));
    assert!(!rest.is_empty() && all.ends_with(&rest) && rest.len() < all.len());
}

#[tokio::test]
async fn files_that_did_not_change_give_no_rows_and_others_come_whole() {
    let folder = Folder::new().file("counts.tsv", "gene\tS1\tS2\nTP53\t1\t2\nKRAS\t3\t4\n");
    let connector = folder.connector();
    let first = read(connector.as_ref(), request("counts.tsv", news(None))).await;
    assert_eq!((first.rows(), first.is_whole), (4, false));
    let again = read(connector.as_ref(), request("counts.tsv", news(Some(first.end())))).await;
    assert_eq!((again.rows(), again.is_whole), (0, false));
    folder.write("counts.tsv", "gene\tS1\tS2\nTP53\t1\t2\n");
    let anew = read(connector.as_ref(), request("counts.tsv", news(Some(again.end())))).await;
    assert_eq!((anew.rows(), anew.is_whole), (2, true));
    // Of the same size, and written later.
    folder.write("counts.tsv", "gene\tS1\tS2\nTP53\t8\t9\n");
    let later = FileTimes::new().set_modified(SystemTime::now() + Duration::from_secs(5));
    File::options().write(true).open(folder.path("counts.tsv")).unwrap().set_times(later).unwrap();
    let anew = read(connector.as_ref(), request("counts.tsv", news(Some(anew.end())))).await;
    assert_eq!(anew.lines(&["feature_id", "sample", "value"]), ["TP53|S1|8.0", "TP53|S2|9.0"]);
    assert!(anew.is_whole);
    folder.write("counts.tsv", "gene\tS1\tS2\n");
    let emptied = read(connector.as_ref(), request("counts.tsv", news(Some(anew.end())))).await;
    assert_eq!((emptied.rows(), emptied.is_whole), (0, true));
}

#[tokio::test]
async fn a_matrix_is_read_again_when_its_labels_changed() {
    let folder = Folder::new()
        .file("matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 5\n")
        .file("genes.tsv", "ENSG1\tTP53\n")
        .file("barcodes.tsv", "CELL-1\n");
    let connector = folder.connector();
    let first = read(connector.as_ref(), request("matrix.mtx", news(None))).await;
    folder.write("genes.tsv", "ENSG00001\tTP53\n");
    let anew = read(connector.as_ref(), request("matrix.mtx", news(Some(first.end())))).await;
    assert_eq!((anew.lines(&["feature_id"]), anew.is_whole), (vec!["ENSG00001".to_owned()], true));
}
