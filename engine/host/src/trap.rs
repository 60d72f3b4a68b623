//! Why a plugin call broke down, said so that an operator can act.
//!
//! The trap code of the machine alone is ambiguous: a panic and an exhausted memory both end in
//! `unreachable`, an exhausted stack reads out of bounds. The classification therefore joins
//! the trap code, what the limiter refused, and what the panic hook said last.

use std::fmt;

use crate::pool::FRAMES_MAX;
use crate::session::Session;

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
    /// All places for plugins of this server were taken.
    Busy,
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
            Self::Busy => "HOST-0110",
        }
    }

    /// Whether another attempt may end otherwise: a missed deadline, or a server that was busy. All
    /// other kinds are the same on every attempt.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Deadline | Self::Busy)
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
        Self {
            kind,
            message: message.into(),
            location: None,
            backtrace: Vec::new(),
        }
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

/// Tells what a failed call of the machine was.
pub(crate) fn classify(error: &wasmtime::Error, session: &Session) -> Trap {
    let backtrace = backtrace(error);
    let limits = &session.limits;
    let trap = match error.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::OutOfFuel) => Trap::new(
            Kind::Fuel,
            format!("the plugin used up its fuel of {}", limits.fuel_max),
        ),
        Some(wasmtime::Trap::Interrupt) => {
            let text = format!(
                "the plugin ran longer than {} ms",
                limits.deadline.as_millis()
            );
            Trap::new(Kind::Deadline, text)
        }
        Some(wasmtime::Trap::StackOverflow) => Trap::new(Kind::Stack, "the call stack overflowed"),
        // The plugin's own stack lies at the start of its memory: running over it reads out of
        // bounds, with a backtrace as long as it may be.
        Some(wasmtime::Trap::MemoryOutOfBounds) if backtrace.len() >= FRAMES_MAX => {
            Trap::new(Kind::Stack, "the plugin's stack overflowed: deep recursion")
        }
        Some(wasmtime::Trap::UnreachableCodeReached) => panicked(session),
        Some(other) => Trap::new(Kind::Machine, other.to_string()),
        None if is_pool_full(error) => {
            let text = "all places for plugins of this server are taken";
            Trap::new(Kind::Busy, text)
        }
        None if session.memory.denied => out_of_memory(session),
        None => Trap::new(Kind::BadAnswer, format!("{error:#}")),
    };
    Trap { backtrace, ..trap }
}

fn is_pool_full(error: &wasmtime::Error) -> bool {
    let limit = error.downcast_ref::<wasmtime::PoolConcurrencyLimitError>();
    limit.is_some()
}

fn panicked(session: &Session) -> Trap {
    match &session.log.panic {
        Some((message, location)) => {
            let trap = Trap::new(Kind::Panic, format!("panicked: {message}"));
            Trap {
                location: location.clone(),
                ..trap
            }
        }
        None if session.memory.denied => out_of_memory(session),
        None => Trap::new(Kind::Panic, "panicked without a text"),
    }
}

fn out_of_memory(session: &Session) -> Trap {
    let mib = session.limits.memory_bytes_max >> 20;
    Trap::new(
        Kind::Memory,
        format!("the plugin asked for more than its memory of {mib} MiB"),
    )
}

fn backtrace(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<wasmtime::WasmBacktrace>() else {
        return Vec::new();
    };
    let frames = backtrace.frames().iter().take(FRAMES_MAX);
    let name = |frame: &wasmtime::FrameInfo| match frame.func_name() {
        Some(name) => rustc_name(name),
        None => format!("function {}", frame.func_index()),
    };
    frames.map(name).collect()
}

/// Without the hash at the end of a mangled name's path.
fn rustc_name(name: &str) -> String {
    let clipped: String = name.chars().take(200).collect();
    match clipped.rsplit_once("17h") {
        Some((path, hash)) if hash.len() == 17 && hash.ends_with('E') => path.to_owned(),
        _ => clipped,
    }
}
