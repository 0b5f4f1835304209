//! The documents.

use chrono::{NaiveDate, TimeDelta};

use super::{Block, Paper, PaperTab, midnight};

/// All of them.
pub(super) fn all(closed_on: NaiveDate) -> Vec<Paper> {
    let before = |days: i64| midnight(closed_on - TimeDelta::days(days)) + TimeDelta::hours(14);
    vec![
        Paper {
            title: "Returns handbook".into(),
            folder: "Company",
            changed_at: before(75),
            tabs: vec![
                PaperTab { title: "Handbook".into(), blocks: handbook() },
                PaperTab { title: "Letters".into(), blocks: letters() },
            ],
        },
        Paper {
            title: "Minutes of the supplier meeting".into(),
            folder: "Planning",
            changed_at: before(20),
            tabs: vec![PaperTab { title: "Minutes".into(), blocks: minutes() }],
        },
    ]
}

fn text(text: &str) -> Block {
    Block::Text(text.to_owned())
}

fn handbook() -> Vec<Block> {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    vec![
        Block::Title("Returns handbook".to_owned()),
        text("How we take back what customers do not want to keep."),
        Block::Heading(1, "Who may send back what".to_owned()),
        text("Everything within thirty days, but for opened food and cut cloth."),
        Block::Heading(2, "Deadlines".to_owned()),
        Block::Table(vec![
            row(["Category", "Days", "Who pays the parcel"]),
            row(["Clothing", "30", "we do"]),
            row(["Outdoor", "30", "we do"]),
            row(["Garden", "14", "the customer, above 30 kg"]),
        ]),
        Block::Heading(2, "Steps".to_owned()),
        Block::Item(0, true, "Print the label".to_owned()),
        Block::Item(0, true, "Pack it".to_owned()),
        Block::Item(1, false, "in its own box".to_owned()),
        Block::Item(1, false, "with the invoice".to_owned()),
        Block::Item(0, true, "Hand it over".to_owned()),
        Block::Heading(1, "Refunds".to_owned()),
        text("Within five working days after the parcel has come."),
        Block::Link(
            "The carrier's terms are on its ".to_owned(),
            "page".to_owned(),
            "https://parcels.example/terms".to_owned(),
        ),
    ]
}

fn letters() -> Vec<Block> {
    vec![
        Block::Heading(1, "When something is broken".to_owned()),
        text("We are sorry that it came to you like this. Keep it; another one is on its way."),
        Block::Heading(1, "When it is too late".to_owned()),
        text("The thirty days are over. We offer a voucher of half the price."),
    ]
}

fn minutes() -> Vec<Block> {
    vec![
        Block::Title("Minutes of the supplier meeting".to_owned()),
        text("Present: Marta Kowalska, Björn Lindqvist, Lotte Brandt"),
        Block::Heading(1, "Decisions".to_owned()),
        Block::Item(0, false, "Tents come from two makers from now on".to_owned()),
        Block::Item(0, false, "Prices of footwear are looked at again in March".to_owned()),
        Block::Heading(1, "Open questions".to_owned()),
        text("Who pays for pallets that come back broken?"),
    ]
}
