//! Media types and status codes of answers, as the GraphQL-over-HTTP specification gives them.

use std::time::Duration;

use async_graphql::Response as Answer;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use crate::limit::Refusal;
use crate::service;

/// The media type an answer is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`: 200 even if the document was wrong.
    Json,
    /// `application/graphql-response+json`: 4xx if nothing was executed.
    GraphQlResponse,
    /// `text/event-stream`: graphql-sse, distinct connections.
    EventStream,
}

impl Media {
    /// The first type of `Accept` that we can write; JSON if the client names none.
    pub(super) fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let mut accepts_anything = true;
        for value in headers.get_all(header::ACCEPT) {
            accepts_anything = false;
            for range in value.to_str().unwrap_or_default().split(',') {
                let mut parts = range.split(';').map(str::trim);
                let media = match parts
                    .next()
                    .unwrap_or_default()
                    .to_ascii_lowercase()
                    .as_str()
                {
                    "application/graphql-response+json" => Self::GraphQlResponse,
                    "application/json" | "application/*" | "*/*" => Self::Json,
                    "text/event-stream" => Self::EventStream,
                    _ => continue,
                };
                let other_charset = parts.any(|it| {
                    it.to_ascii_lowercase()
                        .strip_prefix("charset=")
                        .is_some_and(|it| it != "utf-8")
                });
                if !other_charset {
                    return Some(media);
                }
            }
        }
        accepts_anything.then_some(Self::Json)
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json | Self::EventStream => "application/json; charset=utf-8",
            Self::GraphQlResponse => "application/graphql-response+json; charset=utf-8",
        })
    }
}

/// An answer without `data`, for a request that was not executed.
#[derive(Serialize)]
struct RequestError<'a> {
    errors: &'a [async_graphql::ServerError],
}

/// Whether nothing was executed: only then no error has a path.
fn is_request_error(answer: &Answer) -> bool {
    answer.is_err()
        && answer.data == async_graphql::Value::Null
        && answer.errors.iter().all(|it| it.path.is_empty())
}

/// The JSON text of an answer.
pub(super) fn text(answer: &Answer) -> Vec<u8> {
    let written = if is_request_error(answer) {
        serde_json::to_vec(&RequestError {
            errors: &answer.errors,
        })
    } else {
        serde_json::to_vec(answer)
    };
    written.unwrap_or_else(|_| br#"{"errors":[{"message":"internal error"}]}"#.to_vec())
}

/// Writes `answer`.
pub(super) fn graphql(answer: Answer, media: Media) -> Response {
    let status = if media == Media::GraphQlResponse && is_request_error(&answer) {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    with_status(&answer, media, status)
}

/// Writes `refusal` with `status`.
pub(super) fn refused(refusal: &Refusal, media: Media, status: StatusCode) -> Response {
    with_status(&service::refusal(refusal), media, status)
}

/// An answer to somebody who has asked too often, with the time after which he may ask again.
pub(super) fn too_many(wait: Duration, media: Media) -> Response {
    let seconds = wait.as_secs() + 1;
    let message = format!("too many requests without a token; ask again in {seconds} s");
    let refusal = Refusal::new(service::TOO_MANY_REQUESTS, message);
    let mut answer = refused(&refusal, media, StatusCode::TOO_MANY_REQUESTS);
    answer
        .headers_mut()
        .insert(header::RETRY_AFTER, seconds.into());
    answer
}

fn with_status(answer: &Answer, media: Media, status: StatusCode) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, media.content_type())],
        text(answer),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiate(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        Media::negotiate(&headers)
    }

    #[test]
    fn the_first_type_we_can_write_wins() {
        assert_eq!(Media::negotiate(&HeaderMap::new()), Some(Media::Json));
        assert_eq!(negotiate("*/*"), Some(Media::Json));
        assert_eq!(negotiate("text/html, application/json"), Some(Media::Json));
        let both = "application/graphql-response+json, application/json;q=0.9";
        assert_eq!(negotiate(both), Some(Media::GraphQlResponse));
        assert_eq!(negotiate("text/event-stream"), Some(Media::EventStream));
        assert_eq!(negotiate("text/html"), None);
        assert_eq!(negotiate("application/json; charset=gbk"), None);
    }
}
