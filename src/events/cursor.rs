//! Where a reader of the event log stands, as an opaque text.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The place of the last event that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventCursor(pub i64);

/// A text that no event ever carried as its cursor.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is not the cursor of an event; give back the cursor of the last event you saw")]
pub struct CursorError {
    text: String,
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(format!("event:{}", self.0)))
    }
}

impl FromStr for EventCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let decoded = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        decoded
            .as_deref()
            .and_then(|decoded| decoded.strip_prefix("event:"))
            .and_then(|position| position.parse().ok())
            .filter(|position| *position >= 0)
            .map(Self)
            .ok_or_else(|| CursorError { text: text.chars().take(60).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_goes_round_and_nonsense_is_refused() {
        assert_eq!(EventCursor(42).to_string().parse::<EventCursor>().unwrap(), EventCursor(42));
        for nonsense in ["", "42", "ZXZlbnQ6LTE", "☃"] {
            assert!(nonsense.parse::<EventCursor>().is_err(), "{nonsense}");
        }
    }
}
