//! What lists read: committed rows, on connections of their own.
//!
//! Each function takes the tenant right after the database. Lists go forwards by cursor, never by
//! offset, so that a page costs the same wherever it lies.

pub mod audit_entry;
pub mod batch;
pub mod calendar;
pub mod check;
pub mod configuration;
pub mod configuration_item;
pub mod count;
pub mod deadline;
pub mod definition;
pub mod document;
pub mod incident;
pub mod job;
pub mod message;
pub mod notice;
pub mod number_series;
pub mod page;
pub mod plugin;
pub mod process_instance;
pub mod record;
pub mod schedule;
pub mod schedule_item;
pub mod schedule_run;
pub mod scheduler;
pub mod time_event;
pub mod user_task;
pub mod wait;
