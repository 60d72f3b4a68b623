//! Marriage and family counselling (婚姻家庭辅导, §5.10): voluntary and free; it neither delays nor
//! blocks any procedure. What is said in a session stays with the counsellor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, DeadlineStatus, Instant, OperationError, PublishMessage, Query, Record,
    RecordId, SendNotice, StartProcess, Stored, operation,
};

use crate::authority::authority;
use crate::case::{Flag, word};
use crate::code;
use crate::course::{Course, FileInput, FileOpened, FileState, actor, filled, in_state};
use crate::divorce::case::DivorceCase;
use crate::statistics::Tally;

const PROCESS: &str = "counselling";
const ANSWERED: &str = "COUNSELLING_ANSWERED";
/// To answer an offer.
pub const ANSWER: &str = "counselling_answer";

/// 婚姻家庭辅导
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "CounsellingSession")]
#[record(kind = "counselling_session")]
#[record(filter(name = "decidedDate", path = "/course/decidedDate"))]
#[record(filter(name = "authorityCode", path = "/course/authorityCode"))]
#[record(filter(name = "caseNo", path = "/course/caseNo"))]
pub struct CounsellingSession {
    /// 办理经过
    pub course: Course,
    /// 状态
    pub state: CounsellingState,
    /// 离婚办件, if it is offered beside one.
    pub case_id: Option<RecordId>,
    /// 参加人
    pub persons: Vec<CounselledPerson>,
    /// 辅导种类
    pub kind: CounsellingKind,
    /// 答复期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_until: Option<Date>,
    /// 辅导师
    pub counsellor_id: Option<String>,
    /// 开始时间
    pub start: Option<Instant>,
    /// 结束时间
    pub end: Option<Instant>,
    /// 结果
    pub outcome: Option<CounsellingOutcome>,
    /// 记录 kept encrypted elsewhere, by the counsellor alone.
    pub notes_ref: Option<String>,
}

/// 参加人
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CounselledPerson {
    /// Key in the person index.
    pub person_id: String,
    /// 姓名
    pub name: String,
    /// 同意; absent: no answer yet.
    #[serde(default)]
    pub consent: Option<bool>,
}

/// 辅导种类
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CounsellingKind {
    /// 婚前辅导
    PreMarriage,
    /// 关系辅导
    Relationship,
    /// 离婚辅导
    Divorce,
    /// 法律咨询
    Legal,
    /// 心理疏导
    Psychological,
    /// 纠纷调解
    Mediation,
}

/// 结果
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CounsellingOutcome {
    /// 已参加
    Attended,
    /// 未参加
    Declined,
    /// 和好
    Reconciled,
    /// 继续辅导
    Continues,
    /// 转介
    Referred,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CounsellingState {
    /// 已提供
    Offered,
    /// 已接受
    Accepted,
    /// 不接受
    Declined,
    /// 已安排
    Scheduled,
    /// 已进行
    Held,
    /// 已结束
    Closed,
}

/// An offer.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfferCounsellingInput {
    /// 登记机关
    pub authority_code: String,
    /// 离婚办件
    #[serde(default)]
    pub case_id: Option<RecordId>,
    /// 参加人
    pub persons: Vec<CounselledPerson>,
    /// 辅导种类
    pub kind: CounsellingKind,
}

/// Offers counselling. Joint sessions are not offered to a couple of which one is feared
/// (`DV_RISK`); each alone may have one. **HARD**
#[operation(name = "offerCounselling")]
pub fn offer(
    ctx: &mut Context,
    input: OfferCounsellingInput,
) -> Result<FileOpened, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    if !(1..=2).contains(&input.persons.len()) {
        return Err(OperationError::invalid("/persons", code::NOT_BOTH_PRESENT));
    }
    if let Some(id) = &input.case_id {
        let case = ctx.require::<DivorceCase>(id, "/caseId")?;
        if input.persons.len() == 2 && case.has_flag(Flag::DvRisk) {
            return Err(OperationError::invalid("/persons", code::NO_JOINT_SESSION));
        }
    }
    let mut session = CounsellingSession {
        course: Course::begin(ctx, "counselling_no", &authority)?,
        state: CounsellingState::Offered,
        case_id: input.case_id,
        persons: input.persons,
        kind: input.kind,
        answer_until: Some(ctx.reckon_deadline(ANSWER, ctx.today())?.due_on),
        counsellor_id: None,
        start: None,
        end: None,
        outcome: None,
        notes_ref: None,
    };
    for person in &mut session.persons {
        // Each answers for himself.
        person.consent = None;
    }
    session.course.pass(ctx, "COUNSELLING-OFFER", session.state);
    let case_id = ctx.put_new(&session)?;
    ctx.set_deadline(ANSWER, &case_id, ctx.today())?;
    for person in &session.persons {
        let told = SendNotice::to_person("COUNSELLING-NOTICE-OFFERED", &person.person_id)
            .about_record::<CounsellingSession>(&case_id);
        ctx.send_notice(told);
    }
    ctx.start_process(StartProcess::new(PROCESS).with_variable("caseId", &case_id));
    Tally::default()
        .count("COUNSELLING_SESSIONS_OFFERED")
        .note(ctx, &authority.code)?;
    Ok(FileOpened {
        case_id,
        case_no: session.course.case_no,
        state: word(session.state),
        code: None,
    })
}

fn session(
    ctx: &Context,
    id: &RecordId,
    state: CounsellingState,
) -> Result<Stored<CounsellingSession>, OperationError> {
    let session = ctx.require::<CounsellingSession>(id, "/caseId")?;
    in_state(&session.state, &[state])?;
    Ok(session)
}

/// An answer.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerCounsellingInput {
    /// 辅导
    pub case_id: RecordId,
    /// 接受辅导
    pub accept: bool,
}

/// Each answers alone, for himself. One who declines ends the offer.
#[operation(name = "answerCounselling")]
pub fn answer(
    ctx: &mut Context,
    input: AnswerCounsellingInput,
) -> Result<FileState, OperationError> {
    let mut session = session(ctx, &input.case_id, CounsellingState::Offered)?;
    let by = actor(ctx);
    let Some(person) = session.persons.iter_mut().find(|it| it.person_id == by) else {
        return Err(OperationError::invalid("/caseId", code::NOT_BOTH_PRESENT));
    };
    person.consent = Some(input.accept);
    let all = session.persons.iter().all(|it| it.consent == Some(true));
    let to = match (all, input.accept) {
        (true, _) => CounsellingState::Accepted,
        (_, false) => CounsellingState::Declined,
        _ => CounsellingState::Offered,
    };
    session.state = to;
    session.course.pass(ctx, "COUNSELLING-ANSWER", to);
    if to != CounsellingState::Offered {
        close(ctx, session.id())?;
        let accepted = to == CounsellingState::Accepted;
        let message =
            PublishMessage::new(ANSWERED, session.id()).with_variable("accepted", accepted);
        ctx.publish_message(message);
    }
    ctx.put(&session)?;
    Ok(FileState::of(session.id(), to))
}

fn close(ctx: &mut Context, id: &RecordId) -> Result<(), OperationError> {
    let open = ctx.deadline(ANSWER, id)?;
    if open.is_some_and(|it| it.status() != DeadlineStatus::Closed) {
        ctx.close_deadline(ANSWER, id, "COUNSELLING-ANSWER");
    }
    Ok(())
}

/// Nobody has answered for seven days: it counts as declined, and changes nothing else.
#[operation(name = "endCounsellingOffer")]
pub fn end_offer(ctx: &mut Context, input: FileInput) -> Result<FileState, OperationError> {
    let mut session = session(ctx, &input.case_id, CounsellingState::Offered)?;
    close(ctx, session.id())?;
    session.state = CounsellingState::Declined;
    session
        .course
        .decide(ctx, "COUNSELLING-UNANSWERED", CounsellingState::Declined);
    ctx.put(&session)?;
    Ok(FileState::of(session.id(), session.state))
}

/// When a session is held, and by whom.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleCounsellingInput {
    /// 辅导
    pub case_id: RecordId,
    /// 开始时间
    pub start: Instant,
    /// 结束时间
    pub end: Instant,
}

/// The counsellor sets a time in which he has no other session.
#[operation(name = "scheduleCounselling")]
pub fn schedule(
    ctx: &mut Context,
    input: ScheduleCounsellingInput,
) -> Result<FileState, OperationError> {
    let mut session = session(ctx, &input.case_id, CounsellingState::Accepted)?;
    if input.end <= input.start || input.start < ctx.now() {
        return Err(OperationError::invalid("/start", code::PERIOD_WRONG));
    }
    let by = actor(ctx);
    let query = Query::new()
        .equal("counsellorId", &by)
        .equal("state", CounsellingState::Scheduled);
    let others = ctx.find::<CounsellingSession>(query)?.items;
    let meets = |it: &&Stored<CounsellingSession>| {
        let (start, end) = (it.start.unwrap_or(input.start), it.end.unwrap_or(input.end));
        start < input.end && input.start < end
    };
    if others.iter().any(|it| meets(&it)) {
        return Err(OperationError::invalid("/start", code::SLOT_FULL));
    }
    session.counsellor_id = Some(by);
    session.start = Some(input.start);
    session.end = Some(input.end);
    session.state = CounsellingState::Scheduled;
    session
        .course
        .pass(ctx, "COUNSELLING-SCHEDULED", CounsellingState::Scheduled);
    ctx.put(&session)?;
    Ok(FileState::of(session.id(), session.state))
}

/// What came of a session.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HoldCounsellingInput {
    /// 辅导
    pub case_id: RecordId,
    /// 已进行
    pub held: bool,
    /// 结果
    pub outcome: CounsellingOutcome,
    /// 记录编号
    #[serde(default)]
    pub notes_ref: Option<String>,
}

/// Notes the outcome, by the counsellor of the session. A couple that is reconciled must still
/// withdraw its application itself.
#[operation(name = "holdCounselling")]
pub fn hold(ctx: &mut Context, input: HoldCounsellingInput) -> Result<FileState, OperationError> {
    let mut session = session(ctx, &input.case_id, CounsellingState::Scheduled)?;
    if session.counsellor_id != Some(actor(ctx)) {
        return Err(OperationError::invalid("/caseId", code::CHOICE_UNKNOWN));
    }
    if input.held && session.start.is_none_or(|it| it > ctx.now()) {
        return Err(OperationError::invalid("/held", code::PERIOD_WRONG));
    }
    if let Some(notes) = &input.notes_ref {
        filled(notes, "/notesRef", code::MATERIAL_MISSING)?;
    }
    session.outcome = Some(input.outcome);
    session.notes_ref = input.notes_ref;
    if input.held {
        session
            .course
            .pass(ctx, "COUNSELLING-HELD", CounsellingState::Held);
    }
    session.state = CounsellingState::Closed;
    session
        .course
        .decide(ctx, "COUNSELLING-CLOSED", CounsellingState::Closed);
    ctx.put(&session)?;
    let measure = format!("COUNSELLING_OUTCOME:{}", word(input.outcome));
    let authority = session.course.authority_code.clone();
    Tally::default().count(measure).note(ctx, &authority)?;
    Ok(FileState::of(session.id(), session.state))
}
