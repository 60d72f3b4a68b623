//! GraphQL over HTTP: one endpoint, GET and POST, server-sent events and graphql-transport-ws.
//!
//! Ours, because the stock handler executes mutations over GET and over `text/plain`, and does not negotiate media
//! types as the GraphQL-over-HTTP specification asks.

mod event_stream;
mod request;
mod response;
mod web_socket;

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::{
    ConnectInfo, DefaultBodyLimit, FromRequestParts as _, Request, State, WebSocketUpgrade,
};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;

use crate::limit::Refusal;
use crate::service::Service;
use response::Media;

/// The routes of the API below `/graphql`.
pub fn router(service: Service) -> Router {
    let body_bytes_max = service.limits().body_bytes_max;
    Router::new()
        .route("/graphql", any(graphql))
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .with_state(service)
}

/// Where the request comes from, if the server tells.
fn peer(request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map(|it| it.0.ip())
}

/// What proxies say of whom they ask for.
fn forwarded(request: &Request) -> Option<&str> {
    request.headers().get("x-forwarded-for")?.to_str().ok()
}

async fn graphql(State(service): State<Service>, request: Request) -> Response {
    let is_upgrade = request.headers().contains_key(header::SEC_WEBSOCKET_KEY);
    if is_upgrade && request.method() == Method::GET {
        let (mut parts, _) = request.into_parts();
        return match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
            Ok(upgrade) => web_socket::upgrade(service, upgrade),
            Err(rejection) => rejection.into_response(),
        };
    }
    let Some(media) = Media::negotiate(request.headers()) else {
        return (
            StatusCode::NOT_ACCEPTABLE,
            "expected Accept: application/graphql-response+json",
        )
            .into_response();
    };
    let authorization = request
        .headers()
        .get(header::AUTHORIZATION)
        .map(|it| it.to_str().unwrap_or_default());
    let principal = match service.authenticate(authorization) {
        Ok(Some(principal)) => Some(principal),
        Ok(None) => match service.admit_anonymous(peer(&request), forwarded(&request)) {
            Ok(principal) => principal,
            Err(wait) => return response::too_many(wait, media),
        },
        Err(refused) => {
            let refusal = Refusal::new(refused.code(), refused.to_string());
            return response::refused(&refusal, media, StatusCode::UNAUTHORIZED);
        }
    };
    let is_get = request.method() == Method::GET;
    let graphql_request = match request::read(request, service.limits().body_bytes_max).await {
        Ok(it) => it,
        Err(request::Error { status, refusal }) => {
            return response::refused(&refusal, media, status);
        }
    };
    let checked = match service.check(graphql_request) {
        Ok(checked) => checked,
        Err(answer) => return response::graphql(*answer, media),
    };
    if is_get && !checked.cost.is_query {
        let refusal = Refusal::new("METHOD_NOT_ALLOWED", "GET executes queries only, use POST");
        let mut answer = response::refused(&refusal, media, StatusCode::METHOD_NOT_ALLOWED);
        answer
            .headers_mut()
            .insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return answer;
    }
    match media {
        Media::EventStream => event_stream::respond(&service, checked, principal).await,
        Media::Json | Media::GraphQlResponse if checked.cost.is_subscription => {
            let refusal = Refusal::new(
                "SUBSCRIPTION_TRANSPORT",
                "a subscription needs Accept: text/event-stream or a graphql-transport-ws socket",
            );
            response::refused(&refusal, media, StatusCode::NOT_ACCEPTABLE)
        }
        Media::Json | Media::GraphQlResponse => {
            response::graphql(service.execute(checked, principal).await, media)
        }
    }
}
