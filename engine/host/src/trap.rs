//! Why a plugin call broke down, said so that an operator can act.
//!
//! The trap code of the machine alone is ambiguous: a panic and an exhausted memory both end in
//! `unreachable`, an exhausted stack reads out of bounds. The classification therefore joins
//! the trap code, what the limiter refused, and what the panic hook said last.

use std::fmt;

/// Where a panic happened in the plugin's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, as the plugin's compiler names it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// The kinds of breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The plugin panicked.
    Panic,
    /// It asked for more memory than its limit.
    Memory,
    /// It used up its fuel: too many instructions.
    Fuel,
    /// It ran longer than its wall-clock limit.
    Deadline,
    /// Its stack overflowed.
    Stack,
    /// It used something that the operation does not declare.
    NotGranted,
    /// It used up a budget of reads, rows, bytes, writes or output.
    Budget,
    /// Its answer does not make sense: not UTF-8, not JSON, against a schema, a forged id.
    BadAnswer,
    /// Any other trap of the machine.
    Machine,
}

impl Kind {
    /// The stable code; its texts are in [`CODES`](crate::code::CODES).
    pub fn code(self) -> &'static str {
        match self {
            Self::Panic => "HOST-0101",
            Self::Memory => "HOST-0102",
            Self::Fuel => "HOST-0103",
            Self::Deadline => "HOST-0104",
            Self::Stack => "HOST-0105",
            Self::NotGranted => "HOST-0106",
            Self::Budget => "HOST-0107",
            Self::BadAnswer => "HOST-0108",
            Self::Machine => "HOST-0109",
        }
    }

    /// Whether another attempt may end otherwise. All kinds but the deadline are the same on
    /// every attempt.
    pub fn is_transient(self) -> bool {
        self == Self::Deadline
    }
}

/// A breakdown of a plugin call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// Which kind.
    pub kind: Kind,
    /// For the operator: expected and found. May quote the plugin's panic text.
    pub message: String,
    /// Where, if the plugin's panic hook said so.
    pub location: Option<Location>,
    /// Function names of the plugin, innermost first.
    pub backtrace: Vec<String>,
}

impl Trap {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), location: None, backtrace: Vec::new() }
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind.code(), self.message)?;
        if let Some(location) = &self.location {
            write!(formatter, " ({}:{})", location.file, location.line)?;
        }
        Ok(())
    }
}

impl std::error::Error for Trap {}
