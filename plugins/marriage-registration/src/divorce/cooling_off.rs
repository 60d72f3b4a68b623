//! Rows 5, 7 and 14: one party withdraws, the claim window opens, nobody claims.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Instant, OperationError, PublishMessage, RecordId, Stored, Violations, operation,
};

use crate::authority::{authority, require_registrar};
use crate::case::compact;
use crate::code;
use crate::dates::{Moment, moment};
use crate::divorce::case::{DivorceCase, State, TerminationReason, Withdrawal, require_state};
use crate::divorce::{CLAIM_CHECKIN, CaseInput, CaseState, WITHDRAWN, case, deadline};
use crate::notice::{self, Told, tell_others, tell_parties};
use crate::statistics::{self, Tally};

/// One party alone withdraws at the counter.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WithdrawDivorceApplicationInput {
    /// 办件
    pub case_id: RecordId,
    /// Who withdraws.
    pub person_id: String,
    /// The counter at which this happens.
    pub authority_code: String,
    /// 出示有效身份证件
    pub id_document_shown: bool,
    /// 出示受理回执单
    #[serde(default)]
    pub receipt_shown: bool,
    /// 回执单遗失书面声明
    #[serde(default)]
    pub receipt_loss_statement: bool,
    /// 签署撤回离婚登记申请书
    pub application_signed: bool,
}

/// The confirmation (撤回离婚登记确认单).
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WithdrawDivorceApplicationOutput {
    /// 办件
    pub case_id: RecordId,
    /// 状态
    pub state: State,
    /// 撤回确认单号
    pub confirmation_no: String,
    /// When.
    pub withdrawn_at: Instant,
}

/// Withdraws an application within the cooling-off period, on its last day until the counter
/// closes (Civil Code Art. 1077(1), 203(2)). **HARD**
#[operation(name = "withdrawDivorceApplication")]
pub fn withdraw(
    ctx: &mut Context,
    input: WithdrawDivorceApplicationInput,
) -> Result<WithdrawDivorceApplicationOutput, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    if !case.state.is_open() {
        return Err(OperationError::invalid("/caseId", code::NOT_IN_THIS_STATE));
    }
    require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    if input.authority_code != case.authority_code {
        return Err(OperationError::invalid(
            "/authorityCode",
            code::OTHER_AUTHORITY,
        ));
    }
    let authority = authority(ctx, &case.authority_code, "/authorityCode")?;
    let (end, now) = (case.dates()?.cooling_off_end, ctx.now());
    let closes = authority.closes_on(end)?;
    let accepted = case.accepted_date.unwrap_or(end);
    let in_time = moment(accepted, end, closes, ctx.today(), now.local_time()) == Moment::Within;
    if case.state != State::CoolingOff || !in_time {
        return Err(OperationError::invalid("/caseId", code::COOLING_OFF_OVER));
    }
    check_withdrawal(ctx, &input, case.is_party(&input.person_id))?;

    let area = authority.area().to_owned();
    let scope: [(&str, &dyn ToString); 2] = [("area", &area), ("date", &compact(ctx.today()))];
    let confirmation_no = ctx.number("divorce_confirmation_no", &scope)?;
    case.withdrawal = Some(Withdrawal {
        by_person_id: input.person_id.clone(),
        at: now,
        receipt_shown: input.receipt_shown,
        confirmation_no: confirmation_no.clone(),
    });
    case.termination_reason = Some(TerminationReason::Withdrawn);
    case.decided_at = Some(now);
    case.add_document(ctx, "D-04", Some(&input.person_id));
    // The confirmation goes to both: so the other party is told.
    case.add_document(ctx, "D-05", None);
    case.move_to(ctx, State::Withdrawn, "DIVORCE-WITHDRAWN");
    deadline::close_all(ctx, case.id(), "DIVORCE-WITHDRAWN")?;
    ctx.put(&case)?;
    statistics::divorce::withdrawn(ctx, &case)?;
    tell_of_withdrawal(ctx, &case, ctx.today(), &input.person_id);
    ctx.publish_message(PublishMessage::new(WITHDRAWN, case.id()));
    let (case_id, state) = (case.id().clone(), case.state);
    Ok(WithdrawDivorceApplicationOutput {
        case_id,
        state,
        confirmation_no,
        withdrawn_at: now,
    })
}

fn check_withdrawal(
    ctx: &Context,
    input: &WithdrawDivorceApplicationInput,
    is_party: bool,
) -> Result<(), OperationError> {
    let mut violations = Violations::new();
    violations.require(is_party, "/personId", code::IDENTITY_DIFFERS);
    violations.require(
        input.id_document_shown,
        "/idDocumentShown",
        code::DOCUMENT_INVALID,
    );
    violations.require(
        input.application_signed,
        "/applicationSigned",
        code::MATERIAL_MISSING,
    );
    let statement =
        ctx.parameter::<String>("withdrawal_without_receipt")? == "ALLOW_WITH_STATEMENT";
    let receipt = input.receipt_shown || (statement && input.receipt_loss_statement);
    violations.require(receipt, "/receiptShown", code::RECEIPT_MISSING);
    violations.into_result()
}

/// The other party is told that the application is withdrawn, and nothing else.
pub fn tell_of_withdrawal(
    ctx: &mut Context,
    case: &Stored<DivorceCase>,
    on: Date,
    by_person_id: &str,
) {
    let arguments = [("withdrawnOn", on.to_string())];
    let told = Told::of(notice::WITHDRAWN).with(&arguments);
    tell_others::<DivorceCase>(ctx, case.id(), &case.parties, by_person_id, told);
}

/// The day after the end of the cooling-off period has begun (row 7). The timer of the process owns
/// this step; where the schedule has made it in its place, nothing changes, and a claim that was
/// made meanwhile is told to the process, which now waits for it.
#[operation(name = "openClaimWindow")]
pub fn open_claim_window(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    match case.state {
        State::Claimable => return Ok(CaseState::of(&case)),
        State::ClaimReceived => {
            ctx.publish_message(PublishMessage::new(CLAIM_CHECKIN, case.id()));
            return Ok(CaseState::of(&case));
        }
        _ => {}
    }
    require_state(&case, &[State::CoolingOff], "/caseId")?;
    open(ctx, &mut case)?;
    Ok(CaseState::of(&case))
}

/// Opens the claim window and tells both from when until when they can claim.
pub fn open(ctx: &mut Context, case: &mut Stored<DivorceCase>) -> Result<(), OperationError> {
    let dates = case.dates()?;
    case.move_to(ctx, State::Claimable, "DIVORCE-CLAIM-WINDOW-OPEN");
    let (key, id) = (deadline::COOLING_OFF, case.id().clone());
    deadline::close(ctx, key, &id, "DIVORCE-CLAIM-WINDOW-OPEN")?;
    ctx.put(case)?;
    let arguments = [
        ("claimFrom", dates.claim_from.to_string()),
        ("claimUntil", dates.claim_until.to_string()),
    ];
    let told = Told::of(notice::CLAIM_OPEN).with(&arguments).once("open");
    tell_parties::<DivorceCase>(ctx, case.id(), &case.parties, told);
    Ok(())
}

/// The day after the claim window has begun and nobody claimed (row 14). Done twice it changes
/// nothing.
#[operation(name = "deemDivorceWithdrawn")]
pub fn deem_withdrawn(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    if case.state == State::DeemedWithdrawn {
        return Ok(CaseState::of(&case));
    }
    require_state(&case, &[State::Claimable], "/caseId")?;
    if ctx.today() <= case.dates()?.claim_until {
        let text = format!("case {}: the claim window is not over", case.case_no);
        return Err(OperationError::failed(text));
    }
    deem(ctx, &mut case)?;
    Ok(CaseState::of(&case))
}

/// The application counts as withdrawn (Civil Code Art. 1077(2)), and both are told.
pub fn deem(ctx: &mut Context, case: &mut Stored<DivorceCase>) -> Result<(), OperationError> {
    let until = case.dates()?.claim_until;
    case.termination_reason = Some(TerminationReason::DeemedWithdrawn);
    case.decided_at = Some(ctx.now());
    case.add_document(ctx, "D-15", None);
    case.move_to(ctx, State::DeemedWithdrawn, "DIVORCE-DEEMED-WITHDRAWN");
    deadline::close_all(ctx, case.id(), "DIVORCE-DEEMED-WITHDRAWN")?;
    ctx.put(case)?;
    let tally = Tally::default().count(statistics::divorce::DEEMED_WITHDRAWN);
    tally.note(ctx, &case.authority_code)?;
    let arguments = [("claimUntil", until.to_string())];
    let told = Told::of(notice::DEEMED_WITHDRAWN)
        .with(&arguments)
        .once("deemed");
    tell_parties::<DivorceCase>(ctx, case.id(), &case.parties, told);
    Ok(())
}
