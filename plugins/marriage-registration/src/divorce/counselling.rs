//! Row 2: the offer of marriage and family counselling (婚姻家庭辅导). It is voluntary and free, and
//! never blocks or delays anything. **HARD**

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, RecordId, Stored, operation};

use crate::case::Flag;
use crate::code;
use crate::divorce::case::{CounsellingAnswer, CounsellingOffer, DivorceCase};
use crate::divorce::{CaseInput, CaseState, case, deadline};
use crate::notice::{self, Told, tell_parties};
use crate::schedule::limit::COUNSELLING_DAYS;
use crate::statistics;

/// What the parties answer at the counter.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordCounsellingAnswerInput {
    /// 办件
    pub case_id: RecordId,
    /// Each party answers alone; a party who says nothing is not listed.
    #[serde(default)]
    pub answers: Vec<CounsellingAnswer>,
}

/// Records accept or decline of each party.
#[operation(name = "recordCounsellingAnswer")]
pub fn record_answer(
    ctx: &mut Context,
    input: RecordCounsellingAnswerInput,
) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    let is_new = case.counselling.is_empty();
    if is_new {
        offer(ctx, &mut case);
    }
    let mut n_accepted = 0;
    for (idx, answer) in input.answers.iter().enumerate() {
        let path = format!("/answers/{idx}/personId");
        let person_id = &answer.person_id;
        n_accepted += answer_for(ctx, &mut case, person_id, answer.accepted, &path)?;
    }
    deadline::close(
        ctx,
        deadline::COUNSELLING,
        case.id(),
        "COUNSELLING-ANSWERED",
    )?;
    ctx.note_audit("COUNSELLING-ANSWERED", case.case_no.clone());
    statistics::divorce::counselling(ctx, &case, u32::from(is_new), n_accepted)?;
    ctx.put(&case)?;
    Ok(CaseState::of(&case))
}

/// One party answers from home.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RespondCounsellingInput {
    /// 办件
    pub case_id: RecordId,
    /// 接受
    pub accept: bool,
}

/// A party answers the latest offer; the person is the one who is logged in.
#[operation(name = "respondCounselling")]
pub fn respond(
    ctx: &mut Context,
    input: RespondCounsellingInput,
) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    let person_id = ctx.actor().map(|it| it.id.clone()).unwrap_or_default();
    if case.counselling.last().is_none_or(|it| it.closed) {
        return Err(OperationError::invalid("/caseId", code::NOT_IN_THIS_STATE));
    }
    let n_accepted = answer_for(ctx, &mut case, &person_id, input.accept, "/caseId")?;
    ctx.note_audit("COUNSELLING-ANSWERED", case.case_no.clone());
    statistics::divorce::counselling(ctx, &case, 0, n_accepted)?;
    ctx.put(&case)?;
    Ok(CaseState::of(&case))
}

/// After seven days without an answer the offer counts as declined.
#[operation(name = "closeCounsellingOffer")]
pub fn close(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    if let Some(offer) = case.counselling.last_mut() {
        offer.closed = true;
    }
    let (key, id) = (deadline::COUNSELLING, case.id().clone());
    deadline::close(ctx, key, &id, "COUNSELLING-UNANSWERED")?;
    case.counselling_until = None;
    ctx.put(&case)?;
    Ok(CaseState::of(&case))
}

/// Every ten days of the cooling-off period; never where violence is feared (`DV_RISK`).
#[operation(name = "offerCounsellingSession")]
pub fn offer_session(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    if !case.has_flag(Flag::DvRisk) {
        offer(ctx, &mut case);
        ctx.note_audit("COUNSELLING-OFFERED", case.case_no.clone());
        statistics::divorce::counselling(ctx, &case, 1, 0)?;
        ctx.put(&case)?;
        let told = Told::of(notice::COUNSELLING);
        tell_parties::<DivorceCase>(ctx, case.id(), &case.parties, told);
    }
    Ok(CaseState::of(&case))
}

fn offer(ctx: &Context, case: &mut Stored<DivorceCase>) {
    let offer = CounsellingOffer {
        offered_at: ctx.now(),
        answers: Vec::new(),
        closed: false,
    };
    case.counselling.push(offer);
    case.counselling_until = Some(ctx.today().plus_days(COUNSELLING_DAYS));
}

/// Notes an answer; how many persons have accepted by it who had not.
fn answer_for(
    ctx: &Context,
    case: &mut Stored<DivorceCase>,
    person_id: &str,
    accepted: bool,
    path: &str,
) -> Result<u32, OperationError> {
    if !case.is_party(person_id) {
        return Err(OperationError::invalid(path, code::IDENTITY_DIFFERS));
    }
    let answer = CounsellingAnswer {
        person_id: person_id.into(),
        accepted,
        at: Some(ctx.now()),
    };
    let both = case.parties.len();
    let mut n_accepted = u32::from(accepted);
    if let Some(offer) = case.counselling.last_mut() {
        let mut before = offer.answers.iter();
        if before.any(|it| it.person_id == person_id && it.accepted) {
            n_accepted = 0;
        }
        offer.answers.retain(|it| it.person_id != person_id);
        offer.answers.push(answer);
        offer.closed = offer.answers.len() == both;
        if offer.closed {
            case.counselling_until = None;
        }
    }
    Ok(n_accepted)
}
