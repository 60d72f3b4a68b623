//! Payment batches (发放批次, §4.9, §5.6): built line by line in pages of the schedule, locked by one
//! person, released by another, and answered by the bank in pages with an outcome for each row.
//!
//! **Invariant:** `content_hash` chains every line that was added or removed, in order; after the lock
//! nothing is added, so that the hash names the content.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tongban_sdk::{
    Context, Date, Fen, OperationError, PublishMessage, Query, Record, RecordId, SendNotice,
    StartProcess, Stored, operation,
};

use crate::case::{FuneralCase, FuneralState};
use crate::code;
use crate::dossier::{self, CaseInput};
use crate::payment::{FuneralPayment, PaymentState};

const PROCESS: &str = "funeral-payment-batch";
const LINE_RESULT: &str = "FUNERAL_LINE_RESULT";
const BATCH_SETTLED: &str = "FUNERAL_BATCH_SETTLED";
const BATCH_CANCELLED: &str = "FUNERAL_BATCH_CANCELLED";
const FINANCE: &str = "FINANCE";
/// Lines that one call takes out.
const PAGE: u32 = 200;
/// Working days before the day of the batch on which it is built, and on which it is locked.
const BUILD_BEFORE: i32 = -3;
const LOCK_BEFORE: i32 = -1;

/// 批次状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FuneralBatchState {
    /// 编制中
    Building,
    /// 已锁定
    Locked,
    /// 已核准
    Approved,
    /// 已报送
    Sent,
    /// 部分成功
    PartlyDone,
    /// 已完成
    Done,
    /// 已取消
    Cancelled,
}

/// 发放批次
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "funeral_batch")]
pub struct FuneralBatch {
    /// 批次号
    pub no: String,
    /// 月份
    pub month: String,
    /// 状态
    pub state: FuneralBatchState,
    /// 编制日期
    pub build_on: Date,
    /// 锁定日期
    pub lock_on: Date,
    /// 发放日期
    pub pay_on: Date,
    /// 笔数
    pub count: u64,
    /// 金额
    pub total_fen: Fen,
    /// 示例政策笔数
    pub demo_count: u64,
    /// SHA-256
    pub content_hash: String,
    /// 成功笔数
    pub paid_count: u64,
    /// 失败笔数
    pub failed_count: u64,
    /// 未确认笔数
    pub held_count: u64,
    /// 成功金额
    pub paid_fen: Fen,
    /// 失败金额
    pub failed_fen: Fen,
    /// 办理过其中办件的人员: who has reviewed or approved a case of it locks and sends nothing (§3)
    #[serde(default)]
    pub deciders: Vec<String>,
    /// 锁定人
    pub locked_by: Option<String>,
    /// 核准人
    pub released_by: Option<String>,
    /// 财政凭证号
    pub treasury_voucher: Option<String>,
}

impl FuneralBatch {
    fn chain(&mut self, word: &str, payment: &FuneralPayment) {
        let mut digest = Sha256::new();
        digest.update(&self.content_hash);
        let amount = payment.amount_fen.get().to_string();
        for part in [word, &payment.no, &payment.payee.card_no, &amount] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let bytes = digest.finalize();
        self.content_hash = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    }

    fn note_deciders(&mut self, case: &FuneralCase) {
        let steps = ["FIRST_REVIEW", "COUNTY_REVIEW", "APPROVAL"];
        let made = case
            .decisions
            .iter()
            .filter(|it| steps.contains(&&*it.step));
        self.deciders.extend(made.filter_map(|it| it.by.clone()));
        self.deciders.sort_unstable();
        self.deciders.dedup();
    }

    fn is_open(&self) -> bool {
        matches!(
            self.state,
            FuneralBatchState::Sent | FuneralBatchState::PartlyDone
        )
    }
}

/// What became of an item of the schedule.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddFuneralLineOutput {
    /// 批次号; absent: not today
    pub batch_no: Option<String>,
}

/// K-04: each case that is ready becomes a line of the batch of its month, from three working days
/// before the day of the batch.
#[operation(name = "addFuneralLine")]
pub fn add_line(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<AddFuneralLineOutput, OperationError> {
    let nothing = AddFuneralLineOutput { batch_no: None };
    let mut case = dossier::any(ctx, &input.case_id)?;
    let as_of = ctx.schedule().map_or(ctx.today(), |it| it.as_of);
    let days = Days::of(ctx, as_of)?;
    let held = case.held_by().is_some();
    let ready = case.state == FuneralState::PayReady && case.card_verified && !held;
    if !ready || as_of < days.build_on || as_of > days.lock_on {
        return Ok(nothing);
    }
    let Some(payee) = case.payee.clone() else {
        return Ok(nothing);
    };
    let Some(mut taking) = open_batch(ctx, as_of, &days)? else {
        return Ok(nothing);
    };
    let batch_no = taking.batch().no.clone();
    let year = as_of.year();
    let area = ctx.tenant().to_owned();
    let no = ctx.number("funeral_payment_no", &[("area", &area), ("year", &year)])?;
    let payment = FuneralPayment {
        no,
        batch_no: batch_no.clone(),
        case_id: case.id().clone(),
        case_no: case.no.clone(),
        benefit: case.benefit,
        deceased_key: case.deceased_key.clone(),
        exclusion_group: case.exclusion_group.clone(),
        live: true,
        payee,
        amount_fen: case.result(),
        attempt: case.pay_attempts + 1,
        state: PaymentState::InBatch,
        fail_code: None,
        paid_on: None,
        policy_version: case.policy_version.clone().unwrap_or_default(),
    };
    ctx.put_new(&payment)?;
    let batch = taking.batch();
    batch.count += 1;
    batch.total_fen = sum(batch.total_fen, payment.amount_fen)?;
    batch.demo_count += u64::from(is_demo(&payment.policy_version));
    batch.chain("ADD", &payment);
    batch.note_deciders(&case);
    taking.put(ctx)?;
    case.batch_no = Some(batch_no.clone());
    case.move_to(ctx, FuneralState::InBatch, ("BATCH", "ADDED"), None);
    ctx.put(&case)?;
    Ok(AddFuneralLineOutput {
        batch_no: Some(batch_no),
    })
}

/// Only sample tables, whatever they are called.
pub fn is_demo(policy: &str) -> bool {
    policy.starts_with("DEMO")
}

fn sum(a: Fen, b: Fen) -> Result<Fen, OperationError> {
    a.checked_add(b)
        .ok_or_else(|| OperationError::failed("expected a sum that can be written"))
}

struct Days {
    build_on: Date,
    lock_on: Date,
    pay_on: Date,
}

impl Days {
    /// Of the month of a day: the day of the batch moves back to a working day.
    fn of(ctx: &Context, day: Date) -> Result<Self, OperationError> {
        let batch_day: i32 = ctx.parameter("batch_day")?;
        let first = day.plus_days(1 - i32::from(day.day()));
        let nominal = first.plus_days(batch_day - 1);
        let pay_on = ctx.calendar().roll_back(nominal)?;
        Ok(Self {
            build_on: ctx.calendar().add_working_days(pay_on, BUILD_BEFORE)?,
            lock_on: ctx.calendar().add_working_days(pay_on, LOCK_BEFORE)?,
            pay_on,
        })
    }
}

/// The batch that takes a line: one that is there, or one that begins with it.
enum Taking {
    Stored(Stored<FuneralBatch>),
    New(FuneralBatch),
}

impl Taking {
    fn batch(&mut self) -> &mut FuneralBatch {
        match self {
            Self::Stored(batch) => batch,
            Self::New(batch) => batch,
        }
    }

    fn put(&self, ctx: &mut Context) -> Result<(), OperationError> {
        match self {
            Self::Stored(batch) => ctx.put(batch),
            Self::New(batch) => begin(ctx, batch),
        }
    }
}

/// The batch of the month that still takes lines; a new one, unless one of this month is locked.
fn open_batch(ctx: &mut Context, day: Date, days: &Days) -> Result<Option<Taking>, OperationError> {
    let month = format!("{:04}{:02}", day.year(), day.month());
    let of_month = ctx.find::<FuneralBatch>(Query::new().equal("month", &month))?;
    let mut left = of_month.items.into_iter();
    let last = left.find(|it| it.state != FuneralBatchState::Cancelled);
    if let Some(batch) = last {
        let open = batch.state == FuneralBatchState::Building;
        return Ok(open.then_some(Taking::Stored(batch)));
    }
    let area = ctx.tenant().to_owned();
    let no = ctx.number("funeral_batch_no", &[("area", &area), ("month", &month)])?;
    Ok(Some(Taking::New(FuneralBatch {
        no,
        month,
        state: FuneralBatchState::Building,
        build_on: day,
        lock_on: days.lock_on,
        pay_on: days.pay_on,
        count: 0,
        total_fen: Fen::ZERO,
        demo_count: 0,
        content_hash: String::new(),
        paid_count: 0,
        failed_count: 0,
        held_count: 0,
        paid_fen: Fen::ZERO,
        failed_fen: Fen::ZERO,
        deciders: Vec::new(),
        locked_by: None,
        released_by: None,
        treasury_voucher: None,
    })))
}

fn begin(ctx: &mut Context, batch: &FuneralBatch) -> Result<(), OperationError> {
    let id = ctx.put_new(batch)?;
    let start = StartProcess::new(PROCESS)
        .with_business_key(&batch.no)
        .with_variable("batchId", &id)
        .with_variable("batchNo", batch.no.clone());
    ctx.start_process(start);
    let notice = SendNotice::to_role("FUNERAL-NOTICE-BATCH", FINANCE)
        .about_record::<FuneralBatch>(&id)
        .with_argument("no", &batch.no)
        .once(&batch.no);
    ctx.send_notice(notice);
    Ok(())
}

/// A batch.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FuneralBatchInput {
    /// 批次
    pub batch_id: RecordId,
}

/// Where a batch stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralBatchOutput {
    /// 状态
    pub batch_state: FuneralBatchState,
}

fn batch(
    ctx: &Context,
    id: &RecordId,
    states: &[FuneralBatchState],
    code: &str,
) -> Result<Stored<FuneralBatch>, OperationError> {
    let batch = ctx.require::<FuneralBatch>(id, "/batchId")?;
    if states.contains(&batch.state) {
        Ok(batch)
    } else {
        Err(OperationError::invalid("/batchId", code))
    }
}

fn actor(ctx: &Context) -> Option<String> {
    ctx.actor().map(|it| it.id.clone())
}

/// Four persons: who pays has decided in none of the cases (FS-R-01). **HARD**
fn require_payer(ctx: &Context, batch: &FuneralBatch) -> Result<(), OperationError> {
    if actor(ctx).is_some_and(|it| batch.deciders.contains(&it)) {
        return Err(OperationError::invalid("", code::SAME_PERSON));
    }
    Ok(())
}

/// FINANCE fixes the content; from now on FS-M-02.
#[operation(name = "lockFuneralBatch")]
pub fn lock(
    ctx: &mut Context,
    input: FuneralBatchInput,
) -> Result<FuneralBatchOutput, OperationError> {
    let states = [FuneralBatchState::Building];
    let mut batch = batch(ctx, &input.batch_id, &states, code::BATCH_LOCKED)?;
    if batch.count == 0 {
        return Err(OperationError::invalid("/batchId", code::STATE_FORBIDS));
    }
    require_payer(ctx, &batch)?;
    batch.state = FuneralBatchState::Locked;
    batch.locked_by = actor(ctx);
    ctx.put(&batch)?;
    Ok(FuneralBatchOutput {
        batch_state: batch.state,
    })
}

/// Another person releases (FS-R-01), and nothing that sample tables have made (FS-S-03). **HARD**
#[operation(name = "releaseFuneralBatch")]
pub fn release(
    ctx: &mut Context,
    input: FuneralBatchInput,
) -> Result<FuneralBatchOutput, OperationError> {
    let states = [FuneralBatchState::Locked];
    let mut batch = batch(ctx, &input.batch_id, &states, code::STATE_FORBIDS)?;
    if batch.locked_by == actor(ctx) {
        return Err(OperationError::invalid("", code::SAME_PERSON));
    }
    if batch.demo_count > 0 {
        return Err(OperationError::invalid("/batchId", code::DEMO_POLICY));
    }
    batch.state = FuneralBatchState::Approved;
    batch.released_by = actor(ctx);
    ctx.put(&batch)?;
    Ok(FuneralBatchOutput {
        batch_state: batch.state,
    })
}

/// The treasury's voucher.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendFuneralBatchInput {
    /// 批次
    pub batch_id: RecordId,
    /// 财政凭证号
    pub treasury_voucher: String,
}

/// The file goes to the bank.
#[operation(name = "sendFuneralBatch")]
pub fn send(
    ctx: &mut Context,
    input: SendFuneralBatchInput,
) -> Result<FuneralBatchOutput, OperationError> {
    let states = [FuneralBatchState::Approved];
    let mut batch = batch(ctx, &input.batch_id, &states, code::STATE_FORBIDS)?;
    if input.treasury_voucher.trim().is_empty() {
        return Err(OperationError::invalid(
            "/treasuryVoucher",
            code::FIELD_MISSING,
        ));
    }
    require_payer(ctx, &batch)?;
    batch.state = FuneralBatchState::Sent;
    batch.treasury_voucher = Some(input.treasury_voucher);
    ctx.put(&batch)?;
    Ok(FuneralBatchOutput {
        batch_state: batch.state,
    })
}

/// A line that is taken out before the lock.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveFuneralLineInput {
    /// 流水号
    pub payment_no: String,
    /// 原因
    pub reason: String,
}

/// A wrong line is removed before the lock, and never after it (FS-M-02).
#[operation(name = "removeFuneralLine")]
pub fn remove_line(
    ctx: &mut Context,
    input: RemoveFuneralLineInput,
) -> Result<FuneralBatchOutput, OperationError> {
    let mut payment = payment(ctx, &input.payment_no)?;
    let query = Query::new().equal("no", &payment.batch_no);
    let Some(mut batch) = ctx.find_first::<FuneralBatch>(query)? else {
        return Err(OperationError::failed("expected the batch of a line"));
    };
    if batch.state != FuneralBatchState::Building || payment.state != PaymentState::InBatch {
        return Err(OperationError::invalid("/paymentNo", code::BATCH_LOCKED));
    }
    take_out(&mut batch, &payment);
    batch.chain("REMOVE", &payment);
    payment.move_to(PaymentState::Removed);
    ctx.put(&payment)?;
    ctx.put(&batch)?;
    ctx.note_audit(
        "FUNERAL-LINE-REMOVED",
        format!("{}: {}", payment.no, input.reason),
    );
    publish(ctx, &payment, "REMOVED");
    Ok(FuneralBatchOutput {
        batch_state: batch.state,
    })
}

/// A batch that is not going to the bank.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelFuneralBatchInput {
    /// 批次号
    pub batch_no: String,
    /// 原因
    pub reason: String,
}

/// What is left to be taken out.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancelFuneralBatchOutput {
    /// 状态
    pub batch_state: FuneralBatchState,
    /// 尚未退回的笔数: as long as there are some, the same again
    pub left: u64,
}

/// Locked or released, but not sent: every case is ready again, a page of lines with each call.
#[operation(name = "cancelFuneralBatch")]
pub fn cancel(
    ctx: &mut Context,
    input: CancelFuneralBatchInput,
) -> Result<CancelFuneralBatchOutput, OperationError> {
    let query = Query::new().equal("no", &input.batch_no);
    let Some(mut batch) = ctx.find_first::<FuneralBatch>(query)? else {
        return Err(OperationError::invalid("/batchNo", code::NOT_REGISTERED));
    };
    dossier::require_reason(false, Some(&input.reason))?;
    let states = [
        FuneralBatchState::Locked,
        FuneralBatchState::Approved,
        FuneralBatchState::Cancelled,
    ];
    if !states.contains(&batch.state) {
        return Err(OperationError::invalid("/batchNo", code::STATE_FORBIDS));
    }
    if batch.state != FuneralBatchState::Cancelled {
        batch.state = FuneralBatchState::Cancelled;
        ctx.note_audit(
            "FUNERAL-BATCH-CANCELLED",
            format!("{}: {}", batch.no, input.reason),
        );
        ctx.publish_message(PublishMessage::new(BATCH_CANCELLED, &batch.no));
    }
    let lines = Query::new()
        .equal("batchNo", &batch.no)
        .equal("state", PaymentState::InBatch)
        .limit(PAGE);
    for mut payment in ctx.find::<FuneralPayment>(lines)?.items {
        take_out(&mut batch, &payment);
        batch.chain("REMOVE", &payment);
        payment.move_to(PaymentState::Removed);
        ctx.put(&payment)?;
        publish(ctx, &payment, "REMOVED");
    }
    ctx.put(&batch)?;
    Ok(CancelFuneralBatchOutput {
        batch_state: batch.state,
        left: batch.count,
    })
}

fn take_out(batch: &mut FuneralBatch, payment: &FuneralPayment) {
    batch.count = batch.count.saturating_sub(1);
    let left = batch.total_fen.get() - payment.amount_fen.get();
    batch.total_fen = Fen::new(left);
    batch.demo_count -= u64::from(is_demo(&payment.policy_version));
}

fn payment(ctx: &Context, no: &str) -> Result<Stored<FuneralPayment>, OperationError> {
    let found = ctx.find_first::<FuneralPayment>(Query::new().equal("no", no))?;
    found.ok_or_else(|| OperationError::invalid("/paymentNo", code::NOT_REGISTERED))
}

fn publish(ctx: &mut Context, payment: &FuneralPayment, result: &str) {
    let mut message = PublishMessage::new(LINE_RESULT, &payment.case_id)
        .with_variable("lineResult", result.to_owned());
    if let Some(fail) = &payment.fail_code {
        message = message.with_variable("failCode", fail.clone());
    }
    ctx.publish_message(message);
}

/// What the bank says of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BankOutcome {
    /// 成功
    Paid,
    /// 失败
    Failed,
    /// 未知
    Unknown,
}

/// A row of the bank's file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BankResultRow {
    /// 流水号
    pub payment_no: String,
    /// 结果
    pub outcome: BankOutcome,
    /// 失败代码
    #[serde(default)]
    pub fail_code: Option<String>,
}

/// A page of the bank's file.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportBankResultInput {
    /// 批次号
    pub batch_no: String,
    /// 明细, at most 500 in a page
    #[schemars(length(max = 500))]
    pub rows: Vec<BankResultRow>,
}

/// What became of a row.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BankResultOutcome {
    /// 流水号
    pub payment_no: String,
    /// `BOOKED`, `REPEATED` or `UNKNOWN_LINE`
    pub result: String,
}

/// What became of the page.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportBankResultOutput {
    /// 批次状态
    pub batch_state: FuneralBatchState,
    /// Row by row.
    pub rows: Vec<BankResultOutcome>,
}

/// K-05: books a page of the bank's file. The same page again books nothing twice.
#[operation(name = "importBankResult")]
pub fn import(
    ctx: &mut Context,
    input: ImportBankResultInput,
) -> Result<ImportBankResultOutput, OperationError> {
    let query = Query::new().equal("no", &input.batch_no);
    let Some(mut batch) = ctx.find_first::<FuneralBatch>(query)? else {
        return Err(OperationError::invalid("/batchNo", code::NOT_REGISTERED));
    };
    if !batch.is_open() && batch.state != FuneralBatchState::Done {
        return Err(OperationError::invalid("/batchNo", code::STATE_FORBIDS));
    }
    let mut rows = Vec::with_capacity(input.rows.len());
    for row in input.rows {
        let result = book(ctx, &mut batch, &row)?;
        rows.push(BankResultOutcome {
            payment_no: row.payment_no,
            result: result.to_owned(),
        });
    }
    let answered = batch.paid_count + batch.failed_count + batch.held_count;
    if answered == batch.count {
        let whole = batch.paid_count == batch.count;
        batch.state = if whole {
            FuneralBatchState::Done
        } else {
            FuneralBatchState::PartlyDone
        };
        ctx.publish_message(PublishMessage::new(BATCH_SETTLED, &batch.no));
    }
    ctx.put(&batch)?;
    Ok(ImportBankResultOutput {
        batch_state: batch.state,
        rows,
    })
}

fn book(
    ctx: &mut Context,
    batch: &mut FuneralBatch,
    row: &BankResultRow,
) -> Result<&'static str, OperationError> {
    let query = Query::new().equal("no", &row.payment_no);
    let found = ctx.find_first::<FuneralPayment>(query)?;
    let Some(mut payment) = found.filter(|it| it.batch_no == batch.no) else {
        return Ok("UNKNOWN_LINE");
    };
    let was_held = payment.state == PaymentState::Held;
    if payment.state != PaymentState::InBatch && !(was_held && row.outcome != BankOutcome::Unknown)
    {
        return Ok("REPEATED");
    }
    batch.held_count -= u64::from(was_held);
    let amount = payment.amount_fen;
    let result = match row.outcome {
        BankOutcome::Paid => {
            payment.paid_on = Some(ctx.today());
            batch.paid_count += 1;
            batch.paid_fen = sum(batch.paid_fen, amount)?;
            payment.move_to(PaymentState::Paid);
            "PAID"
        }
        BankOutcome::Failed => {
            payment.fail_code.clone_from(&row.fail_code);
            batch.failed_count += 1;
            batch.failed_fen = sum(batch.failed_fen, amount)?;
            payment.move_to(PaymentState::Failed);
            "FAILED"
        }
        BankOutcome::Unknown => {
            batch.held_count += 1;
            payment.move_to(PaymentState::Held);
            "UNKNOWN"
        }
    };
    ctx.put(&payment)?;
    publish(ctx, &payment, result);
    Ok("BOOKED")
}
