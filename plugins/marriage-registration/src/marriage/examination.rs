//! The examination of a marriage case (结婚登记审查处理表, D-09): what the checks said of each party,
//! what was asked and declared, and why the case ended as it did.
//!
//! It is a record of its own without parties, because it holds registry data about third persons
//! and the reasons of a suspension, which neither party may read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Date, Instant, Record, RecordId};

use crate::archive::RegistryStatus;
use crate::kinship::{Kinship, KinshipRule};

/// 结婚登记审查处理表
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageExamination")]
#[record(kind = "marriage_examination")]
pub struct MarriageExamination {
    /// 办件
    pub case_id: RecordId,
    /// 办件编号
    pub case_no: String,
    /// 登记机关
    pub authority_code: String,
    /// 结论
    pub conclusion: Conclusion,
    /// The code of the specification that goes with it.
    pub conclusion_code: Option<String>,
    /// How earlier marriages ended, as the parties say and as papers prove.
    pub previous_marriages: Vec<PreviousMarriage>,
    /// 无配偶证明 and 军人婚姻登记证明
    pub proofs: Vec<Proof>,
    /// 核验
    pub verifications: Vec<Verification>,
    /// Sources that did not answer, with whom they were asked about.
    pub silent: Vec<SilentSource>,
    /// What is known of each party's status, and what DT-M6 made of it.
    pub statuses: Vec<StatusFinding>,
    /// 审核人意见 on an unclear status.
    pub status_review: Option<SecondOpinion>,
    /// 亲属关系
    pub kinship: Kinship,
    /// What DT-M4 made of it.
    pub kinship_rule: Option<KinshipRule>,
    /// What DT-M2 demanded beside the registrar.
    pub requirements: Vec<String>,
    /// What of it was there.
    pub requirements_met: Vec<String>,
    /// 人脸比对 or another way to identify in person.
    pub identifications: Vec<Identification>,
    /// 询问
    pub questioning: Option<Questioning>,
    /// 申请结婚登记声明书
    pub declarations: Vec<Declaration>,
    /// 第二人复核
    pub second_opinion: Option<SecondOpinion>,
    /// 保护措施
    pub protection: Option<Protection>,
    /// Registry data to be put right.
    pub repairs: Vec<Repair>,
    /// What the national base answered to the upload.
    pub upload_conflicts: Vec<String>,
}

/// 结论
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageConclusion")]
pub enum Conclusion {
    /// 未结
    Pending,
    /// 转介
    Referred,
    /// 准予登记
    Registered,
    /// 不予登记
    Refused,
    /// 中止: signs of duress, trafficking or violence.
    Suspended,
    /// 未办理结束
    Closed,
}

/// 前次婚姻
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviousMarriage {
    /// Whose.
    pub person_id: String,
    /// How it ended.
    pub ended_by: EndOfMarriage,
    /// 证件或文书编号
    pub document_no: Option<String>,
    /// 日期
    pub ended_on: Option<Date>,
    /// 原配偶姓名
    pub spouse_name: Option<String>,
    /// Of a spouse who has died: by it the health and civil data are asked (X-DEATH).
    pub spouse_id_number: Option<String>,
    /// The original of the document was seen and scanned at the counter.
    #[serde(default)]
    pub proven: bool,
    /// 影像
    pub scan_ref: Option<String>,
}

/// 前次婚姻结束方式
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "EndOfMarriage")]
pub enum EndOfMarriage {
    /// 登记离婚
    DivorceReg,
    /// 法院离婚
    DivorceCourt,
    /// 死亡
    Death,
    /// 无效或被撤销
    Void,
}

/// A paper whose age counts.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageProof")]
pub struct Proof {
    /// Whose.
    pub person_id: String,
    /// 种类
    pub kind: ProofKind,
    /// 出具日期
    pub issued_on: Date,
    /// 认证方式 of a foreign proof.
    pub form: Option<ProofForm>,
    /// 附中文译本
    #[serde(default)]
    pub translated: bool,
    /// The party's signed statement to answer for a treaty document.
    #[serde(default)]
    pub statement_signed: bool,
}

/// 证明种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageProofKind")]
pub enum ProofKind {
    /// 无配偶证明
    Single,
    /// 军人婚姻登记证明
    Military,
}

/// 认证方式
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageProofForm")]
pub enum ProofForm {
    /// 公证
    Notarised,
    /// 认证
    Authenticated,
    /// 驻华使领馆出具
    Embassy,
    /// 附加证明书
    Apostille,
}

/// 核验
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageVerification")]
pub struct Verification {
    /// `X-POLICE-ID`, `X-MARRIAGE`, `X-COURT`, `X-DEATH` or `X-EXIT`.
    pub source: String,
    /// About whom.
    pub person_id: String,
    /// When the answer came.
    pub responded_at: Instant,
    /// `MATCH`, `MISMATCH`, `NOT_FOUND`, or `MANUAL`.
    pub result: String,
    /// The stored answer.
    pub check_id: Option<String>,
    /// Instead of an answer: on what two persons relied.
    pub manual: Option<TwoPersonCheck>,
}

/// 双人核验 (§9.3)
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageTwoPersonCheck")]
pub struct TwoPersonCheck {
    /// Who vouched.
    pub by: String,
    /// The second person.
    pub second: Option<String>,
    /// 依据
    pub basis: TwoPersonBasis,
    /// What the marriage base said by telephone.
    pub registry: Option<RegistryAnswer>,
    /// 说明
    pub note: Option<String>,
}

/// 双人核验依据
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageTwoPersonBasis")]
pub enum TwoPersonBasis {
    /// 读卡器
    ChipReader,
    /// 电话核实
    Telephone,
}

/// A source that did not answer about a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageSilentSource")]
pub struct SilentSource {
    /// `X-POLICE-ID`, `X-MARRIAGE`, `X-COURT`, `X-DEATH` or `X-EXIT`.
    pub source: String,
    /// About whom.
    pub person_id: String,
    /// Since when.
    pub since: Instant,
    /// Whether the answer is owed within one working day (§9.3 a, e): the case went on without.
    pub owed: bool,
}

/// What the registry says of a party, in the words of DT-M6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageRegistryAnswer")]
pub enum RegistryAnswer {
    /// 无记录
    NotFound,
    /// 与他人婚姻有效
    ValidOther,
    /// 双方婚姻有效
    ValidSame,
    /// 已离婚
    Divorced,
    /// 配偶死亡
    Death,
    /// 待核实
    Unclear,
    /// 系统中断
    Down,
}

/// 婚姻状况核查 of one party
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageStatusFinding")]
pub struct StatusFinding {
    /// Whose.
    pub person_id: String,
    /// 声明的婚姻状况, GB/T 2261.2.
    pub declared: String,
    /// Whether the police data are about this person (X-POLICE-ID).
    pub identity_matches: bool,
    /// What the registry says.
    pub registry: RegistryAnswer,
    /// A marriage with a third person that a certificate or the police confirm.
    pub confirmed: bool,
    /// The paper that was accepted: `NONE`, `DIVORCE`, `DEATH` or `VOID`.
    pub proof: String,
    /// X-DEATH shows the death.
    pub death_shown: bool,
    /// An application for divorce is open.
    pub open_divorce: bool,
    /// Valid marriages with third persons, by the number of the certificate.
    pub valid_marriages: Vec<String>,
    /// Whether the last marriage that ended was with the other party.
    pub ended_with_other: bool,
    /// 户籍地区划 of X-POLICE-ID.
    pub address_area: Option<String>,
    /// What DT-M6 decided.
    pub outcome: Option<String>,
    /// The code of the row.
    pub code: Option<String>,
    /// The row.
    pub row: Option<u8>,
}

/// A person beside the registrar has looked at it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageSecondOpinion")]
pub struct SecondOpinion {
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
    /// What.
    pub decision: String,
    /// 理由
    pub reason: String,
}

/// 本人身份比对. A low score is no refusal, and a party who declines is identified another way (L14).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageIdentification")]
pub struct Identification {
    /// Whose.
    pub person_id: String,
    /// 人脸比对得分, in hundredths.
    #[schemars(range(min = 0, max = 100))]
    pub face_score_percent: Option<u8>,
    /// The registrar recognises the person in spite of a low score.
    #[serde(default)]
    pub recognised: bool,
    /// Instead of the comparison: the second of two staff beside the chip reader.
    pub second_staff_id: Option<String>,
}

/// 询问. Never about illness (§2.1).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageQuestioning")]
pub struct Questioning {
    /// When.
    pub asked_at: Instant,
    /// 分别询问
    pub asked_separately: bool,
    /// 询问记录
    #[schemars(length(max = 500))]
    pub notes: Option<String>,
}

/// 申请结婚登记声明书, signed in the registrar's presence.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageDeclaration")]
pub struct Declaration {
    /// Whose.
    pub person_id: String,
    /// 本人无配偶
    pub no_spouse: bool,
    /// 与对方没有直系血亲和三代以内旁系血亲关系
    pub not_related: bool,
    /// 完全自愿
    pub voluntary: bool,
    /// 已阅知重大疾病婚前告知义务: that the duty was shown, never a diagnosis. **HARD**
    pub illness_duty_read: bool,
    /// 签名
    pub signed: bool,
    /// 签名影像
    pub signature_ref: Option<String>,
    /// When.
    #[serde(default)]
    pub signed_at: Option<Instant>,
    /// In whose presence.
    #[serde(default)]
    pub witnessed_by: Option<String>,
}

/// 保护措施: signs of duress, trafficking or violence.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageProtection")]
pub struct Protection {
    /// 情形
    pub sign: ProtectionSign,
    /// 说明
    pub note: Option<String>,
    /// Who saw it.
    pub noted_by: String,
    /// When.
    pub noted_at: Instant,
    /// 已告知求助途径
    pub help_told: Option<bool>,
    /// The victim asks for a report.
    pub report_asked: Option<bool>,
    /// 已向公安机关报告
    pub reported_at: Option<Instant>,
    /// 报案回执号
    pub report_no: Option<String>,
    /// Who took care of it.
    pub protected_by: Option<String>,
}

/// 情形
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageProtectionSign")]
pub enum ProtectionSign {
    /// 胁迫
    Duress,
    /// 被拐卖、绑架
    Trafficking,
    /// 家庭暴力
    Violence,
}

/// 登记信息更正上报: a registry shows a marriage that has ended.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageRepair")]
pub struct Repair {
    /// Whose record.
    pub person_id: String,
    /// Of which marriage.
    pub cert_number: String,
    /// What it should say.
    pub status: RegistryStatus,
    /// The document that proves it.
    pub proof_no: Option<String>,
    /// The day it ended, if the document says it.
    pub ended_on: Option<Date>,
    /// 上报编号, once it was reported.
    pub reported_no: Option<String>,
}

impl MarriageExamination {
    /// A form on which nothing is written yet.
    pub fn new(case_no: &str, authority_code: &str) -> Self {
        Self {
            // Set as soon as the case has its id.
            case_id: RecordId::new(""),
            case_no: case_no.to_owned(),
            authority_code: authority_code.to_owned(),
            conclusion: Conclusion::Pending,
            conclusion_code: None,
            previous_marriages: Vec::new(),
            proofs: Vec::new(),
            verifications: Vec::new(),
            silent: Vec::new(),
            statuses: Vec::new(),
            status_review: None,
            kinship: Kinship::default(),
            kinship_rule: None,
            requirements: Vec::new(),
            requirements_met: Vec::new(),
            identifications: Vec::new(),
            questioning: None,
            declarations: Vec::new(),
            second_opinion: None,
            protection: None,
            repairs: Vec::new(),
            upload_conflicts: Vec::new(),
        }
    }

    /// The end, with its code.
    pub fn conclude(&mut self, conclusion: Conclusion, code: Option<&str>) {
        self.conclusion = conclusion;
        self.conclusion_code = code.map(str::to_owned);
    }

    /// What is known of a party's status.
    pub fn status_of(&self, person_id: &str) -> Option<&StatusFinding> {
        self.statuses.iter().find(|it| it.person_id == person_id)
    }

    /// The paper that proves how a party's last marriage ended.
    pub fn proven_end(&self, person_id: &str) -> Option<&PreviousMarriage> {
        let mut ends = self.previous_marriages.iter();
        ends.find(|it| it.person_id == person_id && it.proven)
    }

    /// The latest verification of a source about a party.
    pub fn verification(&self, source: &str, person_id: &str) -> Option<&Verification> {
        let mut latest = self.verifications.iter().rev();
        latest.find(|it| it.source == source && it.person_id == person_id)
    }
}
