//! What a county configures: itself, its staff, parameters and calendar.

use std::sync::Arc;

use crate::id::TenantId;

/// A county bureau.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its division code.
    pub id: TenantId,
    /// Its name.
    pub name: Arc<str>,
    /// When it was set up.
    pub created_at: i64,
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    /// Stable id, the subject of the person's tokens.
    pub id: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Codes of the roles granted.
    pub roles: Vec<Arc<str>>,
    /// Division the person works in.
    pub division: Option<Arc<str>>,
    /// Whether the person may act.
    pub active: bool,
}

/// A parameter of a plugin with the tenant's value from a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name of the plugin.
    pub plugin: Arc<str>,
    /// Key, as the manifest declares it.
    pub key: Arc<str>,
    /// The date from which the value holds, `YYYY-MM-DD`; from ever where absent.
    pub effective_from: Option<Arc<str>>,
    /// JSON text; `null` goes back to the plugin's default.
    pub value: Arc<str>,
    /// The configuration item it was approved as, if it was.
    pub item: Option<i64>,
    /// When it was set.
    pub updated_at: i64,
    /// By whom.
    pub updated_by: Arc<str>,
}

/// The table of holidays and make-up workdays of one year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarYear {
    /// The year.
    pub year: i32,
    /// JSON text in the shape of `holidays-cn.json`.
    pub content: Arc<str>,
    /// Whether the State Council has published it.
    pub confirmed: bool,
    /// When it was stored.
    pub updated_at: i64,
}

/// Which clock a database runs by; never changed after its creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMode {
    /// The machine's clock.
    Machine,
    /// A clock that is moved by hand; see [`Clock::now`].
    Manual,
}

/// The clock of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Which clock it runs by.
    pub mode: ClockMode,
    /// What the manual clock shows; 0 for the machine's.
    pub now: i64,
}
