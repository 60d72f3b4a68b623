//! One thing that is wrong with a package, said so that its author can mend it.

use std::fmt;

/// Whether a package with this problem is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Refused.
    Error,
    /// Installed all the same.
    Warning,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The stable code; its texts are in [`CODES`](crate::code::CODES).
    pub code: &'static str,
    /// Whether the package is refused.
    pub severity: Severity,
    /// The file in the package.
    pub file: String,
    /// The line, from 1, where it is known.
    pub line: Option<u32>,
    /// The field, such as `record[2].schema`, or a JSON Pointer; empty for the whole file.
    pub field: String,
    /// Expected and found, and what to do instead.
    pub message: String,
}

impl Problem {
    pub(crate) fn error(code: &'static str, file: &str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            file: file.to_owned(),
            line: None,
            field: String::new(),
            message: message.into(),
        }
    }

    pub(crate) fn warning(code: &'static str, file: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, file, message)
        }
    }

    pub(crate) fn at(mut self, line: Option<u32>, field: impl Into<String>) -> Self {
        self.line = line;
        self.field = field.into();
        self
    }

    pub(crate) fn field(self, field: impl Into<String>) -> Self {
        let line = self.line;
        self.at(line, field)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        write!(formatter, ": {} ", self.code)?;
        if !self.field.is_empty() {
            write!(formatter, "{}: ", self.field)?;
        }
        formatter.write_str(&self.message)
    }
}
