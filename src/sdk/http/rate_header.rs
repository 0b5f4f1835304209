//! What vendors say about waiting, in headers.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// A header that says when a rate limit ends. `Retry-After` (RFC 9110) is always read, and goes before all of them.
#[derive(Clone, Debug)]
pub struct RateHeader {
    reset: String,
    unit: Unit,
    remaining: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    Seconds,
    Milliseconds,
    EpochSeconds,
    Date,
}

impl RateHeader {
    /// Seconds from now, like `RateLimit-Reset`.
    pub fn seconds(reset: impl Into<String>) -> Self {
        Self { reset: reset.into(), unit: Unit::Seconds, remaining: None }
    }

    /// Milliseconds from now, like `x-ms-retry-after-ms`.
    pub fn milliseconds(reset: impl Into<String>) -> Self {
        Self { reset: reset.into(), unit: Unit::Milliseconds, remaining: None }
    }

    /// Seconds since 1970, like GitHub's `X-RateLimit-Reset`.
    pub fn epoch_seconds(reset: impl Into<String>) -> Self {
        Self { reset: reset.into(), unit: Unit::EpochSeconds, remaining: None }
    }

    /// A date of HTTP.
    pub fn date(reset: impl Into<String>) -> Self {
        Self { reset: reset.into(), unit: Unit::Date, remaining: None }
    }

    /// Names the header that counts what is left: where it is 0, the budget pauses until the reset, before the vendor has
    /// to refuse.
    #[must_use]
    pub fn remaining(mut self, remaining: impl Into<String>) -> Self {
        self.remaining = Some(remaining.into());
        self
    }

    fn wait(&self, headers: &HeaderMap) -> Option<Duration> {
        let text = text(headers, &self.reset)?;
        match self.unit {
            Unit::Seconds => seconds(text),
            Unit::Milliseconds => seconds(text).map(|milliseconds| milliseconds / 1000),
            Unit::EpochSeconds => SystemTime::UNIX_EPOCH.checked_add(seconds(text)?).map(|at| until(at, headers)),
            Unit::Date => httpdate::parse_http_date(text).ok().map(|at| until(at, headers)),
        }
    }
}

/// How long the headers of a failure ask to wait.
pub(super) fn wait_of(headers: &HeaderMap, vendor: &[RateHeader]) -> Option<Duration> {
    let standard = text(headers, RETRY_AFTER.as_str())
        .and_then(|text| seconds(text).or_else(|| httpdate::parse_http_date(text).ok().map(|at| until(at, headers))));
    standard.or_else(|| vendor.iter().find_map(|header| header.wait(headers)))
}

/// How long to wait after an answer that used up what was left.
pub(super) fn exhausted(headers: &HeaderMap, vendor: &[RateHeader]) -> Option<Duration> {
    let mut exhausted = vendor.iter().filter(|header| {
        let remaining = header.remaining.as_deref().and_then(|name| text(headers, name));
        remaining.is_some_and(|text| text.trim().parse::<f64>().is_ok_and(|left| left < 1.0))
    });
    exhausted.find_map(|header| header.wait(headers))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

/// By the vendor's own clock where it tells it, so that clocks which differ do no harm.
fn until(at: SystemTime, headers: &HeaderMap) -> Duration {
    let now = text(headers, DATE.as_str()).and_then(|text| httpdate::parse_http_date(text).ok());
    at.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn every_vendor_says_it_in_its_own_way() {
        let date = ("date", "Fri, 13 Feb 2009 23:31:30 GMT");
        let vendor = [
            RateHeader::milliseconds("x-ms-retry-after-ms"),
            RateHeader::epoch_seconds("x-ratelimit-reset").remaining("x-ratelimit-remaining"),
            RateHeader::date("x-reset-at"),
        ];
        let cases = [
            (("retry-after", "7"), 7000),
            (("retry-after", "0.5"), 500),
            (("retry-after", "Fri, 13 Feb 2009 23:32:00 GMT"), 30_000),
            (("retry-after", "Fri, 13 Feb 2009 23:00:00 GMT"), 0),
            (("x-ms-retry-after-ms", "250"), 250),
            (("x-ratelimit-reset", "1234567895"), 5000),
            (("x-reset-at", "Fri, 13 Feb 2009 23:31:31 GMT"), 1000),
        ];
        for (header, milliseconds) in cases {
            let wait = wait_of(&headers(&[date, header]), &vendor);
            assert_eq!(wait, Some(Duration::from_millis(milliseconds)), "{header:?}");
        }
        for nonsense in ["soon", "-3", "NaN", "1e300", ""] {
            assert_eq!(wait_of(&headers(&[("retry-after", nonsense)]), &vendor), None, "{nonsense}");
        }
        let left = |remaining| {
            let headers = headers(&[date, ("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", "1234567899")]);
            exhausted(&headers, &vendor)
        };
        assert_eq!(left("0"), Some(Duration::from_secs(9)));
        assert_eq!(left("1"), None);
    }
}
