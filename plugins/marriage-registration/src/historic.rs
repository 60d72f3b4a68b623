//! Historic record back-fill (历史婚姻档案补录, §5.8): old volumes are scanned, keyed by one person,
//! checked by another field by field, matched, and sealed once the national base has them.

pub mod batch;
pub mod matching;
pub mod page;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, Record, RecordId, ResidentId, Stored};

use crate::code;
use crate::course::{Passage, in_state};

/// The key of the process of one record.
pub const PROCESS: &str = "historic-record";
/// To get a batch done.
pub const BATCH_LIMIT: &str = "backfill_batch";

/// 补录记录
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "HistoricRecord")]
#[record(kind = "historic_record")]
pub struct HistoricRecord {
    /// 批次
    pub batch_id: RecordId,
    /// 登记机关
    pub authority_code: String,
    /// 状态
    pub state: HistoricState,
    /// 原始案卷
    pub source_volume: SourceVolume,
    /// 录入内容
    pub content: Option<HistoricContent>,
    /// 第一人姓名, for the search.
    pub first_name: Option<String>,
    /// 第二人姓名, for the search.
    pub second_name: Option<String>,
    /// 第一人公民身份号码, for the matching; never a placeholder.
    pub first_id_number: Option<String>,
    /// 第二人公民身份号码
    pub second_id_number: Option<String>,
    /// 影像
    #[serde(default)]
    pub image_refs: Vec<String>,
    /// 影像校验值
    #[serde(default)]
    pub image_hashes: Vec<String>,
    /// 异常
    #[serde(default)]
    pub anomalies: Vec<Anomaly>,
    /// 录入人
    pub keyed_by: Option<String>,
    /// 核对人
    pub checked_by: Option<String>,
    /// 两次录入差异
    #[serde(default)]
    pub differences: Vec<String>,
    /// 处理意见
    pub resolution: Option<Resolution>,
    /// 关联记录: of the same couple; linked, never merged.
    #[serde(default)]
    pub linked: Vec<RecordId>,
    /// 婚姻登记记录
    pub marriage_record_id: Option<RecordId>,
    /// 办理记录
    #[serde(default)]
    pub history: Vec<Passage>,
}

/// 原始案卷
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceVolume {
    /// 档案单位
    pub archive_unit: String,
    /// 年度
    pub year: i32,
    /// 卷号
    pub volume: String,
    /// 页号
    pub page: String,
}

/// 录入内容
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoricContent {
    /// 登记日期: `1986`, `1986-05` or `1986-05-18`.
    pub register_date: String,
    /// 种类
    pub kind: HistoricKind,
    /// 证字号, as it is written.
    #[serde(default)]
    pub number_text: Option<String>,
    /// 男方
    pub first: HistoricPerson,
    /// 女方
    pub second: HistoricPerson,
}

/// 补录人员
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoricPerson {
    /// Key in the county's person index, where it is known.
    #[serde(default)]
    pub person_id: Option<String>,
    /// 姓名
    pub name: String,
    /// 出生日期, as it is written.
    #[serde(default)]
    pub birth_date_text: Option<String>,
    /// 公民身份号码; one of 15 digits is kept, and its form of 18 beside it.
    #[serde(default)]
    pub id_number: Option<String>,
    /// 民族
    #[serde(default)]
    pub ethnicity: Option<String>,
    /// 住址
    #[serde(default)]
    pub address: Option<String>,
}

/// 种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HistoricKind {
    /// 结婚
    J,
    /// 离婚
    L,
    /// 补发结婚证
    Bj,
    /// 补发离婚证
    Bl,
    /// 撤销
    Annul,
}

/// 异常
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Anomaly {
    /// 异常种类
    pub code: AnomalyCode,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// 异常种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AnomalyCode {
    /// 缺公民身份号码
    MissingId,
    /// 字迹无法辨认
    Illegible,
    /// 异体字姓名
    VariantCharacter,
    /// 同一人两条记录
    SamePersonTwoRecords,
    /// 缺照片
    MissingPhoto,
}

/// 处理意见
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolution {
    /// 理由
    pub reason: String,
    /// 处理人
    pub by: String,
    /// 复核人
    pub second: Option<String>,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HistoricState {
    /// 待扫描
    Queued,
    /// 已扫描
    Scanned,
    /// 已录入
    Keyed,
    /// 已核对
    Checked,
    /// 已匹配
    Matched,
    /// 异常
    Anomaly,
    /// 已封存
    Sealed,
}

/// The record an operation is about.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "HistoricRecordInput")]
pub struct HistoricInput {
    /// 补录记录
    pub historic_id: RecordId,
}

/// Where a record is now.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "HistoricRecordState")]
pub struct HistoricOutput {
    /// 补录记录
    pub historic_id: RecordId,
    /// 状态
    pub state: HistoricState,
}

impl HistoricOutput {
    /// Of a record.
    pub fn of(record: &Stored<HistoricRecord>) -> Self {
        Self {
            historic_id: record.id().clone(),
            state: record.state,
        }
    }
}

/// The record, in one of these states.
pub fn historic(
    ctx: &Context,
    id: &RecordId,
    states: &[HistoricState],
) -> Result<Stored<HistoricRecord>, OperationError> {
    let record = ctx.require::<HistoricRecord>(id, "/historicId")?;
    in_state(&record.state, states)
        .map_err(|_| OperationError::invalid("/historicId", code::NOT_IN_THIS_STATE))?;
    Ok(record)
}

impl HistoricRecord {
    /// The state changes.
    pub fn move_to(&mut self, ctx: &mut Context, to: HistoricState, event: &str) {
        self.state = to;
        let volume = &self.source_volume;
        let text = format!("{}-{}-{}", volume.year, volume.volume, volume.page);
        ctx.note_audit(event, format!("{text}: {}", crate::case::word(to)));
        self.history.push(Passage {
            event: event.to_owned(),
            to: crate::case::word(to),
            at: ctx.now(),
            by: ctx.actor().map(|it| it.id.clone()),
        });
    }

    /// Takes the content, and what is searched and matched by.
    pub fn take(&mut self, content: HistoricContent) {
        self.first_name = Some(content.first.name.clone());
        self.second_name = Some(content.second.name.clone());
        self.first_id_number = content.first.full_number();
        self.second_id_number = content.second.full_number();
        self.anomalies
            .retain(|it| it.code != AnomalyCode::MissingId);
        if self.first_id_number.is_none() || self.second_id_number.is_none() {
            self.anomalies.push(Anomaly {
                code: AnomalyCode::MissingId,
                note: None,
            });
        }
        self.content = Some(content);
    }
}

impl HistoricPerson {
    /// The number in 18 characters (V-02); none if there is none.
    pub fn full_number(&self) -> Option<String> {
        let text = self.id_number.as_deref()?;
        let parsed = ResidentId::parse(text).or_else(|_| ResidentId::from_legacy(text));
        parsed.ok().map(|it| it.as_str().to_owned())
    }

    /// V-01, V-02 for a record that is old.
    pub fn check(&self, path: &str) -> Result<(), OperationError> {
        if self.name.trim().is_empty() || self.name.chars().count() > 50 {
            let path = format!("{path}/name");
            return Err(OperationError::invalid(path, code::IDENTITY_DIFFERS));
        }
        if self.id_number.is_some() && self.full_number().is_none() {
            let path = format!("{path}/idNumber");
            return Err(OperationError::invalid(path, code::ID_NUMBER_WRONG));
        }
        Ok(())
    }
}

impl HistoricContent {
    /// The day, as far as it is known: the first one that it can be.
    pub fn earliest_day(&self) -> Option<Date> {
        earliest_day(&self.register_date)
    }

    /// What does not hold of it.
    pub fn check(&self, ctx: &Context, path: &str) -> Result<(), OperationError> {
        let day = self.earliest_day().filter(|it| *it <= ctx.today());
        if day.is_none() {
            let path = format!("{path}/registerDate");
            return Err(OperationError::invalid(path, code::PERIOD_WRONG));
        }
        self.first.check(&format!("{path}/first"))?;
        self.second.check(&format!("{path}/second"))
    }
}

/// The first day of a partial date: `1986`, `1986-05`, `1986-05-18`.
pub fn earliest_day(text: &str) -> Option<Date> {
    let full = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    full.parse().ok()
}
