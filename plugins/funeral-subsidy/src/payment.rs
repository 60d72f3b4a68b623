//! Payment of one case (§5.6): the card is verified, a line is offered to the next batch, and what
//! the bank answers about it comes back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Fen, OperationError, Query, Record, RecordId, Stored, Violations, operation,
};

use crate::case::{Benefit, FuneralCase, FuneralState};
use crate::check::{BANK, PROVINCE, answer};
use crate::code;
use crate::dossier::{self, CaseInput, CaseState};
use crate::insurance;
use crate::person::{CardKind, FuneralPayee};
use crate::statistics::{Breakdown, DUPLICATES, LINES, Sums, ending};

/// 定点生态安葬单位
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "burial_site")]
pub struct BurialSite {
    /// 编号
    pub code: String,
    /// 名称
    pub name: String,
    /// 村级公益性墓地
    pub village: bool,
}

/// 发放状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentState {
    /// 已入批次
    InBatch,
    /// 已报送
    Sent,
    /// 已发放
    Paid,
    /// 发放失败
    Failed,
    /// 结果未确认
    Held,
    /// 移出批次
    Removed,
    /// 追缴中
    Recovering,
    /// 已追回
    Recovered,
}

impl PaymentState {
    /// Whether another payment of the same deceased and group is kept out. **HARD**
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Failed | Self::Removed | Self::Recovered)
    }
}

/// 发放明细
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "funeral_payment")]
#[record(filter(name = "cardNo", path = "/payee/cardNo"))]
pub struct FuneralPayment {
    /// 流水号
    pub no: String,
    /// 批次号
    pub batch_no: String,
    /// 办件
    pub case_id: RecordId,
    /// 办件编号
    pub case_no: String,
    /// 项目
    pub benefit: Benefit,
    /// By what two payments are of one person.
    pub deceased_key: String,
    /// Of which a deceased is paid one at most.
    pub exclusion_group: String,
    /// Keeps another payment out.
    pub live: bool,
    /// 收款人
    pub payee: FuneralPayee,
    /// 金额
    pub amount_fen: Fen,
    /// 次数
    pub attempt: u32,
    /// 状态
    pub state: PaymentState,
    /// 失败代码
    pub fail_code: Option<String>,
    /// 发放日期
    pub paid_on: Option<Date>,
    /// 政策版本
    pub policy_version: String,
}

impl FuneralPayment {
    /// Moves on.
    pub fn move_to(&mut self, state: PaymentState) {
        self.state = state;
        self.live = state.is_live();
    }
}

/// What the bank and the province say before a line is offered.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BankAnswer {
    name_match: Option<bool>,
}

/// Whether the case can be offered.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyFuneralPayeeOutput {
    /// `OFFER`; `CARD`: another card is needed; `WAIT`: a source is silent; `STOP`: paid elsewhere.
    pub pay_check: String,
}

/// No line without the bank's word on the name and the province's on other payments (§9.3).
#[operation(name = "verifyFuneralPayee")]
pub fn verify(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<VerifyFuneralPayeeOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::PayReady])?;
    let silent = |it: &str| case.silent_sources.iter().any(|source| source == it);
    let is_org = case
        .payee
        .as_ref()
        .is_some_and(|it| it.card_kind == CardKind::Org);
    let bank = answer(ctx, BANK, case.id())?;
    let said = bank
        .as_ref()
        .map(|it| it.body::<Option<BankAnswer>>())
        .transpose()?;
    let matches = said.flatten().and_then(|it| it.name_match) == Some(true);
    let province = answer(ctx, PROVINCE, case.id())?;
    let paid = province
        .map(|it| it.body::<Option<crate::check::ProvinceAnswer>>())
        .transpose()?
        .flatten()
        .unwrap_or_default();
    let group = case.benefit.word();
    let elsewhere = paid
        .payments
        .iter()
        .any(|it| it.county != ctx.tenant() && it.benefit == group);
    let pay_check = if silent(PROVINCE) || silent(BANK) && !is_org {
        "WAIT"
    } else if elsewhere {
        "STOP"
    } else if matches || is_org {
        "OFFER"
    } else {
        "CARD"
    };
    let today = ctx.today();
    case.card_verified = pay_check == "OFFER";
    if let Some(payee) = &mut case.payee {
        payee.verified_on = (pay_check == "OFFER").then_some(today);
    }
    case.flags
        .retain(|it| it != code::RESULT_UNKNOWN && it != "FS-S-01");
    match pay_check {
        "WAIT" => case.flags.push("FS-S-01".to_owned()),
        "CARD" => {
            case.refuse(ctx, code::CARD_WRONG, None);
            case.move_to(ctx, FuneralState::PayFailed, ("CARD", "MISMATCH"), None);
            case.issue(ctx, "N-09");
            dossier::tell_applicant(ctx, &case, "FUNERAL-NOTICE-PAY-FAILED");
        }
        "STOP" => {
            case.refuse(ctx, code::PAID_ELSEWHERE, None);
            case.move_to(ctx, FuneralState::PayHeld, ("CARD", "PAID_ELSEWHERE"), None);
        }
        _ => case.refusal = None,
    }
    ctx.put(&case)?;
    if pay_check == "STOP" && is_found_first(&case) {
        let mut sums = Sums::default();
        let fen = case.result();
        sums.amount(DUPLICATES, Breakdown::Total, None, fen);
        sums.note(ctx)?;
    }
    Ok(VerifyFuneralPayeeOutput {
        pay_check: pay_check.to_owned(),
    })
}

/// A duplicate counts once, however often it is looked at.
fn is_found_first(case: &FuneralCase) -> bool {
    let found = case.decisions.iter();
    found.filter(|it| it.result == "PAID_ELSEWHERE").count() == 1
}

/// The checks before an assessment or a payment begin anew.
#[operation(name = "beginFuneralChecks")]
pub fn begin_checks(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    if !case.silent_sources.is_empty() {
        case.silent_sources.clear();
        ctx.put(&case)?;
    }
    Ok(CaseState { state: case.state })
}

/// Another card.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateFuneralPayeeInput {
    /// 办件
    pub case_id: RecordId,
    /// 收款人
    pub payee: FuneralPayee,
}

/// Rows 20 and 20a.
#[operation(name = "updateFuneralPayee")]
pub fn update(
    ctx: &mut Context,
    input: UpdateFuneralPayeeInput,
) -> Result<CaseState, OperationError> {
    let states = [FuneralState::PayFailed, FuneralState::PayHeld];
    let mut case = dossier::read(ctx, &input.case_id, &states)?;
    let mut payee = input.payee;
    let mut violations = Violations::new();
    if let Some(applicant) = &case.applicant {
        payee.check(applicant, &mut violations);
    }
    violations.into_result()?;
    if case.state == FuneralState::PayHeld {
        // FINANCE has talked to the payee: the counter starts again.
        case.pay_attempts = 0;
    }
    case.payee = Some(payee);
    case.card_verified = false;
    case.scan_on = Some(ctx.today());
    case.move_to(ctx, FuneralState::PayReady, ("CARD", "UPDATED"), None);
    ctx.put(&case)?;
    Ok(CaseState {
        state: FuneralState::PayReady,
    })
}

/// What became of a line.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteFuneralLineInput {
    /// 办件
    pub case_id: RecordId,
    /// `PAID`, `FAILED`, `REMOVED` or `UNKNOWN`
    pub line_result: String,
    /// 失败代码
    #[serde(default)]
    pub fail_code: Option<String>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteFuneralLineOutput {
    /// `PAID`, `RETRY`, `OFFER_AGAIN`, `WAIT` or `HELD`
    pub pay_outcome: String,
}

/// Rows 19 and 20. After `pay_retry_max` retries a human takes over.
#[operation(name = "noteFuneralLine")]
pub fn note_line(
    ctx: &mut Context,
    input: NoteFuneralLineInput,
) -> Result<NoteFuneralLineOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::InBatch])?;
    let retries: u32 = ctx.parameter("pay_retry_max")?;
    let reason = input.fail_code.clone();
    let outcome = match &*input.line_result {
        "PAID" => {
            case.paid_on = Some(ctx.today());
            case.insurance_check_on = Some(insurance::first_look(ctx.today()));
            case.issue(ctx, "N-08");
            case.move_to(ctx, FuneralState::Paid, ("PAYMENT", "PAID"), None);
            dossier::tell_applicant(ctx, &case, "FUNERAL-NOTICE-PAID");
            "PAID"
        }
        "REMOVED" => {
            case.move_to(ctx, FuneralState::PayReady, ("PAYMENT", "REMOVED"), None);
            "OFFER_AGAIN"
        }
        "UNKNOWN" => {
            if !case.flags.iter().any(|it| it == code::RESULT_UNKNOWN) {
                case.flags.push(code::RESULT_UNKNOWN.to_owned());
            }
            "WAIT"
        }
        _ => {
            case.flags.retain(|it| it != code::RESULT_UNKNOWN);
            case.pay_attempts += 1;
            case.card_verified = false;
            let held = case.pay_attempts > retries;
            let by_bank = input.fail_code.as_deref() == Some("SYSTEM");
            fail(ctx, &mut case, (held, by_bank), reason)
        }
    };
    if outcome != "WAIT" {
        case.batch_no = None;
    }
    ctx.put(&case)?;
    count_line(ctx, &case, &input)?;
    Ok(NoteFuneralLineOutput {
        pay_outcome: outcome.to_owned(),
    })
}

/// What the bank has said of a line, and that the case has ended with it.
fn count_line(
    ctx: &mut Context,
    case: &FuneralCase,
    input: &NoteFuneralLineInput,
) -> Result<(), OperationError> {
    let mut sums = Sums::default();
    let result = match &*input.line_result {
        "REMOVED" => return Ok(()),
        it @ ("PAID" | "UNKNOWN") => it,
        _ => "FAILED",
    };
    let fen = case.result();
    sums.amount(LINES, Breakdown::Result, Some(result), fen);
    if let (Some(code), "FAILED") = (&input.fail_code, result) {
        sums.count(LINES, Breakdown::Code, Some(code));
    }
    if result == "PAID" {
        ending::add_end(&mut sums, case, ctx.now());
    }
    sums.note(ctx)
}

/// K-06: a failure of the bank's own asks nobody for another card; the next batch takes the line again.
fn fail(
    ctx: &mut Context,
    case: &mut Stored<FuneralCase>,
    (held, by_bank): (bool, bool),
    reason: Option<String>,
) -> &'static str {
    let (state, outcome) = match (held, by_bank) {
        (true, _) => (FuneralState::PayHeld, "HELD"),
        (false, true) => (FuneralState::PayReady, "OFFER_AGAIN"),
        (false, false) => (FuneralState::PayFailed, "RETRY"),
    };
    if state != FuneralState::PayReady {
        let code = match reason.as_deref() {
            Some("CLOSED" | "DORMANT" | "SYSTEM") => code::ACCOUNT_CLOSED,
            _ => code::CARD_WRONG,
        };
        case.refuse(ctx, code, reason.clone());
        case.issue(ctx, "N-09");
    }
    case.move_to(ctx, state, ("PAYMENT", "FAILED"), reason);
    if state != FuneralState::PayReady {
        dossier::tell_applicant(ctx, case, "FUNERAL-NOTICE-PAY-FAILED");
    }
    outcome
}

/// A payment.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResendFuneralPaymentInput {
    /// 流水号
    pub payment_no: String,
}

/// Sends nothing that the bank has not confirmed as not paid (FS-M-03). **HARD**
#[operation(name = "resendFuneralPayment")]
pub fn resend(
    ctx: &mut Context,
    input: ResendFuneralPaymentInput,
) -> Result<CaseState, OperationError> {
    let query = Query::new().equal("no", &input.payment_no);
    let Some(payment) = ctx.find_first::<FuneralPayment>(query)? else {
        return Err(OperationError::invalid("/paymentNo", code::NOT_REGISTERED));
    };
    if matches!(payment.state, PaymentState::Held | PaymentState::Sent) {
        return Err(OperationError::invalid("/paymentNo", code::RESULT_UNKNOWN));
    }
    if payment.state != PaymentState::Failed {
        return Err(OperationError::invalid("/paymentNo", code::STATE_FORBIDS));
    }
    // A failed line is offered again by its case, with a card that the bank has verified.
    let case = dossier::any(ctx, &payment.case_id)?;
    Ok(CaseState { state: case.state })
}

/// K-11: a paid case is filed a year later.
#[operation(name = "archiveFuneralCase")]
pub fn archive(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    if case.state == FuneralState::Paid {
        case.move_to(ctx, FuneralState::Closed, ("ARCHIVE", "DONE"), None);
        ctx.put(&case)?;
    }
    Ok(CaseState { state: case.state })
}
