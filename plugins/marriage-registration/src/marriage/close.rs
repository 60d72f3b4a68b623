//! Row 18: a party leaves before the registration. Nothing is decided; a new case is possible at
//! once.

use tongban_sdk::{Context, OperationError, PublishMessage, operation};

use crate::authority::require_registrar;
use crate::marriage::case::State;
use crate::marriage::examination::Conclusion;
use crate::marriage::{CLOSED, CaseInput, CaseState, Dossier, deadline};

/// Closes a case that was not decided.
#[operation(name = "closeMarriageCase")]
pub fn close(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let states = [
        State::Present,
        State::Incomplete,
        State::Checking,
        State::HoldCheck,
        State::Interview,
        State::Review,
    ];
    let mut dossier = Dossier::read(ctx, &input.case_id, &states)?;
    require_registrar(ctx, &dossier.case.id_numbers(), "/caseId")?;
    dossier
        .case
        .decide(ctx, State::ClosedNoAction, "MARRIAGE-CLOSED");
    deadline::close(ctx, deadline::SUPPLY, dossier.case.id(), "MARRIAGE-CLOSED")?;
    dossier.examination.conclude(Conclusion::Closed, None);
    dossier.put(ctx)?;
    ctx.publish_message(PublishMessage::new(CLOSED, dossier.case.id()));
    Ok(CaseState::of(&dossier.case))
}
