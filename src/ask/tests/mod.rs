//! Questions over a small company whose numbers can be reckoned by hand.

mod beside;
mod extremes;
mod kept;
mod means;
mod shares;
mod verbs;
mod world;

use async_trait::async_trait;

use super::{Data, answer};
use crate::query::{QueryError, QueryOutput};
use world::World;

/// All questions of a list are answered with the rows beside them.
async fn answered(questions: &[(&str, &str)]) {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (question, expected) in questions {
        let reply = world.ask(question).await;
        let rows = world::shown(&reply);
        if rows != *expected {
            wrong.push(format!(
                "{question}\n  expected {expected}\n  found    {rows}\n  {}\n  {}",
                reply.interpretation,
                reply.sql.unwrap_or_default()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[tokio::test]
async fn things_are_counted_and_added_up() {
    answered(&[
        ("How many customers are there?", "5"),
        ("number of clients", "5"),
        ("How many customers are active?", "3"),
        ("How many customers do we have in Europe?", "2"),
        ("count of churned customers", "1"),
        ("How many customers are not active?", "2"),
        ("How many orders did Acme place?", "18"),
        ("what was the total revenue in 2025 of initech", "1800.0"),
        ("How many high priority tickets are there?", "3"),
        ("average resolution time of high priority tickets", "50.0"),
        ("How many tickets mention a refund?", "2"),
        ("How many customers have no email?", "1"),
        ("How many custmers are in EMEA", "2"),
        ("how many regions are there", "3"),
    ])
    .await;
}

#[tokio::test]
async fn figures_are_broken_down_and_ranked() {
    answered(&[
        ("customers by region", "AMER 2; EMEA 2; APAC 1"),
        ("How many customers are there per region?", "AMER 2; EMEA 2; APAC 1"),
        ("revenue by product", "Widget 36000.0; Gadget 19170.0; Gizmo 360.0"),
        ("Which product has the highest revenue?", "Widget 36000.0"),
        ("which region brings in the least revenue", "AMER 360.0"),
        ("top 2 customers by turnover", "C1 Acme Ltd 33300.0; C2 Globex Corporation 19170.0"),
        ("who is the best sales rep", "Ann Lee 36000.0"),
        ("show me sales for each region", "EMEA 52470.0; APAC 2700.0; AMER 360.0"),
        ("tickets by customer", "C1 Acme Ltd 2; C2 Globex Corporation 2; C3 Initech 1"),
        ("Which customer has the most tickets in october 2025?", "C1 Acme Ltd 2"),
        ("What share of revenue comes from EMEA?", "52470.0 55530.0 94.48946515397083"),
        ("tickets by month", "2025-10-01 2; 2025-11-01 2; 2025-12-01 2"),
        ("customers with more than 10 orders", "C1 Acme Ltd 18; C2 Globex Corporation 18"),
        ("How many customers have more than 10 orders?", "2"),
        ("customers without orders", "C5 Hooli mail@hooli.test AMER paused 2025-05-14"),
        ("Which customers never bought anything?", "C5 Hooli mail@hooli.test AMER paused 2025-05-14"),
    ])
    .await;
}

#[tokio::test]
async fn the_first_are_found_within_each_group() {
    answered(&[
        ("top product in each region", "AMER Gizmo 360.0; APAC Widget 2700.0; EMEA Widget 33300.0"),
        ("Which product sells best in each region?", "AMER Gizmo 360.0; APAC Widget 2700.0; EMEA Widget 33300.0"),
        (
            "top 2 products by revenue for each region",
            "AMER Gizmo 360.0; APAC Widget 2700.0; EMEA Widget 33300.0; EMEA Gadget 19170.0",
        ),
        (
            "For every sales rep, the best customer",
            "Ann Lee C1 Acme Ltd 33300.0; Bob Ray C2 Globex Corporation 19170.0; Cid Fox C4 Umbrella Group 360.0",
        ),
        ("best customer per region", "AMER C4 Umbrella Group 360.0; APAC C3 Initech 2700.0; EMEA C1 Acme Ltd 33300.0"),
        ("which region has the highest revenue", "EMEA 52470.0"),
        ("revenue by region, the highest first", "EMEA 52470.0; APAC 2700.0; AMER 360.0"),
    ])
    .await;
}

#[tokio::test]
async fn a_share_is_taken_of_what_it_is_said_of() {
    answered(&[
        ("What share of customers is active, by region?", "APAC 100.0; AMER 50.0; EMEA 50.0"),
        ("share of active customers by region", "APAC 100.0; AMER 50.0; EMEA 50.0"),
        ("What share of customers in EMEA is active?", "1 2 50.0"),
        ("What share of tickets mentions a refund, by priority?", "low 50.0; high 33.333333333333336; medium 0.0"),
        (
            "What share of orders is over 1000 EUR, by product?",
            "Widget 62.96296296296296; Gadget 55.55555555555556; Gizmo 0.0",
        ),
        ("In which region is the share of active customers the highest?", "APAC 100.0"),
        ("Share of high priority tickets by month", "2025-10-01 50.0; 2025-11-01 50.0; 2025-12-01 50.0"),
        ("How many tickets took more than a day?", "3"),
    ])
    .await;
}

#[tokio::test]
async fn what_is_linked_with_several_belongs_to_the_surest() {
    answered(&[
        ("tickets by customer", "C1 Acme Ltd 2; C2 Globex Corporation 2; C3 Initech 1"),
        ("How many tickets are there of Acme?", "2"),
        ("How many tickets are there of Umbrella Group?", "0"),
    ])
    .await;
}

#[tokio::test]
async fn what_else_people_say_is_understood() {
    answered(&[
        ("Break down orders by product", "Widget 27; Gadget 18; Gizmo 3"),
        ("Number of orders by product", "Widget 27; Gadget 18; Gizmo 3"),
        ("revenue per customer by region", "EMEA 26235.0; APAC 2700.0; AMER 360.0"),
        ("What is the average revenue per order?", "1156.875"),
        ("resolution time across all tickets", "26.333333333333332"),
        ("How many customers ordered in September 2024?", "3"),
        ("Which customers ordered nothing in 2025?", "C5 Hooli mail@hooli.test AMER paused 2025-05-14"),
        ("What was our best month?", "2024-07-01 3420.0"),
        ("Which priority has the lengthiest tickets?", "high 50.0"),
        ("Rank reps by orders", "Ann Lee 27; Bob Ray 18; Cid Fox 3"),
        ("Rank regions by customers", "AMER 2; EMEA 2; APAC 1"),
        ("Which product leads to the largest revenue?", "Widget 36000.0"),
        ("What do customers want? Count orders by product", "Widget 27; Gadget 18; Gizmo 3"),
        ("Think of EMEA. Show revenue by product", "Widget 33300.0; Gadget 19170.0"),
        ("number of tickets with priority high", "3"),
    ])
    .await;
}

#[tokio::test]
async fn a_ranking_begins_with_the_largest_unless_the_measure_says_otherwise() {
    let question = "Rank priority by resolution time";
    // Less is better, and yet one looks at the worst first.
    assert_eq!(World::new().await.rows(question).await, "high 50.0; medium 5.0; low 1.5");
    let smallest_first = World::with(|mut bound| {
        bound.model.datasets[2].measures[0].smallest_first = true;
        bound
    });
    let world = smallest_first.await;
    assert_eq!(world.rows(question).await, "low 1.5; medium 5.0; high 50.0");
    assert!(world.rows("Which priority has the highest resolution time?").await.starts_with("high"));
}

#[tokio::test]
async fn segments_scores_and_comparisons_are_understood() {
    let world = World::new().await;
    let most = "C1 Acme Ltd 33300.0";
    assert_eq!(world.rows("Which customer is the most high-value?").await, most);
    assert_eq!(world.rows("Which customer is high-value the most?").await, most);
    assert_eq!(world.rows("Which customer is the least high-value?").await, "C4 Umbrella Group 360.0");
    assert!(
        world.rows("Identify high-value customers with declining engagement").await.starts_with("C2 Globex"),
        "the one that buys less"
    );
    assert!(world.rows("Which customers are likely to leave?").await.starts_with("C2 Globex"));
    assert!(world.rows("top 3 clients at risk").await.starts_with("C2 Globex"));
    let correlation = world.ask("Correlate sales data with support tickets").await;
    assert!(!correlation.needs_clarification, "{}", correlation.summary);
    let columns: Vec<&str> =
        correlation.result.iter().flat_map(|rows| &rows.columns).map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["customer_id", "name", "revenue", "count"], "{}", correlation.interpretation);
    assert_eq!(world.rows("compare revenue of EMEA and APAC").await, "EMEA 52470.0; APAC 2700.0");
    let compared = world.ask("revenue in Q3 2025 compared to Q2 2025").await;
    assert!(compared.summary.contains("after"), "{}", compared.summary);
    let forecast = world.ask("forecast revenue for the next 3 months").await;
    assert_eq!(forecast.result.unwrap().rows.iter().filter(|row| !row[2].is_null()).count(), 3);
}

#[tokio::test]
async fn rises_and_falls_are_those_of_each_group() {
    let fallen = "Gizmo 120.0 0.0 -120.0 -100.0; Gadget 1710.0 720.0 -990.0 -57.89473684210526";
    answered(&[
        ("Which products are growing?", "Widget 7500.0 8100.0 600.0 8.0"),
        ("list products with rising revenue", "Widget 7500.0 8100.0 600.0 8.0"),
        ("fastest growing product", "Widget 7500.0 8100.0 600.0 8.0"),
        ("rising products", "Widget 7500.0 8100.0 600.0 8.0"),
        ("Which products are falling?", fallen),
        ("products with falling revenue", fallen),
        ("Which product fell least?", "Gadget 1710.0 720.0 -990.0 -57.89473684210526"),
    ])
    .await;
    let world = World::new().await;
    let course = world.ask("Is the product Widget growing?").await;
    assert!(course.summary.contains("is rising"), "{}: {}", course.interpretation, course.summary);
    // A text does not rise.
    let asked = world.ask("list tickets with a rising message").await;
    assert!(asked.needs_clarification, "{}", asked.interpretation);
}

#[tokio::test]
async fn a_comparison_loses_none_of_its_sides() {
    answered(&[
        ("compare EMEA and AMER by revenue", "EMEA 52470.0; AMER 360.0"),
        ("How does EMEA compare with APAC by revenue?", "EMEA 52470.0; APAC 2700.0"),
        ("compare revenue of EMEA and AMER by product", "Widget EMEA 33300.0; Gadget EMEA 19170.0; Gizmo AMER 360.0"),
        ("compare EMEA and APAC by revenue in 2024", "EMEA 17850.0; APAC 900.0"),
        (
            "Compare EMEA and AMER by revenue in Q4 2025 with Q3 2025",
            "EMEA 8610.0 8520.0 -90.0 -1.0452961672473868; AMER 120.0 0.0 -120.0 -100.0",
        ),
        ("How does EMEA compare with the others by revenue?", "EMEA 52470.0; APAC 2700.0; AMER 360.0"),
        ("Which has more revenue, EMEA or APAC?", "EMEA 52470.0; APAC 2700.0"),
        ("Widgets against Gizmos: revenue", "Widget 36000.0; Gizmo 360.0"),
    ])
    .await;
    let world = World::new().await;
    for (question, named) in [
        ("compare EMEA and Atlantis by revenue", "Atlantis"),
        ("compare emea with atlantis by product", "atlantis"),
        ("How does EMEA differ from Mordor in revenue by product?", "Mordor"),
        ("compare revenue and churnage by product", "churnage"),
        ("compare EMEA and Widget by revenue", "Widget"),
        ("compare EMEA and Widgets by rep", "Widgets"),
        ("compare EMEA with EMEA by revenue", "EMEA"),
        ("compare active customers in EMEA with churned customers in APAC by revenue", "churned"),
        ("compare high-value customers and customers buying less by revenue", "declining engagement"),
    ] {
        let reply = world.ask(question).await;
        assert!(reply.needs_clarification, "{question}: {} {:?}", reply.interpretation, reply.sql);
        assert!(reply.interpretation.contains(named), "{question}: {}", reply.interpretation);
    }
    // What is there, but has nothing to show, is told.
    let reply = world.ask("compare EMEA and AMER by revenue in August 2024").await;
    assert!(reply.summary.ends_with("There is nothing of AMER."), "{}", reply.summary);
}

/// The same company, of whose rows two are given at most.
struct FirstTwo<'a>(&'a World);

#[async_trait]
impl Data for FirstTwo<'_> {
    async fn rows(&self, sql: &str, limit: u64) -> Result<QueryOutput, QueryError> {
        Data::rows(self.0, sql, limit.min(2)).await
    }
}

#[tokio::test]
async fn an_answer_says_that_there_are_more_rows_than_it_gives() {
    let world = World::new().await;
    let mut told = Vec::new();
    for question in ["list customers", "revenue by product", "top 2 customers by turnover"] {
        told.push(answer(question, &world.bound, &FirstTwo(&world), None, &world.values).await.unwrap());
    }
    let Ok([listed, grouped, ranked]) = <[_; 3]>::try_from(told) else { panic!("three answers") };
    for reply in [&listed, &grouped] {
        assert!(reply.result.as_ref().is_some_and(|rows| rows.truncated), "{}", reply.interpretation);
        assert!(
            !reply.sql.as_ref().unwrap().contains("LIMIT"),
            "who runs the statement can have all rows: {:?}",
            reply.sql
        );
        assert!(reply.summary.ends_with(" Only the first 2 rows are shown."), "{}", reply.summary);
    }
    assert!(listed.summary.starts_with("More than 2 customers are listed"), "{}", listed.summary);
    let highest = "Widget has the highest revenue of more than 2 products: 36,000 EUR.";
    assert!(grouped.summary.starts_with(highest), "{}", grouped.summary);
    assert!(!ranked.result.unwrap().truncated && !ranked.summary.contains("more than"), "{}", ranked.summary);
}

#[tokio::test]
async fn what_is_not_understood_is_asked_back() {
    let world = World::new().await;
    for question in [
        "How many unicorns do we have?",
        "revenue in Atlantis",
        "What is the weather tomorrow in Paris?",
        "Delete all customers",
        "asdf qwer",
        "",
        "revenue by astrological sign",
        "compare revenue",
        "Which region is the fanciest?",
        "Where are the orders zaniest?",
        "the most frobnicated customers",
        "customers younger than 40",
        "'; DROP TABLE customers; --",
    ] {
        let reply = world.ask(question).await;
        assert!(reply.needs_clarification, "{question}: {}", reply.interpretation);
        assert!(reply.sql.is_none() && !reply.suggestions.is_empty(), "{question}");
    }
}

#[tokio::test]
async fn a_conversation_goes_on() {
    let world = World::new().await;
    assert_eq!(world.talk(&["revenue by product", "and by region?"]).await, "EMEA 52470.0; APAC 2700.0; AMER 360.0");
    assert_eq!(world.talk(&["revenue by product", "only for EMEA"]).await, "Widget 33300.0; Gadget 19170.0");
    assert_eq!(world.talk(&["revenue by product", "show the top 1"]).await, "Widget 36000.0");
    assert_eq!(world.talk(&["revenue in EMEA", "compare it with APAC"]).await, "EMEA 52470.0; APAC 2700.0");
    for follow in ["only for Atlantis", "compare it with Atlantis", "compare with atlantis"] {
        let asked = world.talk(&["revenue by product in EMEA", follow]).await;
        assert!(asked.starts_with("? ") && asked.to_lowercase().contains("atlantis"), "{follow}: {asked}");
    }
    assert_eq!(world.talk(&["How many tickets were opened in october 2025?", "what about november 2025?"]).await, "2");
}
