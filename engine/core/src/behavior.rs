//! What elements share. An element never calls another element, it uses a behavior.

pub(crate) mod call_activity;
pub(crate) mod catcher;
pub(crate) mod compensation;
pub(crate) mod condition;
pub(crate) mod error;
pub(crate) mod escalation;
pub(crate) mod event_gateway;
pub(crate) mod event_subscription;
pub(crate) mod expression;
pub(crate) mod incident;
pub(crate) mod job;
pub(crate) mod join;
pub(crate) mod message;
pub(crate) mod migration;
pub(crate) mod multi_instance;
pub(crate) mod scope_chain;
pub(crate) mod signal;
pub(crate) mod state_transition;
pub(crate) mod throw;
pub(crate) mod transaction;
pub(crate) mod user_task;
pub(crate) mod variable_mapping;
