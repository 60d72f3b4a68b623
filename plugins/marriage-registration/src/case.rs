//! What cases (办件) of every procedure have in common (§4.3 of the specification).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Date, Instant};

/// 进件渠道
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageChannel")]
pub enum Channel {
    /// 窗口
    #[default]
    Counter,
    /// 网上
    Online,
    /// 电话
    Phone,
    /// 邮寄
    Mail,
}

/// 标记
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageFlag")]
pub enum Flag {
    /// 复婚
    RemarrySame,
    /// 补办结婚登记
    Belated,
    /// 涉外
    Foreign,
    /// 涉军
    Military,
    /// 跨省通办
    CrossProvince,
    /// 人工核验
    ManualFallback,
    /// 家庭暴力风险
    DvRisk,
    /// 需翻译
    Interpreter,
}

/// 不予受理 or 不予登记
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// A code of the specification.
    pub code: String,
    /// 说明
    pub note: Option<String>,
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
}

/// 出具的文书
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// The code of the specification, `D-03`.
    pub code: String,
    /// For whom; absent: both.
    pub person_id: Option<String>,
    /// When.
    pub at: Instant,
}

/// `20260305`, as it stands in our numbers.
pub fn compact(day: Date) -> String {
    day.to_string().replace('-', "")
}

impl Flag {
    /// The word used in JSON.
    pub fn name(self) -> String {
        word(self)
    }
}

/// The word that an enumeration without data is in JSON.
pub fn word(value: impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|it| it.as_str().map(str::to_owned))
        .unwrap_or_default()
}
