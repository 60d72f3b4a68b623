//! The workflow state machine: commands in, events out.
//!
//! A function of its arguments: it knows no clock, storage, thread or database, and performs
//! nothing. [`step::step`] decides one command on one instance and returns what happened;
//! [`effect::effects`] reads off what has to be done outside; [`state::State::apply`] folds what
//! happened. Start from [`command::Command`] and [`step::step`].

pub mod ad_hoc_choice;
pub mod code;
pub mod command;
pub mod data_type;
pub mod deadline;
pub mod effect;
pub mod escalation;
pub mod event;
pub mod id;
pub mod incident;
pub mod limit;
pub mod migration;
pub mod modification;
pub mod now;
pub mod rejection;
pub mod schedule;
pub mod simulation;
pub mod start_condition;
pub mod state;
pub mod step;
pub mod variable;
pub mod work;

mod behavior;
mod context;
mod decide;
mod element;
