//! Rows 6, 8, 9, 9a, 11a, 13 and 13a: both come to claim the certificate, one comes alone, or the
//! source is down while they wait.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Instant, OperationError, PublishMessage, RecordId, Stored, operation,
};

use crate::authority::{authority, require_registrar};
use crate::case::compact;
use crate::code;
use crate::dates::{Moment, moment};
use crate::divorce::case::{
    Claim, DivorceCase, State, TerminationReason, Visit, Withdrawal, require_state,
};
use crate::divorce::cooling_off::tell_of_withdrawal;
use crate::divorce::{CLAIM_CHECKIN, CaseInput, CaseState, WITHDRAWN, case, deadline};
use crate::notice::{self, Told, tell_parties};
use crate::presence::arrived_together;
use crate::statistics;

/// Both parties come to claim the certificate.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckInDivorceClaimInput {
    /// 办件
    pub case_id: RecordId,
    /// The counter they came to.
    pub authority_code: String,
    /// Who is there in person.
    pub person_ids: Vec<String>,
    /// When each of them came; absent: now.
    #[serde(default)]
    pub arrived_at: Vec<Instant>,
}

/// The claim is made.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckInDivorceClaimOutput {
    /// 办件
    pub case_id: RecordId,
    /// 状态
    pub state: State,
    /// The check-in that counts (`cutoff_basis` = `CHECK_IN_TIME`).
    pub checked_in_at: Instant,
}

/// The check-in of both within the claim window is the statutory act of applying for the
/// certificate (Civil Code Art. 1077(2)). **HARD**
#[operation(name = "checkInDivorceClaim")]
pub fn check_in(
    ctx: &mut Context,
    input: CheckInDivorceClaimInput,
) -> Result<CheckInDivorceClaimOutput, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    check_claimable(ctx, &case)?;
    if input.authority_code != case.authority_code {
        return Err(OperationError::invalid(
            "/authorityCode",
            code::OTHER_AUTHORITY,
        ));
    }
    if !case.are_both(&input.person_ids) || !arrived_together(ctx, &input.arrived_at)? {
        return Err(OperationError::invalid(
            "/personIds",
            code::CLAIM_NEEDS_BOTH,
        ));
    }
    let now = ctx.now();
    let claim = case.claim.get_or_insert_with(|| Claim {
        checked_in_at: now,
        last_checked_in_at: now,
        confirmed_by: Vec::new(),
        receipts_shown: 0,
        certificates_returned: 0,
        source_back_on: None,
    });
    claim.last_checked_in_at = now;
    claim.confirmed_by.clear();
    let checked_in_at = claim.checked_in_at;
    deadline::close(
        ctx,
        deadline::CLAIM_CURE,
        case.id(),
        "DIVORCE-CLAIM-RECEIVED",
    )?;
    case.move_to(ctx, State::ClaimReceived, "DIVORCE-CLAIM-RECEIVED");
    ctx.put(&case)?;
    ctx.publish_message(PublishMessage::new(CLAIM_CHECKIN, case.id()));
    Ok(CheckInDivorceClaimOutput {
        case_id: case.id().clone(),
        state: case.state,
        checked_in_at,
    })
}

/// Dates decide, never the state alone: a late timer changes nobody's right.
fn check_claimable(ctx: &Context, case: &Stored<DivorceCase>) -> Result<(), OperationError> {
    let refuse = |code: &str| Err(OperationError::invalid("/caseId", code));
    match case.state {
        State::CoolingOff | State::Claimable => {}
        State::DeemedWithdrawn => return refuse(code::CLAIM_WINDOW_OVER),
        // The claim was made in time and is kept, until a registrar refuses it.
        State::ClaimCure => return Ok(()),
        State::ClaimHold => {
            let is_back = case
                .claim
                .as_ref()
                .is_some_and(|it| it.source_back_on.is_some());
            return if is_back {
                Ok(())
            } else {
                refuse(code::CHECK_DOWN)
            };
        }
        State::Present
        | State::NotAccepted
        | State::Withdrawn
        | State::ClaimReceived
        | State::Registered
        | State::Refused
        | State::Terminated
        | State::Uploaded
        | State::Archived => return refuse(code::NOT_IN_THIS_STATE),
    }
    let dates = case.dates()?;
    let authority = authority(ctx, &case.authority_code, "/caseId")?;
    let closes = authority.closes_on(dates.claim_until)?;
    let (from, until) = (dates.claim_from, dates.claim_until);
    match moment(from, until, closes, ctx.today(), ctx.now().local_time()) {
        Moment::Before => refuse(code::COOLING_OFF_RUNS),
        Moment::After => refuse(code::CLAIM_WINDOW_OVER),
        Moment::Within if case.state == State::CoolingOff => refuse(code::NOT_IN_THIS_STATE),
        Moment::Within => Ok(()),
    }
}

/// One party alone comes in the claim window.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordClaimVisitInput {
    /// 办件
    pub case_id: RecordId,
    /// Who.
    pub person_id: String,
    /// The counter.
    pub authority_code: String,
    /// 不愿离婚情况登记
    #[serde(default)]
    pub objects: bool,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// Logs the visit of one party alone (row 9) or the objection (row 9a). By default an objection
/// ends nothing: at a joint claim both are asked again.
#[operation(name = "recordClaimVisit")]
pub fn record_visit(
    ctx: &mut Context,
    input: RecordClaimVisitInput,
) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::Claimable], "/caseId")?;
    require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    if input.authority_code != case.authority_code {
        return Err(OperationError::invalid(
            "/authorityCode",
            code::OTHER_AUTHORITY,
        ));
    }
    if !case.is_party(&input.person_id) {
        return Err(OperationError::invalid("/personId", code::IDENTITY_DIFFERS));
    }
    let RecordClaimVisitInput {
        person_id,
        objects,
        note,
        ..
    } = input;
    case.visits.push(Visit {
        person_id: person_id.clone(),
        at: ctx.now(),
        objects,
        note,
    });
    ctx.note_audit("DIVORCE-CLAIM-VISIT", case.case_no.clone());
    let ends = ctx.parameter::<String>("claim_window_objection")? == "TREAT_AS_WITHDRAWAL";
    if objects && ends {
        withdraw_by_objection(ctx, &mut case, person_id.clone())?;
    }
    ctx.put(&case)?;
    if case.state == State::Withdrawn {
        statistics::divorce::withdrawn(ctx, &case)?;
        tell_of_withdrawal(ctx, &case, ctx.today(), &person_id);
    }
    Ok(CaseState::of(&case))
}

fn withdraw_by_objection(
    ctx: &mut Context,
    case: &mut Stored<DivorceCase>,
    by_person_id: String,
) -> Result<(), OperationError> {
    let area = crate::authority::area_of(&case.authority_code).to_owned();
    let scope: [(&str, &dyn ToString); 2] = [("area", &area), ("date", &compact(ctx.today()))];
    let confirmation_no = ctx.number("divorce_confirmation_no", &scope)?;
    let at = ctx.now();
    case.withdrawal = Some(Withdrawal {
        by_person_id,
        at,
        receipt_shown: false,
        confirmation_no,
    });
    case.termination_reason = Some(TerminationReason::Withdrawn);
    case.decided_at = Some(at);
    case.add_document(ctx, "D-05", None);
    case.move_to(ctx, State::Withdrawn, "DIVORCE-WITHDRAWN");
    deadline::close_all(ctx, case.id(), "DIVORCE-WITHDRAWN")?;
    ctx.publish_message(PublishMessage::new(WITHDRAWN, case.id()));
    Ok(())
}

/// The source is down at the claim: the window is kept (row 13).
#[operation(name = "holdDivorceClaim")]
pub fn hold(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::ClaimReceived], "/caseId")?;
    if let Some(claim) = &mut case.claim {
        claim.source_back_on = None;
    }
    case.add_document(ctx, "D-11", None);
    case.move_to(ctx, State::ClaimHold, "DIVORCE-CLAIM-HELD");
    ctx.put(&case)?;
    let told = Told::of(notice::CLAIM_HELD);
    tell_parties::<DivorceCase>(ctx, case.id(), &case.parties, told);
    Ok(CaseState::of(&case))
}

/// By when both come again.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClaimLimit {
    /// Last day, counted in working days from the message.
    pub claim_limit: Date,
}

/// The source answers again: both are asked to come (row 13a).
#[operation(name = "noteSourceBack")]
pub fn note_source_back(ctx: &mut Context, input: CaseInput) -> Result<ClaimLimit, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::ClaimHold], "/caseId")?;
    let today = ctx.today();
    let limit = ctx.set_deadline(deadline::CLAIM_CURE, case.id(), today)?;
    let claim_limit = limit.due_on;
    if let Some(claim) = &mut case.claim {
        claim.source_back_on = Some(today);
    }
    case.claim_limit = Some(claim_limit);
    ctx.note_audit("DIVORCE-SOURCE-BACK", case.case_no.clone());
    ctx.put(&case)?;
    let arguments = [("claimLimit", claim_limit.to_string())];
    let told = Told::of(notice::SOURCE_BACK).with(&arguments);
    tell_parties::<DivorceCase>(ctx, case.id(), &case.parties, told);
    Ok(ClaimLimit { claim_limit })
}
