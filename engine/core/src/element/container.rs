//! Elements with contents of their own, here or in another instance.

pub(super) mod ad_hoc_sub_process;
pub(super) mod call_activity;
pub(super) mod event_sub_process;
pub(super) mod multi_instance;
pub(super) mod process;
pub(super) mod standard_loop;
pub(super) mod sub_process;
pub(super) mod transaction;
