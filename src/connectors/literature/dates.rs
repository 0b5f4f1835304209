//! When something was published, as exactly as the record says and no more.

use chrono::NaiveDate;

/// A publication date. Journals state days, months, seasons or spans, so that only what is stated is filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Published {
    /// In the journal's words: `2020 Mar 5`, `1998 Dec-1999 Jan`, `2001 Spring`.
    pub(super) text: Option<String>,
    /// Of a span, the year in which it begins.
    pub(super) year: Option<i64>,
    pub(super) month: Option<i64>,
    pub(super) day: Option<i64>,
}

impl Published {
    /// Of the parts that a record states.
    pub(super) fn of_parts(year: Option<&str>, month: Option<&str>, day: Option<&str>, season: Option<&str>) -> Self {
        let words: Vec<&str> = [year, season, month, day].into_iter().flatten().collect();
        let number = |text: &str| text.trim().parse::<i64>().ok();
        let month_number = month.and_then(month_of);
        Self {
            text: (!words.is_empty()).then(|| words.join(" ")),
            year: year.and_then(number),
            month: month_number,
            day: day.and_then(number).filter(|_| month_number.is_some()),
        }
    }

    /// Of free words (`MedlineDate`), which state a year first as a rule; a month or a day counts only where the words are
    /// nothing but one date.
    pub(super) fn of_words(words: &str) -> Self {
        let words = words.trim();
        let mut parts = words.split_whitespace();
        let plain = Self::of_parts(parts.next(), parts.next(), parts.next(), None);
        if parts.next().is_none() && plain.year.is_some_and(|year| year > 999) && is_whole(&plain, words) {
            return Self { text: Some(words.to_owned()), ..plain };
        }
        Self { text: (!words.is_empty()).then(|| words.to_owned()), year: first_year(words), month: None, day: None }
    }

    /// The day, where all of it is stated.
    pub(super) fn date(&self) -> Option<NaiveDate> {
        day_of(self.year?, self.month?, self.day?)
    }
}

/// Whether every word was understood.
fn is_whole(published: &Published, words: &str) -> bool {
    let understood = [published.year, published.month, published.day].into_iter().flatten().count();
    understood == words.split_whitespace().count()
}

/// The first four digits that stand together and are a year.
fn first_year(words: &str) -> Option<i64> {
    words.split(|char: char| !char.is_ascii_digit()).find(|part| part.len() == 4)?.parse().ok()
}

/// A month by its number or its English name, short or long.
pub(super) fn month_of(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let text = text.trim().to_lowercase();
    if let Ok(number) = text.parse::<i64>() {
        return (1..=12).contains(&number).then_some(number);
    }
    let place = MONTHS.iter().position(|month| text.len() >= 3 && month.starts_with(text.as_str()))?;
    i64::try_from(place + 1).ok()
}

/// A day of the calendar.
pub(super) fn day_of(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(published: &Published) -> (Option<i64>, Option<i64>, Option<i64>) {
        (published.year, published.month, published.day)
    }

    #[test]
    fn free_words_give_no_more_than_they_say() {
        for (words, year, month, day) in [
            ("1998 Dec-1999 Jan", Some(1998), None, None),
            ("2000 Spring", Some(2000), None, None),
            ("Summer 1987", Some(1987), None, None),
            ("1983 1st Quart", Some(1983), None, None),
            ("2015 Nov 15-30", Some(2015), None, None),
            ("2020 Mar", Some(2020), Some(3), None),
            ("2020 Mar 5", Some(2020), Some(3), Some(5)),
            ("2020", Some(2020), None, None),
            ("undated", None, None, None),
        ] {
            let published = Published::of_words(words);
            assert_eq!(parts(&published), (year, month, day), "{words}");
            assert_eq!(published.text.as_deref(), Some(words));
        }
    }

    #[test]
    fn parts_are_numbers_or_names() {
        let full = Published::of_parts(Some("2021"), Some("Sep"), Some("07"), None);
        assert_eq!(full.date(), NaiveDate::from_ymd_opt(2021, 9, 7));
        let season = Published::of_parts(Some("2021"), None, None, Some("Winter"));
        assert_eq!((season.text.as_deref(), season.date()), (Some("2021 Winter"), None));
        assert_eq!(Published::of_parts(None, None, None, None), Published::default());
        assert_eq!(month_of("09"), Some(9));
        assert_eq!(month_of("13"), None);
        assert_eq!(month_of("Ma"), None);
    }
}
