//! Row 15: a fact ends the procedure; a registrar confirms it on evidence.

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{
    Context, Date, OperationError, PublishMessage, Query, RecordId, Stored, operation,
};

use crate::archive::RegistryStatus;
use crate::authority::require_registrar;
use crate::code;
use crate::divorce::case::{DivorceCase, State, TerminationReason, require_state};
use crate::divorce::finding::{FindingAnswer, close_findings};
use crate::divorce::{CaseState, TERMINATED, case, deadline, marriage_check};

/// The fact and its evidence.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminateDivorceCaseInput {
    /// 办件
    pub case_id: RecordId,
    /// 结束原因
    pub reason: TerminationReason,
    /// 证据文号
    pub evidence_no: String,
    /// The day the fact took effect.
    pub effective_date: Date,
}

/// Ends an open application for a reason outside of it. Until then no certificate is issued.
#[operation(name = "terminateDivorceCase")]
pub fn terminate(
    ctx: &mut Context,
    input: TerminateDivorceCaseInput,
) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    let open = [
        State::CoolingOff,
        State::Claimable,
        State::ClaimReceived,
        State::ClaimHold,
        State::ClaimCure,
    ];
    require_state(&case, &open, "/caseId")?;
    let by = require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    if input.evidence_no.trim().is_empty() || input.effective_date > ctx.today() {
        return Err(OperationError::invalid(
            "/evidenceNo",
            code::MATERIAL_MISSING,
        ));
    }
    let note = input.evidence_no.clone();
    let status = match input.reason {
        TerminationReason::Death => Some(RegistryStatus::Death),
        TerminationReason::CourtDivorce => Some(RegistryStatus::DivorcedCourt),
        // The marriage itself is noted by COURT_NOTE and FRAUD_REVOKE, or has not changed.
        TerminationReason::Incapacity
        | TerminationReason::MarriageVoid
        | TerminationReason::Fraud
        | TerminationReason::CheckConflict
        | TerminationReason::CertInvalid => None,
        TerminationReason::Withdrawn
        | TerminationReason::DeemedWithdrawn
        | TerminationReason::Refused => {
            return Err(OperationError::invalid("/reason", code::CHOICE_UNKNOWN));
        }
    };
    if let (Some(status), Some(mut marriage)) = (status, marriage_check::local_record(ctx, &case)?)
        && marriage.status == RegistryStatus::Valid
    {
        marriage.status = status;
        marriage.ended_on = Some(input.effective_date);
        marriage.ended_by = Some(input.evidence_no);
        ctx.put(&marriage)?;
    }
    end(ctx, &mut case, input.reason, (note, by))?;
    Ok(CaseState::of(&case))
}

fn end(
    ctx: &mut Context,
    case: &mut Stored<DivorceCase>,
    reason: TerminationReason,
    (note, by): (String, String),
) -> Result<(), OperationError> {
    case.termination_reason = Some(reason);
    case.decided_at = Some(ctx.now());
    case.add_document(ctx, "D-16", None);
    case.move_to(ctx, State::Terminated, "DIVORCE-TERMINATED");
    deadline::close_all(ctx, case.id(), "DIVORCE-TERMINATED")?;
    ctx.put(case)?;
    let answer = FindingAnswer {
        terminated: true,
        note,
        by,
        at: ctx.now(),
    };
    close_findings(ctx, case.id(), &answer)?;
    ctx.publish_message(PublishMessage::new(TERMINATED, case.id()));
    Ok(())
}

/// The marriage of a couple is void, annulled or revoked: an application for divorce that is open
/// has nothing left to divorce. Whoever noted it answers for it.
pub fn end_open_case(
    ctx: &mut Context,
    couple_key: &str,
    reason: TerminationReason,
    (note, by): (&str, &str),
) -> Result<Option<RecordId>, OperationError> {
    let query = Query::new()
        .equal("coupleKey", couple_key)
        .equal("open", true);
    let Some(mut case) = ctx.find_first::<DivorceCase>(query)? else {
        return Ok(None);
    };
    end(ctx, &mut case, reason, (note.to_owned(), by.to_owned()))?;
    Ok(Some(case.id().clone()))
}
