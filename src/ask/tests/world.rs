//! A small company in memory, with a model of it, and an engine that answers its SQL.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::Format;
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use tempfile::TempDir;

use crate::ask::{AskError, Bound, BoundTable, Data, Memory, Model, Reply, Values, answer};
use crate::query::{QueryEngine, QueryError, QueryOutput, QuerySettings, Tables, memory_table};

/// Tables by schema and name.
struct Shelf(BTreeMap<(String, String), RecordBatch>);

#[async_trait]
impl Tables for Shelf {
    async fn schemas(&self) -> Result<Vec<String>, QueryError> {
        Ok(self.0.keys().map(|(schema, _)| schema.clone()).collect())
    }

    async fn names(&self, schema: &str) -> Result<Vec<String>, QueryError> {
        Ok(self.0.keys().filter(|(of, _)| of == schema).map(|(_, name)| name.clone()).collect())
    }

    async fn table(&self, schema: &str, name: &str) -> Result<Option<Arc<dyn TableProvider>>, QueryError> {
        let rows = self.0.get(&(schema.to_owned(), name.to_owned())).cloned();
        rows.map(|rows| memory_table(rows.schema(), vec![rows])).transpose()
    }
}

/// A company that can be asked.
pub(super) struct World {
    engine: QueryEngine,
    shelf: Arc<Shelf>,
    pub(super) bound: Bound,
    pub(super) values: Values,
    _folder: TempDir,
}

#[async_trait]
impl Data for World {
    async fn rows(&self, sql: &str, limit: u64) -> Result<QueryOutput, QueryError> {
        self.engine.run(Arc::clone(&self.shelf) as _, sql, limit, 0).await
    }
}

/// Customers, their orders and tickets, and links between tickets and customers.
const TABLES: &[(&str, &str, &str)] = &[
    (
        "crm",
        "customers",
        "customer_id,name,email,region,status,since\n\
         C1,Acme Ltd,info@acme.test,EMEA,active,2024-01-10\n\
         C2,Globex Corporation,hi@globex.test,EMEA,churned,2024-02-11\n\
         C3,Initech,office@initech.test,APAC,active,2024-03-12\n\
         C4,Umbrella Group,,AMER,active,2024-04-13\n\
         C5,Hooli,mail@hooli.test,AMER,paused,2025-05-14\n",
    ),
    (
        "desk",
        "tickets",
        "ticket_id,opened_at,priority,message,hours\n\
         T1,2025-10-02T09:00:00,high,The delivery was late and the box was broken,30\n\
         T2,2025-10-15T10:00:00,low,Thank you for the quick refund,2\n\
         T3,2025-11-03T11:00:00,high,Still waiting for a refund of invoice 12,50\n\
         T4,2025-11-20T12:00:00,medium,How can I change my address,5\n\
         T5,2025-12-01T13:00:00,high,The delivery never came,70\n\
         T6,2025-12-05T14:00:00,low,All is well,1\n",
    ),
    (
        "system",
        "links",
        // Two tickets speak of two customers each: one more surely, the other as surely.
        "left_table,left_key,right_table,right_key,score,decision\n\
         desk.tickets,T1,crm.customers,C4,0.7,match\n\
         desk.tickets,T1,crm.customers,C1,0.98,match\n\
         desk.tickets,T2,crm.customers,C1,0.9,match\n\
         desk.tickets,T3,crm.customers,C2,0.88,match\n\
         desk.tickets,T4,crm.customers,C4,0.88,match\n\
         desk.tickets,T4,crm.customers,C3,0.88,match\n\
         desk.tickets,T5,crm.customers,C2,0.88,match\n\
         desk.tickets,T6,crm.customers,C5,0.5,possible\n",
    ),
];

/// A year and a half of orders: C1 buys more and more, C2 less and less.
fn orders() -> String {
    let mut text = "order_id,ordered_on,customer_id,product,rep,amount\n".to_owned();
    let mut number = 0;
    let mut order = |year: i32, month: u32, customer: &str, product: &str, rep: &str, amount: f64| {
        number += 1;
        text.push_str(&format!("O{number},{year}-{month:02}-15,{customer},{product},{rep},{amount:.2}\n"));
    };
    for step in 0..18_u32 {
        let (year, month) = (2024 + i32::try_from((step + 6) / 12).unwrap(), (step + 6) % 12 + 1);
        let grown = f64::from(step);
        order(year, month, "C1", "Widget", "Ann Lee", 1000. + 100. * grown);
        order(year, month, "C2", "Gadget", "Bob Ray", (2000. - 110. * grown).max(50.));
        if step % 2 == 0 {
            order(year, month, "C3", "Widget", "Ann Lee", 300.);
        }
        if step % 6 == 0 {
            order(year, month, "C4", "Gizmo", "Cid Fox", 120.);
        }
    }
    text
}

const MODEL: &str = r#"{
  "datasets": [
    {"name": "customers", "source": "Customers", "label": "customers", "key": ["customer_id"],
     "dimensions": [{"name": "region", "synonyms": ["territory"], "values": {"EMEA": ["europe"], "AMER": ["america"]}}, {"name": "status"}]},
    {"name": "orders", "source": "Orders", "label": "orders", "synonyms": ["purchases"], "key": ["order_id"], "time": "ordered_on",
     "dimensions": [{"name": "product"}, {"name": "rep", "synonyms": ["sales rep", "salesperson"]}],
     "measures": [
       {"name": "revenue", "expression": "sum(amount)", "value": "amount", "label": "revenue", "synonyms": ["sales", "turnover"], "unit": "EUR"}]},
    {"name": "tickets", "source": "Support Tickets", "label": "support tickets", "synonyms": ["tickets"], "key": ["ticket_id"], "time": "opened_at",
     "dimensions": [{"name": "priority"}], "texts": ["message"],
     "measures": [
       {"name": "resolution_hours", "expression": "avg(hours)", "value": "hours", "label": "resolution time", "synonyms": ["time to resolve", "how lengthy"], "unit": "h", "better": "lower"}]}
  ],
  "joins": [
    {"left": "orders.customer_id", "right": "customers.customer_id"},
    {"left": "tickets", "right": "customers", "links": true}
  ],
  "entities": [{"name": "customer", "synonyms": ["client"], "dataset": "customers", "key": "customer_id", "label": "name", "called": ["email"]}],
  "segments": [
    {"name": "high-value", "synonyms": ["valuable"], "entity": "customer", "measure": "orders.revenue", "top_share": 0.4},
    {"name": "declining engagement", "synonyms": ["buying less"], "entity": "customer", "measure": "orders.revenue", "change": {"days": 180, "by": -0.3}}
  ],
  "scores": [
    {"name": "churn risk", "synonyms": ["at risk", "likely to leave"], "entity": "customer", "parts": [
      {"measure": "orders.revenue", "weight": 0.7, "change_days": 180, "lower_is_more": true, "reason": "orders have fallen"},
      {"measure": "tickets.resolution_hours", "weight": 0.3, "reason": "tickets take long"}]}
  ]
}"#;

fn table(text: &str) -> RecordBatch {
    let format = Format::default().with_header(true);
    let (schema, _) = format.infer_schema(text.as_bytes(), None).unwrap();
    let mut reader = ReaderBuilder::new(Arc::new(schema)).with_header(true).build(text.as_bytes()).unwrap();
    reader.next().unwrap().unwrap()
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(|bound| bound).await
    }

    /// The same tables with another model of them.
    pub(super) async fn with(change: impl FnOnce(Bound) -> Bound) -> Self {
        let mut tables: BTreeMap<(String, String), RecordBatch> = BTreeMap::new();
        for (schema, name, text) in TABLES {
            tables.insert(((*schema).to_owned(), (*name).to_owned()), table(text));
        }
        tables.insert(("crm".to_owned(), "orders".to_owned()), table(&orders()));
        let bound_table = |name: &str, source: &str| {
            let (schema, table) = name.split_once('.').unwrap();
            let fields = tables[&(schema.to_owned(), table.to_owned())].schema();
            let columns = fields
                .fields()
                .iter()
                .map(|field| (field.name().clone(), crate::sdk::types::type_name(field.data_type())));
            BoundTable {
                name: name.to_owned(),
                source: source.to_owned(),
                source_id: None,
                columns: columns.collect(),
                last_updated: chrono::DateTime::from_timestamp(1_764_600_000, 0),
                rows: None,
                connector: Some("CRM".to_owned()),
            }
        };
        let bound = change(Bound {
            model: serde_json::from_str::<Model>(MODEL).unwrap(),
            tables: vec![
                bound_table("crm.customers", "Customers"),
                bound_table("crm.orders", "Orders"),
                bound_table("desk.tickets", "Support Tickets"),
            ],
        });
        let folder = tempfile::tempdir().unwrap();
        let engine = QueryEngine::new(QuerySettings::default(), &folder.path().join("spill")).unwrap();
        let mut world =
            Self { engine, shelf: Arc::new(Shelf(tables)), bound, values: Values::default(), _folder: folder };
        world.values = Values::read(&world.bound, &world).await;
        world
    }

    pub(super) async fn try_ask(&self, question: &str, memory: Option<&Memory>) -> Result<Reply, AskError> {
        answer(question, &self.bound, self, memory, &self.values).await
    }

    pub(super) async fn ask(&self, question: &str) -> Reply {
        match self.try_ask(question, None).await {
            Ok(reply) => reply,
            Err(error) => panic!("{question}: {error:?}"),
        }
    }

    /// The rows of an answer as text, or what it asks back.
    pub(super) async fn rows(&self, question: &str) -> String {
        shown(&self.ask(question).await)
    }

    /// The rows of the last of several questions of one conversation.
    pub(super) async fn talk(&self, questions: &[&str]) -> String {
        let mut memory = None;
        let mut last = String::new();
        for question in questions {
            let reply = self.try_ask(question, memory.as_ref()).await.unwrap();
            last = shown(&reply);
            memory = Some(reply.memory);
        }
        last
    }
}

/// The rows of a reply in one line.
pub(super) fn shown(reply: &Reply) -> String {
    if reply.needs_clarification {
        return format!("? {}", reply.interpretation);
    }
    let Some(result) = &reply.result else { return reply.summary.clone() };
    let rows = result.rows.iter().map(|row| {
        row.iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" ")
    });
    rows.collect::<Vec<_>>().join("; ")
}
