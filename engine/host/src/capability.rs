//! What a plugin may ask for during a call: the traits that `runtime` implements over its unit
//! of work. One file per capability.
//!
//! The host checks grants, counts and sizes *before* it asks; an implementation reads and
//! answers. It does not know which operation is running. Implementations see the transaction of
//! the command and nothing else.

pub mod calendar;
pub mod check;
pub mod deadline;
pub mod decision;
pub mod log;
pub mod numbering;
pub mod record;

use std::any::Any;
use std::error::Error;
use std::fmt;

use calendar::Calendar;
use check::Checks;
use deadline::Deadlines;
use decision::Decisions;
use numbering::Numbering;
use record::Records;

/// Everything a call can reach. Object-safe and owned: the call takes the box into the store of
/// its instance and gives it back in the outcome, also after a trap.
pub trait Capabilities:
    Records + Calendar + Checks + Decisions + Deadlines + Numbering + Send + 'static
{
    /// Turns the box back into what it was, after the call.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// A capability could not reach the world: a database error, a lost connection, a conflict.
/// The call is given up at once; the plugin does not see it.
#[derive(Debug)]
pub struct Unavailable(pub Box<dyn Error + Send + Sync + 'static>);

impl fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a capability of a plugin call is unavailable")
    }
}

impl Error for Unavailable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
