//! The moment of a command and what the world looks like at it.
//!
//! Read once per command at the edge; the core never asks for the time. Start from [`Now`].

use tongban_feel::environment::Environment;
use tongban_feel::time::{Timestamp, Zone};
use tongban_feel::workday::Calendar;

use crate::data_type::DataTypes;
use crate::id::Instant;
use crate::limit::Limits;

/// The moment of a command, the county's zone and calendar, and the bounds in force.
#[derive(Clone)]
pub struct Now<'a> {
    /// The moment.
    pub at: Instant,
    /// The zone in which dates are read.
    pub zone: Zone,
    /// The working-day calendar.
    pub calendar: &'a dyn Calendar,
    /// The bounds in force.
    pub limits: &'a Limits,
    /// The types of data that are declared outside the processes.
    pub types: &'a dyn DataTypes,
}

impl<'a> Now<'a> {
    /// The world as an expression sees it.
    pub(crate) fn environment(&self) -> Environment<'a> {
        Environment {
            now: Timestamp::from_microseconds(self.at.0),
            zone: self.zone.clone(),
            calendar: self.calendar,
            budget: self.limits.feel,
        }
    }
}
