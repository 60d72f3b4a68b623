//! What leaves the server, always after the commit that asked for it.
//!
//! **Invariant:** nothing here runs inside a command's transaction, and every answer comes back
//! as a command of its own, so that an answer that arrives twice finds its job gone.

pub(crate) mod check;
pub(crate) mod connector;
pub mod exchange;
pub(crate) mod notice;
pub mod webhook;

mod circuit;
pub(crate) mod webhook_job;

use std::sync::Arc;

use crate::shared::Shared;
use connector::Connector;

/// All connectors of an engine; a new one is listed here and nowhere else.
pub(crate) fn connectors(shared: &Arc<Shared>) -> Vec<Arc<Connector>> {
    let mut all = vec![Connector::new(
        shared.clone(),
        check::Checks::new(shared.clone()),
    )];
    for target in shared.webhooks.targets.keys() {
        let jobs = webhook_job::WebhookJobs::new(shared.clone(), target.clone());
        all.push(Connector::new(shared.clone(), jobs));
        let notices = notice::NoticeDeliveries::new(shared.clone(), target.clone());
        all.push(Connector::new(shared.clone(), notices));
    }
    all
}
