//! What can be done to conversations.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::entity::ids::ConversationId;
use crate::graphql::context::ContextExt;
use crate::services::asks::conversations;

/// The conversations' part of the mutation root.
#[derive(Default)]
pub struct AskMutation;

/// Which conversation goes.
#[derive(InputObject)]
pub struct DeleteConversationInput {
    /// `cnv_…`
    id: ConversationId,
}

/// Which conversation is gone.
#[derive(SimpleObject)]
pub struct DeleteConversationPayload {
    /// `cnv_…`
    deleted_id: ID,
}

#[Object]
impl AskMutation {
    /// Deletes one of the viewer's conversations with its answers.
    async fn delete_conversation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation.")] input: DeleteConversationInput,
    ) -> Result<DeleteConversationPayload> {
        conversations::delete(ctx.services(), ctx.viewer()?, &input.id).await?;
        Ok(DeleteConversationPayload { deleted_id: input.id.as_str().into() })
    }
}
