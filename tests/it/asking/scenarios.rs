//! Every question of every scenario in every wording, compared with what is true in its world and not with itself.
//!
//! All questions of a scenario are asked of one server, many at a time. `DIRECT=1` connects the sources without the scenario's
//! set-up, and so without its workflow.

use futures::StreamExt;
use futures::stream;

use super::judgement::{Judgement, Table};
use super::questions::{self, Entry};
use super::{not_yet, scene};
use crate::harness::TestApp;

/// Questions that are asked at the same time.
const AT_ONCE: usize = 8;

macro_rules! scenarios {
    ($($scenario:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            #[ignore = "some two hundred questions; `just ask` asks all of all scenarios"]
            async fn $scenario() {
                examine(stringify!($scenario)).await;
            }
        )+

        #[test]
        fn every_pack_is_examined() {
            let examined = [$(stringify!($scenario)),+];
            let packs = dataweaver::scenario::Packs::load(None);
            let missing: Vec<&str> = packs.all().map(|pack| pack.id.as_str()).filter(|id| !examined.contains(id)).collect();
            assert!(missing.is_empty(), "no question is asked of {missing:?}");
        }
    };
}

scenarios!(
    customer_intelligence,
    project_management,
    financial_consolidation,
    biotech_research,
    healthcare,
    manufacturing,
    retail,
    financial_services,
);

async fn examine(scenario: &str) {
    let entries = questions::of_scenario(scenario);
    let pack = scene::pack(scenario);
    let app = TestApp::new().await;
    if std::env::var_os("DIRECT").is_some() {
        scene::connect(&app, &pack).await;
    } else {
        let ended = scene::set_up(&app, scenario).await;
        if ended["status"] != "READY" {
            // What is wrong with the set-up is told by its own tests; here it explains answers.
            println!("{scenario} is {}: {:#}", ended["status"], ended["steps"]);
        }
    }
    let truth = scene::truth(&pack);
    let mut asked: Vec<(&Entry, &Table, &str)> = Vec::new();
    let mut of_statements = Vec::new();
    for entry in &entries {
        if let Some(statement) = &entry.sql {
            of_statements.push(scene::rows_of(&app, &pack, statement).await);
        }
    }
    let mut of_statements = of_statements.iter();
    for entry in &entries {
        let table = match &entry.truth {
            Some(name) => truth.get(name.as_str()).unwrap_or_else(|| {
                panic!("{scenario}.yaml: there is no fact {name} (known: {:?})", truth.keys().collect::<Vec<_>>())
            }),
            None => of_statements.next().expect("each statement was run"),
        };
        assert!(entry.truth.is_some() || table.count() > 0, "{scenario}.yaml: {:?} gives no rows", entry.sql);
        asked.extend(entry.questions.iter().map(|question| (entry, table, question.as_str())));
    }
    let judged = stream::iter(asked).map(async |(entry, table, question)| {
        let answer = scene::ask(&app, question, Some(scenario)).await;
        (question.to_owned(), Judgement::of(&answer, &entry.compare, table))
    });
    let judged: Vec<(String, Judgement)> = judged.buffered(AT_ONCE).collect().await;
    app.stop().await;
    report(scenario, entries.len(), &judged);
}

/// Prints how it went; fails where that is not as the list of what is not answered yet says.
fn report(scenario: &str, entries: usize, judged: &[(String, Judgement)]) {
    let count = |word: &str| judged.iter().filter(|(_, judgement)| judgement.word() == word).count();
    println!("{:<26}{:>8}{:>10}{:>8}{:>12}{:>8}", "scenario", "entries", "wordings", "right", "asked back", "wrong");
    println!(
        "{scenario:<26}{entries:>8}{:>10}{:>8}{:>12}{:>8}",
        judged.len(),
        count("right"),
        count("asks back"),
        count("wrong")
    );
    for (question, judgement) in judged.iter().filter(|(_, judgement)| *judgement != Judgement::Right) {
        println!("  {question}\n    {judgement}");
    }
    let offences = not_yet::compared(scenario, judged);
    assert!(
        offences.is_empty(),
        "{} of {} wordings of {scenario}:\n{}",
        offences.len(),
        judged.len(),
        offences.join("\n")
    );
}
