//! Where a multi-instance stands: which iterations have been carried out, and what they gave.
//!
//! A small one has its iterations and their outputs in the state. A large one is spread: its
//! iterations are instances of their own, their items and outputs are kept outside, and here they
//! are only counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_feel::value::{List, Value};

/// The loop of the body of a multi-instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    /// How many iterations there are in all.
    pub count: u32,
    /// The loop counter of the first one this body carries out.
    pub first: u32,
    /// The loop counter of the last one; less than `first` if there is none.
    pub last: u32,
    /// The loop counter of the one that is started next.
    pub next: u32,
    /// How many have come to their end.
    pub completed: u32,
    /// How many were ended early.
    pub terminated: u32,
    /// Whether the completion condition has held.
    pub is_satisfied: bool,
    /// The items from `first` on; none if there is no collection, or if they are kept outside.
    pub items: Arc<List>,
    /// The outputs by loop counter; of a spread loop those that have been brought in.
    pub outputs: BTreeMap<u32, Value>,
    /// What only a spread loop has.
    pub spread: Option<Spread>,
}

/// A loop whose iterations are instances of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Whether iterations have been asked for that are not started yet.
    pub is_requested: bool,
    /// Roughly how many bytes the outputs take that are kept outside.
    pub output_bytes: u64,
    /// How far these have been brought in.
    pub collection: Collection,
}

/// How far the outputs of a spread loop have been brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// It is not time yet.
    Waiting,
    /// They have been asked for.
    Requested,
    /// All are here.
    Complete,
    /// They are too large, and stay outside.
    Forgone,
}

impl Loop {
    /// How many iterations this body has started and not seen the end of.
    pub fn active(&self) -> u32 {
        self.started() - self.completed - self.terminated
    }

    /// How many iterations this body has started.
    pub fn started(&self) -> u32 {
        self.next - self.first
    }

    /// Whether there are iterations left to start.
    pub fn has_next(&self) -> bool {
        self.next <= self.last && !self.is_satisfied
    }

    /// The item of an iteration, if there is a collection.
    pub fn item(&self, loop_counter: u32) -> Option<&Value> {
        let position = loop_counter.checked_sub(self.first)?;
        self.items.get(position as usize)
    }

    /// The value of one of the attributes that BPMN gives a multi-instance (table 10.30).
    pub fn attribute(&self, name: &str) -> Option<Value> {
        let number = match name {
            "numberOfInstances" => self.count,
            "numberOfActiveInstances" => self.active(),
            "numberOfCompletedInstances" => self.completed,
            "numberOfTerminatedInstances" => self.terminated,
            _ => return None,
        };
        Some(Value::from(i64::from(number)))
    }
}

/// The names of the attributes of a loop.
pub const ATTRIBUTES: [&str; 4] = [
    "numberOfInstances",
    "numberOfActiveInstances",
    "numberOfCompletedInstances",
    "numberOfTerminatedInstances",
];
