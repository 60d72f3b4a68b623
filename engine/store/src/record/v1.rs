//! Format version 1: postcard (variable-length integers, no field names) of the forms below.

mod event;
mod state;
mod value;

use tongban_core::event::Event;
use tongban_core::state::StateParts;
use tongban_core::variable::Variables;
use tongban_feel::value::Value;

use super::wire::{Damaged, Wire};

const VERSION: u8 = 1;

pub(super) fn encode_state(parts: &StateParts) -> Vec<u8> {
    encode(&state::State::of(parts))
}

pub(super) fn decode_state(bytes: &[u8]) -> Result<StateParts, Damaged> {
    decode::<state::State<'_>>(bytes)?.into_core()
}

pub(super) fn encode_events(events: &[Event]) -> Vec<u8> {
    let forms: Vec<event::Event<'_>> = events.iter().map(Wire::of).collect();
    encode(&forms)
}

pub(super) fn decode_events(bytes: &[u8]) -> Result<Vec<Event>, Damaged> {
    decode::<Vec<event::Event<'_>>>(bytes)?.into_core()
}

pub(super) fn encode_variables(variables: &Variables) -> Vec<u8> {
    encode(&value::NamedValues::of(variables))
}

pub(super) fn decode_variables(bytes: &[u8]) -> Result<Variables, Damaged> {
    decode::<value::NamedValues<'_>>(bytes)?.into_core()
}

pub(super) fn encode_values(values: &[Value]) -> Vec<u8> {
    let forms: Vec<value::Value<'_>> = values.iter().map(Wire::of).collect();
    encode(&forms)
}

pub(super) fn decode_values(bytes: &[u8]) -> Result<Vec<Value>, Damaged> {
    decode::<Vec<value::Value<'_>>>(bytes)?.into_core()
}

pub(super) fn encode_value(value: &Value) -> Vec<u8> {
    encode(&value::Value::of(value))
}

pub(super) fn decode_value(bytes: &[u8]) -> Result<Value, Damaged> {
    decode::<value::Value<'_>>(bytes)?.into_core()
}

fn encode<T: serde::Serialize>(form: &T) -> Vec<u8> {
    postcard::to_extend(form, vec![VERSION]).expect("the forms have a length in advance")
}

/// Bytes left over are damage too.
fn decode<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Damaged> {
    let (form, rest) = postcard::take_from_bytes(bytes)?;
    if rest.is_empty() {
        Ok(form)
    } else {
        Err(Damaged::Value("what follows the end"))
    }
}
