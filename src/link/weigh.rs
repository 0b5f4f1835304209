//! How much all that was said of a record says together.
//!
//! What is said in several ways adds up as chances that are independent do: all have to be wrong for a link to be wrong. Ways
//! that come from one another, a name and the address made of it, count once.

use std::collections::BTreeMap;

use super::evidence::Span;
use super::index::{Index, Known};
use super::keys::{Person, addresses, is_company};
use super::record::{Reason, Record, Rule};

/// Two names less alike than this are different ones.
const ALIKE: f64 = 0.82;
/// What is left of a score where the names differ, though an identifier, address or number agrees.
const OTHER_NAME: f64 = 0.75;
/// What is left of it where one name is at two companies, and nothing else agrees.
const OTHER_COMPANY: f64 = 0.6;
/// What is left of it where one name has addresses of two domains, and nothing else agrees.
const OTHER_DOMAIN: f64 = 0.85;

/// A right record, and how sure it is that it is meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weighed {
    pub(super) record: u32,
    pub(super) score: f64,
    pub(super) reasons: Vec<Reason>,
}

/// Ways of saying something that come from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Id,
    Email,
    Phone,
    Person,
    Company,
}

impl Way {
    fn of(rule: Rule) -> Self {
        match rule {
            Rule::Id | Rule::Thread => Self::Id,
            Rule::Email => Self::Email,
            Rule::Phone => Self::Phone,
            Rule::Name | Rule::Handle => Self::Person,
            Rule::Company | Rule::Domain => Self::Company,
        }
    }
}

/// The records that a left record speaks of, the surest first.
pub(super) fn weigh(index: &Index, left: &Record, spans: &[Span]) -> Vec<Weighed> {
    let support = support(spans);
    let mut found: BTreeMap<u32, Vec<(Way, Reason)>> = BTreeMap::new();
    for (place, span) in spans.iter().enumerate() {
        let meant = meant(place, span, &support);
        for candidate in span.candidates.iter().filter(|candidate| meant.contains(&candidate.record)) {
            let rule = candidate.kind.rule();
            let note = match (meant.len(), span.is_slip) {
                (1, false) => None,
                (1, true) => Some("spelled differently".to_owned()),
                (many, _) => Some(format!("{many} records are called so")),
            };
            let reason = Reason {
                rule,
                left: span.said.clone(),
                right: shown(index.known(candidate.record), rule, &span.said),
                weight: rounded(candidate.weight / meant.len() as f64),
                note,
            };
            found.entry(candidate.record).or_default().push((Way::of(rule), reason));
        }
    }
    let weighed = found.into_iter().filter_map(|(record, said)| together(index.known(record), left, record, said));
    let mut weighed: Vec<Weighed> = weighed.collect();
    weighed.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.record.cmp(&other.record)));
    weighed
}

/// For each record, which spans may mean it, and how much each says of it.
fn support(spans: &[Span]) -> BTreeMap<u32, Vec<(usize, f64)>> {
    let mut support: BTreeMap<u32, Vec<(usize, f64)>> = BTreeMap::new();
    if spans.len() > 1 {
        for (place, span) in spans.iter().enumerate() {
            for candidate in &span.candidates {
                let says = candidate.weight / span.candidates.len() as f64;
                support.entry(candidate.record).or_default().push((place, says));
            }
        }
    }
    support
}

/// Whom a span means: all that it may mean, or those of them that more is said of.
fn meant(place: usize, span: &Span, support: &BTreeMap<u32, Vec<(usize, f64)>>) -> Vec<u32> {
    let all: Vec<u32> = span.candidates.iter().map(|candidate| candidate.record).collect();
    if all.len() == 1 {
        return all;
    }
    let besides = |record: &u32| {
        let said = support.get(record).into_iter().flatten();
        said.filter(|(other, _)| *other != place).map(|(_, says)| says).sum::<f64>()
    };
    let most = all.iter().map(besides).fold(0.0, f64::max);
    if most == 0.0 { all } else { all.into_iter().filter(|record| besides(record) > most * 0.9).collect() }
}

fn together(known: &Known, left: &Record, record: u32, mut said: Vec<(Way, Reason)>) -> Option<Weighed> {
    said.sort_by(|(_, one), (_, other)| other.weight.total_cmp(&one.weight));
    let mut ways: BTreeMap<Way, f64> = BTreeMap::new();
    for (way, reason) in &said {
        let best = ways.entry(*way).or_default();
        *best = best.max(reason.weight);
    }
    let mut score = 1.0 - ways.values().map(|weight| 1.0 - weight).product::<f64>();
    let mut reasons: Vec<Reason> = Vec::new();
    for (_, reason) in said {
        if !reasons.iter().any(|other| other.rule == reason.rule && other.left == reason.left) {
            reasons.push(reason);
        }
    }
    if left.texts.is_empty() {
        let doubts = doubts(known, left, &ways)?;
        for (factor, note) in doubts {
            score *= factor;
            if let Some(first) = reasons.first_mut() {
                first.note =
                    Some(first.note.take().map_or_else(|| note.to_owned(), |other| format!("{other}; {note}")));
            }
        }
    }
    Some(Weighed { record, score: rounded(score), reasons })
}

/// What speaks against two records that are persons or companies on both sides. `None` where they are different ones.
fn doubts(known: &Known, left: &Record, ways: &BTreeMap<Way, f64>) -> Option<Vec<(f64, &'static str)>> {
    let ours = persons(left.names.iter().map(String::as_str));
    let theirs = persons(known.names.iter().map(|name| &**name));
    let is_certain = [Way::Id, Way::Email, Way::Phone].iter().any(|way| ways.contains_key(way));
    if ours.is_empty() || theirs.is_empty() {
        return Some(Vec::new());
    }
    // Colleagues have a company and a domain in common.
    if !is_certain && !ways.contains_key(&Way::Person) {
        return None;
    }
    let likeness = ours.iter().flat_map(|one| theirs.iter().map(|other| one.likeness(other))).fold(0.0, f64::max);
    let mut doubts = Vec::new();
    if likeness < ALIKE {
        if !is_certain {
            return None;
        }
        doubts.push((OTHER_NAME, "the names differ"));
    }
    if !is_certain && !ways.contains_key(&Way::Company) {
        if !left.companies.is_empty() && !known.companies.is_empty() {
            doubts.push((OTHER_COMPANY, "the companies differ"));
        } else if let Some(one) = own_domain(left.emails.iter().map(String::as_str))
            && let Some(other) = own_domain(known.emails.iter().map(|email| &**email))
            && one != other
        {
            doubts.push((OTHER_DOMAIN, "the addresses differ"));
        }
    }
    Some(doubts)
}

fn persons<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Person> {
    names.filter(|name| !is_company(name)).filter_map(Person::of).collect()
}

fn own_domain<'a>(emails: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut addresses = emails.flat_map(addresses);
    addresses.find_map(|address| address.own_domain())
}

/// How the right record has what was said. Where it has several, the one that is most alike.
fn shown(known: &Known, rule: Rule, said: &str) -> String {
    let values: &[Box<str>] = match rule {
        Rule::Name => &known.names,
        Rule::Company => {
            if known.companies.is_empty() {
                &known.names
            } else {
                &known.companies
            }
        }
        Rule::Email | Rule::Handle => &known.emails,
        Rule::Domain => {
            if known.domains.is_empty() {
                &known.emails
            } else {
                &known.domains
            }
        }
        Rule::Id | Rule::Phone | Rule::Thread => &known.others,
    };
    let folded = said.to_lowercase();
    let likeness = |value: &str| strsim::jaro_winkler(&value.to_lowercase(), &folded);
    let best = values.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    best.map_or_else(|| known.key.to_string(), |value| value.to_string())
}

fn rounded(score: f64) -> f64 {
    (score * 10_000.0).round() / 10_000.0
}
