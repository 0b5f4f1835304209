//! In which shape a client wants its answer.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};

use super::refusal::Refusal;

/// The media types of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`
    Graphql,
    /// `application/json`
    Json,
    /// `text/event-stream`
    Events,
    /// `multipart/mixed;subscriptionSpec=1.0`
    Parts,
}

/// What a client accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    /// What it likes best.
    pub(super) best: Media,
    /// What it likes best for one answer: one of the two JSON types.
    pub(super) single: Media,
    /// What it likes best for a subscription, if it accepts anything that goes on.
    streamed: Option<Media>,
}

impl Accepted {
    /// The shape of an answer; a subscription goes on, however much a client likes what does not.
    pub(super) fn media(self, is_subscription: bool) -> Media {
        self.streamed.filter(|_| is_subscription).unwrap_or(self.best)
    }
}

/// What a request accepts, the best first where several are liked alike; `application/json` where it does not say.
///
/// # Errors
/// 406 where it accepts nothing that we can give.
pub(super) fn accepted(headers: &HeaderMap) -> Result<Accepted, Refusal> {
    // A line that says nothing is as good as none.
    if headers.get_all(ACCEPT).iter().all(|line| line.as_bytes().trim_ascii().is_empty()) {
        return Ok(Accepted { best: Media::Json, single: Media::Json, streamed: None });
    }
    let (mut best, mut single, mut streamed) = (None, None, None);
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    for range in lines.flat_map(|line| line.split(',')) {
        let Some(liked) = liked(range) else { continue };
        let of_kind = match liked.1 {
            Media::Graphql | Media::Json => &mut single,
            Media::Events | Media::Parts => &mut streamed,
        };
        for known in [&mut best, of_kind] {
            if known.is_none_or(|(quality, _): (f32, Media)| liked.0 > quality) {
                *known = Some(liked);
            }
        }
    }
    let single = single.map_or(Media::Json, |(_, media)| media);
    let streamed = streamed.map(|(_, media)| media);
    best.map(|(_, best)| Accepted { best, single, streamed }).ok_or_else(|| {
        let message = "answers are application/graphql-response+json or application/json, and those of subscriptions \
                       text/event-stream or multipart/mixed;subscriptionSpec=1.0: accept one of them";
        Refusal::new(StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT", message)
    })
}

/// One part of `Accept`, as far as we can give it, and how much it is liked.
fn liked(range: &str) -> Option<(f32, Media)> {
    let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
    let name = parts.next()?;
    let parameters: Vec<(String, String)> = parts
        .filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((name.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
        })
        .collect();
    let parameter = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let media = match name.as_str() {
        "application/graphql-response+json" => Media::Graphql,
        "application/json" | "application/*" | "*/*" => Media::Json,
        "text/event-stream" | "text/*" => Media::Events,
        "multipart/mixed" if parameter("subscriptionspec") == Some("1.0") => Media::Parts,
        _ => return None,
    };
    let quality = parameter("q").map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
    (quality > 0.0).then_some((quality, media))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn media_for(accept: &'static str) -> Option<(Media, Media)> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        accepted(&headers).ok().map(|accepted| (accepted.best, accepted.single))
    }

    #[test]
    fn the_media_type_is_the_one_that_the_client_likes_best() {
        assert_eq!(accepted(&HeaderMap::new()).ok().map(|accepted| accepted.best), Some(Media::Json));
        assert_eq!(media_for("*/*"), Some((Media::Json, Media::Json)));
        let modern = "application/graphql-response+json, application/json;q=0.9";
        assert_eq!(media_for(modern), Some((Media::Graphql, Media::Graphql)));
        let plain = "application/json, application/graphql-response+json;q=0.5";
        assert_eq!(media_for(plain), Some((Media::Json, Media::Json)));
        assert_eq!(media_for("text/event-stream"), Some((Media::Events, Media::Json)));
        assert_eq!(media_for("text/*"), Some((Media::Events, Media::Json)));
        assert_eq!(media_for(" "), Some((Media::Json, Media::Json)));
        assert_eq!(media_for("text/html"), None);
        assert_eq!(media_for("application/json;q=0"), None);
    }

    #[test]
    fn a_subscription_is_given_what_goes_on_if_that_is_accepted() {
        let accepts = |accept| {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            accepted(&headers).ok().map(|accepted| (accepted.media(false), accepted.media(true)))
        };
        assert_eq!(accepts("application/json, text/event-stream"), Some((Media::Json, Media::Events)));
        assert_eq!(accepts("*/*, multipart/mixed;subscriptionSpec=1.0;q=0.5"), Some((Media::Json, Media::Parts)));
        assert_eq!(accepts("application/json"), Some((Media::Json, Media::Json)));
        assert_eq!(accepts("text/event-stream, application/json;q=0.5"), Some((Media::Events, Media::Events)));
    }

    #[test]
    fn accept_may_come_in_several_lines() {
        let lines = ["text/html", "application/graphql-response+json"].map(HeaderValue::from_static);
        let headers = HeaderMap::from_iter([(ACCEPT, lines[0].clone())]);
        assert!(accepted(&headers).is_err());
        let mut headers = headers;
        headers.append(ACCEPT, lines[1].clone());
        assert_eq!(accepted(&headers).ok().map(|accepted| accepted.best), Some(Media::Graphql));
    }

    #[test]
    fn parts_are_asked_for_with_and_without_a_boundary() {
        for accept in [
            "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json",
            "multipart/mixed; boundary=\"graphql\"; subscriptionSpec=1.0, application/graphql-response+json",
            "multipart/mixed;subscriptionSpec=\"1.0\", application/graphql-response+json;q=0.9",
        ] {
            assert_eq!(media_for(accept), Some((Media::Parts, Media::Graphql)), "{accept}");
        }
        assert_eq!(media_for("multipart/mixed;deferSpec=20220824"), None);
    }
}
