//! What an error says, with what stands behind it.

use std::error::Error;

/// An error's words with those of its causes that add something, in one sentence for people.
pub fn with_causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !words.contains(&next) {
            words.push_str(": ");
            words.push_str(&next);
        }
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::ConnectorError;

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
