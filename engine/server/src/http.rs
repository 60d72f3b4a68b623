//! The HTTP face: GraphQL, GraphiQL, packages, and what an operator's machines ask.

#[cfg(feature = "console")]
mod asset;
mod document;
mod package;
pub(crate) mod telemetry;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{get, put};
use tongban_api::service::Service;
use tongban_runtime::engine::Handle;

use telemetry::Telemetry;

/// What the routes are served from.
pub(crate) struct Served {
    pub(crate) service: Service,
    pub(crate) handle: Handle,
    pub(crate) telemetry: Arc<Telemetry>,
    /// Whether metrics and health have an address of their own.
    pub(crate) telemetry_apart: bool,
    pub(crate) graphiql: bool,
}

/// All routes.
pub(crate) fn router(served: Served) -> Router {
    let Served {
        service,
        handle,
        telemetry,
        telemetry_apart,
        graphiql,
    } = served;
    let packages = Router::new()
        .route("/packages", put(package::put))
        .layer(axum::extract::DefaultBodyLimit::max(package::BYTES_MAX))
        .with_state((service.clone(), handle.clone()));
    let documents = Router::new()
        .route("/documents/{id}", get(document::get))
        .with_state((service.clone(), handle));
    let mut router = tongban_api::http::router(service)
        .merge(packages)
        .merge(documents);
    if !telemetry_apart {
        router = router.merge(telemetry::router(telemetry.clone()));
    }
    with_console(router, graphiql)
        .layer(map_response(secure))
        .layer(from_fn_with_state(telemetry, telemetry::count))
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
