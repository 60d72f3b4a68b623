//! What readers of notices ask for, and operators who look after their delivery.

use std::sync::Arc;

use serde::Serialize;
use tongban_store::row::notice::Recipient;

/// Who reads, and what is his to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeReader {
    /// Under which name he marks notices as read.
    pub name: Arc<str>,
    /// The citizen he is.
    pub person: Option<Arc<str>>,
    /// The member of staff he is.
    pub staff: Option<Arc<str>>,
    /// Roles he has as staff.
    pub roles: Vec<Arc<str>>,
    /// The division he acts for.
    pub division: Arc<str>,
}

impl NoticeReader {
    /// Whether a notice is for him; the rule of the inbox, for a single notice.
    #[must_use]
    pub fn is_told(&self, recipient: &Recipient) -> bool {
        match recipient {
            Recipient::Person(id) => self.person.as_ref() == Some(id),
            Recipient::Staff(id) => self.staff.as_ref() == Some(id),
            Recipient::Role { role, division } => {
                self.roles.contains(role) && self.division.starts_with(&**division)
            }
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum NoticeCommand {
    /// Marks notices as read.
    MarkRead {
        /// The notices.
        notices: Vec<i64>,
        /// Who has read them.
        #[serde(skip)]
        reader: NoticeReader,
    },
    /// Says in which language to be told things.
    SetLocale {
        /// `zh-CN` or `en`.
        locale: String,
        /// Who wants it so.
        #[serde(skip)]
        reader: NoticeReader,
    },
    /// Tries a dead delivery again.
    Redeliver {
        /// The notice.
        notice: i64,
        /// The channel.
        channel: String,
    },
}

impl NoticeCommand {
    /// The command's name in logs and in the audit trail.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            NoticeCommand::MarkRead { .. } => "MarkNoticesRead",
            NoticeCommand::SetLocale { .. } => "SetNoticeLocale",
            NoticeCommand::Redeliver { .. } => "RedeliverNotice",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_told_within_its_division() {
        let reader = NoticeReader {
            name: "staff:a".into(),
            person: None,
            staff: Some("a".into()),
            roles: vec!["CLERK".into()],
            division: "150627001".into(),
        };
        let to = |role: &str, division: &str| Recipient::Role {
            role: role.into(),
            division: division.into(),
        };
        assert!(reader.is_told(&to("CLERK", "150627")));
        assert!(reader.is_told(&to("CLERK", "150627001")));
        assert!(!reader.is_told(&to("CLERK", "150627002")));
        assert!(!reader.is_told(&to("REVIEWER", "150627")));
        assert!(reader.is_told(&Recipient::Staff("a".into())));
        assert!(!reader.is_told(&Recipient::Person("a".into())));
    }
}
