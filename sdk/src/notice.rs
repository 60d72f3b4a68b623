//! Notices (通知): a short text for a citizen, a role or a member of staff.
//!
//! A notice shows in the recipient's inbox, and goes out over the channels that its declaration
//! names and the operator has connected. Its texts stand in the message catalogues under its code;
//! what an operation adds are routing values, never personal data: that comes from the record,
//! when the notice is read, under the rights of whoever reads it.

use crate::record::{Record, RecordId};

/// Whom a notice is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A citizen who is a party of the record, by his person id.
    Person(String),
    /// Everybody with a role in a division.
    Role {
        /// The role code.
        role: String,
        /// The division; that of the call if absent.
        division: Option<String>,
    },
    /// A member of staff, such as the assignee of a task.
    Staff(String),
}

/// A record that a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordReference {
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// Sends a notice with the commit; the operation's manifest entry names it in `notices`.
///
/// ```
/// use tongban_sdk::SendNotice;
/// let notice = SendNotice::to_person("CLAIM-OPEN", "person-m3")
///     .about("divorce_case", "c-1-0")
///     .with_argument("claimUntil", "2026-05-07")
///     .once("claim-open");
/// # let _ = notice;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendNotice {
    /// The code under which the notice is declared.
    pub code: String,
    /// Whom it is for.
    pub recipient: Recipient,
    /// What it is about.
    pub record: Option<RecordReference>,
    /// Values for the placeholders of its texts.
    pub arguments: Vec<(String, String)>,
    /// The same recipient is sent the same code under the same key once.
    pub dedupe_key: Option<String>,
}

impl SendNotice {
    /// To a citizen.
    pub fn to_person(code: impl Into<String>, person_id: impl Into<String>) -> Self {
        Self::to(code, Recipient::Person(person_id.into()))
    }

    /// To everybody with the role in the division of the call.
    pub fn to_role(code: impl Into<String>, role: impl Into<String>) -> Self {
        let (role, division) = (role.into(), None);
        Self::to(code, Recipient::Role { role, division })
    }

    /// To a member of staff.
    pub fn to_staff(code: impl Into<String>, staff_id: impl Into<String>) -> Self {
        Self::to(code, Recipient::Staff(staff_id.into()))
    }

    /// To any recipient.
    pub fn to(code: impl Into<String>, recipient: Recipient) -> Self {
        Self {
            code: code.into(),
            recipient,
            record: None,
            arguments: Vec::new(),
            dedupe_key: None,
        }
    }

    /// About a record.
    #[must_use]
    pub fn about(mut self, kind: impl Into<String>, id: impl Into<String>) -> Self {
        let (kind, id) = (kind.into(), id.into());
        self.record = Some(RecordReference { kind, id });
        self
    }

    /// About a record of a type of the plugin.
    #[must_use]
    pub fn about_record<T: Record>(self, id: &RecordId) -> Self {
        self.about(T::KIND, id.as_str())
    }

    /// With a value for a placeholder; no personal data.
    #[must_use]
    pub fn with_argument(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.arguments.push((name.into(), value.to_string()));
        self
    }

    /// At most once for the recipient and this key, however often the operation is called.
    #[must_use]
    pub fn once(mut self, key: impl ToString) -> Self {
        self.dedupe_key = Some(key.to_string());
        self
    }
}
