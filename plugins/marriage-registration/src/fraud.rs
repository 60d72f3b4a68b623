//! Revocation of a registration obtained by impersonation or false documents (§5.5): on evidence of
//! police, court or procuratorate alone. Without it the lead is passed on, and nothing changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, OperationError, PublishMessage, Record, RecordId, StartProcess, Stored,
    operation,
};

use crate::archive::{
    CertificateStatus, MarriageRecord, RegistryStatus, cancel_certificates, record_by_number,
};
use crate::authority::authority;
use crate::case::word;
use crate::code;
use crate::course::{
    Course, FileInput, FileOpened, FileState, actor, filled, in_state, require_none_of, tell_couple,
};
use crate::divorce::case::TerminationReason;
use crate::divorce::terminate::end_open_case;
use crate::statistics::Tally;

const PROCESS: &str = "fraud-revocation";
const EVIDENCE: &str = "FRAUD_EVIDENCE";
/// For the other party to speak.
pub const COMMENT: &str = "fraud_comment";
/// To decide, in all.
pub const DECISION: &str = "fraud_decision";
/// To serve the decision.
pub const SERVICE: &str = "fraud_service";

/// 冒名顶替、弄虚作假婚姻登记的撤销办件
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FraudRevocation")]
#[record(kind = "fraud_revocation")]
#[record(filter(name = "certNumber", path = "/targetCertNumber"))]
#[record(filter(name = "decidedDate", path = "/course/decidedDate"))]
#[record(filter(name = "authorityCode", path = "/course/authorityCode"))]
#[record(filter(name = "caseNo", path = "/course/caseNo"))]
pub struct FraudRevocation {
    /// 办理经过
    pub course: Course,
    /// 状态
    pub state: FraudState,
    /// 结婚证字号
    pub target_cert_number: String,
    /// 婚姻登记记录
    pub marriage_record_id: RecordId,
    /// 线索
    pub lead: String,
    /// 证据材料
    #[serde(default)]
    pub evidence: Vec<FraudEvidence>,
    /// 被冒名人
    pub impersonated_person_id: Option<String>,
    /// 撤销建议
    pub proposal: Option<Opinion>,
    /// 陈述申辩
    pub comment: Option<String>,
    /// 陈述申辩期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment_until: Option<Date>,
    /// 决定
    pub decision: Option<Opinion>,
    /// 决定书文号
    pub decision_no: Option<String>,
    /// 列入失信名单
    pub credit_list_entry: bool,
    /// 送达日期
    pub served_on: Option<Date>,
}

/// 意见
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FraudOpinion")]
pub struct Opinion {
    /// 经办人
    pub by: String,
    /// 内容
    pub text: String,
    /// When.
    pub on: Date,
}

/// 证据材料 (L7)
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FraudEvidence {
    /// 证据种类
    pub kind: FraudEvidenceKind,
    /// 文号
    pub no: String,
    /// 出具机关
    pub org: String,
    /// 日期
    pub date: Date,
    /// 影像
    pub scan_ref: String,
}

/// 证据种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FraudEvidenceKind {
    /// 公安机关认定
    PoliceFinding,
    /// 司法建议书
    CourtAdvice,
    /// 检察建议书
    ProcuratorAdvice,
    /// 裁判文书
    Judgment,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FraudState {
    /// 已移送公安
    ForwardedToPolice,
    /// 已立案
    Proposed,
    /// 待决定
    Decision,
    /// 已撤销
    Revoked,
    /// 不予撤销
    Kept,
}

/// A lead, with or without evidence.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportFraudInput {
    /// 登记机关
    pub authority_code: String,
    /// 结婚证字号
    pub target_cert_number: String,
    /// 线索
    pub lead: String,
    /// 证据材料
    #[serde(default)]
    pub evidence: Vec<FraudEvidence>,
    /// 被冒名人
    #[serde(default)]
    pub impersonated_person_id: Option<String>,
}

/// Opens a case. Without one document of L7 the authority does not investigate: it hands the lead on
/// to the police, and the record is marked as disputed, which is a warning only. **HARD**
#[operation(name = "reportFraud")]
pub fn report(ctx: &mut Context, input: ReportFraudInput) -> Result<FileOpened, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    let lead = filled(&input.lead, "/lead", code::REASON_MISSING)?;
    check_evidence(ctx, &input.evidence)?;
    let Some(mut record) = record_by_number(ctx, &input.target_cert_number)? else {
        return Err(OperationError::invalid(
            "/targetCertNumber",
            code::RECORD_UNKNOWN,
        ));
    };
    record.disputed = true;
    ctx.put(&record)?;
    let has_evidence = !input.evidence.is_empty();
    let mut case = FraudRevocation {
        course: Course::begin(ctx, "fraud_case_no", &authority)?,
        state: FraudState::Proposed,
        target_cert_number: input.target_cert_number,
        marriage_record_id: record.id().clone(),
        lead,
        evidence: input.evidence,
        impersonated_person_id: input.impersonated_person_id,
        proposal: None,
        comment: None,
        comment_until: None,
        decision: None,
        decision_no: None,
        credit_list_entry: false,
        served_on: None,
    };
    if has_evidence {
        case.course.pass(ctx, "FRAUD-EVIDENCE-GIVEN", case.state);
    } else {
        case.state = FraudState::ForwardedToPolice;
        case.course.refuse(ctx, code::EVIDENCE_MISSING, None);
        case.course.add_document(ctx, "D-13");
        case.course.pass(ctx, "FRAUD-FORWARDED", case.state);
    }
    let case_id = ctx.put_new(&case)?;
    if has_evidence {
        ctx.set_deadline(DECISION, &case_id, ctx.today())?;
    }
    let start = StartProcess::new(PROCESS)
        .with_business_key(&*case.course.case_no)
        .with_variable("caseId", &case_id)
        .with_variable("hasEvidence", has_evidence)
        .with_variable("marriageRecordId", record.id());
    ctx.start_process(start);
    Ok(FileOpened {
        case_id,
        case_no: case.course.case_no,
        state: word(case.state),
        code: (!has_evidence).then(|| code::EVIDENCE_MISSING.into()),
    })
}

fn check_evidence(ctx: &Context, evidence: &[FraudEvidence]) -> Result<(), OperationError> {
    for (idx, piece) in evidence.iter().enumerate() {
        let path = format!("/evidence/{idx}");
        for (text, field) in [
            (&piece.no, "no"),
            (&piece.org, "org"),
            (&piece.scan_ref, "scanRef"),
        ] {
            filled(text, &format!("{path}/{field}"), code::EVIDENCE_MISSING)?;
        }
        if piece.date > ctx.today() {
            let path = format!("{path}/date");
            return Err(OperationError::invalid(path, code::PERIOD_WRONG));
        }
    }
    Ok(())
}

/// Evidence has come after all.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddFraudEvidenceInput {
    /// 办件
    pub case_id: RecordId,
    /// 证据材料
    pub evidence: Vec<FraudEvidence>,
}

/// Takes evidence to a lead that was handed on; the case goes on.
#[operation(name = "addFraudEvidence")]
pub fn add_evidence(
    ctx: &mut Context,
    input: AddFraudEvidenceInput,
) -> Result<FileState, OperationError> {
    let mut case = case_in(ctx, &input.case_id, &[FraudState::ForwardedToPolice])?;
    if input.evidence.is_empty() {
        return Err(OperationError::invalid("/evidence", code::EVIDENCE_MISSING));
    }
    check_evidence(ctx, &input.evidence)?;
    case.evidence.extend(input.evidence);
    case.course.refusal = None;
    case.state = FraudState::Proposed;
    case.course
        .pass(ctx, "FRAUD-EVIDENCE-GIVEN", FraudState::Proposed);
    ctx.set_deadline(DECISION, case.id(), ctx.today())?;
    ctx.put(&case)?;
    ctx.publish_message(PublishMessage::new(EVIDENCE, case.id()));
    Ok(FileState::of(case.id(), case.state))
}

fn case_in(
    ctx: &Context,
    id: &RecordId,
    states: &[FraudState],
) -> Result<Stored<FraudRevocation>, OperationError> {
    let case = ctx.require::<FraudRevocation>(id, "/caseId")?;
    in_state(&case.state, states)?;
    Ok(case)
}

/// The reviewer's draft.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposeRevocationInput {
    /// 办件
    pub case_id: RecordId,
    /// 撤销建议
    pub text: String,
}

/// Proposes the revocation; both on the record are told, and may speak.
#[operation(name = "proposeRevocation")]
pub fn propose(
    ctx: &mut Context,
    input: ProposeRevocationInput,
) -> Result<FileState, OperationError> {
    let mut case = case_in(ctx, &input.case_id, &[FraudState::Proposed])?;
    let text = filled(&input.text, "/text", code::REASON_MISSING)?;
    case.proposal = Some(Opinion {
        by: actor(ctx),
        text,
        on: ctx.today(),
    });
    let until = ctx.set_deadline(COMMENT, case.id(), ctx.today())?.due_on;
    case.comment_until = Some(until);
    case.course
        .pass(ctx, "FRAUD-PROPOSED", FraudState::Proposed);
    ctx.put(&case)?;
    let record = ctx.require::<MarriageRecord>(&case.marriage_record_id, "/caseId")?;
    tell_couple(ctx, "FRAUD-NOTICE-COMMENT", &record, &case.course.case_no);
    Ok(FileState::of(case.id(), case.state))
}

/// What the other party says.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordFraudCommentInput {
    /// 办件
    pub case_id: RecordId,
    /// 陈述申辩
    pub text: String,
}

/// Notes what was said; the case is ready to be decided.
#[operation(name = "recordFraudComment")]
pub fn record_comment(
    ctx: &mut Context,
    input: RecordFraudCommentInput,
) -> Result<FileState, OperationError> {
    let mut case = case_in(ctx, &input.case_id, &[FraudState::Proposed])?;
    case.comment = Some(filled(&input.text, "/text", code::REASON_MISSING)?);
    ready(ctx, case, "FRAUD-COMMENTED")
}

/// Nobody has spoken in time.
#[operation(name = "endFraudComment")]
pub fn end_comment(ctx: &mut Context, input: FileInput) -> Result<FileState, OperationError> {
    let case = case_in(ctx, &input.case_id, &[FraudState::Proposed])?;
    ready(ctx, case, "FRAUD-NOT-COMMENTED")
}

fn ready(
    ctx: &mut Context,
    mut case: Stored<FraudRevocation>,
    event: &str,
) -> Result<FileState, OperationError> {
    // Nobody is heard before it is said what is proposed.
    if case.proposal.is_none() {
        return Err(OperationError::invalid("/caseId", code::NOT_IN_THIS_STATE));
    }
    ctx.close_deadline(COMMENT, case.id(), event);
    case.state = FraudState::Decision;
    case.course.pass(ctx, event, FraudState::Decision);
    ctx.put(&case)?;
    Ok(FileState::of(case.id(), case.state))
}

/// The approver's decision.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecideFraudRevocationInput {
    /// 办件
    pub case_id: RecordId,
    /// 撤销登记
    pub revoke: bool,
    /// 理由
    pub reason: String,
    /// 列入失信名单
    #[serde(default)]
    pub credit_list_entry: bool,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecideFraudRevocationOutput {
    /// Whether the registration was revoked.
    pub revoked: bool,
    /// 决定书文号
    pub decision_no: String,
}

/// Revokes or keeps, by somebody other than who proposed. The record stays, as `REVOKED_ADMIN`, and
/// counts as none from the start.
#[operation(name = "decideFraudRevocation")]
pub fn decide(
    ctx: &mut Context,
    input: DecideFraudRevocationInput,
) -> Result<DecideFraudRevocationOutput, OperationError> {
    let mut case = case_in(ctx, &input.case_id, &[FraudState::Decision])?;
    let proposer = case.proposal.as_ref().map(|it| it.by.clone());
    let by = require_none_of(ctx, &[proposer.as_deref()])?;
    let text = filled(&input.reason, "/reason", code::REASON_MISSING)?;
    let (area, year) = (
        case.course.authority_code[..6].to_owned(),
        ctx.today().year(),
    );
    let scope: [(&str, &dyn ToString); 2] = [("area", &area), ("year", &year)];
    let decision_no = ctx.number("fraud_decision_no", &scope)?;
    case.decision = Some(Opinion {
        by: by.clone(),
        text,
        on: ctx.today(),
    });
    case.decision_no = Some(decision_no.clone());
    let mut record = ctx.require::<MarriageRecord>(&case.marriage_record_id, "/caseId")?;
    record.disputed = false;
    if input.revoke {
        revoke(ctx, &mut case, &mut record, (&decision_no, &by))?;
        case.credit_list_entry = input.credit_list_entry;
    } else {
        case.state = FraudState::Kept;
        case.course.add_document(ctx, "D-07");
        case.course.decide(ctx, "FRAUD-KEPT", FraudState::Kept);
    }
    ctx.put(&record)?;
    ctx.close_deadline(DECISION, case.id(), "FRAUD-DECIDED");
    ctx.set_deadline(SERVICE, case.id(), ctx.today())?;
    ctx.put(&case)?;
    tell_couple(ctx, "FRAUD-NOTICE-DECIDED", &record, &case.course.case_no);
    Ok(DecideFraudRevocationOutput {
        revoked: input.revoke,
        decision_no,
    })
}

fn revoke(
    ctx: &mut Context,
    case: &mut Stored<FraudRevocation>,
    record: &mut Stored<MarriageRecord>,
    (decision_no, by): (&str, &str),
) -> Result<(), OperationError> {
    record.status = RegistryStatus::RevokedAdmin;
    record.ended_on = Some(record.registration_date);
    record.ended_by = Some(decision_no.to_owned());
    let numbers = [Some(record.cert_number.clone()), record.reissued_as.clone()];
    for number in numbers.into_iter().flatten() {
        let cancelled = (CertificateStatus::Cancelled, decision_no);
        cancel_certificates(ctx, &number, cancelled)?;
    }
    end_open_case(
        ctx,
        &record.couple_key,
        TerminationReason::Fraud,
        (decision_no, by),
    )?;
    case.state = FraudState::Revoked;
    case.course.add_document(ctx, "D-14");
    case.course
        .decide(ctx, "FRAUD-REVOKED", FraudState::Revoked);
    let tally = Tally::default().count("REVOCATIONS");
    tally.note(ctx, &case.course.authority_code)
}

/// The decision was served.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServeFraudDecisionInput {
    /// 办件
    pub case_id: RecordId,
    /// 送达日期
    pub served_on: Date,
    /// 抄送机关
    pub copied_to: String,
}

/// Notes when the decision was served, and to whom it was copied.
#[operation(name = "serveFraudDecision")]
pub fn serve(
    ctx: &mut Context,
    input: ServeFraudDecisionInput,
) -> Result<FileState, OperationError> {
    let mut case = case_in(
        ctx,
        &input.case_id,
        &[FraudState::Revoked, FraudState::Kept],
    )?;
    let decided = case.course.decided_date;
    if input.served_on > ctx.today() || decided.is_some_and(|it| input.served_on < it) {
        return Err(OperationError::invalid("/servedOn", code::PERIOD_WRONG));
    }
    filled(&input.copied_to, "/copiedTo", code::MATERIAL_MISSING)?;
    case.served_on = Some(input.served_on);
    ctx.close_deadline(SERVICE, case.id(), "FRAUD-SERVED");
    let state = case.state;
    case.course.pass(ctx, "FRAUD-SERVED", state);
    ctx.put(&case)?;
    Ok(FileState::of(case.id(), case.state))
}
