//! The divorce case (离婚登记办件): the truth of one application, from the check-in of both parties
//! to the archive.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Fen, Instant, OperationError, Record, Stored};

use crate::case::{Channel, Document, Flag, Refusal, word};
use crate::code;
use crate::party::Party;

/// 离婚登记办件
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "DivorceCase")]
#[record(kind = "divorce_case")]
pub struct DivorceCase {
    /// 办件编号 `MRL-…`; our own number, not statutory.
    pub case_no: String,
    /// 状态
    pub state: State,
    /// Whether the application is accepted and not yet at its end: one such case for a couple.
    pub open: bool,
    /// The case stays here: withdrawal and claim are made where it was accepted.
    pub authority_code: String,
    /// Both person ids in order.
    pub couple_key: String,
    /// 进件渠道
    pub channel_of_entry: Channel,
    /// 双方
    pub parties: Vec<Party>,
    /// 到场时间
    pub checked_in_at: Instant,
    /// 到场日期
    pub checked_in_date: Date,
    /// 结婚登记
    pub marriage: Marriage,
    /// 标记
    pub flags: Vec<Flag>,
    /// The material codes that DT-M3 demanded.
    pub required_materials: Vec<String>,
    /// The materials whose originals were seen.
    pub materials_seen: Vec<String>,
    /// What DT-M1 decided.
    pub competence: Option<String>,
    /// 出示结婚证数
    pub marriage_certs_shown: u8,
    /// 书面遗失声明
    pub loss_statement: bool,
    /// 核验
    pub verifications: Vec<Verification>,
    /// Since when a check of the marriage base is owed (§9.3 c); absent: none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_owed_since: Option<Date>,
    /// 辅导
    pub counselling: Vec<CounsellingOffer>,
    /// The last day to answer the latest offer; absent if none waits for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counselling_until: Option<Date>,
    /// 离婚协议书
    pub agreement: Option<Agreement>,
    /// 婚姻登记员
    pub registrar_id: Option<String>,
    /// 受理回执单号
    pub receipt_no: Option<String>,
    /// 受理时间
    pub accepted_at: Option<Instant>,
    /// 受理日期: day 0.
    pub accepted_date: Option<Date>,
    /// 冷静期届满日
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooling_off_end: Option<Date>,
    /// 领证期首日
    pub claim_from: Option<Date>,
    /// 领证期末日
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_until: Option<Date>,
    /// Which calendar computed the dates.
    pub calendar_version: Option<String>,
    /// The dates reach into a year whose holidays are not published.
    pub provisional_dates: bool,
    /// 撤回
    pub withdrawal: Option<Withdrawal>,
    /// Visits of one party alone in the claim window, with an objection or without.
    pub visits: Vec<Visit>,
    /// 申领
    pub claim: Option<Claim>,
    /// By when both come again (`CLAIM_CURE`, `CLAIM_HOLD`); it stays when they have come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_limit: Option<Date>,
    /// 离婚证字号
    pub certificate_number: Option<String>,
    /// 办结时间
    pub decided_at: Option<Instant>,
    /// 不予受理 or 不予登记
    pub refusal: Option<Refusal>,
    /// 结束原因
    pub termination_reason: Option<TerminationReason>,
    /// The number under which the national base took the registration.
    pub upload_no: Option<String>,
    /// 出具的文书
    pub documents: Vec<Document>,
    /// 状态变化
    pub history: Vec<StateChange>,
}

/// 离婚登记状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "DivorceState")]
pub enum State {
    /// 双方到场
    Present,
    /// 不予受理
    NotAccepted,
    /// 冷静期
    CoolingOff,
    /// 已撤回
    Withdrawn,
    /// 领证期
    Claimable,
    /// 已申领
    ClaimReceived,
    /// 保留领证资格
    ClaimHold,
    /// 限期补正
    ClaimCure,
    /// 已登记
    Registered,
    /// 不予登记
    Refused,
    /// 视为撤回
    DeemedWithdrawn,
    /// 已终止
    Terminated,
    /// 已上传
    Uploaded,
    /// 已归档
    Archived,
}

/// 结婚登记
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Marriage {
    /// 结婚证字号
    pub cert_number: String,
    /// 登记日期
    pub date: Date,
    /// 登记机关
    pub authority: String,
    /// 登记地
    #[serde(default)]
    pub place: MarriagePlace,
}

/// 结婚登记地
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MarriagePlace {
    /// 中国内地
    #[default]
    Mainland,
    /// 驻外使(领)馆
    Consulate,
    /// 其他
    Abroad,
}

/// 核验
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// `X-MARRIAGE`.
    pub source: String,
    /// The state of the case for which it was made.
    pub for_state: State,
    /// When the answer was recorded.
    pub at: Instant,
    /// `MATCH`, `MISMATCH`, `NOT_FOUND`, or `MANUAL`.
    pub result: String,
    /// What the registry says about this marriage; absent if it says nothing.
    pub marriage_status: Option<String>,
    /// Another application of the couple is open somewhere.
    pub open_divorce: bool,
    /// The stored answer.
    pub check_id: Option<String>,
    /// Instead of an answer: on what a person relied.
    pub manual: Option<ManualCheck>,
}

/// 人工核验
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManualCheck {
    /// Who.
    pub by: String,
    /// On what.
    pub basis: ManualBasis,
    /// 说明
    pub note: Option<String>,
}

/// 人工核验依据
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ManualBasis {
    /// 结婚证原件
    OriginalCertificate,
    /// 本机关档案
    LocalArchive,
}

/// 婚姻家庭辅导
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CounsellingOffer {
    /// When it was offered.
    pub offered_at: Instant,
    /// Each party answers alone.
    pub answers: Vec<CounsellingAnswer>,
    /// Whether answers are no longer expected.
    pub closed: bool,
}

/// 辅导答复
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CounsellingAnswer {
    /// Who.
    pub person_id: String,
    /// 接受
    pub accepted: bool,
    /// When.
    #[serde(default)]
    pub at: Option<Instant>,
}

/// 离婚协议书. Whether the three topics are there is checked, not whether they are fair.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "DivorceAgreement")]
pub struct Agreement {
    /// 自愿离婚的意思表示
    pub voluntary_statement: String,
    /// 无未成年子女
    #[serde(default)]
    pub no_minor_children: bool,
    /// 子女抚养
    #[serde(default)]
    pub children: Vec<Child>,
    /// 财产处理, or 无共同财产
    #[serde(default)]
    pub property: String,
    /// 债务处理, or 无共同债务
    #[serde(default)]
    pub debts: String,
    /// 其他
    pub other: Option<String>,
    /// 双方在登记员面前签字
    #[serde(default)]
    pub signed_by_both: bool,
}

/// 子女抚养
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "DivorceChild")]
pub struct Child {
    /// 姓名
    pub name: String,
    /// 出生日期
    pub birth_date: Date,
    /// 随谁生活
    pub lives_with: LivesWith,
    /// 抚养费
    pub maintenance_amount: Option<Fen>,
    /// 给付周期
    pub maintenance_cycle: Option<String>,
    /// 给付至
    pub maintenance_until: Option<Date>,
    /// 探望
    pub visiting: Option<String>,
}

/// 子女随谁生活
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LivesWith {
    /// 男方
    Man,
    /// 女方
    Woman,
    /// 轮流
    Shared,
    /// 其他
    Other,
}

/// 撤回
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Withdrawal {
    /// Who withdrew.
    pub by_person_id: String,
    /// When.
    pub at: Instant,
    /// 出示受理回执单
    pub receipt_shown: bool,
    /// 撤回确认单号
    pub confirmation_no: String,
}

/// A visit of one party alone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Visit {
    /// Who.
    pub person_id: String,
    /// When.
    pub at: Instant,
    /// 不愿离婚情况登记
    pub objects: bool,
    /// 说明
    pub note: Option<String>,
}

/// 申领
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The check-in that counts as the application for the certificate.
    pub checked_in_at: Instant,
    /// The latest check-in of both.
    pub last_checked_in_at: Instant,
    /// Who confirmed the wish to divorce, asked separately.
    pub confirmed_by: Vec<String>,
    /// 出示受理回执单数
    pub receipts_shown: u8,
    /// 交回注销的结婚证数
    pub certificates_returned: u8,
    /// Since when the source is back after a hold.
    pub source_back_on: Option<Date>,
}

/// 结束原因
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "DivorceTerminationReason")]
pub enum TerminationReason {
    /// 撤回
    Withdrawn,
    /// 视为撤回
    DeemedWithdrawn,
    /// 一方死亡
    Death,
    /// 法院判决离婚
    CourtDivorce,
    /// 丧失民事行为能力
    Incapacity,
    /// 婚姻无效或被撤销
    MarriageVoid,
    /// 骗取登记
    Fraud,
    /// 核验冲突
    CheckConflict,
    /// 证件无效
    CertInvalid,
    /// 不予登记
    Refused,
}

/// 状态变化
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateChange {
    /// What happened.
    pub event: String,
    /// From which state; absent at the beginning.
    pub from: Option<State>,
    /// To which state.
    pub to: State,
    /// When.
    pub at: Instant,
    /// By whom; absent: the system.
    pub by: Option<String>,
}

impl State {
    /// The word used in JSON.
    pub fn name(self) -> String {
        word(self)
    }

    /// Whether an accepted application has not reached its end.
    pub fn is_open(self) -> bool {
        match self {
            Self::CoolingOff
            | Self::Claimable
            | Self::ClaimReceived
            | Self::ClaimHold
            | Self::ClaimCure => true,
            Self::Present
            | Self::NotAccepted
            | Self::Withdrawn
            | Self::Registered
            | Self::Refused
            | Self::DeemedWithdrawn
            | Self::Terminated
            | Self::Uploaded
            | Self::Archived => false,
        }
    }
}

impl DivorceCase {
    /// Whether this is one of the two.
    pub fn is_party(&self, person_id: &str) -> bool {
        self.parties.iter().any(|it| it.person_id == person_id)
    }

    /// The identity numbers of both, for the recusal check.
    pub fn id_numbers(&self) -> Vec<&str> {
        self.parties
            .iter()
            .map(|it| it.id_number.as_str())
            .collect()
    }

    /// Whether the flag is set.
    pub fn has_flag(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }

    /// Sets a flag once.
    pub fn set_flag(&mut self, flag: Flag) {
        if !self.has_flag(flag) {
            self.flags.push(flag);
        }
    }

    /// A document was handed out, to one party or to both.
    pub fn add_document(&mut self, ctx: &Context, code: &str, person_id: Option<&str>) {
        let person_id = person_id.map(str::to_owned);
        self.documents.push(Document {
            code: code.to_owned(),
            person_id,
            at: ctx.now(),
        });
    }

    /// Both check-ins (V-14): exactly the two parties of the case.
    pub fn are_both(&self, person_ids: &[String]) -> bool {
        person_ids.len() == self.parties.len()
            && self
                .parties
                .iter()
                .all(|it| person_ids.contains(&it.person_id))
    }

    /// The dates frozen at acceptance.
    pub fn dates(&self) -> Result<FrozenDates, OperationError> {
        let dates = (self.cooling_off_end, self.claim_from, self.claim_until);
        let (Some(cooling_off_end), Some(claim_from), Some(claim_until)) = dates else {
            let text = format!("case {}: an accepted case without dates", self.case_no);
            return Err(OperationError::failed(text));
        };
        Ok(FrozenDates {
            cooling_off_end,
            claim_from,
            claim_until,
        })
    }

    /// The state changes: history, audit, and whether the case is open.
    pub fn move_to(&mut self, ctx: &mut Context, to: State, event: &str) {
        let from = self.state;
        self.state = to;
        self.open = to.is_open();
        self.note_change(ctx, Some(from), event);
    }

    /// The case begins in its state.
    pub fn note_change(&mut self, ctx: &mut Context, from: Option<State>, event: &str) {
        let by = ctx.actor().map(|it| it.id.clone());
        let (to, at, event) = (self.state, ctx.now(), event.to_owned());
        let text = format!(
            "{}: {} -> {}",
            self.case_no,
            from.map_or_else(String::new, State::name),
            to.name()
        );
        ctx.note_audit(event.clone(), text);
        self.history.push(StateChange {
            event,
            from,
            to,
            at,
            by,
        });
    }
}

/// The dates of an accepted case.
#[derive(Debug, Clone, Copy)]
pub struct FrozenDates {
    /// 冷静期届满日
    pub cooling_off_end: Date,
    /// 领证期首日
    pub claim_from: Date,
    /// 领证期末日
    pub claim_until: Date,
}

/// The case, in one of these states; otherwise the action is not allowed.
pub fn require_state(
    case: &Stored<DivorceCase>,
    states: &[State],
    path: &str,
) -> Result<(), OperationError> {
    if states.contains(&case.state) {
        return Ok(());
    }
    Err(OperationError::invalid(path, code::NOT_IN_THIS_STATE))
}
