//! `GET /documents/{id}`: the file of a document, with the right to read the document.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use tongban_api::document;
use tongban_api::service::Service;
use tongban_runtime::document::File;
use tongban_runtime::engine::Handle;
use tongban_runtime::error::CommandError;

pub(super) async fn get(
    State((service, handle)): State<(Service, Handle)>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|it| it.to_str().ok());
    let principal = match service.authenticate(authorization) {
        Ok(Some(principal)) => principal,
        Ok(None) => return unauthenticated("UNAUTHENTICATED", "a bearer token is needed"),
        Err(error) => return unauthenticated(error.code(), &error.to_string()),
    };
    match document::file(&handle, &principal, &id).await {
        Ok(file) => sent(file),
        Err(error) => refused(&error),
    }
}

fn sent(file: File) -> Response {
    let name = utf8_percent_encode(&file.name, NON_ALPHANUMERIC);
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    let mut response = file.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(file.media_type),
    );
    // Personal data: no proxy and no browser keeps it.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn refused(error: &CommandError) -> Response {
    let errors = error.user_errors();
    let status = match errors.first().map(|it| it.code.as_str()) {
        Some("DOCUMENT_NOT_FOUND") => StatusCode::NOT_FOUND,
        Some(code) if code.starts_with("DOCUMENT_") => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let errors = errors
        .into_iter()
        .map(|it| json!({ "code": it.code, "message": { "zh": it.text.zh, "en": it.text.en } }));
    let body = json!({ "errors": errors.collect::<Vec<_>>() });
    (status, Json(body)).into_response()
}

fn unauthenticated(code: &str, message: &str) -> Response {
    let body = json!({ "errors": [{ "code": code, "message": message }] });
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}
