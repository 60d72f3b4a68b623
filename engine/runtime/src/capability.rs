//! The capabilities of a plugin call over the unit of work of the running command.
//!
//! The call owns the unit of work while it runs. Grants and budgets have been checked by the host
//! before it asks here. Lines of a plugin's log need nothing here: they come back with the outcome.

pub(crate) mod calendar;
mod checks;
mod deadlines;
mod decisions;
mod numbering;
mod records;

use std::any::Any;
use std::future::Future;
use std::sync::Arc;

use tokio::runtime::Handle;
use tongban_feel::time::Zone;
use tongban_host::capability::{Capabilities, Unavailable};
use tongban_store::error::Error as StoreError;
use tongban_store::unit_of_work::UnitOfWork;

use crate::shared::Shared;
use crate::tenant::TenantWorld;

/// What a plugin call can reach.
pub(crate) struct CallCapabilities {
    pub(crate) unit: UnitOfWork,
    pub(crate) runtime: Handle,
    pub(crate) shared: Arc<Shared>,
    pub(crate) tenant: Arc<TenantWorld>,
    /// The revision of the definitions that the command sees.
    pub(crate) revision: i64,
    /// The zone of the county's days.
    pub(crate) zone: Zone,
    /// The instant of the command.
    pub(crate) now: i64,
    /// Whether a number was taken: if the call fails, the command is decided again without it.
    pub(crate) has_allocated: bool,
}

impl CallCapabilities {
    fn wait<F: Future>(runtime: &Handle, future: F) -> F::Output {
        runtime.block_on(future)
    }
}

impl Capabilities for CallCapabilities {
    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

fn unavailable(error: StoreError) -> Unavailable {
    Unavailable(Box::new(error))
}
