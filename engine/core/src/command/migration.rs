//! Letting an instance go on by another version of its process.

use std::sync::Arc;

use tongban_bpmn::graph::ProcessDefinition;

use crate::id::DefinitionId;

/// See [`super::Command::MigrateInstance`].
#[derive(Debug, Clone)]
pub struct MigrateInstance {
    /// The other version.
    pub definition: DefinitionId,
    /// The same, compiled.
    pub target: Arc<ProcessDefinition>,
    /// Which element becomes which, by their XML ids. What is not named here stays what it is, if
    /// the other version has it.
    pub mapping: Vec<ElementMapping>,
}

/// One element becomes another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementMapping {
    /// In the version that is left.
    pub source: Arc<str>,
    /// In the version that is gone to.
    pub target: Arc<str>,
}

/// A version of a definition has one compiled form.
impl PartialEq for MigrateInstance {
    fn eq(&self, other: &MigrateInstance) -> bool {
        self.definition == other.definition && self.mapping == other.mapping
    }
}
