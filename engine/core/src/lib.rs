//! The workflow state machine: commands in, events out
