//! Note of a judgment that declares a marriage void or annuls it (确认无效、撤销婚姻备注, §5.4). The court
//! decides; whoever asks the authority to annul is told which court, and until when.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, Record, RecordId, StartProcess, operation};

use crate::archive::{
    CertificateStatus, Person, RegistryStatus, cancel_certificates, record_by_number,
};
use crate::authority::{authority, require_registrar};
use crate::case::word;
use crate::code;
use crate::course::{Course, FileOpened, actor, filled, in_state, require_none_of, tell_couple};
use crate::divorce::case::TerminationReason;
use crate::divorce::terminate::end_open_case;
use crate::statistics::Tally;

const PROCESS: &str = "court-note";
/// To note a judgment, or to send it back.
pub const LIMIT: &str = "court_note";
const NOTICE: &str = "COURT-NOTICE-NOTED";

/// 法院判决备注办件
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "CourtNote")]
#[record(kind = "court_note")]
#[record(filter(name = "certNumber", path = "/judgment/targetCertNumber"))]
#[record(filter(name = "decidedDate", path = "/course/decidedDate"))]
#[record(filter(name = "authorityCode", path = "/course/authorityCode"))]
#[record(filter(name = "caseNo", path = "/course/caseNo"))]
pub struct CourtNote {
    /// 办理经过
    pub course: Course,
    /// 状态
    pub state: CourtNoteState,
    /// 申请人, of a request that belongs to the court.
    pub requester: Option<Person>,
    /// 裁判文书
    pub judgment: Option<Judgment>,
    /// 录入人
    pub keyed_by: Option<String>,
    /// 核对人
    pub compared_by: Option<String>,
    /// 备注期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note_until: Option<Date>,
    /// 收缴证件本数
    pub certificates_collected: u8,
    /// 离婚办件 that ended with it.
    pub ended_divorce_case_id: Option<RecordId>,
}

/// 裁判文书
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Judgment {
    /// 案号
    pub case_no_court: String,
    /// 法院
    pub court: String,
    /// 裁判种类
    pub kind: JudgmentKind,
    /// 事由
    pub ground: JudgmentGround,
    /// 生效日期
    pub effective_date: Date,
    /// 裁判文书影像
    pub judgment_scan: String,
    /// 收到日期
    pub received_date: Date,
    /// 结婚证字号
    pub target_cert_number: String,
    /// 男方姓名
    pub husband_name: String,
    /// 女方姓名
    pub wife_name: String,
}

/// 裁判种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JudgmentKind {
    /// 确认无效
    Void,
    /// 撤销
    Annul,
}

/// 事由
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JudgmentGround {
    /// 重婚
    Bigamy,
    /// 禁止结婚的亲属关系
    Kin,
    /// 未到法定婚龄
    Underage,
    /// 胁迫
    Duress,
    /// 隐瞒重大疾病
    Illness,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CourtNoteState {
    /// 已转介法院
    Referred,
    /// 已收到
    Received,
    /// 已备注
    Noted,
    /// 已退回法院
    ReturnedToCourt,
}

/// Somebody asks the authority to annul a marriage.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestAnnulmentInput {
    /// 登记机关
    pub authority_code: String,
    /// 申请人
    pub requester: Person,
    /// 事由
    pub ground: JudgmentGround,
}

/// MR-F-01: the request belongs to the court. The referral note (D-13) names the competent court and
/// the year within which it has to be asked (Civil Code Art. 1052, 1053). **HARD**
#[operation(name = "requestAnnulment")]
pub fn request(
    ctx: &mut Context,
    input: RequestAnnulmentInput,
) -> Result<FileOpened, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    require_registrar(ctx, &[&input.requester.id_number], "/requester")?;
    let mut note = CourtNote {
        course: Course::begin(ctx, "court_note_case_no", &authority)?,
        state: CourtNoteState::Referred,
        requester: Some(input.requester),
        judgment: None,
        keyed_by: None,
        compared_by: None,
        note_until: None,
        certificates_collected: 0,
        ended_divorce_case_id: None,
    };
    note.course
        .refuse(ctx, code::COURT_ANNULS, Some(word(input.ground)));
    note.course.add_document(ctx, "D-13");
    note.course.decide(ctx, "ANNULMENT-REFERRED", note.state);
    let case_id = ctx.put_new(&note)?;
    Ok(FileOpened {
        case_id,
        case_no: note.course.case_no,
        state: word(note.state),
        code: Some(code::COURT_ANNULS.into()),
    })
}

/// A judgment has come from a court.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReceiveJudgmentInput {
    /// 登记机关
    pub authority_code: String,
    /// 裁判文书
    pub judgment: Judgment,
}

/// Keys a judgment; another person compares it with the paper.
#[operation(name = "receiveJudgment")]
pub fn receive(
    ctx: &mut Context,
    input: ReceiveJudgmentInput,
) -> Result<FileOpened, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    let judgment = input.judgment;
    for (value, path) in [
        (&judgment.case_no_court, "/judgment/caseNoCourt"),
        (&judgment.court, "/judgment/court"),
        (&judgment.judgment_scan, "/judgment/judgmentScan"),
    ] {
        filled(value, path, code::MATERIAL_MISSING)?;
    }
    if judgment.received_date > ctx.today() {
        return Err(OperationError::invalid(
            "/judgment/receivedDate",
            code::PERIOD_WRONG,
        ));
    }
    let received = judgment.received_date;
    let mut note = CourtNote {
        course: Course::begin(ctx, "court_note_case_no", &authority)?,
        state: CourtNoteState::Received,
        requester: None,
        judgment: Some(judgment),
        keyed_by: Some(actor(ctx)),
        compared_by: None,
        note_until: None,
        certificates_collected: 0,
        ended_divorce_case_id: None,
    };
    note.course.pass(ctx, "JUDGMENT-RECEIVED", note.state);
    let reckoned = ctx.reckon_deadline(LIMIT, received)?;
    note.note_until = Some(reckoned.due_on);
    let case_id = ctx.put_new(&note)?;
    ctx.set_deadline(LIMIT, &case_id, received)?;
    let start = StartProcess::new(PROCESS)
        .with_business_key(&*note.course.case_no)
        .with_variable("caseId", &case_id);
    ctx.start_process(start);
    Ok(FileOpened {
        case_id,
        case_no: note.course.case_no,
        state: word(note.state),
        code: None,
    })
}

/// The second person has compared.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompareJudgmentInput {
    /// 办件
    pub case_id: RecordId,
    /// 核对结果
    pub decision: CompareDecision,
    /// 裁判已生效
    #[serde(default)]
    pub is_final: bool,
    /// 收缴证件本数
    #[serde(default)]
    pub certificates_collected: u8,
    /// 退回理由
    #[serde(default)]
    pub reason: Option<String>,
}

/// 核对结果
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CompareDecision {
    /// 备注
    Note,
    /// 退回法院
    Return,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompareJudgmentOutput {
    /// Whether the judgment was noted.
    pub noted: bool,
    /// The record that is uploaded.
    pub marriage_record_id: Option<RecordId>,
}

/// Notes a final judgment whose names and number match the record: the marriage had no effect from
/// the start (Art. 1054). Otherwise it goes back to the court with a query.
#[operation(name = "compareJudgment")]
pub fn compare(
    ctx: &mut Context,
    input: CompareJudgmentInput,
) -> Result<CompareJudgmentOutput, OperationError> {
    let mut note = ctx.require::<CourtNote>(&input.case_id, "/caseId")?;
    in_state(&note.state, &[CourtNoteState::Received])?;
    let by = require_none_of(ctx, &[note.keyed_by.as_deref()])?;
    note.compared_by = Some(by.clone());
    let marriage_record_id = if input.decision == CompareDecision::Note {
        Some(enter(ctx, &mut note, &input, &by)?)
    } else {
        let reason = input.reason.unwrap_or_default();
        let reason = filled(&reason, "/reason", code::REASON_MISSING)?;
        note.state = CourtNoteState::ReturnedToCourt;
        note.course.refuse(ctx, code::CHECK_MISMATCH, Some(reason));
        note.course.add_document(ctx, "D-13");
        note.course
            .decide(ctx, "JUDGMENT-RETURNED", CourtNoteState::ReturnedToCourt);
        None
    };
    ctx.close_deadline(LIMIT, note.id(), "COURT-NOTE-DONE");
    ctx.put(&note)?;
    Ok(CompareJudgmentOutput {
        noted: marriage_record_id.is_some(),
        marriage_record_id,
    })
}

fn enter(
    ctx: &mut Context,
    note: &mut tongban_sdk::Stored<CourtNote>,
    input: &CompareJudgmentInput,
    by: &str,
) -> Result<RecordId, OperationError> {
    let unfit = |path: &str| Err(OperationError::invalid(path, code::CHECK_MISMATCH));
    let judgment = note.judgment.clone();
    let Some(judgment) = judgment.filter(|_| input.is_final) else {
        return unfit("/isFinal");
    };
    if judgment.effective_date > ctx.today() {
        return unfit("/isFinal");
    }
    let Some(mut record) = record_by_number(ctx, &judgment.target_cert_number)? else {
        return Err(OperationError::invalid("/decision", code::RECORD_UNKNOWN));
    };
    let names = (&record.husband.name, &record.wife.name);
    if names != (&judgment.husband_name, &judgment.wife_name) {
        return unfit("/decision");
    }
    record.status = match judgment.kind {
        JudgmentKind::Void => RegistryStatus::VoidCourt,
        JudgmentKind::Annul => RegistryStatus::AnnulledCourt,
    };
    // No effect from the start: it ended on the day on which it began.
    record.ended_on = Some(record.registration_date);
    record.ended_by = Some(judgment.case_no_court.clone());
    ctx.put(&record)?;
    let status = if input.certificates_collected >= 2 {
        CertificateStatus::CollectedByCourt
    } else {
        CertificateStatus::Cancelled
    };
    let remark = format!("{}{}", judgment.court, judgment.case_no_court);
    let reissued = record.reissued_as.clone();
    for number in reissued.into_iter().chain([record.cert_number.clone()]) {
        cancel_certificates(ctx, &number, (status, &remark))?;
    }
    let reason = TerminationReason::MarriageVoid;
    note.ended_divorce_case_id = end_open_case(
        ctx,
        &record.couple_key,
        reason,
        (&judgment.case_no_court, by),
    )?;
    note.certificates_collected = input.certificates_collected;
    note.state = CourtNoteState::Noted;
    note.course.add_document(ctx, "D-09");
    note.course
        .decide(ctx, "JUDGMENT-NOTED", CourtNoteState::Noted);
    tell_couple(ctx, NOTICE, &record, &note.course.case_no);
    let tally = Tally::default().count("COURT_NOTES");
    tally.note(ctx, &note.course.authority_code)?;
    Ok(record.id().clone())
}
