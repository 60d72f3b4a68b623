//! The server's own background work: no input, idempotent, woken by event and by period.

pub(crate) mod continuation;
pub(crate) mod job_queue;
pub(crate) mod lease;
pub(crate) mod message;
pub(crate) mod relay;
pub(crate) mod world;
