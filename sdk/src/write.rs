//! Writes other than records: processes that start and messages that are published.

use serde_json::{Map, Value};

/// Starts a process instance; the operation's manifest entry names the process in `starts`.
///
/// ```
/// use tongban_sdk::StartProcess;
/// let start = StartProcess::new("divorce-registration")
///     .with_business_key("150627-2026-000017")
///     .with_variable("recordId", "c-1-0");
/// # let _ = start;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct StartProcess {
    /// The BPMN process id.
    pub process_key: String,
    /// Names the case for people; may be declared unique.
    pub business_key: Option<String>,
    /// Routing values only: no personal data.
    pub variables: Map<String, Value>,
}

impl StartProcess {
    /// Of the process with this BPMN id.
    pub fn new(process_key: impl Into<String>) -> Self {
        Self {
            process_key: process_key.into(),
            business_key: None,
            variables: Map::new(),
        }
    }

    /// Under this business key.
    #[must_use]
    pub fn with_business_key(mut self, business_key: impl Into<String>) -> Self {
        self.business_key = Some(business_key.into());
        self
    }

    /// With this variable; no personal data.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }
}

/// Publishes a message to the process instances that wait for it; the operation's manifest entry
/// names it in `publishes`.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishMessage {
    /// The name of the message in the diagram.
    pub name: String,
    /// Which instance it is for.
    pub correlation_key: String,
    /// Routing values only: no personal data.
    pub variables: Map<String, Value>,
}

impl PublishMessage {
    /// The message of this name for the instance that waits with this key.
    pub fn new(name: impl Into<String>, correlation_key: impl ToString) -> Self {
        Self {
            name: name.into(),
            correlation_key: correlation_key.to_string(),
            variables: Map::new(),
        }
    }

    /// With this variable; no personal data.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }
}

macro_rules! value_by_text {
    ($($type:ty),*) => {
        $(impl From<$type> for Value {
            fn from(it: $type) -> Value {
                Value::String(it.to_string())
            }
        })*
    };
}

value_by_text!(
    crate::Date,
    crate::Instant,
    crate::RecordId,
    &crate::RecordId
);

impl From<crate::Fen> for Value {
    fn from(it: crate::Fen) -> Value {
        Value::from(it.get())
    }
}
