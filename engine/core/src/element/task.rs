//! Tasks.

pub(super) mod business_rule_task;
pub(super) mod manual_task;
pub(super) mod receive_task;
pub(super) mod script_task;
pub(super) mod send_task;
pub(super) mod service_task;
pub(super) mod undefined_task;
pub(super) mod user_task;
