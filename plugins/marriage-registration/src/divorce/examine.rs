//! Rows 10 to 12a and 13b: the registrar asks both separately and concludes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, RecordId, Stored, Violations, operation};

use crate::authority::require_registrar;
use crate::case::Refusal;
use crate::code;
use crate::divorce::case::{Agreement, DivorceCase, State, TerminationReason, require_state};
use crate::divorce::decide::check_agreement;
use crate::divorce::finding::open_findings;
use crate::divorce::{CaseState, case, deadline, marriage_check};
use crate::notice::{self, Told, tell_parties};
use crate::statistics;

/// The registrar's conclusion on a claim.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExamineDivorceClaimInput {
    /// 办件
    pub case_id: RecordId,
    /// 结论
    pub decision: ClaimDecision,
    /// Who confirmed the wish to divorce, each asked alone.
    #[serde(default)]
    pub confirmed_by: Vec<String>,
    /// 双方均为完全民事行为能力人
    #[serde(default)]
    pub both_of_full_capacity: bool,
    /// 出示有效身份证件
    #[serde(default)]
    pub identity_confirmed: bool,
    /// 出示受理回执单数
    #[serde(default)]
    #[schemars(range(min = 0, max = 2))]
    pub receipts_shown: u8,
    /// 回执单遗失书面声明
    #[serde(default)]
    pub receipt_loss_statement: bool,
    /// 交回注销的结婚证数. Its name differs from the one at the application, whose value the
    /// process still holds.
    #[serde(default)]
    #[schemars(range(min = 0, max = 2))]
    pub certificates_returned: u8,
    /// 结婚证遗失书面声明
    #[serde(default)]
    pub certificate_loss_statement: bool,
    /// 双方单人照片各两张
    #[serde(default)]
    pub photos_complete: bool,
    /// The final agreement, if it was not given with the application or has changed.
    #[serde(default)]
    pub agreement: Option<Agreement>,
    /// For `NOT_CURABLE`: `MR-D-02` or `MR-D-11`.
    #[serde(default)]
    pub refusal_code: Option<String>,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// 结论
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClaimDecision {
    /// 准予登记
    Register,
    /// 须补正
    Curable,
    /// 一方不再自愿
    NotVoluntary,
    /// 不予登记
    NotCurable,
}

/// What the process goes on with.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExamineDivorceClaimOutput {
    /// `REGISTER`, `CURABLE` (within the window), `CURE` (after its last day) or `REFUSED`.
    pub decision: String,
    /// For `CURE`: the last day to come again.
    pub claim_limit: Option<Date>,
}

/// Concludes on a claim at the counter.
#[operation(name = "examineDivorceClaim")]
pub fn examine(
    ctx: &mut Context,
    input: ExamineDivorceClaimInput,
) -> Result<ExamineDivorceClaimOutput, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::ClaimReceived], "/caseId")?;
    let registrar_id = require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    let decision = match input.decision {
        ClaimDecision::Register => {
            approve(ctx, &mut case, input)?;
            "REGISTER"
        }
        ClaimDecision::Curable => cure(ctx, &mut case)?,
        ClaimDecision::NotVoluntary => {
            let code = code::NOT_VOLUNTARY.to_owned();
            refuse(ctx, &mut case, code, input.note, registrar_id.clone())?;
            "REFUSED"
        }
        ClaimDecision::NotCurable => {
            let code = not_curable(input.refusal_code)?;
            refuse(ctx, &mut case, code, input.note, registrar_id.clone())?;
            "REFUSED"
        }
    };
    case.registrar_id = Some(registrar_id);
    ctx.put(&case)?;
    statistics::divorce::refused(ctx, &case)?;
    if matches!(decision, "CURABLE" | "CURE") {
        tell_until_when(ctx, &case)?;
    }
    Ok(ExamineDivorceClaimOutput {
        decision: decision.into(),
        claim_limit: case.claim_limit.filter(|_| case.state == State::ClaimCure),
    })
}

/// Row 10: all that is wrong at once, and what was shown goes into the case.
fn approve(
    ctx: &mut Context,
    case: &mut Stored<DivorceCase>,
    input: ExamineDivorceClaimInput,
) -> Result<(), OperationError> {
    let mut violations = Violations::new();
    let came = case
        .claim
        .as_ref()
        .map(|it| it.last_checked_in_at.local_date());
    // A couple that left unfinished comes again (row 11): the registration needs both, today.
    violations.require(came == Some(ctx.today()), "/caseId", code::CLAIM_NEEDS_BOTH);
    let voluntary = case.are_both(&input.confirmed_by);
    violations.require(voluntary, "/confirmedBy", code::NOT_VOLUNTARY);
    violations.require(
        input.both_of_full_capacity,
        "/bothOfFullCapacity",
        code::NO_CAPACITY,
    );
    if let Some(code) = marriage_check::objection(ctx, case)? {
        violations.add("/caseId", code);
    }
    // Row 15: no certificate until a registrar has answered what a source says against it.
    let is_answered = open_findings(ctx, case.id())?.is_empty();
    violations.require(is_answered, "/caseId", code::FINDING_OPEN);
    violations.require(
        input.identity_confirmed,
        "/identityConfirmed",
        code::DOCUMENT_INVALID,
    );
    let receipts = input.receipts_shown >= 2 || input.receipt_loss_statement;
    violations.require(receipts, "/receiptsShown", code::RECEIPT_MISSING);
    let lost = input.certificate_loss_statement || case.loss_statement;
    let certificates = input.certificates_returned >= 2 || lost;
    violations.require(
        certificates,
        "/certificatesReturned",
        code::MATERIAL_MISSING,
    );
    violations.require(
        input.photos_complete,
        "/photosComplete",
        code::MATERIAL_MISSING,
    );
    let agreement = input.agreement.as_ref().or(case.agreement.as_ref());
    check_agreement(agreement, true, "/agreement", &mut violations);
    violations.into_result()?;

    if let Some(agreement) = input.agreement {
        case.agreement = Some(agreement);
    }
    if let Some(claim) = &mut case.claim {
        claim.confirmed_by = input.confirmed_by;
        claim.receipts_shown = input.receipts_shown;
        claim.certificates_returned = input.certificates_returned;
    }
    ctx.note_audit("DIVORCE-CLAIM-EXAMINED", case.case_no.clone());
    Ok(())
}

/// Row 11: before the last day of the window they simply come again, on it they get some working
/// days more, since the claim was made in time.
fn cure(ctx: &mut Context, case: &mut Stored<DivorceCase>) -> Result<&'static str, OperationError> {
    case.add_document(ctx, "D-08", None);
    if ctx.today() < case.dates()?.claim_until {
        // The claim is made anew with the next check-in; this one no longer keeps the window.
        case.claim = None;
        case.move_to(ctx, State::Claimable, "DIVORCE-CLAIM-INCOMPLETE");
        return Ok("CURABLE");
    }
    // From here the days to cure hold, whatever becomes of the window.
    deadline::close(
        ctx,
        deadline::CLAIM_WINDOW,
        case.id(),
        "DIVORCE-CLAIM-INCOMPLETE",
    )?;
    let today = ctx.today();
    let limit = ctx.set_deadline(deadline::CLAIM_CURE, case.id(), today)?;
    case.claim_limit = Some(limit.due_on);
    case.move_to(ctx, State::ClaimCure, "DIVORCE-CLAIM-INCOMPLETE");
    Ok("CURE")
}

/// What is missing stands in the paper (D-08) that both were given; the notice says until when.
fn tell_until_when(ctx: &mut Context, case: &Stored<DivorceCase>) -> Result<(), OperationError> {
    let until = case.claim_limit.unwrap_or(case.dates()?.claim_until);
    let arguments = [("until", until.to_string())];
    let told = Told::of(notice::DIVORCE_MISSING).with(&arguments);
    tell_parties::<DivorceCase>(ctx, case.id(), &case.parties, told);
    Ok(())
}

/// Row 12a.
fn not_curable(refusal_code: Option<String>) -> Result<String, OperationError> {
    refusal_code
        .filter(|it| matches!(&**it, code::NO_CAPACITY | code::MARRIAGE_ENDED))
        .ok_or_else(|| OperationError::invalid("/refusalCode", code::CHOICE_UNKNOWN))
}

fn refuse(
    ctx: &mut Context,
    case: &mut Stored<DivorceCase>,
    code: String,
    note: Option<String>,
    by: String,
) -> Result<(), OperationError> {
    case.refusal = Some(Refusal {
        code,
        note,
        by,
        at: ctx.now(),
    });
    case.termination_reason = Some(TerminationReason::Refused);
    case.decided_at = Some(ctx.now());
    case.add_document(ctx, "D-07", None);
    case.move_to(ctx, State::Refused, "DIVORCE-REFUSED");
    deadline::close_all(ctx, case.id(), "DIVORCE-REFUSED")
}

/// Nobody came again in time.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefuseOverdueClaimInput {
    /// 办件
    pub case_id: RecordId,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// Row 13b: the registrar may refuse; nothing ends by itself here.
#[operation(name = "refuseOverdueClaim")]
pub fn refuse_overdue(
    ctx: &mut Context,
    input: RefuseOverdueClaimInput,
) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::ClaimCure, State::ClaimHold], "/caseId")?;
    let registrar_id = require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    if !deadline::is_cure_over(ctx, &case)? {
        return Err(OperationError::invalid("/caseId", code::NOT_IN_THIS_STATE));
    }
    let code = code::MATERIAL_MISSING.to_owned();
    refuse(ctx, &mut case, code, input.note, registrar_id.clone())?;
    case.registrar_id = Some(registrar_id);
    ctx.put(&case)?;
    statistics::divorce::refused(ctx, &case)?;
    Ok(CaseState::of(&case))
}
