//! The ratchet: wordings that are not answered rightly yet, in `not_yet.txt`. The list may only shrink.
//!
//! A line is `scenario | asks back | the question` or `scenario | wrong | the question`. With `UPDATE_NOT_YET=1` the lines of
//! the scenarios that are examined are written anew; look at the difference before you keep it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek, Write};

use super::judgement::Judgement;
use super::questions::folder;

const FILE: &str = "not_yet.txt";

/// What is wrong with the list, given what came of each wording of a scenario.
pub fn compared(scenario: &str, judged: &[(String, Judgement)]) -> Vec<String> {
    if std::env::var_os("UPDATE_NOT_YET").is_some() {
        update(scenario, judged);
        return Vec::new();
    }
    let text = fs::read_to_string(folder().join(FILE)).expect("the list is there");
    let mut listed: BTreeMap<&str, &str> =
        lines(&text).filter(|[of, ..]| *of == scenario).map(|[_, word, question]| (question, word)).collect();
    let mut offences = Vec::new();
    for (question, judgement) in judged {
        match (listed.remove(question.as_str()), judgement.word()) {
            (None, "right") => {}
            (None, _) => offences.push(format!("{question}\n    {judgement}")),
            (Some(_), "right") => {
                offences.push(format!("{question}\n    is answered now: take its line out of {FILE}"))
            }
            (Some(before), word) if before == word => {}
            (Some(before), _) => offences.push(format!("{question}\n    was listed as {before}; {judgement}")),
        }
    }
    offences.extend(listed.keys().map(|question| format!("{question}\n    is listed in {FILE} and asked nowhere")));
    offences
}

fn lines(text: &str) -> impl Iterator<Item = [&str; 3]> {
    let parts = |line: &str| line.splitn(3, '|').count() == 3;
    text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).map(move |line| {
        assert!(parts(line), "{FILE}: {line:?} is no line of three parts");
        let mut parts = line.splitn(3, '|').map(str::trim);
        std::array::from_fn(|_| parts.next().unwrap_or_default())
    })
}

/// Writes the lines of a scenario anew. Other processes may write those of others.
fn update(scenario: &str, judged: &[(String, Judgement)]) {
    let mut file = File::options().read(true).write(true).open(folder().join(FILE)).expect("the list is there");
    file.lock().expect("nobody holds it for long");
    let mut text = String::new();
    file.read_to_string(&mut text).expect("the list is text");
    let others = text.lines().filter(|line| line.split('|').next().map(str::trim) != Some(scenario));
    let mut kept: Vec<String> = others.map(str::to_owned).collect();
    let failing = judged.iter().filter(|(_, judgement)| *judgement != Judgement::Right);
    kept.extend(failing.map(|(question, judgement)| format!("{scenario} | {} | {question}", judgement.word())));
    let comments = kept.iter().take_while(|line| line.starts_with('#')).count();
    kept[comments..].sort();
    file.set_len(0).expect("it can be written");
    file.rewind().expect("it can be written");
    file.write_all((kept.join("\n") + "\n").as_bytes()).expect("it can be written");
}
