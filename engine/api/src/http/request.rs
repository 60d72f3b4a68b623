//! Reads a GraphQL request from the query string of a GET or the JSON body of a POST.

use async_graphql::Variables;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use serde_json::Value;

use crate::limit::Refusal;
use crate::service::GraphQlRequest;

/// A request that is none, with the status that says so.
pub(super) struct Error {
    pub(super) status: StatusCode,
    pub(super) refusal: Refusal,
}

fn bad(message: impl Into<String>) -> Error {
    Error {
        status: StatusCode::BAD_REQUEST,
        refusal: Refusal::new("BAD_REQUEST", message),
    }
}

fn status(status: StatusCode, code: &'static str, message: &str) -> Error {
    Error {
        status,
        refusal: Refusal::new(code, message),
    }
}

pub(super) async fn read(request: Request, bytes_max: usize) -> Result<GraphQlRequest, Error> {
    match *request.method() {
        Method::GET => from_query_string(request.uri().query().unwrap_or_default()),
        Method::POST => {
            let content_type = request.headers().get(header::CONTENT_TYPE);
            let content_type = content_type
                .and_then(|it| it.to_str().ok())
                .unwrap_or_default();
            if !is_json(content_type) {
                let message = "expected Content-Type: application/json in UTF-8";
                return Err(status(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "UNSUPPORTED_MEDIA_TYPE",
                    message,
                ));
            }
            let body = to_bytes(request.into_body(), bytes_max)
                .await
                .map_err(|_| {
                    let message = "the body is longer than allowed or did not arrive whole";
                    status(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", message)
                })?;
            from_json(&body)
        }
        _ => Err(status(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "use GET or POST",
        )),
    }
}

fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    parts
        .next()
        .is_some_and(|it| it.eq_ignore_ascii_case("application/json"))
        && parts.all(|it| match it.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

fn from_query_string(query: &str) -> Result<GraphQlRequest, Error> {
    let mut fields = serde_json::Map::new();
    for pair in query.split('&').filter(|it| !it.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = value.replace('+', " ");
        let value = percent_encoding::percent_decode_str(&value)
            .decode_utf8()
            .map_err(|_| bad(format!("parameter {name} is not UTF-8")))?;
        let value = match name {
            "variables" | "extensions" if value.is_empty() => Value::Null,
            "variables" | "extensions" => serde_json::from_str(&value)
                .map_err(|error| bad(format!("parameter {name} is not JSON: {error}")))?,
            _ => Value::String(value.into_owned()),
        };
        fields.insert(name.to_owned(), value);
    }
    from_fields(fields)
}

fn from_json(body: &[u8]) -> Result<GraphQlRequest, Error> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| bad(format!("the body is not JSON: {error}")))?;
    match value {
        Value::Object(fields) => from_fields(fields),
        Value::Array(_) => Err(bad("batches are not accepted, send one request at a time")),
        _ => Err(bad("expected a JSON object with a query")),
    }
}

/// Reads the parameters of a request, each with its type as the specification gives it.
pub(super) fn from_fields(
    mut fields: serde_json::Map<String, Value>,
) -> Result<GraphQlRequest, Error> {
    let query = match fields.remove("query") {
        Some(Value::String(query)) if !query.is_empty() => query,
        _ => {
            return Err(bad(
                "expected query to be a text that holds a GraphQL document",
            ));
        }
    };
    let operation_name = match fields.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) if name.is_empty() => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(bad("expected operationName to be a text")),
    };
    let variables = match fields.remove("variables") {
        None | Some(Value::Null) => Variables::default(),
        Some(variables @ Value::Object(_)) => Variables::from_json(variables),
        Some(_) => return Err(bad("expected variables to be an object")),
    };
    match fields.remove("extensions") {
        None | Some(Value::Null | Value::Object(_)) => {}
        Some(_) => return Err(bad("expected extensions to be an object")),
    }
    Ok(GraphQlRequest {
        query,
        operation_name,
        variables,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_in_utf8_is_read() {
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON; charset=UTF-8"));
        for other in [
            "",
            "text/plain",
            "application/json; charset=gbk",
            "multipart/form-data",
        ] {
            assert!(!is_json(other), "{other}");
        }
    }

    #[test]
    fn a_query_string_carries_a_request() {
        let read = from_query_string("query=%7B+a+%7D&variables=%7B%22n%22%3A1%7D")
            .ok()
            .unwrap();
        assert_eq!(read.query, "{ a }");
        assert_eq!(read.variables.len(), 1);
    }

    #[test]
    fn parameters_of_the_wrong_type_are_refused() {
        for body in [
            "{}",
            "[]",
            "7",
            "{",
            r#"{"query":1}"#,
            r#"{"query":"{a}","variables":"x"}"#,
            r#"{"query":"{a}","variables":[]}"#,
            r#"{"query":"{a}","operationName":1}"#,
            r#"{"query":"{a}","extensions":"x"}"#,
        ] {
            assert!(from_json(body.as_bytes()).is_err(), "{body}");
        }
    }
}
