//! Stored forms of the core's state, events and values.
//!
//! The first byte is the format version; what follows is that version's own. A version that was
//! released is never changed: a change makes `v2` beside `v1`, and both are read.
//!
//! It knows neither tables nor tenants. Function values have no stored form and become null; the
//! core keeps them out of variables.

mod v1;
mod wire;

use tongban_core::event::Event;
use tongban_core::state::State;
use tongban_core::variable::Variables;
use tongban_feel::value::Value;

use crate::error::Error;

/// The newest format version, in which everything is written.
pub const VERSION: u8 = 1;

/// The stored form of a state.
#[must_use]
pub fn encode_state(state: &State) -> Vec<u8> {
    v1::encode_state(&state.parts())
}

/// The state of a stored form.
///
/// # Errors
/// [`Error::UnknownFormat`] if a newer build wrote it, [`Error::Decode`] if it is damaged.
pub fn decode_state(bytes: &[u8]) -> Result<State, Error> {
    const WHAT: &str = "state of a process instance";
    match bytes.split_first() {
        Some((1, rest)) => v1::decode_state(rest)
            .map(State::restore)
            .map_err(damaged(WHAT)),
        first => Err(unknown(WHAT, first)),
    }
}

/// The stored form of what happened to one instance in one command.
#[must_use]
pub fn encode_events(events: &[Event]) -> Vec<u8> {
    v1::encode_events(events)
}

/// The events of a stored form.
///
/// # Errors
/// [`Error::UnknownFormat`] if a newer build wrote it, [`Error::Decode`] if it is damaged.
pub fn decode_events(bytes: &[u8]) -> Result<Vec<Event>, Error> {
    const WHAT: &str = "events of a process instance";
    match bytes.split_first() {
        Some((1, rest)) => v1::decode_events(rest).map_err(damaged(WHAT)),
        first => Err(unknown(WHAT, first)),
    }
}

/// The stored form of variables.
#[must_use]
pub fn encode_variables(variables: &Variables) -> Vec<u8> {
    v1::encode_variables(variables)
}

/// The variables of a stored form.
///
/// # Errors
/// [`Error::UnknownFormat`] if a newer build wrote it, [`Error::Decode`] if it is damaged.
pub fn decode_variables(bytes: &[u8]) -> Result<Variables, Error> {
    const WHAT: &str = "variables";
    match bytes.split_first() {
        Some((1, rest)) => v1::decode_variables(rest).map_err(damaged(WHAT)),
        first => Err(unknown(WHAT, first)),
    }
}

/// The stored form of values in order.
#[must_use]
pub fn encode_values(values: &[Value]) -> Vec<u8> {
    v1::encode_values(values)
}

/// The values of a stored form.
///
/// # Errors
/// [`Error::UnknownFormat`] if a newer build wrote it, [`Error::Decode`] if it is damaged.
pub fn decode_values(bytes: &[u8]) -> Result<Vec<Value>, Error> {
    const WHAT: &str = "values";
    match bytes.split_first() {
        Some((1, rest)) => v1::decode_values(rest).map_err(damaged(WHAT)),
        first => Err(unknown(WHAT, first)),
    }
}

/// The stored form of one value.
#[must_use]
pub fn encode_value(value: &Value) -> Vec<u8> {
    v1::encode_value(value)
}

/// The value of a stored form.
///
/// # Errors
/// [`Error::UnknownFormat`] if a newer build wrote it, [`Error::Decode`] if it is damaged.
pub fn decode_value(bytes: &[u8]) -> Result<Value, Error> {
    const WHAT: &str = "a value";
    match bytes.split_first() {
        Some((1, rest)) => v1::decode_value(rest).map_err(damaged(WHAT)),
        first => Err(unknown(WHAT, first)),
    }
}

fn damaged(what: &'static str) -> impl Fn(wire::Damaged) -> Error {
    move |error| Error::Decode {
        what,
        source: Box::new(error),
    }
}

fn unknown(what: &'static str, first: Option<(&u8, &[u8])>) -> Error {
    let version = first.map_or(0, |(version, _)| *version);
    Error::UnknownFormat {
        what,
        version,
        known: VERSION,
    }
}
