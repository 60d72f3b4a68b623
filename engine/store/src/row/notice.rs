//! Notices: what people are told, who has read it, and how it goes outside.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::id::TenantId;
use crate::query::wait::Share;

/// Whom a notice is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A citizen, by his person id.
    Person(Arc<str>),
    /// Everybody with a role whose own division lies in this one.
    Role {
        /// The role code.
        role: Arc<str>,
        /// The division.
        division: Arc<str>,
    },
    /// A member of staff, by his id.
    Staff(Arc<str>),
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeText {
    /// Chinese as written on the mainland.
    pub zh: Arc<str>,
    /// English.
    pub en: Arc<str>,
}

/// A notice as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: i64,
    /// The code under which a plugin declares it.
    pub code: Arc<str>,
    /// That plugin.
    pub plugin: Arc<str>,
    /// Whom it is for.
    pub recipient: Recipient,
    /// Kind and id of the record it is about.
    pub record: Option<(Arc<str>, Arc<str>)>,
    /// Its heading; placeholders of record fields are still in it.
    pub title: NoticeText,
    /// Its text, likewise.
    pub text: NoticeText,
    /// Where in the record the values of those placeholders lie.
    pub fields: BTreeMap<String, String>,
    /// Names it among all that the recipient may be sent once.
    pub dedupe_key: Option<Arc<str>>,
    /// When it was sent.
    pub created_at: i64,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    /// It has yet to be taken by the channel's target.
    Pending,
    /// The target has taken it.
    Delivered,
    /// The target did not take it in the tries allowed.
    Dead,
}

/// A notice on its way out over a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeDelivery {
    /// The tenant.
    pub tenant: TenantId,
    /// The notice.
    pub notice_id: i64,
    /// The channel.
    pub channel: Arc<str>,
    /// The webhook target that serves the channel.
    pub target: Arc<str>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Times it was tried in vain.
    pub n_failures: i32,
    /// When it can be tried, by the machine's clock; absent once it has ended.
    pub available_at: Option<i64>,
    /// Rises whenever it is taken or given back; whoever holds a lower one is out of date.
    pub lease_token: i64,
    /// What went wrong the last time, for the operator.
    pub last_error: Option<Arc<str>>,
    /// When it was taken or given up.
    pub ended_at: Option<i64>,
}

/// Which deliveries are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakingDeliveries<'a> {
    /// To this target.
    pub target: &'a str,
    /// Only of this share.
    pub share: &'a Share,
    /// Available at this instant.
    pub at: i64,
    /// The end of the lease.
    pub until: i64,
    /// So many at most.
    pub limit: usize,
}
