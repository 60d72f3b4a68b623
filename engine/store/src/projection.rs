//! Rows derived from events, one file a noun: what lists are read from.
//!
//! A projection is a function of the events of one step and of the instance they belong to; it
//! writes into the overlays of the unit of work, so that it commits with the command.

use tongban_core::event::Event;
use tongban_core::state::State;

use crate::error::Error;
use crate::row::process_instance::ProcessInstance;
use crate::unit_of_work::UnitOfWork;
use crate::unit_of_work::tables::InstanceKey;

pub(crate) mod incident;
pub(crate) mod iteration;
pub(crate) mod job;
pub(crate) mod message_subscription;
pub(crate) mod migration;
pub(crate) mod process_instance;
pub(crate) mod signal_subscription;
pub(crate) mod timer;
pub(crate) mod user_task;

/// A number within an instance as it was written: it is a `u32` in a wider column.
pub(crate) fn local(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or(u32::MAX)
}

impl UnitOfWork {
    /// Derives all rows of an instance from what happened to it.
    pub(crate) async fn project(
        &mut self,
        head: &ProcessInstance,
        state: &State,
        events: &[Event],
    ) -> Result<(), Error> {
        for event in events {
            user_task::project(self, head, state, event).await?;
            incident::project(self, head, event).await?;
            job::project(self, head, state, event).await?;
            timer::project(self, head, event).await?;
            message_subscription::project(self, head, event);
            signal_subscription::project(self, head, event);
            iteration::project(self, head, event).await?;
            migration::project(self, head, state, event).await?;
        }
        Ok(())
    }

    pub(crate) fn key_of(&self, head: &ProcessInstance, local: u32) -> InstanceKey {
        (self.context().tenant.clone(), head.id.0, i64::from(local))
    }
}
