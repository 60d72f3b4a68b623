//! graphql-sse in distinct-connections mode: one response a request, a comment every 15 seconds against idle proxies.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::{StreamExt as _, stream};

use crate::auth::principal::Principal;
use crate::service::{self, Checked, Service};

const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) async fn respond(
    service: &Service,
    checked: Checked,
    principal: Option<Arc<Principal>>,
) -> Response {
    let answers = if checked.cost.is_subscription {
        service.subscribe(checked, principal)
    } else {
        service::once(service.execute(checked, principal).await)
    };
    let events = answers
        .map(|answer| {
            let text = String::from_utf8_lossy(&super::response::text(&answer)).into_owned();
            Event::default().event("next").data(text)
        })
        .chain(stream::once(async {
            Event::default().event("complete").data("")
        }))
        .map(Ok::<_, Infallible>);
    Sse::new(events)
        .keep_alive(KeepAlive::new().interval(HEARTBEAT))
        .into_response()
}
