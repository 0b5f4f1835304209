//! What was spent and earned, and how that compares with the budget.

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::super::super::truth::Truth;
use super::super::calendar::month_of;
use super::super::entries::Entry;
use super::super::lines::Kind;
use super::super::{Ledger, sheets};
use super::{by_day, euros, number, ranked, sums};

pub(super) fn facts(truth: Truth, ledger: &Ledger) -> Truth {
    let of = |kind: Kind| ledger.entries.iter().filter(move |entry| entry.kind == kind);
    let signed = |entry: &Entry| if entry.kind == Kind::Revenue { entry.amount } else { -entry.amount };
    let total = |kind: Kind| of(kind).map(|entry| entry.amount).sum::<i64>();
    let in_year = |year: i32| of(Kind::Expense).filter(move |entry| entry.day.year() == year);
    let by_pair = sums(of(Kind::Expense).map(|entry| ((entry.department, entry.category), entry.amount)));
    let by_pair =
        by_pair.into_iter().map(|((department, category), sum)| vec![json!(department), json!(category), euros(sum)]);
    let is_last_quarter = |entry: &&Entry| entry.day.year() == 2025 && entry.day.month() > 9;
    let unusual = ledger.entries.iter().filter(|entry| entry.is_unusual).map(|entry| {
        vec![json!(entry.id), euros(entry.amount), json!(entry.department), json!(entry.category), json!(entry.day)]
    });
    let departments =
        |entries: &mut dyn Iterator<Item = &Entry>| ranked(sums(entries.map(|entry| (entry.department, entry.amount))));
    let categories =
        |entries: &mut dyn Iterator<Item = &Entry>| ranked(sums(entries.map(|entry| (entry.category, entry.amount))));
    let months = |entries: &mut dyn Iterator<Item = &Entry>| {
        by_day(sums(entries.map(|entry| (month_of(entry.day), entry.amount))))
    };
    let years = sums(of(Kind::Expense).map(|entry| (entry.day.year(), entry.amount)));
    let cash_flow = sums(ledger.entries.iter().map(|entry| (month_of(entry.day), signed(entry))));
    let largest = |department: &str| {
        let mut of = categories(&mut of(Kind::Expense).filter(|entry| entry.department == department));
        of.truncate(3);
        of
    };
    let operations = largest("Operations");
    truth
        .with("entry_count", "how many entries there are", &["entries"], number(ledger.entries.len()))
        .with("expenses_total", "all that was spent", &["expenses"], number(euros(total(Kind::Expense))))
        .with("revenue_total", "all that was earned", &["revenue"], number(euros(total(Kind::Revenue))))
        .with(
            "cash_flow_total",
            "what came in less what went out",
            &["cash_flow"],
            number(euros(ledger.entries.iter().map(signed).sum())),
        )
        .with(
            "expenses_by_department",
            "what each department spent, the most first",
            &["department", "expenses"],
            departments(&mut of(Kind::Expense)),
        )
        .with(
            "expenses_by_category",
            "what was spent on each category, the most first",
            &["category", "expenses"],
            categories(&mut of(Kind::Expense)),
        )
        .with(
            "expenses_by_department_and_category",
            "what each department spent on each category",
            &["department", "category", "expenses"],
            by_pair.collect(),
        )
        .with(
            "expenses_by_category_2025",
            "what was spent on each category in 2025, the most first",
            &["category", "expenses"],
            categories(&mut in_year(2025)),
        )
        .with(
            "expenses_by_department_last_quarter",
            "what each department spent in the last quarter of 2025, the most first",
            &["department", "expenses"],
            departments(&mut of(Kind::Expense).filter(is_last_quarter)),
        )
        .with(
            "largest_categories_of_operations",
            "the three categories on which Operations spent the most",
            &["category", "expenses"],
            operations,
        )
        .with(
            "expenses_by_year",
            "what was spent in each year",
            &["year", "expenses"],
            years.into_iter().map(|(year, sum)| vec![json!(format!("{year}-01-01")), euros(sum)]).collect(),
        )
        .with(
            "expenses_by_month",
            "what was spent in each month",
            &["month", "expenses"],
            months(&mut of(Kind::Expense)),
        )
        .with(
            "revenue_by_month",
            "what was earned in each month",
            &["month", "revenue"],
            months(&mut of(Kind::Revenue)),
        )
        .with(
            "revenue_by_category",
            "what was earned with what, the most first",
            &["category", "revenue"],
            categories(&mut of(Kind::Revenue)),
        )
        .with(
            "cash_flow_by_month",
            "what came in less what went out, in each month",
            &["month", "cash_flow"],
            by_day(cash_flow),
        )
        .with(
            "months_to_come",
            "the months that follow the books",
            &["month"],
            ["2026-01-01", "2026-02-01", "2026-03-01"].iter().map(|month| vec![json!(month)]).collect(),
        )
        .with(
            "unusual_spending",
            "payments far from what is usual for their department and category",
            &["entry_id", "amount", "department", "category", "date"],
            unusual.collect(),
        )
}

pub(super) fn budgets(truth: Truth, ledger: &Ledger) -> Truth {
    let of_2025 = |day: &NaiveDate| day.year() == 2025;
    let budget = sheets::budgeted(ledger);
    let planned =
        sums(budget.iter().filter(|((month, ..), _)| of_2025(month)).map(|((_, name, _), cents)| (*name, *cents)));
    let expenses = ledger.entries.iter().filter(|entry| entry.kind == Kind::Expense);
    let spent = sums(expenses.filter(|entry| of_2025(&entry.day)).map(|entry| (entry.department, entry.amount)));
    let mut variance: Vec<(&str, i64, i64)> =
        planned.iter().map(|(name, planned)| (*name, spent.get(name).copied().unwrap_or_default(), *planned)).collect();
    variance.sort_by_key(|(_, spent, planned)| planned - spent);
    let row = |(name, spent, planned): &(&str, i64, i64)| {
        vec![json!(name), euros(*spent), euros(*planned), euros(spent - planned)]
    };
    let over = variance.iter().filter(|(_, spent, planned)| spent > planned);
    truth
        .with(
            "budget_by_department_2025",
            "what each department might spend in 2025, the most first",
            &["department", "budget"],
            ranked(planned.clone()),
        )
        .with(
            "budget_variance_by_department_2025",
            "how far over its budget each department was in 2025, the farthest first; below it is negative",
            &["department", "variance"],
            variance.iter().map(|(name, spent, planned)| vec![json!(name), euros(spent - planned)]).collect(),
        )
        .with(
            "departments_over_budget_2025",
            "who spent more than planned in 2025",
            &["department", "spent", "budget", "variance"],
            over.map(row).collect(),
        )
        .with("budget_total", "what might be spent in both years", &["budget"], number(euros(budget.values().sum())))
}
