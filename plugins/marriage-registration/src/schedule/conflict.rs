//! J-11, and J-08 for marriages: every night police, marriage base and courts are asked about the
//! marriages registered of late. What speaks against one opens a case of a reviewer; a certificate is
//! never undone by it (§9.3 f).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Instant, OperationError, Query, Record, RecordId, StartProcess, Stored,
    operation,
};

use super::ScheduledWork;
use crate::archive::{MarriageRecord, RegistryStatus};
use crate::code;
use crate::course::{actor, filled, in_state};
use crate::marriage::party_check::{COURT, MARRIAGE, POLICE};

const PROCESS: &str = "registry-watch";
const MAX_AGE_HOURS: u32 = 24;

/// 登记冲突
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "RegistryConflict")]
#[record(kind = "registry_conflict")]
pub struct RegistryConflict {
    /// 婚姻登记记录
    pub marriage_record_id: RecordId,
    /// 登记机关
    pub authority_code: String,
    /// 来源
    pub source: String,
    /// 当事人
    pub person_id: String,
    /// 内容: what tells it from another of the same kind.
    pub detail: String,
    /// 状态
    pub state: ConflictState,
    /// 发现时间
    pub seen_at: Instant,
    /// 处理意见
    pub answer: Option<String>,
    /// 处理人
    pub answered_by: Option<String>,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "RegistryConflictState")]
pub enum ConflictState {
    /// 待处理
    Open,
    /// 已处理
    Answered,
}

/// The record that is watched.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "WatchedRecordInput")]
pub struct WatchInput {
    /// 婚姻登记记录
    pub marriage_record_id: RecordId,
}

/// Asks about a valid marriage that was registered within the days of `conflict_scan_days`.
#[operation(name = "watchRegistration")]
pub fn watch(ctx: &mut Context, input: WatchInput) -> Result<ScheduledWork, OperationError> {
    let id = &input.marriage_record_id;
    let record = ctx.require::<MarriageRecord>(id, "/marriageRecordId")?;
    let days: i32 = ctx.parameter("conflict_scan_days")?;
    let young = record.registration_date.days_until(ctx.today()) <= days;
    if record.status != RegistryStatus::Valid || !young {
        return Ok(ScheduledWork::NOTHING);
    }
    ctx.start_process(StartProcess::new(PROCESS).with_variable("marriageRecordId", record.id()));
    Ok(ScheduledWork::DONE)
}

/// What a check task hands over.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrepareRegistryWatchInput {
    /// 婚姻登记记录
    pub record_id: RecordId,
    /// `X-POLICE-ID`, `X-MARRIAGE` or `X-COURT`
    pub kind: String,
    /// Which of the two: 0 or 1.
    pub party_no: usize,
}

/// The request to the exchange about one of the two.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrepareRegistryWatchOutput {
    /// What the answer is looked up by afterwards; no personal data.
    pub subject: String,
    /// The identity number that is asked about.
    pub key: String,
    /// 姓名
    pub name: String,
    /// 公民身份号码
    pub id_number: String,
    /// 用途
    pub purpose: String,
    /// 法律依据
    pub legal_basis: String,
}

/// Builds the request about one of the two.
#[operation(name = "prepareRegistryWatch")]
pub fn prepare(
    ctx: &mut Context,
    input: PrepareRegistryWatchInput,
) -> Result<PrepareRegistryWatchOutput, OperationError> {
    let record = ctx.require::<MarriageRecord>(&input.record_id, "/recordId")?;
    let person = record
        .couple()
        .get(input.party_no)
        .copied()
        .ok_or_else(|| {
            OperationError::failed(format!("expected party 0 or 1, found {}", input.party_no))
        })?;
    Ok(PrepareRegistryWatchOutput {
        subject: person.person_id.clone(),
        key: person.id_number.clone(),
        name: person.name.clone(),
        id_number: person.id_number.clone(),
        purpose: "婚姻登记核查".into(),
        legal_basis: "婚姻登记条例(国务院令第804号)".into(),
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PoliceAnswer {
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MarriageAnswer {
    records: Vec<NationalRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NationalRecord {
    cert_number: String,
    status: RegistryStatus,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CourtAnswer {
    cases: Vec<CourtCase>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CourtCase {
    case_no: String,
    kind: String,
    effective_date: Date,
}

/// Whether there is something to answer.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssessRegistryWatchOutput {
    /// A reviewer has to answer.
    pub has_conflicts: bool,
}

/// Looks up what the sources have answered; what is new and speaks against the registration becomes
/// a conflict.
#[operation(name = "assessRegistryWatch")]
pub fn assess(
    ctx: &mut Context,
    input: WatchInput,
) -> Result<AssessRegistryWatchOutput, OperationError> {
    let id = &input.marriage_record_id;
    let record = ctx.require::<MarriageRecord>(id, "/marriageRecordId")?;
    let mut has_conflicts = false;
    for person in record.couple() {
        for (source, detail) in against(ctx, &record, &person.person_id, &person.name)? {
            has_conflicts |= note(ctx, &record, (source, &person.person_id, detail))?;
        }
    }
    Ok(AssessRegistryWatchOutput { has_conflicts })
}

fn against(
    ctx: &Context,
    record: &MarriageRecord,
    person_id: &str,
    name: &str,
) -> Result<Vec<(&'static str, String)>, OperationError> {
    let mut found = Vec::new();
    if let Some(answer) = ctx.checks().lookup(MARRIAGE, person_id, MAX_AGE_HOURS)? {
        let body = answer.body::<Option<MarriageAnswer>>()?.unwrap_or_default();
        // Two valid marriages of one person.
        let other = body.records.into_iter().filter(|it| {
            it.status == RegistryStatus::Valid && it.cert_number != record.cert_number
        });
        found.extend(other.map(|it| (MARRIAGE, it.cert_number)));
    }
    if let Some(answer) = ctx.checks().lookup(POLICE, person_id, MAX_AGE_HOURS)? {
        let body = answer.body::<Option<PoliceAnswer>>()?.unwrap_or_default();
        let named = body.name.is_none_or(|it| it == name);
        if answer.outcome() == "MISMATCH" || !named {
            found.push((POLICE, "IDENTITY".to_owned()));
        }
    }
    if let Some(answer) = ctx.checks().lookup(COURT, person_id, MAX_AGE_HOURS)? {
        let body = answer.body::<Option<CourtAnswer>>()?.unwrap_or_default();
        let about = |it: &CourtCase| match &*it.kind {
            "VOID" | "ANNUL" | "DIVORCE" => it.effective_date >= record.registration_date,
            "INCAPACITY" => it.effective_date <= record.registration_date,
            _ => false,
        };
        let cases = body.cases.into_iter().filter(about);
        found.extend(cases.map(|it| (COURT, it.case_no)));
    }
    Ok(found)
}

fn note(
    ctx: &mut Context,
    record: &Stored<MarriageRecord>,
    (source, person_id, detail): (&str, &str, String),
) -> Result<bool, OperationError> {
    let query = Query::new()
        .equal("marriageRecordId", record.id())
        .equal("source", source)
        .equal("detail", &detail);
    if ctx.count::<RegistryConflict>(query)? > 0 {
        return Ok(false);
    }
    let conflict = RegistryConflict {
        marriage_record_id: record.id().clone(),
        authority_code: record.authority_code.clone(),
        source: source.to_owned(),
        person_id: person_id.to_owned(),
        detail,
        state: ConflictState::Open,
        seen_at: ctx.now(),
        answer: None,
        answered_by: None,
    };
    ctx.put_new(&conflict)?;
    ctx.note_audit(
        "REGISTRY-CONFLICT",
        format!("{}: {source}", record.cert_number),
    );
    Ok(true)
}

/// What a reviewer makes of the conflicts of a registration.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerRegistryConflictsInput {
    /// 婚姻登记记录
    pub marriage_record_id: RecordId,
    /// 处理意见
    pub reason: String,
}

/// How many were answered.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnswerRegistryConflictsOutput {
    /// 处理数
    pub conflicts: usize,
}

/// Notes what is done: a correction, a revocation or a court is a procedure of its own.
#[operation(name = "answerRegistryConflicts")]
pub fn answer(
    ctx: &mut Context,
    input: AnswerRegistryConflictsInput,
) -> Result<AnswerRegistryConflictsOutput, OperationError> {
    let reason = filled(&input.reason, "/reason", code::REASON_MISSING)?;
    let query = Query::new()
        .equal("marriageRecordId", &input.marriage_record_id)
        .equal("state", ConflictState::Open);
    let open = ctx.find::<RegistryConflict>(query)?.items;
    let conflicts = open.len();
    for mut conflict in open {
        in_state(&conflict.state, &[ConflictState::Open])?;
        conflict.state = ConflictState::Answered;
        conflict.answer = Some(reason.clone());
        conflict.answered_by = Some(actor(ctx));
        ctx.put(&conflict)?;
    }
    ctx.note_audit("REGISTRY-CONFLICT-ANSWERED", conflicts.to_string());
    Ok(AnswerRegistryConflictsOutput { conflicts })
}
