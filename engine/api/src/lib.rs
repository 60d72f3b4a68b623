//! GraphQL: core and plugin types in one schema, and who may see what.
//!
//! It makes no decision of a domain and knows neither entities nor WebAssembly: commands go to the runtime's handle,
//! reads to the store's queries. Start from [`schema::compose`] and [`service::Service`].

pub mod auth;
pub mod builder;
pub mod global_id;
pub mod http;
pub mod limit;
pub mod scalar;
pub mod schema;
pub mod service;
pub mod session;

mod ad_hoc_sub_process;
mod answer_order;
mod batch;
mod calendar;
mod clock;
mod compose;
mod configuration_item;
mod connection;
mod deadline;
mod decision_definition;
mod deployment;
pub mod document;
mod follow;
mod history;
mod incident;
mod input;
mod job;
mod light;
mod mask;
mod message;
mod node;
mod notice;
mod operation;
mod page;
mod parameter;
mod payload;
mod plugin;
mod process_definition;
mod process_instance;
mod record;
mod resource;
mod schedule;
mod scheduler;
mod signal;
mod time_event;
mod user_error;
mod user_task;
mod viewer;
