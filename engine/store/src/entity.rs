//! The tables, one entity each; the key fields come first and begin with the tenant.
//!
//! The tables of record kinds are not here: their columns are declared by plugins
//! (see [`crate::record_kind`]), and neither is `id_block`, which only one statement touches.

pub(crate) mod audit_entry;
pub(crate) mod batch;
pub(crate) mod batch_finding;
pub(crate) mod batch_item;
pub(crate) mod calendar;
pub(crate) mod calendar_override;
pub(crate) mod calendar_publication;
pub(crate) mod check_answer;
pub(crate) mod check_request;
pub(crate) mod configuration_event;
pub(crate) mod configuration_item;
pub(crate) mod continuation;
pub(crate) mod deadline;
pub(crate) mod decision_definition;
pub(crate) mod deployment;
pub(crate) mod event_record;
pub(crate) mod form_definition;
pub(crate) mod idempotency;
pub(crate) mod incident;
pub(crate) mod iteration_input;
pub(crate) mod iteration_output;
pub(crate) mod job;
pub(crate) mod lease;
pub(crate) mod message;
pub(crate) mod message_correlation;
pub(crate) mod message_start;
pub(crate) mod message_subscription;
pub(crate) mod meta;
pub(crate) mod notice;
pub(crate) mod notice_delivery;
pub(crate) mod notice_preference;
pub(crate) mod notice_read;
pub(crate) mod number_series;
pub(crate) mod parameter;
pub(crate) mod plugin_activation;
pub(crate) mod plugin_package;
pub(crate) mod process_definition;
pub(crate) mod process_instance;
pub(crate) mod record_kind;
pub(crate) mod record_party;
pub(crate) mod resource;
pub(crate) mod schedule;
pub(crate) mod schedule_item;
pub(crate) mod schedule_lease;
pub(crate) mod schedule_rule;
pub(crate) mod schedule_run;
pub(crate) mod scheduler;
pub(crate) mod signal_subscription;
pub(crate) mod staff;
pub(crate) mod tenant;
pub(crate) mod time_event;
pub(crate) mod timer;
pub(crate) mod user_task;
