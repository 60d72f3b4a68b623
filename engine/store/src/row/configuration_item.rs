//! A change of the county's configuration, and what was done to it.

use std::sync::Arc;

use crate::id::TenantId;

/// How far a configuration item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemState {
    /// It is being written.
    Draft,
    /// Nothing was found against it since it was last written.
    Checked,
    /// A second person has approved it; it waits for its day.
    Approved,
    /// It is in effect.
    Active,
    /// A later one has taken its place.
    Superseded,
    /// It was taken back before it took effect.
    Withdrawn,
    /// It was sent back to whoever wrote it.
    Rejected,
    /// Its day came, and it could not take effect any more.
    Failed,
}

impl ItemState {
    /// All of them, in the order of their numbers in the database.
    pub const ALL: [ItemState; 8] = [
        ItemState::Draft,
        ItemState::Checked,
        ItemState::Approved,
        ItemState::Active,
        ItemState::Superseded,
        ItemState::Withdrawn,
        ItemState::Rejected,
        ItemState::Failed,
    ];
}

/// A change of the county's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationItem {
    /// Its id.
    pub id: i64,
    /// What it configures, such as `decision`.
    pub kind: Arc<str>,
    /// Which one of that kind.
    pub key: Arc<str>,
    /// The plugin that declares what is configured, if one does.
    pub plugin: Option<Arc<str>>,
    /// How far it is.
    pub state: ItemState,
    /// Raised with each change.
    pub version: i64,
    /// It ends what the county has set, and has no content.
    pub ends: bool,
    /// SHA-256 of its content, the key of a stored file.
    pub digest: Option<Arc<str>>,
    /// The date from which it shall hold, `YYYY-MM-DD`; the day of its approval where absent.
    pub effective_from: Option<Arc<str>>,
    /// When it is due to take effect; only of an approved one.
    pub due_at: Option<i64>,
    /// SHA-256 of the plugin's original on which it was based.
    pub original_digest: Option<Arc<str>>,
    /// What was found when it was last checked: JSON text, a list.
    pub findings: Arc<str>,
    /// Why it is made, for people.
    pub note: Arc<str>,
    /// When it was begun.
    pub created_at: i64,
    /// By whom.
    pub created_by: Arc<str>,
    /// When it was last written.
    pub updated_at: i64,
    /// By whom.
    pub updated_by: Arc<str>,
    /// When it was approved.
    pub approved_at: Option<i64>,
    /// By whom.
    pub approved_by: Option<Arc<str>>,
    /// When it took effect.
    pub activated_at: Option<i64>,
}

/// What was done to a configuration item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemAction {
    /// It was written.
    Saved,
    /// It was checked.
    Checked,
    /// It was approved.
    Approved,
    /// It was sent back.
    Rejected,
    /// It was taken back.
    Withdrawn,
    /// It took effect.
    Activated,
    /// A later one took its place.
    Superseded,
    /// It could not take effect.
    Failed,
    /// It was checked again because its plugin has a new version.
    Rechecked,
}

impl ItemAction {
    /// All of them, in the order of their numbers in the database.
    pub const ALL: [ItemAction; 9] = [
        ItemAction::Saved,
        ItemAction::Checked,
        ItemAction::Approved,
        ItemAction::Rejected,
        ItemAction::Withdrawn,
        ItemAction::Activated,
        ItemAction::Superseded,
        ItemAction::Failed,
        ItemAction::Rechecked,
    ];
}

/// One thing that was done to a configuration item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationEvent {
    /// The item.
    pub item: i64,
    /// 1, 2, … within the item; given by the store.
    pub sequence: i64,
    /// When.
    pub at: i64,
    /// By whom.
    pub principal: Arc<str>,
    /// What.
    pub action: ItemAction,
    /// The item's version after it.
    pub version: i64,
    /// SHA-256 of the content then.
    pub digest: Option<Arc<str>>,
    /// Why, in the person's words, or what came of it.
    pub detail: Option<Arc<str>>,
}

/// An approved item that waits for its day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueItem {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub id: i64,
    /// When.
    pub due_at: i64,
}
