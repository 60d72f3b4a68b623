//! Administrative divisions (行政区划, GB/T 2260) with the years in which their codes were valid.
//! A county loads them as data; an old code is never deleted, since numbers keep it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, Record, RecordId};

/// 行政区划代码. The id of the record is the code.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "AreaCode")]
#[record(kind = "area_code")]
pub struct AreaCode {
    /// Six digits.
    pub code: String,
    /// 名称
    pub name: String,
    /// From this year.
    pub valid_from_year: Option<i32>,
    /// Until this year; absent: current.
    pub valid_until_year: Option<i32>,
    /// The codes that came after it.
    pub successors: Vec<String>,
    /// A unit of statistics (管理区) that issues nothing.
    pub statistical: bool,
}

/// Whether a list, current or former, has the code.
pub fn is_known_area(ctx: &Context, code: &str) -> Result<bool, OperationError> {
    Ok(ctx.get::<AreaCode>(&RecordId::new(code))?.is_some())
}
