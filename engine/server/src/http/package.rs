//! `PUT /packages`: the bytes of a plugin package, which GraphQL does not carry. Operators only.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, response};
use serde_json::json;
use tongban_api::auth::right::Right;
use tongban_api::service::Service;
use tongban_runtime::command::{Command, CommandRequest, Principal};
use tongban_runtime::engine::Handle;
use tongban_runtime::outcome::Done;

/// Largest package.
pub(super) const BYTES_MAX: usize = 16 * 1024 * 1024;

pub(super) async fn put(
    State((service, handle)): State<(Service, Handle)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> response::Result<Response> {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|it| it.to_str().ok());
    let principal = match service.authenticate(authorization) {
        Ok(Some(principal)) => principal,
        Ok(None) => {
            return Ok(refused(
                StatusCode::UNAUTHORIZED,
                "UNAUTHENTICATED",
                "a bearer token is needed",
            ));
        }
        Err(error) => {
            return Ok(refused(
                StatusCode::UNAUTHORIZED,
                error.code(),
                &error.to_string(),
            ));
        }
    };
    if !Right::Operator.allows(&principal) {
        return Ok(refused(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "only operators install packages",
        ));
    }
    let request = CommandRequest {
        tenant: principal.tenant.clone(),
        principal: Principal {
            id: principal.id.clone(),
            roles: principal.roles.clone(),
            division: Some(principal.division.clone()),
            person: None,
        },
        idempotency_key: None,
        command: Command::InstallPlugin {
            package: bytes.to_vec().into(),
        },
    };
    Ok(match handle.execute(request).await.map(|it| it.done) {
        Ok(Done::PluginInstalled {
            name,
            version,
            digest,
            unchanged,
        }) => {
            let body = json!({ "name": name, "version": version, "digest": digest, "unchanged": unchanged });
            (StatusCode::OK, Json(body)).into_response()
        }
        Ok(_) => StatusCode::OK.into_response(),
        Err(error) => {
            let errors = error.user_errors().into_iter().map(|it| {
                json!({ "code": it.code, "field": it.field, "message": { "zh": it.text.zh, "en": it.text.en } })
            });
            let body = json!({ "errors": errors.collect::<Vec<_>>() });
            (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
        }
    })
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "errors": [{ "code": code, "message": message }] });
    (status, Json(body)).into_response()
}
