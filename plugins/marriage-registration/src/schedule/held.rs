//! J-08, J-09: what has waited for more than a working day is told to the supervisors, and what was
//! not filed in time to the archivists. Nothing is decided.

use tongban_sdk::{Context, Date, OperationError, operation};

use super::{ScheduledWork, tell_role};
use crate::course::FileInput;
use crate::divorce;
use crate::divorce::case::{DivorceCase, State as DivorceState};
use crate::marriage;
use crate::marriage::case::{MarriageCase, State as MarriageState};
use crate::notice::SUPERVISOR;
use crate::reissue::case::{ReissueCase, ReissueState};

const ARCHIVIST: &str = "ARCHIVIST";

/// Whether more than a working day has gone by since.
fn is_over(ctx: &Context, since: Date) -> Result<bool, OperationError> {
    Ok(ctx.today() > ctx.calendar().add_working_days(since, 1)?)
}

/// J-08: a claim is kept because a source is silent.
#[operation(name = "alarmHeldClaim")]
pub fn claim(
    ctx: &mut Context,
    input: divorce::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let case = divorce::case(ctx, &input.case_id)?;
    let held = case
        .history
        .iter()
        .rev()
        .find(|it| it.to == DivorceState::ClaimHold);
    let since = held.filter(|_| case.state == DivorceState::ClaimHold);
    let Some(since) = since.map(|it| it.at.local_date()) else {
        return Ok(ScheduledWork::NOTHING);
    };
    if !is_over(ctx, since)? {
        return Ok(ScheduledWork::NOTHING);
    }
    let (about, today) = (
        ("DIVORCE-NOTICE-HELD-LONG", SUPERVISOR),
        ctx.today().to_string(),
    );
    tell_role::<DivorceCase>(ctx, about, case.id(), &case.case_no, &today);
    Ok(ScheduledWork::DONE)
}

/// J-08: a marriage is held because a source is silent, or still owes an answer with which it went
/// on (§9.3).
#[operation(name = "alarmHeldMarriage")]
pub fn held_marriage(
    ctx: &mut Context,
    input: marriage::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let case = ctx.require::<MarriageCase>(&input.case_id, "/caseId")?;
    let held = case
        .hold
        .as_ref()
        .filter(|_| case.state == MarriageState::HoldCheck);
    let Some(since) = held.map(|it| it.since.local_date()) else {
        return Ok(ScheduledWork::NOTHING);
    };
    if !is_over(ctx, since)? {
        return Ok(ScheduledWork::NOTHING);
    }
    let (about, today) = (
        ("MARRIAGE-NOTICE-HELD-LONG", SUPERVISOR),
        ctx.today().to_string(),
    );
    tell_role::<MarriageCase>(ctx, about, case.id(), case.number(), &today);
    Ok(ScheduledWork::DONE)
}

/// J-09: a marriage is uploaded, and its images are not complete by the day on which it was to be
/// filed.
#[operation(name = "alarmUnfiledMarriage")]
pub fn unfiled_marriage(
    ctx: &mut Context,
    input: marriage::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let case = ctx.require::<MarriageCase>(&input.case_id, "/caseId")?;
    let due = ctx.deadline(marriage::deadline::ARCHIVE, case.id())?;
    let over = due.is_some_and(|it| it.is_over(ctx.now()));
    if case.state != MarriageState::Uploaded || !over {
        return Ok(ScheduledWork::NOTHING);
    }
    let about = ("MARRIAGE-NOTICE-UNFILED", ARCHIVIST);
    tell_role::<MarriageCase>(ctx, about, case.id(), case.number(), "unfiled");
    Ok(ScheduledWork::DONE)
}

/// J-09, of a divorce.
#[operation(name = "alarmUnfiledDivorce")]
pub fn unfiled_divorce(
    ctx: &mut Context,
    input: divorce::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let case = divorce::case(ctx, &input.case_id)?;
    let due = ctx.deadline(divorce::deadline::ARCHIVE, case.id())?;
    let over = due.is_some_and(|it| it.is_over(ctx.now()));
    if case.state != DivorceState::Uploaded || !over {
        return Ok(ScheduledWork::NOTHING);
    }
    let about = ("DIVORCE-NOTICE-UNFILED", ARCHIVIST);
    tell_role::<DivorceCase>(ctx, about, case.id(), &case.case_no, "unfiled");
    Ok(ScheduledWork::DONE)
}

/// J-09, of a re-issue.
#[operation(name = "alarmUnfiledReissue")]
pub fn unfiled_reissue(
    ctx: &mut Context,
    input: FileInput,
) -> Result<ScheduledWork, OperationError> {
    let case = ctx.require::<ReissueCase>(&input.case_id, "/caseId")?;
    let due = ctx.deadline(crate::reissue::ARCHIVE, case.id())?;
    let over = due.is_some_and(|it| it.is_over(ctx.now()));
    if case.state != ReissueState::Uploaded || !over {
        return Ok(ScheduledWork::NOTHING);
    }
    let about = ("REISSUE-NOTICE-UNFILED", ARCHIVIST);
    tell_role::<ReissueCase>(ctx, about, case.id(), &case.course.case_no, "unfiled");
    Ok(ScheduledWork::DONE)
}
