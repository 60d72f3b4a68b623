//! The case (办件) of a funeral benefit: the truth of it (§4.5).
//!
//! **Invariant:** `holds_place` is true in every state that keeps another case of the same deceased
//! and exclusion group out (V-11); the database holds that there is one at most.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Fen, Instant, Record, RecordId};

use crate::calculation::Calculation;
use crate::duplicate::DuplicateFinding;
use crate::facts::Zone;
use crate::person::{Deceased, FuneralApplicant, FuneralCategory, FuneralPayee};
use crate::service::ServiceRecord;

/// 惠民殡葬项目 (§1)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Benefit {
    /// 基本殡葬服务费用减免
    Waiver,
    /// 异地火化报销
    Reimb,
    /// 特殊群体增项
    Special,
    /// 无名、无主遗体
    Unnamed,
    /// 土葬改革区自愿火化补贴
    Volcrem,
    /// 节地生态安葬奖补
    Eco,
}

impl Benefit {
    /// The word in JSON and in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiver => "WAIVER",
            Self::Reimb => "REIMB",
            Self::Special => "SPECIAL",
            Self::Unnamed => "UNNAMED",
            Self::Volcrem => "VOLCREM",
            Self::Eco => "ECO",
        }
    }

    /// Of these a deceased has one at most (V-11). **HARD**
    pub fn exclusion_group(self) -> &'static str {
        match self {
            Self::Waiver | Self::Reimb | Self::Unnamed => "BASIC_SERVICE",
            other => other.word(),
        }
    }

    /// The letter in the number of a case.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Waiver => "W",
            Self::Reimb => "R",
            Self::Special => "S",
            Self::Unnamed => "U",
            Self::Volcrem => "V",
            Self::Eco => "E",
        }
    }

    /// What is not charged at the counter is handled there; the rest is paid on application.
    pub fn is_counter(self, by_money: bool) -> bool {
        match self {
            Self::Waiver | Self::Unnamed => true,
            Self::Special => !by_money,
            Self::Reimb | Self::Volcrem | Self::Eco => false,
        }
    }
}

/// 状态 (§5.1, §5.2)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FuneralState {
    /// 已立案
    Open,
    /// 符合条件
    Eligible,
    /// 暂按材料认定
    EligibleProvisional,
    /// 不符合条件
    NotEligible,
    /// 已核算
    Calculated,
    /// 已减免
    Waived,
    /// 结算中
    InSettlement,
    /// 已结算
    Settled,
    /// 已核减
    Cut,
    /// 丧属放弃
    Declined,
    /// 已提交
    Submitted,
    /// 待补正
    Supplement,
    /// 逾期未补正
    Lapsed,
    /// 不予受理
    NotAccepted,
    /// 已受理
    Accepted,
    /// 初审
    FirstReview,
    /// 退回
    Returned,
    /// 审核
    CountyReview,
    /// 核查
    Investigate,
    /// 审批
    Approval,
    /// 不予批准
    Rejected,
    /// 待预算
    WaitBudget,
    /// 公示
    Publicity,
    /// 待发放
    PayReady,
    /// 发放中
    InBatch,
    /// 已发放
    Paid,
    /// 发放失败
    PayFailed,
    /// 暂停发放
    PayHeld,
    /// 已撤回
    Withdrawn,
    /// 追缴
    Recovery,
    /// 已办结
    Closed,
}

impl FuneralState {
    /// Whether another case of the same deceased and group is kept out (V-11).
    pub fn holds_place(self) -> bool {
        !matches!(
            self,
            Self::NotEligible
                | Self::Declined
                | Self::Lapsed
                | Self::NotAccepted
                | Self::Rejected
                | Self::Withdrawn
        )
    }

    /// The deadline of the office that runs in this state (§5.2).
    pub fn clock(self) -> Option<&'static str> {
        match self {
            Self::FirstReview => Some("funeral_first_review"),
            Self::CountyReview => Some("funeral_county_review"),
            Self::Investigate => Some("funeral_investigate"),
            Self::Approval => Some("funeral_approve"),
            _ => None,
        }
    }

    /// Whether the applicant may still withdraw (row 21).
    pub fn may_withdraw(self) -> bool {
        matches!(
            self,
            Self::Submitted
                | Self::Supplement
                | Self::Accepted
                | Self::FirstReview
                | Self::Returned
                | Self::CountyReview
                | Self::Investigate
                | Self::Approval
                | Self::WaitBudget
                | Self::Publicity
                | Self::PayReady
        )
    }
}

/// 节地生态安葬方式
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EcoMode {
    /// 海葬
    Sea,
    /// 江(河、湖)葬
    River,
    /// 撒散
    Scatter,
    /// 不保留骨灰
    NoKeep,
    /// 深埋不留坟头不立碑
    Deep,
    /// 树葬
    Tree,
    /// 花葬、花坛葬
    Flower,
    /// 草坪葬
    Lawn,
    /// 壁葬
    Wall,
    /// 廊葬
    Corridor,
    /// 塔葬
    Tower,
    /// 骨灰堂长期存放
    HallLong,
    /// 其他
    Other,
}

/// 节地生态安葬 (§4.6)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EcoBurial {
    /// 方式
    pub mode: EcoMode,
    /// 定点服务单位; not for a sea burial that the city organises
    pub site_code: Option<String>,
    /// 安葬日期
    pub burial_date: Date,
    /// 生态安葬证明编号
    pub certificate_no: String,
    /// 另立标识或墓碑
    #[serde(default)]
    pub keeps_mark: bool,
    /// 可降解骨灰盒
    #[serde(default)]
    pub degradable: bool,
    /// 存放年数, of `HALL_LONG`
    #[serde(default)]
    pub storage_years: Option<i64>,
    /// 迁葬日期: a reason to recover
    #[serde(default)]
    pub reinterred_on: Option<Date>,
}

/// 不予决定
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralRefusal {
    /// A code of the specification.
    pub code: String,
    /// 说明
    pub note: Option<String>,
    /// Who; nobody: a table decided.
    pub by: Option<String>,
    /// When.
    pub at: Instant,
}

/// 办理意见: appended, never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralDecision {
    /// 环节
    pub step: String,
    /// 结果
    pub result: String,
    /// Who; nobody: the system.
    pub by: Option<String>,
    /// When.
    pub at: Instant,
    /// 理由
    pub reason: Option<String>,
    /// 办理后的状态
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<FuneralState>,
}

/// 认定: what the sources and documents say of the deceased, which statistics break down by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralAssessment {
    /// 分区
    pub zone: Zone,
    /// 本县户籍
    pub local: bool,
    /// 少数民族土葬习俗
    pub minority_exempt: bool,
    /// 对象类别
    pub categories: Vec<FuneralCategory>,
}

/// 疑点 (DT-F8)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FraudHit {
    /// The row of DT-F8.
    pub hit: String,
    /// 分值
    pub points: i64,
    /// 已核查排除
    #[serde(default)]
    pub cleared: bool,
}

/// 出具的文书 (§10)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralDocument {
    /// The code of the specification, `N-01`.
    pub code: String,
    /// When.
    pub at: Instant,
}

/// 惠民殡葬办件
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "funeral_case")]
#[record(filter(name = "applicantIdNumber", path = "/applicant/idNumber"))]
#[record(filter(name = "cremationCertNo", path = "/service/cremationCertNo"))]
#[record(filter(name = "deathCertNo", path = "/deceased/deathCertificate/no"))]
#[record(filter(name = "hallCode", path = "/service/hallCode"))]
#[record(filter(name = "cardNo", path = "/payee/cardNo"))]
#[record(filter(name = "invoiceNo", path = "/service/invoiceNo"))]
pub struct FuneralCase {
    /// 办件编号
    pub no: String,
    /// 项目
    pub benefit: Benefit,
    /// 以货币发放
    pub by_money: bool,
    /// 状态
    pub state: FuneralState,
    /// Keeps another case of the same deceased and group out.
    pub holds_place: bool,
    /// By what two cases are of one person.
    pub deceased_key: String,
    /// Of which a deceased has one at most.
    pub exclusion_group: String,
    /// 逝者
    pub deceased: Deceased,
    /// 丧属
    pub applicant: Option<FuneralApplicant>,
    /// 收款人
    pub payee: Option<FuneralPayee>,
    /// 殡仪馆服务
    pub service: Option<ServiceRecord>,
    /// 生态安葬
    pub eco: Option<EcoBurial>,
    /// 公安案件编号
    pub police_case_no: Option<String>,
    /// 无名遗体公告日期
    pub notice_posted_on: Option<Date>,
    /// 公告期届满
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_until: Option<Date>,
    /// The day whose policy holds: cremation, or burial.
    pub service_date: Option<Date>,
    /// 提交时间
    pub submitted_at: Option<Instant>,
    /// 不可抗力
    pub force_majeure: Option<String>,
    /// 申请截止
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_until: Option<Date>,
    /// 受理期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_until: Option<Date>,
    /// 补正期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supply_until: Option<Date>,
    /// 受理时间
    pub accepted_at: Option<Instant>,
    /// 审核期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_until: Option<Date>,
    /// 本环节期限: of the step of the office that is at hand
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_until: Option<Date>,
    /// 公示起
    pub publicity_from: Option<Date>,
    /// 公示止
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publicity_until: Option<Date>,
    /// 公示异议
    pub objections: Vec<String>,
    /// 政策版本, frozen
    pub policy_version: Option<String>,
    /// 核算
    pub calculation: Option<Calculation>,
    /// 认定
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessed: Option<FuneralAssessment>,
    /// 同意短信提醒
    #[serde(default, skip_serializing_if = "is_false")]
    pub consents_to_reminder: bool,
    /// 生态安葬奖补申请截止, of a family that is reminded
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eco_until: Option<Date>,
    /// 骨灰免费寄存期满
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ashes_until: Option<Date>,
    /// 暂按材料认定
    pub provisional: bool,
    /// 无应答的核验
    pub silent_sources: Vec<String>,
    /// 疑点分值
    pub fraud_score: i64,
    /// 疑点
    pub fraud_hits: Vec<FraudHit>,
    /// 查重日期: the next nightly scan looks at it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan_on: Option<Date>,
    /// 查重发现
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<DuplicateFinding>,
    /// 标记
    pub flags: Vec<String>,
    /// 应交材料
    pub required_materials: Vec<String>,
    /// 待补正材料
    pub missing_materials: Vec<String>,
    /// 已补正次数
    pub supplements: u32,
    /// 不予决定
    pub refusal: Option<FuneralRefusal>,
    /// 办理意见
    pub decisions: Vec<FuneralDecision>,
    /// 文书
    pub documents: Vec<FuneralDocument>,
    /// 户名已核验
    pub card_verified: bool,
    /// 发放次数
    pub pay_attempts: u32,
    /// 发放批次
    pub batch_no: Option<String>,
    /// 发放日期
    pub paid_on: Option<Date>,
    /// 社会保险复核日期: when the insurance is asked again
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurance_check_on: Option<Date>,
    /// 结算单
    pub settlement_id: Option<RecordId>,
    /// 批准日期
    pub approved_on: Option<Date>,
    /// 占用预算的年度: the budget that holds the amount of the case
    #[serde(default)]
    pub budget_year: Option<i32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_false(it: &bool) -> bool {
    !it
}

impl FuneralCase {
    /// Moves on, and writes who did what.
    pub fn move_to(
        &mut self,
        ctx: &Context,
        state: FuneralState,
        (step, result): (&str, &str),
        reason: Option<String>,
    ) {
        self.state = state;
        self.holds_place = state.holds_place();
        if state.clock().is_none() {
            self.step_until = None;
        }
        self.decisions.push(FuneralDecision {
            step: step.to_owned(),
            result: result.to_owned(),
            by: ctx.actor().map(|it| it.id.clone()),
            at: ctx.now(),
            reason,
            state: Some(state),
        });
    }

    /// Writes what was found, in the state that the case is in.
    pub fn note(&mut self, ctx: &Context, (step, result): (&str, &str)) {
        let state = self.state;
        self.move_to(ctx, state, (step, result), None);
    }

    /// Notes that a document is handed out.
    pub fn issue(&mut self, ctx: &Context, code: &str) {
        self.documents.push(FuneralDocument {
            code: code.to_owned(),
            at: ctx.now(),
        });
    }

    /// Refuses, by a code of the specification.
    pub fn refuse(&mut self, ctx: &Context, code: &str, note: Option<String>) {
        self.refusal = Some(FuneralRefusal {
            code: code.to_owned(),
            note,
            by: ctx.actor().map(|it| it.id.clone()),
            at: ctx.now(),
        });
    }

    /// What is to be paid or waived.
    pub fn result(&self) -> Fen {
        self.calculation
            .as_ref()
            .map_or(Fen::ZERO, |it| it.result_fen)
    }

    /// Hits that nobody has cleared.
    pub fn open_score(&self) -> i64 {
        let open = self.fraud_hits.iter().filter(|it| !it.cleared);
        open.map(|it| it.points).sum()
    }

    /// Whether this person has already decided in a step of another kind.
    pub fn has_decided(&self, person: &str, steps: &[&str]) -> bool {
        let mut made = self.decisions.iter();
        made.any(|it| it.by.as_deref() == Some(person) && steps.contains(&&*it.step))
    }
}
