//! Failures of the model, its data or a plugin become incidents; the element instance waits.

use std::sync::Arc;

use crate::context::Context;
use crate::data_type::DataMismatch;
use crate::event::{Event, IncidentRaised};
use crate::id::{ElementInstanceId, IncidentId, JobId};
use crate::incident::Kind;

/// Incident texts may quote data; they are cut here.
const MESSAGE_CHARS_MAX: usize = 1_000;

/// Why an element instance cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Failure {
        Failure {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn with_kind(self, kind: Kind) -> Failure {
        Failure { kind, ..self }
    }
}

impl From<Box<DataMismatch>> for Failure {
    fn from(mismatch: Box<DataMismatch>) -> Failure {
        Failure::new(Kind::DataMismatch, mismatch.to_string())
    }
}

/// Raises an incident where an element instance stands.
pub(crate) fn raise(ctx: &mut Context<'_>, id: ElementInstanceId, failure: Failure) {
    raise_for_job(ctx, id, None, failure);
}

/// Raises an incident for a job, or without one.
pub(crate) fn raise_for_job(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    job: Option<JobId>,
    failure: Failure,
) {
    assert!(
        !has_incident(ctx, id),
        "an element instance that waits for an incident does nothing"
    );
    let raised = IncidentRaised {
        id: IncidentId(ctx.next_id()),
        element_instance: id,
        element_id: ctx.element(id).id.clone(),
        job,
        kind: failure.kind,
        message: Arc::from(cut(&failure.message)),
        raised_at: ctx.now.at,
    };
    ctx.emit(Event::IncidentRaised(raised));
}

/// Whether an element instance waits for an incident to be resolved.
pub(crate) fn has_incident(ctx: &Context<'_>, id: ElementInstanceId) -> bool {
    ctx.state().incidents().any(|it| it.element_instance == id)
}

/// Withdraws the incident of an element instance that goes.
pub(crate) fn withdraw(ctx: &mut Context<'_>, id: ElementInstanceId) {
    let found = ctx
        .state()
        .incidents()
        .find(|it| it.element_instance == id)
        .map(|it| it.id);
    if let Some(id) = found {
        ctx.emit(Event::IncidentWithdrawn { id });
    }
}

fn cut(message: &str) -> &str {
    match message.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => &message[..end],
        None => message,
    }
}
