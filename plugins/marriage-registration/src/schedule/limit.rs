//! J-16: limits of open cases. What the statute or the parties' silence ends without a decision is
//! made up for; a limit that asks for a decision is told to the registrars, and nothing else.

use tongban_sdk::{Context, OperationError, operation};

use super::{ScheduledWork, note_repair, tell_role};
use crate::divorce;
use crate::divorce::case::{DivorceCase, State as DivorceState};
use crate::divorce::deadline;
use crate::marriage::case::{MarriageCase, State as MarriageState};
use crate::marriage::materials::close_not_supplied;
use crate::marriage::{self, Dossier};

/// A claim whose parties did not come again in time waits for a registrar.
const CLAIM_OVERDUE: &str = "DIVORCE-NOTICE-CLAIM-OVERDUE";
/// A schedule has made up for what a process had not done.
const REPAIRED: &str = "MARRIAGE-NOTICE-REPAIRED";
const REGISTRAR: &str = "REGISTRAR";
/// Days to answer an offer of counselling (§5.11).
pub const COUNSELLING_DAYS: i32 = 7;

/// Row 4a of a marriage: nothing was supplied for thirty days, and the process has not closed the
/// case.
#[operation(name = "repairUnsuppliedMarriage")]
pub fn repair_unsupplied(
    ctx: &mut Context,
    input: marriage::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let case = ctx.require::<MarriageCase>(&input.case_id, "/caseId")?;
    let over = case.supply_until.is_some_and(|it| it < ctx.today());
    if case.state != MarriageState::Incomplete || !over {
        return Ok(ScheduledWork::NOTHING);
    }
    let mut dossier = Dossier::read(ctx, &input.case_id, &[MarriageState::Incomplete])?;
    close_not_supplied(ctx, &mut dossier)?;
    let repaired = (case.number(), "MARRIAGE-NOT-SUPPLIED");
    note_repair::<MarriageCase>(ctx, REPAIRED, case.id(), repaired);
    Ok(ScheduledWork::DONE)
}

/// Row 13b: the claim was made in time, so nothing ends by itself; the registrars are told that
/// their decision is due.
#[operation(name = "tellOfOverdueClaim")]
pub fn tell_overdue(
    ctx: &mut Context,
    input: divorce::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let case = divorce::case(ctx, &input.case_id)?;
    // The day stays in a case whose couple has come again and whose source is silent once more: only
    // the deadline tells whether it still runs.
    let Some(limit) = case.claim_limit.filter(|it| *it < ctx.today()) else {
        return Ok(ScheduledWork::NOTHING);
    };
    if !deadline::is_cure_over(ctx, &case)? {
        return Ok(ScheduledWork::NOTHING);
    }
    if !matches!(
        case.state,
        DivorceState::ClaimCure | DivorceState::ClaimHold
    ) {
        return Ok(ScheduledWork::NOTHING);
    }
    let about = (CLAIM_OVERDUE, REGISTRAR);
    tell_role::<DivorceCase>(ctx, about, case.id(), &case.case_no, &limit.to_string());
    Ok(ScheduledWork::DONE)
}

/// An offer of counselling that nobody answered for seven days counts as declined (§5.11).
#[operation(name = "closeOverdueCounselling")]
pub fn close_counselling(
    ctx: &mut Context,
    input: divorce::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let mut case = divorce::case(ctx, &input.case_id)?;
    let over = case.counselling_until.is_some_and(|it| it < ctx.today());
    if !over {
        return Ok(ScheduledWork::NOTHING);
    }
    if let Some(offer) = case.counselling.last_mut() {
        offer.closed = true;
    }
    case.counselling_until = None;
    let (key, id) = (deadline::COUNSELLING, case.id().clone());
    deadline::close(ctx, key, &id, "COUNSELLING-UNANSWERED")?;
    ctx.note_audit("COUNSELLING-UNANSWERED", case.case_no.clone());
    ctx.put(&case)?;
    Ok(ScheduledWork::DONE)
}
