//! How one version of a process becomes another, and what stands against it in an instance.
//!
//! It knows no stored instances: whoever wants to know whether an instance fits steps a copy of its
//! state by [`crate::command::Command::MigrateInstance`] and throws it away. Start from [`Plan`].

mod plan;

use std::fmt;
use std::sync::Arc;

pub use plan::Plan;

/// One thing that stands against a migration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The XML id of the element or flow in the version that is left.
    pub element: Arc<str>,
    /// The XML id of what it would become, if there is such a thing.
    pub target: Option<Arc<str>>,
    /// More, for people who mend it; in English.
    pub detail: Arc<str>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, element) = (self.kind.code(), &self.element);
        match &self.target {
            Some(target) if target != element => {
                write!(f, "{code} at {element} (to {target}): {}", self.detail)
            }
            _ => write!(f, "{code} at {element}: {}", self.detail),
        }
    }
}

macro_rules! finding_kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// What can stand against a migration.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FindingKind {
            $($(#[$doc])* $name,)*
        }

        impl FindingKind {
            /// All kinds.
            pub const ALL: &'static [FindingKind] = &[$(FindingKind::$name,)*];

            /// The stable code; its texts are in [`crate::code::CODES`].
            pub fn code(self) -> &'static str {
                match self {
                    $(FindingKind::$name => $code,)*
                }
            }

            /// The kind with this code.
            pub fn from_code(code: &str) -> Option<FindingKind> {
                match code {
                    $($code => Some(FindingKind::$name),)*
                    _ => None,
                }
            }
        }
    };
}

finding_kinds! {
    /// The instance has this version already.
    SameVersion = "MIGRATION_SAME_VERSION";
    /// The version is one of another process.
    ProcessDiffers = "MIGRATION_PROCESS_DIFFERS";
    /// The mapping names an element that the old version does not have.
    SourceUnknown = "MIGRATION_SOURCE_UNKNOWN";
    /// The mapping names an element that the new version does not have.
    TargetUnknown = "MIGRATION_TARGET_UNKNOWN";
    /// The mapping names an element twice.
    SourceTwice = "MIGRATION_SOURCE_TWICE";
    /// What is active has no counterpart.
    TargetMissing = "MIGRATION_TARGET_MISSING";
    /// The counterpart is another kind of element.
    KindDiffers = "MIGRATION_KIND_DIFFERS";
    /// The counterpart lies in another scope.
    ScopeDiffers = "MIGRATION_SCOPE_DIFFERS";
    /// The counterpart waits for another kind of event.
    EventDiffers = "MIGRATION_EVENT_DIFFERS";
    /// The counterpart is carried out several times in another way.
    LoopDiffers = "MIGRATION_LOOP_DIFFERS";
    /// A token waits at a flow that has no counterpart.
    FlowMissing = "MIGRATION_FLOW_MISSING";
    /// Something is being undone, or would be undone in another way.
    Compensating = "MIGRATION_COMPENSATING";
    /// The instance runs one iteration of another, and ends by the version it began with.
    Iteration = "MIGRATION_OF_ITERATION";
    /// What the counterpart waits for or shows cannot be evaluated.
    ExpressionFailed = "MIGRATION_EXPRESSION_FAILED";
}
