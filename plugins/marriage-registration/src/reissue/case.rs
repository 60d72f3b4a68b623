//! The case of a re-issue (§4.7).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Record, RecordId};

use crate::archive::{CertificateKind, Person};
use crate::case::Flag;
use crate::course::Course;
use crate::party::Party;

/// 补领婚姻登记证办件
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "ReissueCase")]
#[record(kind = "reissue_case")]
#[record(filter(name = "decidedDate", path = "/course/decidedDate"))]
#[record(filter(name = "authorityCode", path = "/course/authorityCode"))]
#[record(filter(name = "caseNo", path = "/course/caseNo"))]
pub struct ReissueCase {
    /// 办理经过
    pub course: Course,
    /// 状态
    pub state: ReissueState,
    /// 申请人, one or both of the couple.
    pub applicants: Vec<Party>,
    /// 受委托人
    pub agent: Option<ReissueAgent>,
    /// 另一方, as the applicant names them.
    pub other: Option<Person>,
    /// 补领原因
    pub reason: ReissueReason,
    /// 补领证件
    pub target_kind: ReissueTarget,
    /// 原证字号
    pub original_number: Option<String>,
    /// 原登记日期
    pub original_date: Option<Date>,
    /// 原登记机关
    pub original_authority: Option<String>,
    /// 标记
    #[serde(default)]
    pub flags: Vec<Flag>,
    /// 须提交的材料 of DT-M3.
    #[serde(default)]
    pub required_materials: Vec<String>,
    /// 档案依据
    pub archive_evidence: Option<ArchiveEvidence>,
    /// 婚姻登记记录 in the local archive.
    pub marriage_record_id: Option<RecordId>,
    /// 现状仍符合 (V-20): whether the status on the certificate still holds.
    pub current_status_still_holds: Option<bool>,
    /// 身份核验一致
    pub identity_matches: Option<bool>,
    /// 替代证据
    #[serde(default)]
    pub evidence: Vec<SubstituteEvidence>,
    /// 档案回复期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive_reply_until: Option<Date>,
    /// 补充证据期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_until: Option<Date>,
    /// 补发证字号
    pub certificate_number: Option<String>,
    /// 婚姻登记员
    pub registrar_id: Option<String>,
    /// 影像齐全
    #[serde(default)]
    pub images_complete: bool,
}

/// 受委托人
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReissueAgent {
    /// 姓名
    pub name: String,
    /// 公民身份号码
    pub id_number: String,
    /// 公证授权委托书编号
    #[serde(default)]
    pub notarised_power_no: Option<String>,
    /// 公证机构
    #[serde(default)]
    pub notary_office: Option<String>,
    /// 委托日期
    #[serde(default)]
    pub power_date: Option<Date>,
    /// 委托书内容齐全: name and number of the party, time and place of the registration, present
    /// status, the matter, name and number of the agent.
    #[serde(default)]
    pub power_complete: bool,
}

/// 补领原因
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReissueReason {
    /// 遗失
    Lost,
    /// 损毁
    Damaged,
    /// 与身份证件信息不一致
    Mismatch,
}

/// 补领证件
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReissueTarget {
    /// 结婚证
    J,
    /// 离婚证
    L,
}

/// 档案依据
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveEvidence {
    /// 来源
    pub source: EvidenceSource,
    /// 编号
    pub reference: String,
}

/// 档案来源
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EvidenceSource {
    /// 本地档案
    LocalArchive,
    /// 全国婚姻基础信息库
    NationalDb,
    /// 原登记机关档案
    OtherAuthorityCopy,
    /// 替代证据
    HouseholdOrOtherProof,
}

/// 替代证据
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubstituteEvidence {
    /// 证据种类
    pub kind: SubstituteKind,
    /// 影像
    pub scan_ref: String,
}

/// 证据种类 (DT-M7)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubstituteKind {
    /// 另一方的原证件
    OtherOriginalCertificate,
    /// 加盖印章的档案复印件
    CertifiedArchiveCopy,
    /// 损毁但可辨认的原证件
    DamagedLegibleCertificate,
    /// 记载配偶的户口簿页
    HouseholdPage,
    /// 单位或村居证明
    UnitOrVillageStatement,
    /// 近亲属证明
    NearKinStatement,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReissueState {
    /// 已到场
    Present,
    /// 查询档案
    ArchiveSearch,
    /// 等待外地档案
    WaitOtherArchive,
    /// 补充证据
    Substitute,
    /// 审查
    Review,
    /// 已补发
    Issued,
    /// 已上传
    Uploaded,
    /// 已归档
    Archived,
    /// 不予补发
    Refused,
    /// 未办理结束
    ClosedNoAction,
}

impl ReissueTarget {
    /// 补发证的种类
    pub fn issued(self) -> CertificateKind {
        match self {
            Self::J => CertificateKind::Bj,
            Self::L => CertificateKind::Bl,
        }
    }

    /// 原证的种类
    pub fn original(self) -> [CertificateKind; 2] {
        match self {
            Self::J => [CertificateKind::J, CertificateKind::Bj],
            Self::L => [CertificateKind::L, CertificateKind::Bl],
        }
    }

    /// The series that numbers it.
    pub fn series(self) -> &'static str {
        match self {
            Self::J => "reissued_marriage_certificate",
            Self::L => "reissued_divorce_certificate",
        }
    }
}

impl ReissueCase {
    /// The state changes.
    pub fn move_to(&mut self, ctx: &mut Context, to: ReissueState, event: &str) {
        self.state = to;
        match to {
            ReissueState::Issued | ReissueState::Refused | ReissueState::ClosedNoAction => {
                self.course.decide(ctx, event, to);
            }
            _ => self.course.pass(ctx, event, to),
        }
    }

    /// The identity numbers of those who ask, for the recusal check.
    pub fn id_numbers(&self) -> Vec<&str> {
        self.applicants.iter().map(|it| &*it.id_number).collect()
    }

    /// Sets a flag once.
    pub fn set_flag(&mut self, flag: Flag) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }
}
