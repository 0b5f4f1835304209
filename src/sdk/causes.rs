//! What an error says, with what stands behind it.

use std::error::Error;

/// How a stack trace begins that a library writes behind an error's words where `RUST_BACKTRACE` is set. It tells of files on
/// the machine that built us, and nothing to people.
const TRACES: [&str; 2] = ["\n   0: ", "\n\nbacktrace: "];

/// An error's words with those of its causes that add something, in one sentence for people and without stack traces.
pub fn with_causes(error: &dyn Error) -> String {
    let mut words = without_trace(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = without_trace(error);
        if !words.contains(&next) {
            words.push_str(": ");
            words.push_str(&next);
        }
        cause = error.source();
    }
    words
}

fn without_trace(error: &dyn Error) -> String {
    let mut words = error.to_string();
    if let Some(begin) = TRACES.iter().filter_map(|trace| words.find(trace)).min() {
        words.truncate(begin);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::ConnectorError;

    #[test]
    fn a_stack_trace_is_not_told() {
        let traced =
            |words: &str| std::io::Error::other(format!("{words}\n   0: std::x\n             at /build/x.rs:1\n"));
        let error =
            ConnectorError::Unreachable { message: "no schema".to_owned(), cause: Some(traced("twice a").into()) };
        assert_eq!(with_causes(&error), "no schema: twice a");
        assert_eq!(with_causes(&std::io::Error::other("it broke\n\nbacktrace:    0: std::x")), "it broke");
    }

    #[test]
    fn a_cause_is_told_once() {
        let refused = |message: &str| {
            let cause = std::io::Error::other("connection refused");
            ConnectorError::Unreachable { message: message.to_owned(), cause: Some(cause.into()) }
        };
        assert_eq!(with_causes(&refused("db:5432 cannot be reached")), "db:5432 cannot be reached: connection refused");
        assert_eq!(with_causes(&refused("db:5432: connection refused")), "db:5432: connection refused");
    }
}
