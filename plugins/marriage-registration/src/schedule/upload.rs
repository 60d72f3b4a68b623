//! J-06: a registration is not in the national base 24 hours after it was made. The process goes on
//! trying; the supervisors are told once a day.

use tongban_sdk::{Context, Instant, OperationError, Record, Stored, operation};

use super::{ScheduledWork, tell_role};
use crate::divorce;
use crate::divorce::case::State as DivorceState;
use crate::marriage;
use crate::marriage::case::{MarriageCase, State as MarriageState};
use crate::notice::SUPERVISOR;

const DIVORCE_LATE: &str = "DIVORCE-NOTICE-UPLOAD-LATE";
const MARRIAGE_LATE: &str = "MARRIAGE-NOTICE-UPLOAD-LATE";
const DAY_US: i64 = 86_400_000_000;

/// A divorce that waits for its upload.
#[operation(name = "alarmDivorceUpload")]
pub fn alarm_divorce(
    ctx: &mut Context,
    input: divorce::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let case = divorce::case(ctx, &input.case_id)?;
    let waits = case.state == DivorceState::Registered;
    let case_no = case.case_no.clone();
    let registered_at = case.decided_at.filter(|_| waits);
    let about = (DIVORCE_LATE, &*case_no);
    Ok(alarm(ctx, &case, registered_at, about))
}

/// A marriage that waits for its upload.
#[operation(name = "alarmMarriageUpload")]
pub fn alarm_marriage(
    ctx: &mut Context,
    input: marriage::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let case = ctx.require::<MarriageCase>(&input.case_id, "/caseId")?;
    let waits = case.state == MarriageState::Registered;
    let case_no = case.number().to_owned();
    let registered_at = case.decided_at.filter(|_| waits);
    let about = (MARRIAGE_LATE, &*case_no);
    Ok(alarm(ctx, &case, registered_at, about))
}

fn alarm<T: Record>(
    ctx: &mut Context,
    case: &Stored<T>,
    registered_at: Option<Instant>,
    (notice, case_no): (&str, &str),
) -> ScheduledWork {
    let now = ctx.now().as_micros();
    let is_late = |at: Instant| now - at.as_micros() >= DAY_US;
    if !registered_at.is_some_and(is_late) {
        return ScheduledWork::NOTHING;
    }
    let today = ctx.today().to_string();
    tell_role::<T>(ctx, (notice, SUPERVISOR), case.id(), case_no, &today);
    ScheduledWork::DONE
}
