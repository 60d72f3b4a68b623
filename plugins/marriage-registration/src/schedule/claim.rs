//! J-01, J-02, J-05: the claim window opens and ends by itself, and both are reminded of its end.

use tongban_sdk::{Context, OperationError, PublishMessage, operation};

use super::{ScheduledWork, note_repair};
use crate::divorce::case::{DivorceCase, State};
use crate::divorce::cooling_off::{deem, open};
use crate::divorce::{CaseInput, WITHDRAWN, case};
use crate::notice::{self, Told, tell_parties};

/// A schedule has made up for what a process had not done.
const REPAIRED: &str = "DIVORCE-NOTICE-REPAIRED";

/// J-01: the cooling-off period is over and the process has not opened the claim window.
#[operation(name = "repairClaimWindow")]
pub fn repair_opening(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    if case.state != State::CoolingOff || ctx.today() <= case.dates()?.cooling_off_end {
        return Ok(ScheduledWork::NOTHING);
    }
    open(ctx, &mut case)?;
    note_repair::<DivorceCase>(
        ctx,
        REPAIRED,
        case.id(),
        (&case.case_no, "DIVORCE-CLAIM-WINDOW-OPEN"),
    );
    Ok(ScheduledWork::DONE)
}

/// J-02: the claim window is over, nobody claimed, and the process has not ended the case. A claim
/// that was made in time is kept whatever its state.
#[operation(name = "repairDeemedWithdrawal")]
pub fn repair_withdrawal(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    if case.state != State::Claimable || ctx.today() <= case.dates()?.claim_until {
        return Ok(ScheduledWork::NOTHING);
    }
    deem(ctx, &mut case)?;
    note_repair::<DivorceCase>(
        ctx,
        REPAIRED,
        case.id(),
        (&case.case_no, "DIVORCE-DEEMED-WITHDRAWN"),
    );
    // The process, if it still waits, comes to its end.
    ctx.publish_message(PublishMessage::new(WITHDRAWN, case.id()));
    Ok(ScheduledWork::DONE)
}

/// J-05: some days before the claim window ends. It urges neither to claim nor to let it be.
#[operation(name = "remindOfClaim")]
pub fn remind(ctx: &mut Context, input: CaseInput) -> Result<ScheduledWork, OperationError> {
    let case = case(ctx, &input.case_id)?;
    let until = case.dates()?.claim_until;
    if case.state != State::Claimable || ctx.today() > until {
        return Ok(ScheduledWork::NOTHING);
    }
    let stage = ctx.schedule().and_then(|it| it.stage).unwrap_or_default();
    let arguments = [("claimUntil", until.to_string())];
    let key = format!("reminder:{until}:{stage}");
    let told = Told::of(notice::CLAIM_REMINDER).with(&arguments).once(&key);
    tell_parties::<DivorceCase>(ctx, case.id(), &case.parties, told);
    Ok(ScheduledWork::DONE)
}
