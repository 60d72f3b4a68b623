//! The data of a county bureau as it is loaded: division, staff, parameters, calendar, records.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A county bureau with all that a new tenant needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct County {
    /// Division code, which is the tenant's id.
    pub division: String,
    /// Name of the bureau.
    pub name: String,
    /// Members of staff.
    #[serde(default)]
    pub staff: Vec<StaffMember>,
    /// Parameters by plugin and key.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// The yearly tables of holidays and make-up workdays, in the shape of `holidays-cn.json`.
    #[serde(default)]
    pub calendar: Option<Json>,
    /// Records to put, as an operation would.
    #[serde(default)]
    pub records: Vec<CountyRecord>,
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// Stable id, the subject of the person's tokens.
    pub id: String,
    /// Name.
    pub name: String,
    /// Roles granted.
    pub roles: Vec<String>,
    /// Division the person works in.
    #[serde(default)]
    pub division: Option<String>,
}

/// A parameter of a plugin with the tenant's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name of the plugin.
    pub plugin: String,
    /// Key, as the plugin's manifest declares it.
    pub key: String,
    /// The value; null goes back to the plugin's default.
    pub value: Json,
    /// The date from which it holds, `YYYY-MM-DD`; from ever where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<String>,
}

/// A record to put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountyRecord {
    /// Kind, as an active plugin declares it.
    pub kind: String,
    /// Id.
    pub id: String,
    /// Body, as the kind's schema says.
    pub body: Json,
}
