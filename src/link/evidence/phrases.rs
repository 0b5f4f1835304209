//! Which names of persons and companies stand in a text.

use super::mentions::Reading;
use super::{Gathering, Span};
use crate::link::index::{Kind, Lead, Space};
use crate::link::keys::{formal, is_legal_form};
use crate::link::record::Rule;
use crate::link::spelling;

/// What is left of a single word that may be a part of another name.
const PART: f64 = 0.6;
/// Words of the longest name that is looked for.
const MOST_WORDS: usize = 6;

/// Words that may be a name.
struct Hit {
    from: usize,
    to: usize,
    span: Span,
}

impl Gathering<'_> {
    /// The names in a text. Where two overlap, the one that says more counts.
    pub(super) fn phrases(&self, reading: &Reading<'_>, spans: &mut Vec<Span>) {
        let mut hits = Vec::new();
        for from in 0..reading.words.len() {
            for to in from + 1..=(from + MOST_WORDS).min(reading.words.len()) {
                let leads = self.leads(Space::Phrase, [reading.words.joined(from, to)]);
                self.hit(reading, from, to, &leads, false, &mut hits);
            }
            self.with_middle_initial(reading, from, &mut hits);
            self.short_first_name(reading, from, &mut hits);
            self.with_slip(reading, from, &mut hits);
        }
        hits.sort_by(|left, right| {
            let length = |hit: &Hit| hit.to - hit.from;
            right.span.best().total_cmp(&left.span.best()).then(length(right).cmp(&length(left)))
        });
        let mut taken = vec![false; reading.words.len()];
        for hit in hits {
            if !taken[hit.from..hit.to].contains(&true) {
                taken[hit.from..hit.to].fill(true);
                spans.push(hit.span);
            }
        }
    }

    fn hit(&self, reading: &Reading<'_>, from: usize, to: usize, leads: &[Lead], is_slip: bool, hits: &mut Vec<Hit>) {
        if leads.is_empty() || reading.is_taken(from, to) {
            return;
        }
        let stands = Standing::of(self, reading, from, to, is_slip);
        if let Some(span) = Span::of(reading.said(from, to), leads, is_slip, |kind| stands.fit(kind)) {
            hits.push(Hit { from, to, span });
        }
    }

    /// "Jane M. Doe", where Jane Doe is known.
    fn with_middle_initial(&self, reading: &Reading<'_>, from: usize, hits: &mut Vec<Hit>) {
        if from + 2 < reading.words.len() && reading.words.get(from + 1).len() == 1 {
            let names = [reading.words.get(from), reading.words.get(from + 2)];
            let leads = self.leads(Space::Phrase, names);
            let full: Vec<Lead> = leads.iter().filter(|lead| lead.kind == Kind::FullName).copied().collect();
            self.hit(reading, from, from + 3, &full, false, hits);
        }
    }

    /// "Bob Smith", where Robert Smith is known, and the other way round.
    fn short_first_name(&self, reading: &Reading<'_>, from: usize, hits: &mut Vec<Hit>) {
        if from + 1 < reading.words.len() {
            for name in formal(reading.words.get(from)) {
                let leads = self.leads(Space::Formal, [*name, reading.words.get(from + 1)]);
                self.hit(reading, from, from + 2, &leads, false, hits);
            }
        }
    }

    /// Names in which one word is a slip away from what is known.
    fn with_slip(&self, reading: &Reading<'_>, place: usize, hits: &mut Vec<Hit>) {
        let words = &reading.words;
        let word = words.get(place);
        let known = self.index.spelling();
        if word.len() < spelling::SHORTEST
            || known.knows(word)
            || !self.usage.is_rare(word)
            || reading.is_taken(place, place + 1)
        {
            return;
        }
        for meant in known.meant(word) {
            for from in (place + 1).saturating_sub(MOST_WORDS)..=place {
                for to in place + 1..=(from + MOST_WORDS).min(words.len()) {
                    let before = if from < place { words.joined(from, place) } else { "" };
                    let after = if to > place + 1 { words.joined(place + 1, to) } else { "" };
                    let leads = self.leads(Space::Phrase, [before, meant, after]);
                    self.hit(reading, from, to, &leads, true, hits);
                }
            }
        }
    }
}

/// How words stand in their text, which tells whether they are a name.
struct Standing {
    words: usize,
    letters: usize,
    first_letters: usize,
    last_letters: usize,
    /// Whether each of them is written as a name is.
    are_names: bool,
    /// Whether the last of them is.
    last_is_name: bool,
    is_capital: bool,
    /// Whether all are everyday words, written small.
    are_everyday: bool,
    is_capitals: bool,
    is_slip: bool,
    /// Whether another word with a capital letter follows: it is a part of another name, then, as in "Globex Tent".
    goes_on: bool,
    /// Whether a legal form follows.
    has_form: bool,
}

impl Standing {
    fn of(gathering: &Gathering<'_>, reading: &Reading<'_>, from: usize, to: usize, is_slip: bool) -> Self {
        let words = &reading.words;
        let is_name = |place| {
            // A slip was not seen before, so that only its capital letter tells.
            (is_slip && words.word(place).is_capital) || gathering.usage.is_name(words, place)
        };
        let next = (to < words.len() && words.word(to).from == words.word(to - 1).to + 1).then(|| words.word(to));
        let is_form = to < words.len() && is_legal_form(words.get(to));
        Self {
            words: to - from,
            letters: words.joined(from, to).len(),
            first_letters: words.get(from).len(),
            last_letters: words.get(to - 1).len(),
            are_names: (from..to).all(is_name),
            last_is_name: is_name(to - 1),
            is_capital: words.word(from).is_capital,
            are_everyday: (from..to)
                .all(|place| !words.word(place).is_capital && gathering.usage.is_everyday(words.get(place))),
            is_capitals: (from..to).all(|place| words.word(place).is_capitals),
            is_slip,
            goes_on: next.is_some_and(|next| next.is_capital && !next.begins) && !is_form,
            // "As" and "se" are other words, too.
            has_form: next.is_some() && is_form && words.get(to).len() > 2,
        }
    }

    /// How well they fit what they would be: 0 for not at all.
    fn fit(&self, kind: Kind) -> f64 {
        let is_single = self.words == 1;
        let fits = match kind {
            Kind::FullName | Kind::FormalName if is_single => return if self.letters > 6 { 0.8 } else { 0.0 },
            Kind::FullName | Kind::FormalName => !self.are_everyday,
            Kind::InitialName => {
                self.words == 2 && self.first_letters.min(self.last_letters) == 1 && self.last_is_name && !self.is_slip
            }
            Kind::NameInitial => self.words == 2 && self.last_letters == 1 && self.are_names && !self.is_slip,
            Kind::LastName => self.are_names && self.letters > 2 && (!self.is_slip || self.letters > 6),
            Kind::FirstName => is_single && self.are_names && !self.is_slip,
            Kind::Company | Kind::CompanyShort if is_single => {
                let is_name = self.are_names || self.has_form;
                self.letters > 2 && is_name && (!self.is_slip || (self.is_capital && self.letters > 5))
            }
            Kind::Company | Kind::CompanyShort => !self.are_everyday && self.letters > 4,
            Kind::CompanyStart if is_single => {
                return if self.letters > 3 && self.are_names && self.is_capital && !self.is_slip { PART } else { 0.0 };
            }
            Kind::CompanyStart => !self.are_everyday && self.are_names,
            Kind::CompanyInitials => is_single && self.is_capitals && self.letters > 2 && !self.is_slip,
            _ => false,
        };
        let is_part = is_single && self.goes_on && kind.rule() == Rule::Company;
        match (fits, is_part) {
            (false, _) => 0.0,
            (true, true) => PART,
            (true, false) => 1.0,
        }
    }
}
