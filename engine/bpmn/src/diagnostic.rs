//! What is wrong with a model, and where.

/// One finding about a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, `BPMN-0012`.
    pub code: &'static str,
    /// Whether it prevents the deployment.
    pub severity: Severity,
    /// The file it is in.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The XML id of the element, if it has one.
    pub element_id: Option<String>,
    /// What was expected and what was found.
    pub message: String,
    /// What to do instead.
    pub remedy: String,
}

/// Whether a finding prevents the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The model cannot be deployed.
    Error,
    /// The model can be deployed; something in it has no effect or may surprise.
    Warning,
}
