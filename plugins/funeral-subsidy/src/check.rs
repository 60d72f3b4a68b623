//! The checks of other departments' data (§9): the request of each, and what is noted when a source
//! stays silent (§9.3). The answers are looked up afterwards, under the id of the case.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Answer, Context, Date, OperationError, RecordId, operation};

use crate::dossier;
use crate::person::FuneralCategory;

/// 公安人口信息
pub const POLICE: &str = "X-POLICE";
/// 社会救助等身份信息
pub const STATUS: &str = "X-STATUS";
/// 社会保险
pub const INSURANCE: &str = "X-HRSS";
/// 省殡葬信息平台
pub const PROVINCE: &str = "X-FUNERAL-PROV";
/// 代发银行户名核验
pub const BANK: &str = "X-BANK";

/// What a check task hands over.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrepareFuneralCheckInput {
    /// 办件
    pub record_id: RecordId,
    /// Which source.
    pub kind: String,
}

/// The request to the exchange: the only place where personal data leaves the case.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrepareFuneralCheckOutput {
    /// What the answer is looked up by afterwards; no personal data.
    pub subject: String,
    /// The number that is asked about: of the person, the death certificate, or the card.
    pub key: String,
    /// 姓名
    pub name: Option<String>,
    /// 公民身份号码
    pub id_number: Option<String>,
    /// The day that is asked about.
    pub on: Date,
    /// 办件编号
    pub case_no: String,
    /// 用途
    pub purpose: String,
}

/// Builds the request about a case.
#[operation(name = "prepareFuneralCheck")]
pub fn prepare(
    ctx: &mut Context,
    input: PrepareFuneralCheckInput,
) -> Result<PrepareFuneralCheckOutput, OperationError> {
    let case = dossier::any(ctx, &input.record_id)?;
    let deceased = &case.deceased;
    let certificate = deceased.death_certificate.as_ref().map(|it| it.no.clone());
    let key = deceased
        .id_number
        .clone()
        .or(certificate)
        .unwrap_or_default();
    let (mut key, mut name, mut id_number) =
        (key, deceased.name.clone(), deceased.id_number.clone());
    if let (BANK, Some(payee)) = (&*input.kind, &case.payee) {
        key.clone_from(&payee.card_no);
        name = Some(payee.name.clone());
        id_number = case.applicant.as_ref().map(|it| it.id_number.clone());
    }
    Ok(PrepareFuneralCheckOutput {
        subject: case.id().as_str().to_owned(),
        key,
        name,
        id_number,
        on: deceased.death_date,
        case_no: case.no.clone(),
        purpose: "惠民殡葬".into(),
    })
}

/// A source did not answer.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteSilentFuneralSourceInput {
    /// 办件
    pub case_id: RecordId,
    /// Which source.
    pub source: String,
}

/// Which sources are silent so far.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteSilentFuneralSourceOutput {
    /// How many.
    pub silent: usize,
}

/// §9.3: what follows depends on the benefit, and is decided when the answers are brought together.
#[operation(name = "noteSilentFuneralSource")]
pub fn note_silent(
    ctx: &mut Context,
    input: NoteSilentFuneralSourceInput,
) -> Result<NoteSilentFuneralSourceOutput, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    if !case.silent_sources.contains(&input.source) {
        case.silent_sources.push(input.source.clone());
        case.silent_sources.sort_unstable();
    }
    let text = format!("{}: {}", case.no, input.source);
    ctx.note_audit("FUNERAL-SOURCE-SILENT", text);
    ctx.put(&case)?;
    Ok(NoteSilentFuneralSourceOutput {
        silent: case.silent_sources.len(),
    })
}

/// X-POLICE.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PoliceAnswer {
    /// Alive, as the register says.
    pub alive: Option<bool>,
    /// 户籍地
    pub hukou_area: Option<String>,
    /// 户籍乡镇
    pub hukou_town: Option<String>,
    /// 注销日期
    pub cancelled_date: Option<Date>,
    /// Masked numbers of the kin.
    pub kin: Vec<String>,
    /// The places of the parents of a newborn.
    pub parent_areas: Vec<String>,
}

/// X-STATUS.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatusAnswer {
    /// 身份
    pub statuses: Vec<Status>,
}

/// A status with its time.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// 类别
    pub category: FuneralCategory,
    /// 起
    pub from: Date,
    /// 止
    pub to: Option<Date>,
}

/// X-HRSS.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InsuranceAnswer {
    /// `ENT_PENSION`, `GOV_PENSION`, …
    pub membership: Option<String>,
    /// Has a right to the funeral grant.
    pub grant_right: bool,
    /// 已发丧葬补助金
    pub grant_paid_fen: i64,
}

impl InsuranceAnswer {
    /// A right to the grant of those whom DT-F5 names.
    pub fn has_right(&self) -> bool {
        let member = self.membership.as_deref();
        self.grant_right && matches!(member, Some("ENT_PENSION" | "GOV_PENSION"))
    }
}

/// X-FUNERAL-PROV.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProvinceAnswer {
    /// 其他地区发放
    pub payments: Vec<ProvincePayment>,
}

/// What another county gave.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvincePayment {
    /// 县
    pub county: String,
    /// 项目
    pub benefit: String,
}

/// So long an answer counts.
const MAX_AGE_HOURS: u32 = 24 * 30;

/// The latest answer of a source about a case, if it is not too old.
pub fn answer(
    ctx: &Context,
    kind: &str,
    case: &RecordId,
) -> Result<Option<Answer>, OperationError> {
    let answer = ctx.checks().lookup(kind, case.as_str(), MAX_AGE_HOURS)?;
    Ok(answer.filter(Answer::is_fresh))
}

/// What the latest answer says; nothing if there is none.
pub fn said<T: Default + serde::de::DeserializeOwned>(
    ctx: &Context,
    kind: &str,
    case: &RecordId,
) -> Result<T, OperationError> {
    let Some(answer) = answer(ctx, kind, case)? else {
        return Ok(T::default());
    };
    Ok(answer.body::<Option<T>>()?.unwrap_or_default())
}
