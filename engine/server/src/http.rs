//! The HTTP face: GraphQL, GraphiQL, packages, health.

#[cfg(feature = "console")]
mod asset;
mod package;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, put};
use tongban_api::service::Service;
use tongban_runtime::engine::Handle;

/// All routes.
pub(crate) fn router(service: Service, handle: Handle, graphiql: bool) -> Router {
    let packages = Router::new()
        .route("/packages", put(package::put))
        .layer(axum::extract::DefaultBodyLimit::max(package::BYTES_MAX))
        .with_state((service.clone(), handle));
    let router = tongban_api::http::router(service)
        .merge(packages)
        .route("/healthz", get(|| async { "ok" }));
    with_console(router, graphiql).layer(map_response(secure))
}

#[cfg(feature = "console")]
fn with_console(router: Router, graphiql: bool) -> Router {
    if !graphiql {
        return router;
    }
    router
        .route("/", get(asset::index))
        .route("/assets/{name}", get(asset::file))
}

#[cfg(not(feature = "console"))]
fn with_console(router: Router, _graphiql: bool) -> Router {
    router
}

/// Headers of every answer. GraphiQL sets styles from scripts, hence `unsafe-inline` for styles alone.
async fn secure(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'",
        ),
    ];
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
