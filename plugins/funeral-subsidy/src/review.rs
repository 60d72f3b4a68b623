//! Score, first review, review, inquiry and approval (§5.2, rows 9 to 16). Only the approver rejects,
//! and no two of the three steps are one person's. **HARD**

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Fen, OperationError, PublishMessage, Query, Record, RecordId, Stored, operation,
};

use crate::case::{FraudHit, FuneralCase, FuneralState};
use crate::code;
use crate::dossier::{self, CaseInput, CaseState};
use crate::statistics::ending;

/// Somebody objects while the list is posted.
const OBJECTION: &str = "FUNERAL_OBJECTION";
/// Above it only the approver clears.
const APPROVER_CLEARS: i64 = 100;

/// 年度预算
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "funeral_budget")]
pub struct FuneralBudget {
    /// 年度
    pub year: i32,
    /// 预算
    pub total_fen: Fen,
    /// 已批准
    pub used_fen: Fen,
}

/// A row of DT-F8.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FraudPoints {
    /// 疑点
    pub hit: String,
    /// 分值
    pub points: i64,
}

/// DT-F8 for a case.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteFraudScoreInput {
    /// 办件
    pub case_id: RecordId,
    /// DT-F8
    pub fraud_points: Vec<FraudPoints>,
}

/// The sum.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteFraudScoreOutput {
    /// 分值
    pub fraud_score: i64,
}

/// Writes the hits; a hit that was cleared stays cleared.
#[operation(name = "noteFraudScore")]
pub fn note_score(
    ctx: &mut Context,
    input: NoteFraudScoreInput,
) -> Result<NoteFraudScoreOutput, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    let cleared: Vec<String> = case
        .fraud_hits
        .iter()
        .filter(|it| it.cleared)
        .map(|it| it.hit.clone())
        .collect();
    let hits = input.fraud_points.into_iter().map(|it| FraudHit {
        cleared: cleared.contains(&it.hit),
        hit: it.hit,
        points: it.points,
    });
    case.fraud_hits = hits.collect();
    case.fraud_score = case.open_score();
    let works = case
        .fraud_hits
        .iter()
        .any(|it| it.hit == "APPLICANT_WORKS_THERE");
    if works && !case.flags.iter().any(|it| it == code::STAFF_PAYEE) {
        case.flags.push(code::STAFF_PAYEE.to_owned());
    }
    ctx.put(&case)?;
    Ok(NoteFraudScoreOutput {
        fraud_score: case.fraud_score,
    })
}

/// An opinion.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewFuneralInput {
    /// 办件
    pub case_id: RecordId,
    /// 同意
    pub agree: bool,
    /// 理由
    #[serde(default)]
    pub reason: Option<String>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewFuneralOutput {
    /// 状态
    pub review_state: FuneralState,
}

/// Rows 10 and 10a: the town's opinion.
#[operation(name = "reviewFuneralFirst")]
pub fn first(
    ctx: &mut Context,
    input: ReviewFuneralInput,
) -> Result<ReviewFuneralOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::FirstReview])?;
    dossier::require_reason(input.agree, input.reason.as_ref())?;
    dossier::require_other_person(ctx, &case, &["COUNTY_REVIEW", "APPROVAL"])?;
    let id = case.id().clone();
    let state = if input.agree {
        FuneralState::CountyReview
    } else {
        FuneralState::Returned
    };
    let today = ctx.today();
    dossier::close_deadline(ctx, "funeral_first_review", &id, "reviewed")?;
    if state == FuneralState::Returned {
        case.supply_until = Some(ctx.set_deadline("funeral_supply", &id, today)?.due_on);
    } else {
        review_by_county(ctx, &mut case)?;
    }
    let result = if input.agree { "AGREE" } else { "RETURNED" };
    case.move_to(ctx, state, ("FIRST_REVIEW", result), input.reason);
    ctx.put(&case)?;
    Ok(ReviewFuneralOutput {
        review_state: state,
    })
}

/// The applicant's answer to a return.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerFuneralReturnInput {
    /// 办件
    pub case_id: RecordId,
    /// 答复
    pub answer: String,
}

/// Row 10a: corrected; the town looks again.
#[operation(name = "answerFuneralReturn")]
pub fn answer_return(
    ctx: &mut Context,
    input: AnswerFuneralReturnInput,
) -> Result<ReviewFuneralOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Returned])?;
    let (id, today) = (case.id().clone(), ctx.today());
    dossier::close_deadline(ctx, "funeral_supply", &id, "answered")?;
    case.supply_until = None;
    let due = ctx.set_deadline("funeral_first_review", &id, today)?.due_on;
    case.step_until = Some(due);
    let state = FuneralState::FirstReview;
    case.move_to(ctx, state, ("RETURN", "ANSWERED"), Some(input.answer));
    ctx.put(&case)?;
    Ok(ReviewFuneralOutput {
        review_state: state,
    })
}

/// Row 10a: no answer came; the county reviews with the opinion "no".
#[operation(name = "endFuneralReturn")]
pub fn end_return(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Returned])?;
    let id = case.id().clone();
    dossier::close_deadline(ctx, "funeral_supply", &id, "over")?;
    case.supply_until = None;
    review_by_county(ctx, &mut case)?;
    case.move_to(
        ctx,
        FuneralState::CountyReview,
        ("RETURN", "NO_ANSWER"),
        None,
    );
    ctx.put(&case)?;
    Ok(CaseState {
        state: FuneralState::CountyReview,
    })
}

/// Rows 11 to 12: the county's opinion; suspicion goes to the inquiry, whatever the reviewer thinks.
#[operation(name = "reviewFuneralCounty")]
pub fn county(
    ctx: &mut Context,
    input: ReviewFuneralInput,
) -> Result<ReviewFuneralOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::CountyReview])?;
    dossier::require_reason(input.agree, input.reason.as_ref())?;
    dossier::require_other_person(ctx, &case, &["FIRST_REVIEW", "APPROVAL"])?;
    let hold: i64 = ctx.parameter("fraud_hold_score")?;
    let held = input.agree && case.open_score() >= hold;
    let id = case.id().clone();
    dossier::close_deadline(ctx, "funeral_county_review", &id, "reviewed")?;
    case.review_until = None;
    let (state, result) = match (held, input.agree) {
        (true, _) => (FuneralState::Investigate, "HELD"),
        (false, true) => (FuneralState::Approval, "AGREE"),
        (false, false) => (FuneralState::Approval, "DISAGREE"),
    };
    let reason = if held {
        Some(code::SUSPECTED_FRAUD.to_owned())
    } else {
        input.reason
    };
    case.move_to(ctx, state, ("COUNTY_REVIEW", result), reason);
    start_clock(ctx, &mut case, state)?;
    ctx.put(&case)?;
    Ok(ReviewFuneralOutput {
        review_state: state,
    })
}

/// The limit of the review begins.
fn review_by_county(
    ctx: &mut Context,
    case: &mut Stored<FuneralCase>,
) -> Result<(), OperationError> {
    start_clock(ctx, case, FuneralState::CountyReview)?;
    case.review_until = case.step_until;
    Ok(())
}

/// The limit of the step that a case comes to begins.
fn start_clock(
    ctx: &mut Context,
    case: &mut Stored<FuneralCase>,
    state: FuneralState,
) -> Result<(), OperationError> {
    let (id, today) = (case.id().clone(), ctx.today());
    case.step_until = match state.clock() {
        Some(key) => Some(ctx.set_deadline(key, &id, today)?.due_on),
        None => None,
    };
    Ok(())
}

/// What the inquiry found.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvestigateFuneralInput {
    /// 办件
    pub case_id: RecordId,
    /// 排除疑点
    pub cleared: bool,
    /// 核查情况
    pub findings: String,
}

/// Rows 12a and 12b. From 100 points only the approver clears.
#[operation(name = "investigateFuneral")]
pub fn investigate(
    ctx: &mut Context,
    input: InvestigateFuneralInput,
) -> Result<ReviewFuneralOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Investigate])?;
    dossier::require_reason(false, Some(&input.findings))?;
    let is_approver = ctx.actor().is_some_and(|it| it.has_role("COUNTY_APPROVER"));
    if input.cleared && case.open_score() >= APPROVER_CLEARS && !is_approver {
        return Err(OperationError::invalid("/cleared", code::SUSPECTED_FRAUD));
    }
    let id = case.id().clone();
    dossier::close_deadline(ctx, "funeral_investigate", &id, "done")?;
    let was_posted = case.publicity_from.is_some();
    let (state, result) = match (input.cleared, was_posted) {
        (true, false) => (FuneralState::CountyReview, "CLEARED"),
        (true, true) => (FuneralState::Approval, "CLEARED"),
        (false, _) => (FuneralState::Approval, "CONFIRMED"),
    };
    if input.cleared {
        case.fraud_hits.iter_mut().for_each(|it| it.cleared = true);
        case.fraud_score = 0;
        case.clear_duplicates();
    } else {
        case.refuse(ctx, code::SUSPECTED_FRAUD, Some(input.findings.clone()));
    }
    case.move_to(ctx, state, ("INVESTIGATE", result), Some(input.findings));
    start_clock(ctx, &mut case, state)?;
    ctx.put(&case)?;
    Ok(ReviewFuneralOutput {
        review_state: state,
    })
}

/// DT-F10 and the approver's decision.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApproveFuneralInput {
    /// 办件
    pub case_id: RecordId,
    /// 批准
    pub agree: bool,
    /// 理由
    #[serde(default)]
    pub reason: Option<String>,
    /// DT-F10: `LIST` or `NONE`.
    pub publicity: String,
}

/// Rows 13 to 15. What the tables refuse nobody approves; without budget the case waits for the
/// next year.
#[operation(name = "approveFuneral")]
pub fn approve(
    ctx: &mut Context,
    input: ApproveFuneralInput,
) -> Result<ReviewFuneralOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Approval])?;
    dossier::require_reason(input.agree, input.reason.as_ref())?;
    dossier::require_other_person(ctx, &case, &["FIRST_REVIEW", "COUNTY_REVIEW"])?;
    let id = case.id().clone();
    if let (true, Some(refused)) = (input.agree, &case.refusal) {
        return Err(OperationError::invalid("/agree", &*refused.code));
    }
    if let (true, Some(code)) = (input.agree, case.held_by()) {
        return Err(OperationError::invalid("/agree", code));
    }
    let state = if !input.agree {
        if case.refusal.is_none() {
            case.refuse(ctx, code::NOT_ELIGIBLE, input.reason.clone());
        }
        case.issue(ctx, "N-06");
        give_back(ctx, &mut case)?;
        FuneralState::Rejected
    } else if case.result() == Fen::ZERO {
        case.issue(ctx, "N-05");
        FuneralState::Closed
    } else if reserve(ctx, &mut case)? {
        case.approved_on = Some(ctx.today());
        case.issue(ctx, "N-05");
        let again = case.publicity_from.is_some();
        if input.publicity == "LIST" && !again {
            post(ctx, &mut case)?;
            FuneralState::Publicity
        } else {
            FuneralState::PayReady
        }
    } else {
        case.flags.push(code::BUDGET_CLOSED.to_owned());
        FuneralState::WaitBudget
    };
    let result = if input.agree { "AGREE" } else { "REJECT" };
    case.move_to(ctx, state, ("APPROVAL", result), input.reason);
    dossier::close_deadline(ctx, "funeral_approve", &id, "decided")?;
    let notice = if input.agree {
        "FUNERAL-NOTICE-APPROVED"
    } else {
        "FUNERAL-NOTICE-REJECTED"
    };
    dossier::tell_applicant(ctx, &case, notice);
    ctx.put(&case)?;
    ending::ended(ctx, &case)?;
    Ok(ReviewFuneralOutput {
        review_state: state,
    })
}

/// Takes the amount from the budget of the year, if it is there; once for a case, however often it is approved.
fn reserve(ctx: &mut Context, case: &mut Stored<FuneralCase>) -> Result<bool, OperationError> {
    if case.budget_year.is_some() {
        return Ok(true);
    }
    let year = ctx.today().year();
    let Some(mut budget) = budget_of(ctx, year)? else {
        return Ok(false);
    };
    let used = budget.used_fen.checked_add(case.result());
    let Some(used) = used.filter(|it| *it <= budget.total_fen) else {
        return Ok(false);
    };
    budget.used_fen = used;
    ctx.put(&budget)?;
    case.budget_year = Some(year);
    Ok(true)
}

/// Gives the amount of a case that is not going to be paid back to the budget that held it.
pub fn give_back(ctx: &mut Context, case: &mut Stored<FuneralCase>) -> Result<(), OperationError> {
    let Some(year) = case.budget_year.take() else {
        return Ok(());
    };
    if let Some(mut budget) = budget_of(ctx, year)? {
        let left = budget.used_fen.get() - case.result().get();
        budget.used_fen = Fen::new(left.max(0));
        ctx.put(&budget)?;
    }
    Ok(())
}

fn budget_of(ctx: &Context, year: i32) -> Result<Option<Stored<FuneralBudget>>, OperationError> {
    ctx.find_first::<FuneralBudget>(Query::new().equal("year", year))
}

/// Day 1 is the day after the posting.
fn post(ctx: &mut Context, case: &mut Stored<FuneralCase>) -> Result<(), OperationError> {
    let (id, today) = (case.id().clone(), ctx.today());
    case.publicity_from = Some(today.plus_days(1));
    case.publicity_until = Some(ctx.set_deadline("funeral_publicity", &id, today)?.due_on);
    case.issue(ctx, "N-07");
    Ok(())
}

/// Row 15a: the budget of a new year is open, oldest approval first.
#[operation(name = "openFuneralBudget")]
pub fn open_budget(
    ctx: &mut Context,
    input: OpenFuneralBudgetInput,
) -> Result<ReviewFuneralOutput, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    if case.state != FuneralState::WaitBudget {
        return Ok(ReviewFuneralOutput {
            review_state: case.state,
        });
    }
    if !is_oldest(ctx, &case)? || !reserve(ctx, &mut case)? {
        return Ok(ReviewFuneralOutput {
            review_state: FuneralState::WaitBudget,
        });
    }
    case.flags.retain(|it| it != code::BUDGET_CLOSED);
    case.approved_on = Some(ctx.today());
    let state = if case.flags.iter().any(|it| it == "PROTECTED") {
        FuneralState::PayReady
    } else {
        post(ctx, &mut case)?;
        FuneralState::Publicity
    };
    case.move_to(ctx, state, ("BUDGET", "OPENED"), None);
    ctx.put(&case)?;
    let opened = PublishMessage::new("FUNERAL_BUDGET_OPENED", case.id())
        .with_variable("reviewState", crate::word(state));
    ctx.publish_message(opened);
    Ok(ReviewFuneralOutput {
        review_state: state,
    })
}

/// A case that waits for the budget.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenFuneralBudgetInput {
    /// 办件
    pub case_id: RecordId,
}

/// Whether no case of a smaller number waits too.
fn is_oldest(ctx: &Context, case: &Stored<FuneralCase>) -> Result<bool, OperationError> {
    let query = Query::new()
        .equal("state", FuneralState::WaitBudget)
        .less("submittedAt", case.submitted_at);
    Ok(ctx.count::<FuneralCase>(query)? == 0)
}

/// Somebody objects.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectToPublicityInput {
    /// 办件编号, as the list shows it
    pub no: String,
    /// 异议
    pub text: String,
    /// 联系方式
    pub contact: String,
}

/// Row 16: within the days, anybody.
#[operation(name = "objectToPublicity")]
pub fn object(
    ctx: &mut Context,
    input: ObjectToPublicityInput,
) -> Result<CaseState, OperationError> {
    let found = ctx.find_first::<FuneralCase>(Query::new().equal("no", &input.no))?;
    let posted = found.filter(|it| it.state == FuneralState::Publicity);
    let Some(mut case) = posted else {
        return Err(OperationError::invalid("/no", code::STATE_FORBIDS));
    };
    case.objections
        .push(format!("{} ({})", input.text, input.contact));
    take_off(ctx, &mut case)?;
    ctx.put(&case)?;
    Ok(CaseState { state: case.state })
}

/// A posted case goes to the inquiry.
pub fn take_off(ctx: &mut Context, case: &mut Stored<FuneralCase>) -> Result<(), OperationError> {
    let id = case.id().clone();
    dossier::close_deadline(ctx, "funeral_publicity", &id, "objection")?;
    let state = FuneralState::Investigate;
    case.move_to(ctx, state, ("PUBLICITY", "OBJECTION"), None);
    start_clock(ctx, case, state)?;
    ctx.publish_message(PublishMessage::new(OBJECTION, &id));
    Ok(())
}

/// Row 17: the days are over and nobody has objected.
#[operation(name = "endFuneralPublicity")]
pub fn end_publicity(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Publicity])?;
    let id = case.id().clone();
    dossier::close_deadline(ctx, "funeral_publicity", &id, "over")?;
    case.move_to(ctx, FuneralState::PayReady, ("PUBLICITY", "OVER"), None);
    ctx.put(&case)?;
    Ok(CaseState {
        state: FuneralState::PayReady,
    })
}
