//! The yearly look back at what was paid, and what is claimed back (年度复核、追缴, §5.7). A schedule
//! selects and opens tasks; whether money is claimed back an approver decides, never the person who
//! has proposed it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Fen, OperationError, Query, Record, RecordId, StartProcess, Stored, operation,
};

use crate::case::{FuneralCase, FuneralState};
use crate::code;
use crate::dossier::{self, CaseInput, CaseState};
use crate::late;
use crate::payment::{FuneralPayment, PaymentState};
use crate::statistics::{Breakdown, RECOVERED, RECOVERIES, Sums};

const PROCESS: &str = "funeral-recheck";
/// The reason of a recovery: a document was false.
const FALSE_DOCUMENT: &str = "FALSE";

/// 复核结果
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecheckResult {
    /// 无问题
    Ok,
    /// 追缴
    Recover,
    /// 报告
    Report,
}

/// 复核
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "funeral_recheck")]
pub struct FuneralRecheck {
    /// 办件
    pub case_id: RecordId,
    /// 办件编号
    pub case_no: String,
    /// 年度
    pub year: i32,
    /// 选取原因
    pub cause: String,
    /// 核验不符的来源, of a late look
    #[serde(default)]
    pub found: Option<String>,
    /// 待复核
    pub open: bool,
    /// 复核情况
    pub findings: Option<String>,
    /// 复核结果
    pub result: Option<RecheckResult>,
    /// 损失承担方, where nobody has to pay back what documents had carried
    #[serde(default)]
    pub loss_bearer: Option<String>,
    /// 追缴
    pub recovery_id: Option<RecordId>,
}

/// 追缴状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecoveryState {
    /// 已提出
    Proposed,
    /// 不追缴
    Dropped,
    /// 追缴中
    Open,
    /// 部分缴回
    Part,
    /// 已缴回
    Done,
}

/// 追缴
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "funeral_recovery")]
pub struct FuneralRecovery {
    /// 办件
    pub case_id: RecordId,
    /// 办件编号
    pub case_no: String,
    /// 金额
    pub amount_fen: Fen,
    /// 原因
    pub reason: String,
    /// 状态
    pub state: RecoveryState,
    /// 提出人
    pub proposed_by: Option<String>,
    /// 通知书编号
    pub notice_no: Option<String>,
    /// 已缴回
    #[serde(default)]
    pub paid_fen: Option<Fen>,
    /// 缴回期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
}

/// A cemetery tells of ashes that were moved.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportReintermentInput {
    /// 办件编号
    pub no: String,
    /// 迁葬日期
    pub on: Date,
}

/// V-17: noted; what follows the yearly look back decides.
#[operation(name = "reportReinterment")]
pub fn report(
    ctx: &mut Context,
    input: ReportReintermentInput,
) -> Result<CaseState, OperationError> {
    let found = ctx.find_first::<FuneralCase>(Query::new().equal("no", &input.no))?;
    let Some(mut case) = found else {
        return Err(OperationError::invalid("/no", code::NOT_REGISTERED));
    };
    let Some(eco) = &mut case.eco else {
        return Err(OperationError::invalid("/no", code::STATE_FORBIDS));
    };
    eco.reinterred_on = Some(input.on);
    let state = case.state;
    ctx.put(&case)?;
    Ok(CaseState { state })
}

/// What became of an item of the schedule.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SelectFuneralRecheckOutput {
    /// 已选取
    pub selected: bool,
}

/// K-11: of last year's payments those whose ashes were moved, and a sample by the number of the case.
#[operation(name = "selectFuneralRecheck")]
pub fn select(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<SelectFuneralRecheckOutput, OperationError> {
    let case = dossier::any(ctx, &input.case_id)?;
    let year = ctx.schedule().map_or(ctx.today(), |it| it.as_of).year() - 1;
    let paid = case.paid_on.is_some_and(|it| it.year() == year);
    let percent: u64 = ctx.parameter("recheck_sample_percent")?;
    let moved = case
        .eco
        .as_ref()
        .is_some_and(|it| it.reinterred_on.is_some());
    let cause = match (moved, case.deceased.hukou_cancelled) {
        (true, _) => Some("REINTERRED"),
        (false, false) => Some("HUKOU_NOT_CANCELLED"),
        (false, true) if sampled(&case.no, percent) => Some("SAMPLE"),
        _ => None,
    };
    let query = Query::new().equal("caseId", case.id()).equal("year", year);
    let known = ctx.count::<FuneralRecheck>(query)? > 0;
    let Some(cause) = cause.filter(|_| paid && !known) else {
        return Ok(SelectFuneralRecheckOutput { selected: false });
    };
    open(ctx, &case, (cause, year), None)?;
    Ok(SelectFuneralRecheckOutput { selected: true })
}

/// A task to look at a case again; it decides nothing.
pub fn open(
    ctx: &mut Context,
    case: &Stored<FuneralCase>,
    (cause, year): (&str, i32),
    found: Option<String>,
) -> Result<(), OperationError> {
    let recheck_id = ctx.put_new(&FuneralRecheck {
        case_id: case.id().clone(),
        case_no: case.no.clone(),
        year,
        cause: cause.to_owned(),
        found,
        open: true,
        findings: None,
        result: None,
        loss_bearer: None,
        recovery_id: None,
    })?;
    let start = StartProcess::new(PROCESS)
        .with_business_key(format!("{}-{year}", case.no))
        .with_variable("recheckId", &recheck_id)
        .with_variable("caseId", case.id());
    ctx.start_process(start);
    Ok(())
}

/// The same cases however often they are asked: by a digest of the number.
fn sampled(no: &str, percent: u64) -> bool {
    let digest = no.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    digest % 100 < percent
}

fn recheck(ctx: &Context, id: &RecordId) -> Result<Stored<FuneralRecheck>, OperationError> {
    let recheck = ctx.require::<FuneralRecheck>(id, "/recheckId")?;
    if recheck.open {
        Ok(recheck)
    } else {
        Err(OperationError::invalid("/recheckId", code::STATE_FORBIDS))
    }
}

/// What the town found.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteRecheckInput {
    /// 复核
    pub recheck_id: RecordId,
    /// 复核情况
    pub findings: String,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecheckOutput {
    /// `OK`, `RECOVER`, `REPORT`, `OPEN` or `DROPPED`
    pub recheck_result: String,
}

/// The town looks.
#[operation(name = "noteFuneralRecheck")]
pub fn note(ctx: &mut Context, input: NoteRecheckInput) -> Result<RecheckOutput, OperationError> {
    let mut recheck = recheck(ctx, &input.recheck_id)?;
    dossier::require_reason(false, Some(&input.findings))?;
    recheck.findings = Some(input.findings);
    ctx.put(&recheck)?;
    Ok(RecheckOutput {
        recheck_result: "NOTED".to_owned(),
    })
}

/// What the county makes of it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JudgeRecheckInput {
    /// 复核
    pub recheck_id: RecordId,
    /// 结果
    pub result: RecheckResult,
    /// 追缴原因
    #[serde(default)]
    pub recovery_reason: Option<String>,
}

/// The reviewer proposes, and nothing more.
#[operation(name = "judgeFuneralRecheck")]
pub fn judge(ctx: &mut Context, input: JudgeRecheckInput) -> Result<RecheckOutput, OperationError> {
    let mut recheck = recheck(ctx, &input.recheck_id)?;
    let late = recheck.cause == late::CAUSE;
    if input.result == RecheckResult::Recover {
        dossier::require_reason(false, input.recovery_reason.as_ref())?;
        // Row 8: against the family only if the document was false.
        if late && input.recovery_reason.as_deref() != Some(FALSE_DOCUMENT) {
            let path = "/recoveryReason";
            return Err(OperationError::invalid(path, code::STATE_FORBIDS));
        }
        let case = dossier::any(ctx, &recheck.case_id)?;
        let recovery = FuneralRecovery {
            case_id: case.id().clone(),
            case_no: case.no.clone(),
            amount_fen: case.result(),
            reason: input.recovery_reason.unwrap_or_default(),
            state: RecoveryState::Proposed,
            proposed_by: ctx.actor().map(|it| it.id.clone()),
            notice_no: None,
            paid_fen: None,
            due_on: None,
        };
        recheck.recovery_id = Some(ctx.put_new(&recovery)?);
    }
    if late && input.result != RecheckResult::Recover {
        recheck.loss_bearer = Some(ctx.parameter("provisional_loss_bearer")?);
    }
    recheck.result = Some(input.result);
    recheck.open = input.result == RecheckResult::Recover;
    ctx.put(&recheck)?;
    Ok(RecheckOutput {
        recheck_result: crate::word(input.result),
    })
}

/// The approver on a proposal.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecideRecoveryInput {
    /// 复核
    pub recheck_id: RecordId,
    /// 同意追缴
    pub agree: bool,
    /// 理由
    pub reason: String,
}

/// N-10, with the right to answer; or nothing is claimed back.
#[operation(name = "decideFuneralRecovery")]
pub fn decide(
    ctx: &mut Context,
    input: DecideRecoveryInput,
) -> Result<RecheckOutput, OperationError> {
    let mut recheck = recheck(ctx, &input.recheck_id)?;
    dossier::require_reason(false, Some(&input.reason))?;
    let id = recheck.recovery_id.clone();
    let id = id.ok_or_else(|| OperationError::invalid("/recheckId", code::STATE_FORBIDS))?;
    let mut recovery = ctx.require::<FuneralRecovery>(&id, "/recheckId")?;
    if recovery.proposed_by == ctx.actor().map(|it| it.id.clone()) {
        return Err(OperationError::invalid("", code::SAME_PERSON));
    }
    recheck.open = false;
    if input.agree {
        let mut case = dossier::any(ctx, &recheck.case_id)?;
        let year = ctx.today().year();
        let area = ctx.tenant().to_owned();
        let scope: [(&str, &dyn ToString); 2] = [("area", &area), ("year", &year)];
        recovery.notice_no = Some(ctx.number("funeral_recovery_no", &scope)?);
        let today = ctx.today();
        recovery.due_on = Some(ctx.set_deadline("funeral_recovery", &id, today)?.due_on);
        recovery.state = RecoveryState::Open;
        case.move_to(
            ctx,
            FuneralState::Recovery,
            ("RECOVERY", "OPEN"),
            Some(input.reason),
        );
        case.issue(ctx, "N-10");
        ctx.put(&case)?;
        count(ctx, RECOVERIES, &recovery.reason, recovery.amount_fen)?;
    } else {
        recovery.state = RecoveryState::Dropped;
    }
    let result = crate::word(recovery.state);
    ctx.put(&recovery)?;
    ctx.put(&recheck)?;
    Ok(RecheckOutput {
        recheck_result: result,
    })
}

/// Money that came back.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BookRepaymentInput {
    /// 追缴通知书编号
    pub notice_no: String,
    /// 金额
    pub amount_fen: Fen,
}

/// Where a recovery stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookRepaymentOutput {
    /// 状态
    pub recovery_state: RecoveryState,
    /// 尚欠
    pub left_fen: Fen,
}

/// §5.8: in parts or at once, and never more than was claimed. When all has come back, the payment is recovered and
/// the case is closed.
#[operation(name = "bookFuneralRepayment")]
pub fn book_repayment(
    ctx: &mut Context,
    input: BookRepaymentInput,
) -> Result<BookRepaymentOutput, OperationError> {
    let query = Query::new().equal("noticeNo", &input.notice_no);
    let Some(mut recovery) = ctx.find_first::<FuneralRecovery>(query)? else {
        return Err(OperationError::invalid("/noticeNo", code::NOT_REGISTERED));
    };
    if !matches!(recovery.state, RecoveryState::Open | RecoveryState::Part) {
        return Err(OperationError::invalid("/noticeNo", code::STATE_FORBIDS));
    }
    let before = recovery.paid_fen.unwrap_or(Fen::ZERO);
    let paid = before.checked_add(input.amount_fen);
    let paid = paid.filter(|it| input.amount_fen > Fen::ZERO && *it <= recovery.amount_fen);
    let paid = paid.ok_or_else(|| OperationError::invalid("/amountFen", code::INVOICE_DIFFERS))?;
    let left = recovery.amount_fen.get() - paid.get();
    recovery.paid_fen = Some(paid);
    recovery.state = if left == 0 {
        RecoveryState::Done
    } else {
        RecoveryState::Part
    };
    if left == 0 {
        close_recovered(ctx, &recovery)?;
    }
    ctx.put(&recovery)?;
    count(ctx, RECOVERED, &recovery.reason, input.amount_fen)?;
    Ok(BookRepaymentOutput {
        recovery_state: recovery.state,
        left_fen: Fen::new(left),
    })
}

/// By the reason of the recovery.
fn count(ctx: &mut Context, measure: &str, reason: &str, fen: Fen) -> Result<(), OperationError> {
    let mut sums = Sums::default();
    sums.amount(measure, Breakdown::Total, None, fen);
    sums.amount(measure, Breakdown::Code, Some(reason), fen);
    sums.note(ctx)
}

fn close_recovered(
    ctx: &mut Context,
    recovery: &Stored<FuneralRecovery>,
) -> Result<(), OperationError> {
    let id = recovery.id().clone();
    dossier::close_deadline(ctx, "funeral_recovery", &id, "paid back")?;
    let mut case = dossier::any(ctx, &recovery.case_id)?;
    let query = Query::new()
        .equal("caseId", case.id())
        .equal("state", PaymentState::Paid);
    if let Some(mut payment) = ctx.find_first::<FuneralPayment>(query)? {
        payment.move_to(PaymentState::Recovered);
        ctx.put(&payment)?;
    }
    case.move_to(ctx, FuneralState::Closed, ("RECOVERY", "DONE"), None);
    ctx.put(&case)
}
