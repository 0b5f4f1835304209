//! Questions as they are asked, and conversations as they are read again.

use async_graphql::{Context, ID, Object, Result};

use super::{Answer, Conversation};
use crate::entity::ids::ConversationId;
use crate::graphql::context::ContextExt;
use crate::graphql::paging::{Connection, list_cost, page_request};
use crate::services::asks::{self, AskRequest, conversations};

/// The questions' part of the query root.
#[derive(Default)]
pub struct AskQuery;

#[Object]
impl AskQuery {
    /// Answers a question in plain English from the tables that were synced, for example
    /// `ask(question: "Revenue by region last quarter", scenarioId: "customer_intelligence")`. Where it is not sure what is
    /// meant it asks back: `needsClarification` is true then, and `suggestions` are the readings to choose from.
    ///
    /// With `conversationId` it understands what refers to the question before ("and by month?"); it belongs to the
    /// conversation's scenario then. The answer is kept in its conversation.
    #[graphql(complexity = "100 + child_complexity")]
    async fn ask(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In plain English; its length is limited by `ask.question_characters`.")] question: String,
        #[graphql(desc = "What it is about, for example `customer_intelligence`; all tables unless given.")]
        scenario_id: Option<ID>,
        #[graphql(desc = "`cnv_…`, to go on with it; a new conversation begins unless given.")] conversation_id: Option<
            ConversationId,
        >,
    ) -> Result<Answer> {
        let request = AskRequest { question, scenario_id: scenario_id.map(|id| id.0), conversation_id };
        // Boxed: the future of an object's fields is as large as its largest one.
        let answer = Box::pin(asks::ask(ctx.services(), ctx.viewer()?, request)).await?;
        Ok(Answer::of(answer))
    }

    /// The conversation with this id; null where the viewer has none such.
    async fn conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`cnv_…`")] id: ConversationId,
    ) -> Result<Option<Conversation>> {
        Ok(conversations::find(ctx.services(), ctx.viewer()?, &id).await?.map(Conversation::of))
    }

    /// The viewer's conversations, the newest first. They are kept for `retention.conversation_days` after their last question.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn conversations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Ahead of this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those about this scenario.")] scenario_id: Option<ID>,
    ) -> Result<Connection<Conversation>> {
        let (services, viewer) = (ctx.services().clone(), ctx.viewer()?.clone());
        let scenario_id = scenario_id.map(|id| id.0);
        let request = page_request(first, after, last, before);
        let page = conversations::list(&services, &viewer, scenario_id.as_deref(), &request).await?;
        Ok(Connection::new(page, Conversation::of, move || {
            let (services, viewer, scenario_id) = (services.clone(), viewer.clone(), scenario_id.clone());
            Box::pin(async move { conversations::count(&services, &viewer, scenario_id.as_deref()).await })
        }))
    }
}
