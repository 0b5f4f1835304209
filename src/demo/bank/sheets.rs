//! The bank's spreadsheets.

use super::Bank;
use super::clients::ADVISERS;
use crate::demo::story::{StoryTable, StoryValue};

fn table(title: &str, about: &str, columns: &[&'static str], rows: Vec<Vec<StoryValue>>) -> StoryTable {
    StoryTable { title: title.to_owned(), about: about.to_owned(), columns: columns.to_vec(), rows }
}

pub(super) fn clients(bank: &Bank) -> StoryTable {
    let rows = bank.clients.iter().map(|client| {
        vec![
            client.id().into(),
            client.name.clone().into(),
            client.email.clone().into(),
            client.phone.clone().into(),
            client.city.into(),
            client.segment.into(),
            ADVISERS[client.adviser].name.into(),
            StoryValue::Day(client.joined_on),
        ]
    });
    let columns = ["client_id", "name", "email", "phone", "city", "segment", "adviser", "joined_on"];
    table("Clients", "Everybody who banks with us, and who advises them", &columns, rows.collect())
}

pub(super) fn accounts(bank: &Bank) -> StoryTable {
    let rows = bank.accounts.iter().map(|account| {
        vec![
            account.id().into(),
            bank.clients[account.client].id().into(),
            account.kind.into(),
            StoryValue::Day(account.opened_on),
        ]
    });
    table(
        "Accounts",
        "Accounts of our clients",
        &["account_id", "client_id", "account_type", "opened_on"],
        rows.collect(),
    )
}

pub(super) fn transactions(bank: &Bank) -> StoryTable {
    let rows = bank.transactions.iter().map(|one| {
        vec![
            format!("T-{:07}", one.number).into(),
            StoryValue::Moment(one.at),
            bank.accounts[one.account].id().into(),
            one.kind.into(),
            if one.is_in { "in" } else { "out" }.into(),
            StoryValue::Money(one.amount),
            one.channel.into(),
        ]
    });
    let columns = ["transaction_id", "booked_at", "account_id", "kind", "direction", "amount", "channel"];
    table("Transactions", "What was paid into accounts and out of them", &columns, rows.collect())
}

pub(super) fn loans(bank: &Bank) -> StoryTable {
    let rows = bank.loans.iter().map(|loan| {
        vec![
            loan.id().into(),
            bank.clients[loan.client].id().into(),
            loan.product.into(),
            StoryValue::Money(loan.principal),
            StoryValue::Number(loan.rate as f64 / 100.),
            StoryValue::Day(loan.given_on),
            loan.status.into(),
            loan.defaulted_on.map_or(StoryValue::Empty, StoryValue::Day),
            StoryValue::Money(loan.outstanding),
        ]
    });
    let columns = [
        "loan_id",
        "client_id",
        "product",
        "principal",
        "interest_rate",
        "originated_on",
        "status",
        "defaulted_on",
        "outstanding",
    ];
    table("Loans", "What we have lent, and what has become of it", &columns, rows.collect())
}

pub(super) fn trades(bank: &Bank) -> StoryTable {
    let rows = bank.trades.iter().map(|one| {
        vec![
            format!("TR-{:06}", one.number).into(),
            StoryValue::Day(one.on),
            bank.accounts[one.account].id().into(),
            one.instrument.into(),
            one.side.into(),
            one.channel.into(),
            StoryValue::Money(one.value),
            StoryValue::Money(one.fee_due),
            StoryValue::Money(one.fee_charged),
        ]
    });
    let columns =
        ["trade_id", "traded_on", "account_id", "instrument", "side", "channel", "value", "fee_due", "fee_charged"];
    table(
        "Trades",
        "What clients bought and sold, with the fee that is due and the one that was charged",
        &columns,
        rows.collect(),
    )
}
