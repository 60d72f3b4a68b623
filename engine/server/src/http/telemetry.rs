//! What an operator's machines ask: is it alive, is it ready, what does it measure.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use serde_json::json;
use tongban_api::service::Service;
use tongban_runtime::engine::Handle;
use tracing::warn;

/// A background service that was not heard of for so long is taken for dead.
const SILENCE: Duration = Duration::from_secs(60);
/// An answer of the database that takes longer is none.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(3);
/// The OpenMetrics text that Prometheus reads.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 10.0];
/// Paths that are told apart; every other one is `other`.
const PATHS: [&str; 5] = ["/graphql", "/packages", "/healthz", "/readyz", "/metrics"];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    path: &'static str,
    status: u16,
}

/// What is measured and asked about a running server.
pub(crate) struct Telemetry {
    handle: Handle,
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Histogram,
    open_requests: Gauge,
    resident_bytes: Gauge,
    is_draining: AtomicBool,
}

impl Telemetry {
    /// Registers what the server, its API and its engine measure.
    pub(crate) fn new(handle: Handle, service: &Service) -> Arc<Self> {
        let mut registry = Registry::default();
        handle.register_metrics(&mut registry);
        service.register_metrics(&mut registry);
        let telemetry = Self {
            handle,
            registry,
            requests: Family::default(),
            request_seconds: Histogram::new(SECONDS),
            open_requests: Gauge::default(),
            resident_bytes: Gauge::default(),
            is_draining: AtomicBool::new(false),
        };
        Arc::new(telemetry.register())
    }

    fn register(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register(
            "tongban_http_requests",
            "HTTP requests by path and status",
            self.requests.clone(),
        );
        registry.register(
            "tongban_http_request_seconds",
            "Time until a request was answered; that of a stream until it began",
            self.request_seconds.clone(),
        );
        registry.register(
            "tongban_http_open_requests",
            "Requests that are being answered",
            self.open_requests.clone(),
        );
        registry.register(
            "process_resident_memory_bytes",
            "Resident memory of the process",
            self.resident_bytes.clone(),
        );
        self
    }

    /// Says from now on that the server is not ready, so that nobody sends it new work.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
    }

    /// What stands in the way of taking work.
    async fn obstacles(&self) -> Vec<&'static str> {
        let mut obstacles = Vec::new();
        if self.is_draining.load(Ordering::Acquire) || !self.handle.is_taking_commands() {
            obstacles.push("draining");
        }
        if !self.handle.health().silent(SILENCE).is_empty() {
            obstacles.push("background services");
        }
        let is_current = self.handle.database().is_current();
        match tokio::time::timeout(DATABASE_TIMEOUT, is_current).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => obstacles.push("migrations"),
            Ok(Err(_)) | Err(_) => obstacles.push("database"),
        }
        obstacles
    }

    async fn text(&self) -> anyhow::Result<String> {
        let sampled = self.handle.sample_metrics();
        if let Ok(Err(error)) = tokio::time::timeout(DATABASE_TIMEOUT, sampled).await {
            warn!(%error, "the gauges of the database stay as they were");
        }
        self.resident_bytes.set(resident_bytes());
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)
            .context("cannot write the metrics")?;
        Ok(text)
    }
}

/// The routes `/healthz`, `/readyz` and `/metrics`.
pub(crate) fn router(telemetry: Arc<Telemetry>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(telemetry)
}

async fn ready(State(telemetry): State<Arc<Telemetry>>) -> Response {
    let obstacles = telemetry.obstacles().await;
    let status = match obstacles.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = json!({ "ready": obstacles.is_empty(), "obstacles": obstacles });
    (status, axum::Json(body)).into_response()
}

async fn metrics(State(telemetry): State<Arc<Telemetry>>) -> Response {
    match telemetry.text().await {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            warn!(error = format!("{error:#}"), "the metrics were not written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Counts and times each request.
pub(crate) async fn count(
    State(telemetry): State<Arc<Telemetry>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let path = PATHS.iter().find(|it| **it == path).unwrap_or(&"other");
    let started = Instant::now();
    telemetry.open_requests.inc();
    let _open = Open(&telemetry.open_requests);
    let response = next.run(request).await;
    let labels = RequestLabels {
        path,
        status: response.status().as_u16(),
    };
    telemetry.requests.get_or_create(&labels).inc();
    telemetry
        .request_seconds
        .observe(started.elapsed().as_secs_f64());
    response
}

/// A request whose client goes away is dropped, and is open no more either.
struct Open<'a>(&'a Gauge);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// What Linux says of this process; 0 where it says nothing.
fn resident_bytes() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kib = line.and_then(|it| it.split_whitespace().next()?.parse::<i64>().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}
