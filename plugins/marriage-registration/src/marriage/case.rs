//! The marriage case (结婚登记办件): what the parties may see of one application, from the draft to
//! the archive. What they may not see is in the [`super::examination`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Instant, OperationError, Record, RecordId, Stored};

use crate::case::{Channel, Document, Flag, Refusal, word};
use crate::code;
use crate::party::Party;

/// 结婚登记办件
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageCase")]
#[record(kind = "marriage_case")]
pub struct MarriageCase {
    /// 办件编号 `MRJ-…`, our own number, not statutory; none while it is a draft.
    pub case_no: Option<String>,
    /// 状态
    pub state: State,
    /// The counter that the parties chose; any in the country may be chosen.
    pub authority_code: String,
    /// Both person ids in order.
    pub couple_key: String,
    /// 进件渠道
    pub channel_of_entry: Channel,
    /// 预约
    pub appointment_id: Option<String>,
    /// 双方
    pub parties: Vec<Party>,
    /// 标记
    pub flags: Vec<Flag>,
    /// Living as spouses since (补办): stored, not judged.
    pub cohabitation_since: Option<Date>,
    /// How long a draft is kept.
    pub draft_until: Option<Date>,
    /// 审查处理表, which the parties do not see.
    pub examination_id: Option<RecordId>,
    /// 到场时间, the latest of both.
    pub checked_in_at: Option<Instant>,
    /// 到场日期
    pub checked_in_date: Option<Date>,
    /// What DT-M1 decided.
    pub competence: Option<String>,
    /// The material codes that DT-M3 demanded.
    pub required_materials: Vec<String>,
    /// 材料
    pub materials: Vec<Material>,
    /// 结婚照片
    pub photo: Option<CouplePhoto>,
    /// 一次性补正告知: what was missing when the case last stopped.
    pub missing: Vec<MissingItem>,
    /// The last day to supply what is missing; it stays when that has been supplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supply_until: Option<Date>,
    /// 暂缓办理(核验中断)
    pub hold: Option<Hold>,
    /// Since when an answer is owed with which the case went on (§9.3 a, e).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_owed_since: Option<Date>,
    /// 婚姻登记员
    pub registrar_id: Option<String>,
    /// 受理时间
    pub accepted_at: Option<Instant>,
    /// 办结时间
    pub decided_at: Option<Instant>,
    /// 办结日期
    pub decided_date: Option<Date>,
    /// 结婚证字号, the same on both copies.
    pub certificate_number: Option<String>,
    /// 结婚证, one for each party.
    pub certificates: Vec<RecordId>,
    /// Blanks that were spoiled while printing.
    pub spoiled_blanks: Vec<String>,
    /// 颁证仪式
    pub ceremony: Option<bool>,
    /// Whether both have their certificates.
    pub handed_over: bool,
    /// 不予登记 or 转介
    pub refusal: Option<Refusal>,
    /// The number under which the national base took the registration.
    pub upload_no: Option<String>,
    /// 出具的文书
    pub documents: Vec<Document>,
    /// 状态变化
    pub history: Vec<StateChange>,
}

/// 结婚登记状态. A case that was suspended to protect a party (受胁迫等) is shown as
/// `CLOSED_NO_ACTION`, to the parties and in every list; why it ended stands in the examination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageState")]
pub enum State {
    /// 草稿
    Draft,
    /// 双方到场
    Present,
    /// 待补正
    Incomplete,
    /// 已转介
    Referred,
    /// 核验中
    Checking,
    /// 核验中断、暂缓
    HoldCheck,
    /// 询问
    Interview,
    /// 审查
    Review,
    /// 已登记
    Registered,
    /// 不予登记
    Refused,
    /// 未办理结束
    ClosedNoAction,
    /// 已上传
    Uploaded,
    /// 已归档
    Archived,
}

/// 材料
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageMaterial")]
pub struct Material {
    /// A code of DT-M3.
    pub material: String,
    /// 已核原件
    pub original_seen: bool,
    /// 影像
    pub scan_ref: Option<String>,
    /// The digest of the image.
    pub sha256: Option<String>,
    /// When.
    pub captured_at: Instant,
    /// By whom.
    pub captured_by: Option<String>,
}

/// 结婚照片 (V-23)
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriagePhoto")]
pub struct CouplePhoto {
    /// A digital picture instead of prints.
    #[serde(default)]
    pub digital: bool,
    /// 张数
    #[serde(default)]
    pub prints: u8,
    /// 拍摄日期
    pub taken_on: Option<Date>,
    /// 半身免冠; ethnic head-dress is allowed.
    #[serde(default)]
    pub bare_headed: bool,
    /// Both in one picture, and the persons who appear.
    #[serde(default)]
    pub both_recognised: bool,
    /// 影像
    pub photo_ref: Option<String>,
}

/// 须补正的一项
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageMissingItem")]
pub struct MissingItem {
    /// A code of the specification.
    pub code: String,
    /// The material, if one is missing.
    pub material: Option<String>,
    /// Whose; absent: of both.
    pub person_id: Option<String>,
}

/// 暂缓办理
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageHold")]
pub struct Hold {
    /// Since when.
    pub since: Instant,
    /// Which sources did not answer.
    pub sources: Vec<String>,
    /// When they answered again, or the day ended.
    pub ended_at: Option<Instant>,
    /// 优先号: the couple need not queue again.
    pub priority: bool,
}

/// 状态变化
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "MarriageStateChange")]
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
}

impl MarriageCase {
    /// Whether this is one of the two.
    pub fn is_party(&self, person_id: &str) -> bool {
        self.parties.iter().any(|it| it.person_id == person_id)
    }

    /// Both parties, in the order of the case.
    pub fn couple(&self) -> Result<[&Party; 2], OperationError> {
        match self.parties.as_slice() {
            [first, second] => Ok([first, second]),
            _ => {
                let case_no = self.number();
                let text = format!("case {case_no}: expected two parties");
                Err(OperationError::failed(text))
            }
        }
    }

    /// The case number, for audit and texts.
    pub fn number(&self) -> &str {
        self.case_no.as_deref().unwrap_or("draft")
    }

    /// The identity numbers of both, for the recusal check.
    pub fn id_numbers(&self) -> Vec<&str> {
        self.parties
            .iter()
            .map(|it| it.id_number.as_str())
            .collect()
    }

    /// Whether exactly the two parties are named.
    pub fn are_both(&self, person_ids: &[String]) -> bool {
        person_ids.len() == self.parties.len()
            && self
                .parties
                .iter()
                .all(|it| person_ids.contains(&it.person_id))
    }

    /// Whether the flag is set.
    pub fn has_flag(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }

    /// Sets a flag once.
    pub fn set_flag(&mut self, flag: Flag) {
        if !self.has_flag(flag) {
            self.flags.push(flag);
            self.flags.sort_unstable();
        }
    }

    /// Whether the original of a material was seen.
    pub fn has_material(&self, material: &str) -> bool {
        let mut materials = self.materials.iter();
        materials.any(|it| it.material == material && it.original_seen)
    }

    /// A document was handed out, to one party or to both.
    pub fn add_document(&mut self, ctx: &Context, code: &str, person_id: Option<&str>) {
        self.documents.push(Document {
            code: code.to_owned(),
            person_id: person_id.map(str::to_owned),
            at: ctx.now(),
        });
    }

    /// The state changes: history and audit.
    pub fn move_to(&mut self, ctx: &mut Context, to: State, event: &str) {
        let from = self.state;
        self.state = to;
        self.note_change(ctx, Some(from), event);
    }

    /// The case ends, or is decided, in this state.
    pub fn decide(&mut self, ctx: &mut Context, to: State, event: &str) {
        self.decided_at = Some(ctx.now());
        self.decided_date = Some(ctx.today());
        self.move_to(ctx, to, event);
    }

    /// The case begins in its state.
    pub fn note_change(&mut self, ctx: &mut Context, from: Option<State>, event: &str) {
        let by = ctx.actor().map(|it| it.id.clone());
        let (to, at, event) = (self.state, ctx.now(), event.to_owned());
        let before = from.map_or_else(String::new, State::name);
        let text = format!("{}: {before} -> {}", self.number(), to.name());
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

/// The case, in one of these states; otherwise the action is not allowed.
pub fn require_state(case: &Stored<MarriageCase>, states: &[State]) -> Result<(), OperationError> {
    if states.contains(&case.state) {
        return Ok(());
    }
    Err(OperationError::invalid("/caseId", code::NOT_IN_THIS_STATE))
}
