//! The ways to say no.
//!
//! Begin with [`OperationError`]: which one a failure is decides what becomes of the process.

use serde::Serialize;
use serde_json::{Map, Value};

/// Why an operation does not succeed. A panic is the fifth way: it becomes an incident with the
/// panic's text, file and line.
///
/// | variant | what happens |
/// |---|---|
/// | business | normal flow: an error event of the diagram catches the code |
/// | invalid | the person who submitted the input sees the violations, and nothing has moved |
/// | retry | the call is repeated after a pause, and after some tries becomes an incident |
/// | failed | an incident for the operator; not repeated by itself |
///
/// ```
/// use tongban_sdk::{Date, OperationError};
/// let deadline: Date = "2026-03-02".parse()?;
/// let error = OperationError::business("CLAIM-WINDOW-OVER").with_detail("lastDay", deadline);
/// # let _ = OperationError::from(error);
/// # Ok::<(), tongban_sdk::InvalidTime>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum OperationError {
    /// A failure that belongs to the procedure.
    Business(Business),
    /// The input is wrong, at least at one place.
    Invalid(Vec<Violation>),
    /// It may succeed later.
    Retry {
        /// The pause in milliseconds.
        after_ms: u64,
        /// For the operator; no personal data.
        reason: String,
    },
    /// It cannot succeed. The text is for the operator; no personal data.
    Failed(String),
}

impl OperationError {
    /// A failure that belongs to the procedure; an error event of the diagram with this code
    /// catches it. Add to it with [`Business::with_detail`] and [`Business::with_argument`].
    pub fn business(code: impl Into<String>) -> Business {
        Business {
            code: code.into(),
            arguments: Vec::new(),
            details: Map::new(),
        }
    }

    /// One thing is wrong with the input, at the JSON Pointer `path` (empty: as a whole).
    /// For more than one, collect [`Violations`].
    pub fn invalid(path: impl Into<String>, code: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(path, code)])
    }

    /// It may succeed after a pause.
    pub fn retry(after_ms: u64, reason: impl Into<String>) -> Self {
        Self::Retry {
            after_ms,
            reason: reason.into(),
        }
    }

    /// It cannot succeed, and an operator has to look.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }
}

/// A failure that belongs to the procedure. `?` and `into()` make an [`OperationError`] of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Business {
    /// The error code of the BPMN error event, and the key of the text in `messages/`.
    pub code: String,
    /// Values for the placeholders of the text.
    pub arguments: Vec<(String, String)>,
    /// Variables of the error event. Routing values only: no personal data.
    pub details: Map<String, Value>,
}

impl Business {
    /// Adds a variable for the error event.
    #[must_use]
    pub fn with_detail(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }

    /// Adds a value for a placeholder of the text.
    #[must_use]
    pub fn with_argument(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.arguments.push((name.into(), value.to_string()));
        self
    }
}

impl From<Business> for OperationError {
    fn from(business: Business) -> Self {
        Self::Business(business)
    }
}

/// Something wrong with, or noteworthy about, one place of the input. The text is found by the
/// code in `messages/zh-CN.toml` and `messages/en.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// A JSON Pointer into the input; empty for the input as a whole.
    pub path: String,
    /// The stable code.
    pub code: String,
    /// Values for the placeholders of the text.
    pub arguments: Vec<(String, String)>,
}

impl Violation {
    /// A violation at a place.
    pub fn new(path: impl Into<String>, code: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            code: code.into(),
            arguments: Vec::new(),
        }
    }

    /// Adds a value for a placeholder of the text.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.arguments.push((name.into(), value.to_string()));
        self
    }
}

/// Collects all that is wrong with an input, so that a person corrects it in one go.
///
/// ```
/// use tongban_sdk::{OperationError, Violations};
/// fn check(names: &[&str]) -> Result<(), OperationError> {
///     let mut violations = Violations::new();
///     violations.require(names.len() == 2, "/parties", "TWO-PARTIES");
///     for (idx, name) in names.iter().enumerate() {
///         let mut party = violations.at(format_args!("/parties/{idx}"));
///         party.require(!name.is_empty(), "/name", "NAME-MISSING");
///     }
///     violations.into_result()
/// }
/// let Err(OperationError::Invalid(found)) = check(&["", "李*"]) else { unreachable!() };
/// assert_eq!(found[0].path, "/parties/0/name");
/// ```
#[derive(Debug, Default)]
#[must_use = "violations that are not returned stop nothing"]
pub struct Violations {
    found: Vec<Violation>,
}

/// Adds violations below one place.
#[derive(Debug)]
pub struct ViolationsAt<'a> {
    violations: &'a mut Violations,
    path: String,
}

impl Violations {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Something is wrong at this place.
    pub fn add(&mut self, path: impl Into<String>, code: impl Into<String>) {
        self.push(Violation::new(path, code));
    }

    /// Something is wrong as described.
    pub fn push(&mut self, violation: Violation) {
        self.found.push(violation);
    }

    /// If this does not hold, something is wrong at this place.
    pub fn require(&mut self, holds: bool, path: impl Into<String>, code: impl Into<String>) {
        if !holds {
            self.add(path, code);
        }
    }

    /// The value, or its error noted at this place.
    pub fn check<T>(
        &mut self,
        path: impl Into<String>,
        result: Result<T, impl Into<ViolationCode>>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(path, error.into().0);
                None
            }
        }
    }

    /// Adds below one place, such as `/parties/0`.
    pub fn at(&mut self, path: impl ToString) -> ViolationsAt<'_> {
        ViolationsAt {
            path: path.to_string(),
            violations: self,
        }
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The error, if anything is wrong.
    pub fn into_result(self) -> Result<(), OperationError> {
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(OperationError::Invalid(self.found))
        }
    }
}

impl ViolationsAt<'_> {
    /// Something is wrong at this place below.
    pub fn add(&mut self, path: &str, code: impl Into<String>) {
        self.violations.add(format!("{}{path}", self.path), code);
    }

    /// If this does not hold, something is wrong at this place below.
    pub fn require(&mut self, holds: bool, path: &str, code: impl Into<String>) {
        if !holds {
            self.add(path, code);
        }
    }

    /// The value, or its error noted at this place below.
    pub fn check<T>(
        &mut self,
        path: &str,
        result: Result<T, impl Into<ViolationCode>>,
    ) -> Option<T> {
        self.violations
            .check(format!("{}{path}", self.path), result)
    }
}

/// The code of a violation that an error of a value type stands for.
#[derive(Debug, Clone)]
pub struct ViolationCode(pub String);

impl From<&str> for ViolationCode {
    fn from(code: &str) -> Self {
        Self(code.to_owned())
    }
}

impl From<crate::InvalidResidentId> for ViolationCode {
    fn from(error: crate::InvalidResidentId) -> Self {
        Self(error.code().to_owned())
    }
}

impl From<crate::InvalidMobileNumber> for ViolationCode {
    fn from(error: crate::InvalidMobileNumber) -> Self {
        Self(error.code().to_owned())
    }
}

impl From<crate::InvalidBankCard> for ViolationCode {
    fn from(error: crate::InvalidBankCard) -> Self {
        Self(error.code().to_owned())
    }
}

impl From<crate::InvalidCreditCode> for ViolationCode {
    fn from(error: crate::InvalidCreditCode) -> Self {
        Self(error.code().to_owned())
    }
}

impl From<crate::InvalidTime> for ViolationCode {
    fn from(_: crate::InvalidTime) -> Self {
        Self(crate::code::INPUT_MALFORMED.to_owned())
    }
}

impl From<crate::ReadError> for OperationError {
    fn from(error: crate::ReadError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<crate::NumberError> for OperationError {
    fn from(error: crate::NumberError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<crate::CalendarError> for OperationError {
    fn from(error: crate::CalendarError) -> Self {
        Self::Failed(error.to_string())
    }
}
