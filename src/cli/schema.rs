//! `dataweaver schema`: the GraphQL schema.

use super::output::Output;

pub(super) fn run(output: &mut Output) -> anyhow::Result<()> {
    output.line(crate::graphql::sdl().trim_end())
}
