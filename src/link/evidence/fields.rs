//! What the fields of a record say.

use super::{Gathering, Span};
use crate::link::index::{Kind, Space};
use crate::link::keys::{Address, Company, Id, Person, Phone, addresses, domain, formal, is_company, name_in, phones};
use crate::link::record::Record;
use crate::link::spelling;
use crate::link::words::Words;

/// What is left of a mailbox at another domain than the record's own: many are called alike.
const ELSEWHERE: f64 = 0.6;

impl Gathering<'_> {
    /// What a record's fields say.
    pub(super) fn fields(&self, record: &Record, spans: &mut Vec<Span>) {
        for id in &record.ids {
            spans.extend(Id::of(id).and_then(|key| self.id(id, &key)));
        }
        for address in record.emails.iter().flat_map(|email| addresses(email)) {
            self.address(&address, spans);
        }
        for phone in &record.phones {
            let found = phones(phone, self.rules.region.as_deref());
            spans.extend(found.iter().filter_map(|number| self.phone(phone, number)));
        }
        for text in &record.domains {
            spans.extend(domain(text).and_then(|domain| self.domain(text, &domain)));
        }
        for handle in &record.handles {
            spans.extend(self.handle(handle, &Words::of(handle).iter().collect::<String>()));
        }
        for name in &record.names {
            match Person::of(name).filter(|_| !is_company(name)) {
                Some(person) => spans.extend(self.person(name, &person)),
                None => spans.extend(self.company(name)),
            }
        }
        spans.extend(record.companies.iter().filter_map(|company| self.company(company)));
    }

    pub(super) fn id(&self, said: &str, id: &Id) -> Option<Span> {
        let exact = self.leads(Space::Id, [id.exact.as_str()]);
        if !exact.is_empty() {
            return Span::of(said, &exact, false, |_| 1.0);
        }
        let short = id.short.as_deref().unwrap_or(&id.exact);
        Span::of(said, &self.leads(Space::ShortId, [short]), false, |_| 1.0)
    }

    /// An address: whose it is, or else whom its mailbox and its domain may mean.
    pub(super) fn address(&self, address: &Address, spans: &mut Vec<Span>) {
        let whole = address.whole();
        if let Some(span) = Span::of(&whole, &self.leads(Space::Email, [whole.as_str()]), false, |_| 1.0) {
            spans.push(span);
            return;
        }
        let own_domain = address.own_domain();
        if let Some(handle) = address.handle() {
            // A mailbox at a provider for anybody is chosen among those that are left.
            let fit = if own_domain.is_some() { 1.0 } else { 0.8 };
            let span = Span::of(&whole, &self.leads(Space::Handle, [handle.as_str()]), false, |_| fit);
            spans.extend(span.map(|mut span| {
                for candidate in &mut span.candidates {
                    if self.is_elsewhere(candidate.record, own_domain.as_deref()) {
                        candidate.weight *= ELSEWHERE;
                    }
                }
                span
            }));
        }
        if let Some(domain) = own_domain {
            spans.extend(self.domain(&whole, &domain));
        }
    }

    /// Whether a record has addresses at domains of its own, and this domain is none of them.
    fn is_elsewhere(&self, record: u32, own_domain: Option<&str>) -> bool {
        let emails = &self.index.known(record).emails;
        let mut theirs =
            emails.iter().flat_map(|email| addresses(email)).filter_map(|known| known.own_domain()).peekable();
        own_domain.is_some() && theirs.peek().is_some() && !theirs.any(|domain| Some(domain.as_str()) == own_domain)
    }

    /// A telephone number. Two numbers with different countries are different, however alike they are within them.
    pub(super) fn phone(&self, said: &str, phone: &Phone) -> Option<Span> {
        match &phone.whole {
            Some(whole) => Span::of(said, &self.leads(Space::Phone, [whole.as_str()]), false, |_| 1.0),
            None => Span::of(said, &self.leads(Space::NationalPhone, [phone.national.as_str()]), false, |_| 1.0),
        }
    }

    /// A domain: whose it is, or else which company is called like it.
    pub(super) fn domain(&self, said: &str, domain: &str) -> Option<Span> {
        let exact = self.leads(Space::Domain, [domain]);
        if !exact.is_empty() {
            return Span::of(said, &exact, false, |_| 1.0);
        }
        let name = name_in(domain);
        let companies = self.leads(Space::Phrase, [name.as_str()]);
        Span::of(said, &companies, false, |kind| match kind {
            Kind::Company | Kind::CompanyShort if name.len() > 3 => 0.85,
            _ => 0.0,
        })
    }

    pub(super) fn handle(&self, said: &str, handle: &str) -> Option<Span> {
        Span::of(said, &self.leads(Space::Handle, [handle]), false, |_| 1.0)
    }

    /// A person's name: as it is, by a short form of the first, by initials, or with a slip.
    fn person(&self, said: &str, person: &Person) -> Option<Span> {
        let last = person.last.as_str();
        let only_names = |kind: Kind| match kind {
            Kind::FullName | Kind::InitialName => 1.0,
            _ => 0.0,
        };
        let exact = self.leads(Space::Phrase, [person.first.as_str(), last]);
        if let Some(span) = Span::of(said, &exact, false, only_names) {
            return Some(span);
        }
        for name in formal(&person.first) {
            if let Some(span) = Span::of(said, &self.leads(Space::Formal, [*name, last]), false, |_| 1.0) {
                return Some(span);
            }
        }
        if !person.is_initial() {
            // The right side may know an initial only. Where it knows more, it is another first name.
            let initial = self.leads(Space::Phrase, [&person.first[..1], last]);
            let has_initial_only = |record: u32| {
                let names = &self.index.known(record).names;
                names.iter().filter_map(|name| Person::of(name)).any(|known| known.is_initial() && known.last == last)
            };
            let initial: Vec<_> = initial.iter().filter(|lead| has_initial_only(lead.record)).copied().collect();
            if let Some(span) = Span::of(said, &initial, false, only_names) {
                return Some(span);
            }
        }
        self.person_with_slip(said, person)
    }

    /// The known words that a word of a field may be meant as.
    fn meant(&self, word: &str) -> Vec<&str> {
        // Alone, words of four letters are too easily another word.
        if word.len() > spelling::SHORTEST { self.index.spelling().meant(word) } else { Vec::new() }
    }

    fn person_with_slip(&self, said: &str, person: &Person) -> Option<Span> {
        let only_full = |kind: Kind| match kind {
            Kind::FullName | Kind::FormalName => 1.0,
            _ => 0.0,
        };
        let mut leads = Vec::new();
        for last in self.meant(&person.last) {
            leads.extend_from_slice(&self.leads(Space::Phrase, [person.first.as_str(), last]));
            for name in formal(&person.first) {
                leads.extend_from_slice(&self.leads(Space::Formal, [*name, last]));
            }
        }
        for first in self.meant(&person.first) {
            leads.extend_from_slice(&self.leads(Space::Phrase, [first, person.last.as_str()]));
        }
        leads.sort_unstable();
        leads.dedup_by_key(|lead| lead.record);
        Span::of(said, &leads, true, only_full)
    }

    /// A company's name: as it is, shorter or longer by words that say little, or with a slip.
    fn company(&self, said: &str) -> Option<Span> {
        let company = Company::of(said)?;
        let only_companies = |kind: Kind| match kind {
            Kind::Company | Kind::CompanyShort => 1.0,
            _ => 0.0,
        };
        let joined = company.joined();
        if let Some(span) = Span::of(said, &self.leads(Space::Phrase, [joined.as_str()]), false, only_companies) {
            return Some(span);
        }
        for short in company.short_forms().filter(|short| company.leaves_generic(short)) {
            let shorter = short.concat();
            let leads = self.leads(Space::Phrase, [shorter.as_str()]);
            // Both leave out something else: Blue River Foods is not Blue River Logistics.
            let only_whole = |kind: Kind| if kind == Kind::Company { 0.95 } else { 0.0 };
            if let Some(span) = Span::of(said, &leads, false, only_whole) {
                return Some(span);
            }
        }
        let mut leads = Vec::new();
        for (place, word) in company.core.iter().enumerate() {
            for meant in self.meant(word) {
                let mut core = company.core.clone();
                core[place] = meant.to_owned();
                leads.extend_from_slice(&self.leads(Space::Phrase, [core.concat().as_str()]));
            }
        }
        leads.sort_unstable();
        leads.dedup_by_key(|lead| lead.record);
        Span::of(said, &leads, true, only_companies)
    }
}
