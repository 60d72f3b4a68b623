//! The tables a group of commands touches, each as an overlay.

use std::sync::Arc;

use tongban_core::state::State;

use crate::entity;
use crate::id::TenantId;
use crate::overlay::{Layer, Overlay};
use crate::row::process_instance::ProcessInstance;
use crate::row::record::{Columns, Record};

/// Key of what belongs to the tenant and has a number.
pub(crate) type TenantKey = (TenantId, i64);
/// Key of what belongs to a process instance and has a number.
pub(crate) type InstanceKey = (TenantId, i64, i64);
/// Key of what belongs to the body of a large multi-instance and has a loop counter.
pub(crate) type IterationKey = (TenantId, i64, i64, i64);
/// Key of what belongs to the tenant and has a name.
pub(crate) type NameKey = (TenantId, Arc<str>);
/// Key of a named part of what has a number.
pub(crate) type PartKey = (TenantId, i64, Arc<str>);
/// Key of a record: tenant, kind, id; or of what else has two names.
pub(crate) type RecordKey = (TenantId, Arc<str>, Arc<str>);

/// An instance as the overlay holds it: encoded only when the database is told.
#[derive(Debug, Clone)]
pub(crate) struct InstanceRow {
    pub(crate) head: ProcessInstance,
    pub(crate) state: Option<Arc<State>>,
    /// Version in the database; 0 while it has none.
    pub(crate) version: i64,
}

/// A record as the overlay holds it.
#[derive(Debug, Clone)]
pub(crate) struct RecordRow {
    pub(crate) record: Record,
    pub(crate) columns: Columns,
    pub(crate) parties: Vec<Arc<str>>,
    /// Version in the database; absent while it has none.
    pub(crate) stored_version: Option<i64>,
    /// The parties in the database.
    pub(crate) stored_parties: Vec<Arc<str>>,
    /// The columns in the database; absent while it has none.
    pub(crate) stored_columns: Option<Columns>,
}

macro_rules! tables {
    ($($name:ident: $key:ty => $row:ty,)*) => {
        /// All overlays of a unit of work.
        #[derive(Debug, Default)]
        pub(crate) struct Tables {
            $(pub(crate) $name: Overlay<$key, $row>,)*
        }

        impl Tables {
            /// Lays the running command's changes into the group.
            pub(crate) fn accept(&mut self) {
                $(self.$name.accept();)*
            }

            /// Forgets the running command's changes.
            pub(crate) fn drop_command(&mut self) {
                $(self.$name.drop_command();)*
            }

            /// Whether the database need not be told anything of a layer.
            pub(crate) fn is_empty(&self, layer: Layer) -> bool {
                true $(&& self.$name.is_told(layer))*
            }
        }
    };
}

tables! {
    process_instance: TenantKey => InstanceRow,
    event_record: InstanceKey => entity::event_record::Model,
    user_task: InstanceKey => entity::user_task::Model,
    timer: InstanceKey => entity::timer::Model,
    message_subscription: InstanceKey => entity::message_subscription::Model,
    signal_subscription: InstanceKey => entity::signal_subscription::Model,
    message: TenantKey => entity::message::Model,
    message_correlation: PartKey => entity::message_correlation::Model,
    message_start: RecordKey => entity::message_start::Model,
    iteration_input: IterationKey => entity::iteration_input::Model,
    iteration_output: IterationKey => entity::iteration_output::Model,
    incident: InstanceKey => entity::incident::Model,
    job: InstanceKey => entity::job::Model,
    continuation: TenantKey => entity::continuation::Model,
    number_series: NameKey => entity::number_series::Model,
    idempotency: RecordKey => entity::idempotency::Model,
    audit_entry: TenantKey => entity::audit_entry::Model,
    record: RecordKey => RecordRow,
    check_request: NameKey => entity::check_request::Model,
    check_answer: NameKey => entity::check_answer::Model,
    deadline: RecordKey => entity::deadline::Model,
    schedule_item: NameKey => entity::schedule_item::Model,
    notice: TenantKey => entity::notice::Model,
    notice_read: PartKey => entity::notice_read::Model,
    notice_delivery: PartKey => entity::notice_delivery::Model,
    notice_preference: NameKey => entity::notice_preference::Model,
    batch: TenantKey => entity::batch::Model,
    batch_item: InstanceKey => entity::batch_item::Model,
    batch_finding: PartKey => entity::batch_finding::Model,
    document: TenantKey => entity::document::Model,
}
