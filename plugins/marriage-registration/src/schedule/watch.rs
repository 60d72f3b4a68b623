//! J-17 and J-08: every night the sources are asked about open applications for divorce, and at
//! noon about those that still owe a check. What speaks against one becomes a finding and a task;
//! nothing ends by itself.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Answer, Context, Date, OperationError, Query, RecordId, StartProcess, Stored, operation,
};

use super::{ScheduledWork, tell_role};
use crate::divorce::case::{DivorceCase, TerminationReason};
use crate::divorce::finding::{DivorceFinding, open_findings};
use crate::divorce::{CaseInput, case};
use crate::marriage::party_check::{COURT, MARRIAGE, POLICE};
use crate::notice::SUPERVISOR;

/// The key of the process that asks.
const PROCESS: &str = "divorce-watch";
/// A check is owed for more than a working day.
const CHECK_OWED: &str = "DIVORCE-NOTICE-CHECK-OWED";
/// The answers of this run.
const MAX_AGE_HOURS: u32 = 24;

/// J-17: asks about an open application, unless a finding about it waits for its answer.
#[operation(name = "watchDivorce")]
pub fn watch(ctx: &mut Context, input: CaseInput) -> Result<ScheduledWork, OperationError> {
    let case = case(ctx, &input.case_id)?;
    if !case.state.is_open() || !open_findings(ctx, case.id())?.is_empty() {
        return Ok(ScheduledWork::NOTHING);
    }
    ask(ctx, &case);
    Ok(ScheduledWork::DONE)
}

/// J-08: asks again about an application that went on without an answer of the marriage base
/// (§9.3 c). After a working day the supervisors are told, every day.
#[operation(name = "recheckOwedDivorce")]
pub fn recheck(ctx: &mut Context, input: CaseInput) -> Result<ScheduledWork, OperationError> {
    let case = case(ctx, &input.case_id)?;
    let Some(since) = case.check_owed_since.filter(|_| case.state.is_open()) else {
        return Ok(ScheduledWork::NOTHING);
    };
    let today = ctx.today();
    if today > ctx.calendar().add_working_days(since, 1)? {
        let about = (CHECK_OWED, SUPERVISOR);
        tell_role::<DivorceCase>(ctx, about, case.id(), &case.case_no, &today.to_string());
    }
    if open_findings(ctx, case.id())?.is_empty() {
        ask(ctx, &case);
    }
    Ok(ScheduledWork::DONE)
}

fn ask(ctx: &mut Context, case: &Stored<DivorceCase>) {
    ctx.start_process(StartProcess::new(PROCESS).with_variable("caseId", case.id()));
}

/// What a check task hands over.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrepareDivorceWatchInput {
    /// 办件
    pub record_id: RecordId,
    /// `X-POLICE-ID` or `X-COURT`
    pub kind: String,
    /// Which of the two: 0 or 1.
    pub party_no: usize,
}

/// The request to the exchange about one party.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrepareDivorceWatchOutput {
    /// What the answer is looked up by afterwards; no personal data.
    pub subject: String,
    /// The identity number that is asked about.
    pub key: String,
    /// 姓名
    pub name: String,
    /// 公民身份号码
    pub id_number: String,
    /// 办件编号
    pub case_no: String,
    /// 用途
    pub purpose: String,
    /// 法律依据
    pub legal_basis: String,
}

/// Builds the request about one party of an application for divorce.
#[operation(name = "prepareDivorceWatch")]
pub fn prepare(
    ctx: &mut Context,
    input: PrepareDivorceWatchInput,
) -> Result<PrepareDivorceWatchOutput, OperationError> {
    let case = ctx.require::<DivorceCase>(&input.record_id, "/recordId")?;
    let party = case.parties.get(input.party_no).ok_or_else(|| {
        OperationError::failed(format!("expected party 0 or 1, found {}", input.party_no))
    })?;
    Ok(PrepareDivorceWatchOutput {
        subject: party.person_id.clone(),
        key: party.id_number.clone(),
        name: party.name.clone(),
        id_number: party.id_number.clone(),
        case_no: case.case_no.clone(),
        purpose: "离婚登记".into(),
        legal_basis: "婚姻登记条例(国务院令第804号)".into(),
    })
}

/// Whether there is something to answer.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssessDivorceWatchOutput {
    /// A registrar has to answer.
    pub has_findings: bool,
}

/// Looks up what the sources have answered: what is new and speaks against the application becomes
/// a finding, and an owed check is made good.
#[operation(name = "assessDivorceWatch")]
pub fn assess(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<AssessDivorceWatchOutput, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    if !case.state.is_open() {
        return Ok(AssessDivorceWatchOutput {
            has_findings: false,
        });
    }
    let mut found = Vec::new();
    if let Some(answer) = lookup(ctx, MARRIAGE, &case.couple_key)? {
        found.extend(of_marriage(&case, &answer)?);
        if case.check_owed_since.take().is_some() {
            ctx.note_audit("MARRIAGE-CHECKED-LATE", case.case_no.clone());
            ctx.put(&case)?;
        }
    }
    for party in &case.parties {
        if let Some(answer) = lookup(ctx, POLICE, &party.person_id)? {
            found.extend(of_police(ctx.today(), &party.person_id, &answer)?);
        }
        if let Some(answer) = lookup(ctx, COURT, &party.person_id)? {
            let days = case.marriage.date..=ctx.today();
            found.extend(of_court(&days, &party.person_id, &answer)?);
        }
    }
    let mut has_findings = false;
    for found in found {
        has_findings |= note(ctx, &case, found)?;
    }
    Ok(AssessDivorceWatchOutput { has_findings })
}

fn lookup(ctx: &Context, source: &str, subject: &str) -> Result<Option<Answer>, OperationError> {
    let answer = ctx.checks().lookup(source, subject, MAX_AGE_HOURS)?;
    Ok(answer.filter(|it| it.is_fresh() && it.answered_at().local_date() == ctx.today()))
}

struct Found {
    reason: TerminationReason,
    source: &'static str,
    person_id: String,
    detail: String,
}

/// Notes what was found, unless it is known; a judgment about both is one finding.
fn note(
    ctx: &mut Context,
    case: &Stored<DivorceCase>,
    found: Found,
) -> Result<bool, OperationError> {
    let query = Query::new()
        .equal("caseId", case.id())
        .equal("source", found.source)
        .equal("detail", &found.detail);
    if ctx.count::<DivorceFinding>(query)? > 0 {
        return Ok(false);
    }
    let finding = DivorceFinding {
        case_id: case.id().clone(),
        authority_code: case.authority_code.clone(),
        reason: found.reason,
        source: found.source.to_owned(),
        person_id: found.person_id,
        detail: found.detail,
        seen_at: ctx.now(),
        open: true,
        answer: None,
    };
    ctx.put_new(&finding)?;
    ctx.note_audit(
        "DIVORCE-FINDING",
        format!("{}: {}", case.case_no, found.source),
    );
    Ok(true)
}

#[derive(Default, Deserialize)]
struct MarriageAnswer {
    #[serde(default)]
    records: Vec<RegistryRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegistryRecord {
    cert_number: String,
    status: String,
}

/// The marriage that is to be divorced has ended or was never one. A base that does not know it
/// says nothing: it lacks old records.
fn of_marriage(case: &DivorceCase, answer: &Answer) -> Result<Option<Found>, OperationError> {
    let body = answer.body::<Option<MarriageAnswer>>()?.unwrap_or_default();
    let mut records = body.records.into_iter();
    let record = records.find(|it| it.cert_number == case.marriage.cert_number);
    let ended = record.filter(|it| !matches!(&*it.status, "VALID" | "UNCLEAR"));
    let mismatch = answer.outcome() == "MISMATCH";
    let detail = ended
        .map(|it| it.status)
        .or(mismatch.then(|| "MISMATCH".to_owned()));
    Ok(detail.map(|detail| Found {
        reason: TerminationReason::CheckConflict,
        source: MARRIAGE,
        person_id: String::new(),
        detail,
    }))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PoliceAnswer {
    alive: Option<bool>,
    date_of_death: Option<Date>,
}

/// A day that has not come is no fact yet.
fn of_police(
    today: Date,
    person_id: &str,
    answer: &Answer,
) -> Result<Option<Found>, OperationError> {
    let body = answer.body::<Option<PoliceAnswer>>()?.unwrap_or_default();
    let has_come = body.date_of_death.is_none_or(|it| it <= today);
    let dead = body.alive == Some(false) && has_come;
    let day = body.date_of_death.map(|it| it.to_string());
    Ok(dead.then(|| Found {
        reason: TerminationReason::Death,
        source: POLICE,
        person_id: person_id.to_owned(),
        detail: format!("{person_id} {}", day.unwrap_or_default()),
    }))
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

/// Judgments that have taken effect since the marriage; those before it are about another one.
fn of_court(
    days: &RangeInclusive<Date>,
    person_id: &str,
    answer: &Answer,
) -> Result<Vec<Found>, OperationError> {
    let body = answer.body::<Option<CourtAnswer>>()?.unwrap_or_default();
    let since = body.cases.into_iter();
    let since = since.filter(|it| days.contains(&it.effective_date));
    let found = since.filter_map(|it| {
        let reason = match &*it.kind {
            "DIVORCE" => TerminationReason::CourtDivorce,
            "VOID" | "ANNUL" => TerminationReason::MarriageVoid,
            "INCAPACITY" => TerminationReason::Incapacity,
            _ => return None,
        };
        Some(Found {
            reason,
            source: COURT,
            person_id: person_id.to_owned(),
            detail: it.case_no,
        })
    });
    Ok(found.collect())
}
