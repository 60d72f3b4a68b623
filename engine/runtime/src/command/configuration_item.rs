//! What those who configure a county ask for.

use serde::Serialize;

/// A change of the configuration as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// Which item is written.
    pub target: DraftTarget,
    /// It ends what the county has set, and has no content.
    pub ends: bool,
    /// The file or the JSON value.
    pub content: Option<String>,
    /// The date from which it shall hold, `YYYY-MM-DD`; the day of its approval where absent.
    pub effective_from: Option<String>,
    /// Why it is made, for people.
    pub note: String,
}

/// Which item a draft is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum DraftTarget {
    /// A new one.
    New {
        /// What is configured, such as `decision`.
        kind: String,
        /// Which one of that kind.
        key: String,
    },
    /// One that was begun before.
    Existing {
        /// The item.
        item: i64,
        /// The version that was read.
        expected_version: i64,
    },
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ConfigurationItemCommand {
    /// Writes a draft.
    Save(Draft),
    /// Looks for everything that is wrong with it.
    Check {
        /// The item.
        item: i64,
    },
    /// Lets it take effect on its day; not for whoever wrote it.
    Approve {
        /// The item.
        item: i64,
        /// The version that was read.
        expected_version: i64,
    },
    /// Sends it back to whoever wrote it.
    Reject {
        /// The item.
        item: i64,
        /// The version that was read.
        expected_version: i64,
        /// Why.
        reason: String,
    },
    /// Takes it back before it takes effect.
    Withdraw {
        /// The item.
        item: i64,
        /// The version that was read.
        expected_version: i64,
        /// Why.
        reason: String,
    },
}

impl ConfigurationItemCommand {
    /// The command's name in logs and in the audit trail.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            ConfigurationItemCommand::Save(_) => "SaveConfigurationItem",
            ConfigurationItemCommand::Check { .. } => "CheckConfigurationItem",
            ConfigurationItemCommand::Approve { .. } => "ApproveConfigurationItem",
            ConfigurationItemCommand::Reject { .. } => "RejectConfigurationItem",
            ConfigurationItemCommand::Withdraw { .. } => "WithdrawConfigurationItem",
        }
    }

    /// Whether it changes what commands go by, so that nothing may run beside it.
    #[must_use]
    pub(crate) fn changes_the_rules(&self) -> bool {
        match self {
            ConfigurationItemCommand::Approve { .. }
            | ConfigurationItemCommand::Withdraw { .. } => true,
            ConfigurationItemCommand::Save(_)
            | ConfigurationItemCommand::Check { .. }
            | ConfigurationItemCommand::Reject { .. } => false,
        }
    }
}
