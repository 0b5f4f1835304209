//! The mail of one account.

use chrono::{NaiveDate, TimeDelta};
use rand::RngExt;

use super::super::CatalogueItem;
use super::{Dice, Letter, STAFF, midnight};

/// Conversations in the mailbox.
const THREADS: usize = 60;
/// Days before the end over which they are spread.
const DAYS: i64 = 90;

const QUESTIONS: &[(&str, &str)] = &[
    ("Price of {product}", "Hello Hana,\n\nwhat did {product} ({sku}) cost last spring? The supplier asks.\n"),
    ("Returns of {product}", "Hi Hana,\n\n{product} comes back more often than it should. Can you look into it?\n"),
    ("Numbers for {category}", "Dear Hana,\n\nplease send me the revenue of {category} by month.\n\nThank you\n"),
];

/// All of it, in order of time.
pub(super) fn all(catalogue: &[CatalogueItem], closed_on: NaiveDate, dice: &mut Dice) -> Vec<Letter> {
    let mine = STAFF[5].address("fernweh.example");
    let mut letters = Vec::new();
    for thread in 0..THREADS {
        let other = STAFF[thread % 5].address("fernweh.example");
        let item = &catalogue[thread * 7 % catalogue.len().max(1)];
        let (subject, text) = QUESTIONS[thread % QUESTIONS.len()];
        let filled = |words: &str| {
            words.replace("{product}", &item.name).replace("{sku}", &item.sku).replace("{category}", item.category)
        };
        let first = midnight(closed_on)
            - TimeDelta::days(DAYS) * (THREADS - thread) as i32 / THREADS as i32
            - TimeDelta::seconds(dice.random_range(1_000..30_000));
        let mut labels = vec!["INBOX"];
        if thread + 8 > THREADS {
            labels.push("UNREAD");
        }
        letters.push(Letter {
            at: first,
            thread,
            from: other.clone(),
            to: mine.clone(),
            subject: filled(subject),
            text: filled(text),
            labels,
            attachment: (thread % 9 == 4).then(|| (format!("{}.pdf", item.sku), 20_480 + thread as u64)),
        });
        if thread % 2 == 0 {
            letters.push(Letter {
                at: first + TimeDelta::seconds(dice.random_range(300..900)),
                thread,
                from: mine.clone(),
                to: other,
                subject: format!("Re: {}", filled(subject)),
                text: "It is in the sheet now.\n\nGrüße, Hana\n".to_owned(),
                labels: vec!["SENT"],
                attachment: None,
            });
        }
    }
    letters.sort_by_key(|letter| letter.at);
    letters
}
