//! Lines for the operator. They need no implementation outside the host: they are kept within
//! their budget and handed back in [`Outcome::logs`](crate::call::Outcome::logs).

use std::collections::BTreeMap;

use crate::call::{LogLevel, LogLine};
use crate::trap::Location;

/// The lines of one call.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) lines: Vec<LogLine>,
    /// What the panic hook said last.
    pub(crate) panic: Option<(String, Option<Location>)>,
    bytes: u64,
    pub(crate) dropped: u32,
}

impl Log {
    /// Keeps the line if the budget allows, else counts it.
    pub(crate) fn push(
        &mut self,
        bytes_max: u64,
        level: LogLevel,
        message: String,
        fields: BTreeMap<String, String>,
    ) {
        let field_bytes: usize = fields
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        let size = u64::try_from(message.len() + field_bytes + 16).unwrap_or(u64::MAX);
        if self.bytes.saturating_add(size) > bytes_max {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.bytes += size;
        self.lines.push(LogLine {
            level,
            message,
            fields,
        });
    }

    /// The lines, with a last one that says how many were dropped.
    pub(crate) fn finish(mut self) -> Vec<LogLine> {
        if self.dropped > 0 {
            self.lines.push(LogLine {
                level: LogLevel::Warn,
                message: format!("{} log lines over the budget were dropped", self.dropped),
                fields: BTreeMap::new(),
            });
        }
        self.lines
    }
}
