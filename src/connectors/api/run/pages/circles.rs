//! Pages that lead nowhere: by a token that comes again, or, where pages are counted, because an API does not look at the
//! count and gives one page for ever.

use bytes::Bytes;

use super::super::super::value::Value;
use crate::sdk::Circle;

/// How often in a row a page may come again that could be another one with equal records.
const MOST_ALIKE: u32 = 100;

/// What is seen of the pages of a slice.
#[derive(Default)]
pub(super) struct Circles {
    /// Where the API tells where to go on. Some give the same token with each page, so that what the page held belongs to it.
    told: Circle<(Value, Outline)>,
    counted: Circle<(Outline, Bytes)>,
    outlines: Circle<Outline>,
    whole: Circle<Vec<Value>>,
    /// Whether a counted page looked like an earlier one. From then on the records themselves are compared, since what stands
    /// around them may differ.
    looks_closer: bool,
    alike: u32,
}

/// What a page looks like: how many records it has, and the first and the last of them, of each request that it took.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in super::super) struct Outline {
    pub(in super::super) extracted: usize,
    pub(in super::super) ends: Vec<Value>,
}

impl Outline {
    pub(in super::super) fn of(records: &[Value], extracted: usize) -> Self {
        Self { extracted, ends: records.first().into_iter().chain(records.last()).cloned().collect() }
    }

    /// Whether records of the page can be told from each other.
    fn differs_within(&self) -> bool {
        self.ends.first() != self.ends.last()
    }
}

impl Circles {
    /// Whether all records of the next page are to be shown, beside its outline.
    pub(super) fn look_closer(&self) -> bool {
        self.looks_closer
    }

    /// Notes a page behind which the API tells where to go on; why the pages are not to be followed any more.
    pub(super) fn told(&mut self, next: &Value, outline: Outline) -> Option<&'static str> {
        let leads_back = self.told.closes(&(next.clone(), outline));
        leads_back.then_some("the pages lead in a circle: the token of one comes again, and so do its records")
    }

    /// Notes a counted page; why the pages are not to be followed any more.
    ///
    /// Where records have a key, or are seen to differ, a page that comes again is the same page. Where they have none and are
    /// all alike it may be another one, such as hours in which nothing happened: so many of them in a row are read.
    pub(super) fn counted(
        &mut self,
        body: Bytes,
        outline: Outline,
        whole: Option<Vec<Value>>,
        has_key: bool,
    ) -> Option<&'static str> {
        let differs = has_key || outline.differs_within();
        self.looks_closer |= self.outlines.closes(&outline);
        let comes_again = whole.is_some_and(|whole| self.whole.closes(&whole));
        if !self.counted.closes(&(outline, body)) && !comes_again {
            self.alike = 0;
            return None;
        }
        self.alike += 1;
        (differs || self.alike > MOST_ALIKE).then_some(
            "the API gives a page again that it gave before, whatever page is asked for; look at `page_token_option` (what the \
             parameter is called, and where it goes), and leave `paginator` out if the API has no pages",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many pages it is said that they lead nowhere, of at most 1,000.
    fn followed(has_key: bool, page: impl Fn(u32) -> (String, Vec<Value>)) -> Option<u32> {
        let mut circles = Circles::default();
        (1..=1_000).find(|number| {
            let (body, records) = page(*number);
            let outline = Outline::of(&records, records.len());
            let whole = circles.look_closer().then_some(records);
            circles.counted(body.into(), outline, whole, has_key).is_some()
        })
    }

    fn numbers(from: i64, to: i64) -> Vec<Value> {
        (from..=to).map(Value::Int).collect()
    }

    #[test]
    fn a_page_that_comes_for_ever_is_seen_before_it_is_read_twice() {
        assert_eq!(followed(false, |_| ("same".into(), numbers(1, 3))), Some(2));
        assert_eq!(followed(true, |_| ("same".into(), numbers(1, 1))), Some(2));
        assert_eq!(followed(false, |page| (page.min(7).to_string(), numbers(page.min(7).into(), 9))), Some(8));
        assert_eq!(followed(true, |page| (page.to_string(), numbers(i64::from(page), 2_000))), None);
    }

    #[test]
    fn what_stands_around_the_records_hides_nothing_for_long() {
        assert_eq!(followed(false, |page| (page.to_string(), numbers(1, 3))), Some(4));
        let middle = |page: u32| vec![Value::Int(1), Value::Int(page.into()), Value::Int(3)];
        assert_eq!(followed(false, |page| (page.to_string(), middle(page))), None);
    }

    #[test]
    fn pages_that_begin_anew_behind_the_last_are_seen() {
        assert!(followed(false, |page| ((page % 5).to_string(), numbers((page % 5).into(), 9))).is_some());
    }

    #[test]
    fn equal_records_without_a_key_may_fill_some_pages() {
        let zeros = |_: u32| ("zeros".to_owned(), vec![Value::Int(0); 50]);
        assert_eq!(followed(false, zeros), Some(MOST_ALIKE + 2));
        let some = |page: u32| {
            if page.is_multiple_of(90) { (page.to_string(), numbers(page.into(), 2_000)) } else { zeros(page) }
        };
        assert_eq!(followed(false, some), None);
    }
}
