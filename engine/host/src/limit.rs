//! The budgets of one plugin call. A manifest may lower them; the operator may raise them.

use std::time::Duration;

/// What one call may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory, in bytes.
    pub memory_bytes_max: u64,
    /// Elements of all tables.
    pub table_elements_max: u32,
    /// Units of fuel: roughly, instructions. The contract: the same on every machine.
    pub fuel_max: u64,
    /// Time of the guest on a processor: the backstop behind the fuel.
    pub deadline: Duration,
    /// Calls of read imports.
    pub reads_max: u32,
    /// Records read, with the snapshot.
    pub rows_max: u32,
    /// Bytes of bodies read, with the snapshot.
    pub read_bytes_max: u64,
    /// Writes returned.
    pub writes_max: u32,
    /// Bytes of the input document.
    pub input_bytes_max: u64,
    /// Bytes of output, writes and error texts together.
    pub output_bytes_max: u64,
    /// Bytes of log lines; what is over is dropped and counted.
    pub log_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes_max: 32 << 20,
            table_elements_max: 10_000,
            fuel_max: 50_000_000,
            deadline: Duration::from_millis(100),
            reads_max: 50,
            rows_max: 1_000,
            read_bytes_max: 2 << 20,
            writes_max: 200,
            input_bytes_max: 1 << 20,
            output_bytes_max: 1 << 20,
            log_bytes_max: 64 << 10,
        }
    }
}

/// What a manifest says about its budgets; it can only lower them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requested {
    /// `memory_mib`
    pub memory_mib: Option<u32>,
    /// `fuel`
    pub fuel: Option<u64>,
    /// `deadline_ms`
    pub deadline_ms: Option<u32>,
}

impl Limits {
    /// These limits, lowered to what a manifest asks for.
    pub fn lowered(self, requested: Requested) -> Self {
        let memory = requested
            .memory_mib
            .map_or(u64::MAX, |mib| u64::from(mib) << 20);
        let deadline = requested
            .deadline_ms
            .map_or(Duration::MAX, |ms| Duration::from_millis(u64::from(ms)));
        Self {
            memory_bytes_max: self.memory_bytes_max.min(memory),
            fuel_max: self.fuel_max.min(requested.fuel.unwrap_or(u64::MAX)),
            deadline: self.deadline.min(deadline),
            ..self
        }
    }
}
