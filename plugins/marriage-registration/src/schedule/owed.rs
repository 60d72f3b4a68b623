//! J-08 for marriages: an answer with which a marriage went on is asked for again, until it comes.

use tongban_sdk::{Context, OperationError, StartProcess, operation};

use super::{ScheduledWork, tell_role};
use crate::archive::record_by_number;
use crate::marriage;
use crate::marriage::case::MarriageCase;
use crate::marriage::examination::{MarriageExamination, SilentSource};
use crate::notice::SUPERVISOR;

const OWED: &str = "MARRIAGE-NOTICE-CHECK-OWED";
/// The key of the process that asks.
const PROCESS: &str = "registry-watch";
/// Ninety days: an answer that came since counts.
const MAX_AGE_HOURS: u32 = 2_160;

/// Looks whether the answers have come since; if not, the sources are asked again about the
/// registration, and after a working day the supervisors are told, every day. What the answers say
/// against it becomes a conflict that a reviewer answers.
#[operation(name = "recheckOwedMarriage")]
pub fn recheck(
    ctx: &mut Context,
    input: marriage::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let mut case = ctx.require::<MarriageCase>(&input.case_id, "/caseId")?;
    let (Some(since), Some(id)) = (case.check_owed_since, case.examination_id.clone()) else {
        return Ok(ScheduledWork::NOTHING);
    };
    // Only what was registered is asked about; a case that ended otherwise owes nothing more.
    let number = case.certificate_number.clone();
    let registered = match &number {
        Some(number) => record_by_number(ctx, number)?,
        None if case.decided_at.is_none() => return Ok(ScheduledWork::NOTHING),
        None => None,
    };
    let mut examination = ctx.require::<MarriageExamination>(&id, "/caseId")?;
    let mut owed = Vec::new();
    for silent in examination.silent.iter().filter(|it| it.owed) {
        if registered.is_some() && !has_answered(ctx, silent)? {
            owed.push(silent.clone());
        }
    }
    if owed.is_empty() {
        case.check_owed_since = None;
        for silent in &mut examination.silent {
            silent.owed = false;
        }
        ctx.note_audit("MARRIAGE-CHECK-MADE-GOOD", case.number().to_owned());
        ctx.put(&examination)?;
        ctx.put(&case)?;
        return Ok(ScheduledWork::DONE);
    }
    let today = ctx.today();
    if today > ctx.calendar().add_working_days(since, 1)? {
        let about = (OWED, SUPERVISOR);
        tell_role::<MarriageCase>(ctx, about, case.id(), case.number(), &today.to_string());
    }
    if let Some(record) = registered {
        let start = StartProcess::new(PROCESS).with_variable("marriageRecordId", record.id());
        ctx.start_process(start);
    }
    Ok(ScheduledWork::DONE)
}

fn has_answered(ctx: &Context, silent: &SilentSource) -> Result<bool, OperationError> {
    // The death data are asked about somebody else, and only where a status depends on it.
    if silent.source == marriage::party_check::DEATH {
        return Ok(true);
    }
    let answer = ctx
        .checks()
        .lookup(&silent.source, &silent.person_id, MAX_AGE_HOURS)?;
    Ok(answer.is_some_and(|it| it.answered_at() > silent.since))
}
