//! What the county owes a hall for a month (结算, §4.8, §5.5): every sheet is compared with the list, cut
//! with a reason, answered by the hall, approved by a third person and paid by a fourth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Fen, OperationError, Query, Record, RecordId, SendNotice, StartProcess, Stored,
    operation,
};

use crate::case::{FuneralCase, FuneralState};
use crate::code;
use crate::dossier::{self, SUPERVISOR};
use crate::service::FuneralHall;
use crate::statistics::{Breakdown, DUPLICATES, FEES_OUTSIDE, SETTLEMENTS, Sums};

const PROCESS: &str = "funeral-settlement";
/// The clock of the hall's answer to cuts.
const OBJECTION: &str = "funeral_cut_objection";
/// The sheets of a settlement: each is a write of a call, of which there are 200 at most.
const PAGE: u32 = 190;

/// 结算状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SettlementState {
    /// 草稿
    Draft,
    /// 已提交
    Submitted,
    /// 已核对
    Checked,
    /// 已批准
    Approved,
    /// 已支付
    Paid,
}

/// 核减
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettlementCut {
    /// 办件编号
    pub case_no: String,
    /// 金额
    pub fen: Fen,
    /// 代码
    pub code: String,
    /// 理由
    pub reason: String,
}

/// 殡仪馆结算单
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "hall_settlement")]
pub struct HallSettlement {
    /// 结算单号
    pub no: String,
    /// 殡仪馆
    pub hall_code: String,
    /// 月份
    pub period: String,
    /// 办件
    pub cases: Vec<RecordId>,
    /// 申报金额
    pub claimed_fen: Fen,
    /// 核定金额
    pub total_fen: Fen,
    /// 支付件数
    pub paid_cases: u64,
    /// 核减
    pub cuts: Vec<SettlementCut>,
    /// 殡仪馆答复
    pub answers: Vec<String>,
    /// 状态
    pub state: SettlementState,
    /// 核对人
    pub checked_by: Option<String>,
    /// 审批人
    pub approved_by: Option<String>,
    /// 答复期限
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_until: Option<Date>,
}

/// A month of a hall.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubmitHallSettlementInput {
    /// 殡仪馆
    pub hall_code: String,
    /// 月份, `2026-03`
    pub period: String,
}

/// The settlement.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubmitHallSettlementOutput {
    /// 结算单
    pub settlement_id: RecordId,
    /// 件数
    pub cases: usize,
}

/// Every signed sheet of the month: those of the draft that K-09 has made, and what was signed since.
#[operation(name = "submitHallSettlement")]
pub fn submit(
    ctx: &mut Context,
    input: SubmitHallSettlementInput,
) -> Result<SubmitHallSettlementOutput, OperationError> {
    let month = Month::of_text(&input.period)?;
    let known = known(ctx, &input.hall_code, &input.period)?;
    let submitted = known
        .as_ref()
        .is_some_and(|it| it.state != SettlementState::Draft);
    if month.last >= ctx.today() || submitted {
        return Err(OperationError::invalid("/period", code::STATE_FORBIDS));
    }
    let taken = known.as_ref().map_or(0, |it| it.cases.len());
    let sheets = take(ctx, (&input.hall_code, &month), taken, "SUBMITTED")?;
    if taken == 0 && sheets.ids.is_empty() {
        return Err(OperationError::invalid("/period", code::NOT_REGISTERED));
    }
    let (settlement_id, no, cases) = match known {
        Some(mut draft) => {
            draft.add(sheets);
            draft.state = SettlementState::Submitted;
            ctx.put(&draft)?;
            (draft.id().clone(), draft.no.clone(), draft.cases.len())
        }
        None => {
            let state = SettlementState::Submitted;
            let settlement = new(ctx, (input.hall_code, input.period), state, sheets)?;
            let id = ctx.put_new(&settlement)?;
            (id, settlement.no, settlement.cases.len())
        }
    };
    let start = StartProcess::new(PROCESS)
        .with_business_key(&no)
        .with_variable("settlementId", &settlement_id);
    ctx.start_process(start);
    Ok(SubmitHallSettlementOutput {
        settlement_id,
        cases,
    })
}

/// A hall.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftHallSettlementInput {
    /// 殡仪馆
    pub hall_id: RecordId,
}

/// What became of the month.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DraftHallSettlementOutput {
    /// 件数; 0: there was nothing to draft
    pub cases: usize,
}

/// K-09: the sheets of the month that has ended become a draft, which the hall submits; once.
#[operation(name = "draftHallSettlement")]
pub fn draft(
    ctx: &mut Context,
    input: DraftHallSettlementInput,
) -> Result<DraftHallSettlementOutput, OperationError> {
    let nothing = DraftHallSettlementOutput { cases: 0 };
    let hall = ctx.require::<FuneralHall>(&input.hall_id, "/hallId")?;
    let as_of = ctx.schedule().map_or(ctx.today(), |it| it.as_of);
    let month = Month::before(as_of);
    let period = month.period();
    if known(ctx, &hall.code, &period)?.is_some() {
        return Ok(nothing);
    }
    let sheets = take(ctx, (&hall.code, &month), 0, "DRAFTED")?;
    let cases = sheets.ids.len();
    if cases == 0 {
        return Ok(nothing);
    }
    let place = (hall.code.clone(), period.clone());
    let settlement = new(ctx, place, SettlementState::Draft, sheets)?;
    let id = ctx.put_new(&settlement)?;
    let notice = SendNotice::to_role("FUNERAL-NOTICE-SETTLEMENT", "HALL_MANAGER")
        .about_record::<HallSettlement>(&id)
        .with_argument("no", &settlement.no)
        .with_argument("period", &period)
        .once(&settlement.no);
    ctx.send_notice(notice);
    Ok(DraftHallSettlementOutput { cases })
}

/// A month of settlement.
struct Month {
    first: Date,
    last: Date,
}

impl Month {
    fn of_text(period: &str) -> Result<Self, OperationError> {
        let first: Date = format!("{period}-01")
            .parse()
            .map_err(|_| OperationError::invalid("/period", code::DATES_DISAGREE))?;
        Ok(Self::from_first(first))
    }

    /// The one that has ended before a day.
    fn before(day: Date) -> Self {
        let this = day.plus_days(1 - i32::from(day.day()));
        Self::from_first(this.plus_months(-1))
    }

    fn from_first(first: Date) -> Self {
        let last = first.plus_months(1).plus_days(-1);
        Self { first, last }
    }

    fn period(&self) -> String {
        format!("{:04}-{:02}", self.first.year(), self.first.month())
    }
}

/// Sheets that a settlement has taken.
struct Sheets {
    ids: Vec<RecordId>,
    fen: i64,
}

impl HallSettlement {
    fn add(&mut self, sheets: Sheets) {
        self.cases.extend(sheets.ids);
        let claimed = Fen::new(self.claimed_fen.get() + sheets.fen);
        self.claimed_fen = claimed;
        self.total_fen = claimed;
    }
}

fn known(
    ctx: &Context,
    hall_code: &str,
    period: &str,
) -> Result<Option<Stored<HallSettlement>>, OperationError> {
    let query = Query::new()
        .equal("hallCode", hall_code)
        .equal("period", period);
    ctx.find_first::<HallSettlement>(query)
}

/// Takes the signed sheets of a month, beside so many that are taken.
fn take(
    ctx: &mut Context,
    (hall_code, month): (&str, &Month),
    taken: usize,
    result: &str,
) -> Result<Sheets, OperationError> {
    let taken = u32::try_from(taken).unwrap_or(PAGE);
    let mut sheets = Sheets {
        ids: Vec::new(),
        fen: 0,
    };
    let left = PAGE.saturating_sub(taken);
    if left == 0 {
        return Ok(sheets);
    }
    let query = Query::new()
        .equal("hallCode", hall_code)
        .equal("state", FuneralState::Waived)
        .at_least("serviceDate", month.first)
        .at_most("serviceDate", month.last)
        .limit(left);
    for mut case in ctx.find::<FuneralCase>(query)?.items {
        sheets.fen += case.result().get();
        sheets.ids.push(case.id().clone());
        let step = ("SETTLEMENT", result);
        case.move_to(ctx, FuneralState::InSettlement, step, None);
        ctx.put(&case)?;
    }
    Ok(sheets)
}

fn new(
    ctx: &mut Context,
    (hall_code, period): (String, String),
    state: SettlementState,
    sheets: Sheets,
) -> Result<HallSettlement, OperationError> {
    let (area, month) = (ctx.tenant().to_owned(), period.replace('-', ""));
    let no = ctx.number(
        "funeral_settlement_no",
        &[("area", &area), ("month", &month)],
    )?;
    let mut settlement = HallSettlement {
        no,
        hall_code,
        period,
        cases: Vec::new(),
        claimed_fen: Fen::ZERO,
        total_fen: Fen::ZERO,
        paid_cases: 0,
        cuts: Vec::new(),
        answers: Vec::new(),
        state,
        checked_by: None,
        approved_by: None,
        answer_until: None,
    };
    settlement.add(sheets);
    Ok(settlement)
}

fn read(
    ctx: &Context,
    id: &RecordId,
    state: SettlementState,
) -> Result<Stored<HallSettlement>, OperationError> {
    let settlement = ctx.require::<HallSettlement>(id, "/settlementId")?;
    if settlement.state == state {
        Ok(settlement)
    } else {
        Err(OperationError::invalid(
            "/settlementId",
            code::STATE_FORBIDS,
        ))
    }
}

fn actor(ctx: &Context) -> Option<String> {
    ctx.actor().map(|it| it.id.clone())
}

/// What the reviewer takes out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CutInput {
    /// 办件编号
    pub case_no: String,
    /// 代码
    pub code: String,
    /// 理由
    pub reason: String,
}

/// The county's comparison.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckHallSettlementInput {
    /// 结算单
    pub settlement_id: RecordId,
    /// 核减
    #[serde(default)]
    pub settlement_cuts: Vec<CutInput>,
}

/// Where the settlement stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HallSettlementOutput {
    /// 状态
    pub settlement_state: SettlementState,
}

/// V-13 by itself, and what the reviewer has found. A fee outside the list is told to the supervisor.
#[operation(name = "checkHallSettlement")]
pub fn check(
    ctx: &mut Context,
    input: CheckHallSettlementInput,
) -> Result<HallSettlementOutput, OperationError> {
    let mut settlement = read(ctx, &input.settlement_id, SettlementState::Submitted)?;
    let cases = ctx.get_many::<FuneralCase>(&settlement.cases)?;
    let mut total = settlement.claimed_fen.get();
    for cut in input.settlement_cuts {
        let Some(case) = cases.iter().find(|it| it.no == cut.case_no) else {
            return Err(OperationError::invalid(
                "/settlementCuts",
                code::NOT_REGISTERED,
            ));
        };
        dossier::require_reason(false, Some(&cut.reason))?;
        let fen = case.result();
        total -= fen.get();
        settlement.cuts.push(SettlementCut {
            case_no: cut.case_no,
            fen,
            code: cut.code,
            reason: cut.reason,
        });
    }
    let mut sums = Sums::default();
    for case in &cases {
        for cut in outside_the_list(case) {
            let hall = &settlement.hall_code;
            sums.amount(FEES_OUTSIDE, Breakdown::Hall, Some(hall), cut.fen);
            let notice = SendNotice::to_role("FUNERAL-NOTICE-FEE", SUPERVISOR)
                .about_record::<FuneralCase>(case.id())
                .with_argument("no", &case.no)
                .once(format!("{}:fee", case.id()));
            ctx.send_notice(notice);
            settlement.cuts.push(cut);
        }
    }
    settlement.total_fen = Fen::new(total);
    settlement.checked_by = actor(ctx);
    settlement.state = SettlementState::Checked;
    let (id, today) = (settlement.id().clone(), ctx.today());
    settlement.answer_until = Some(ctx.set_deadline(OBJECTION, &id, today)?.due_on);
    ctx.put(&settlement)?;
    sums.note(ctx)?;
    Ok(HallSettlementOutput {
        settlement_state: settlement.state,
    })
}

/// Nothing of it was allowed, so the sum stays: the hall bears what it has charged too much.
fn outside_the_list(case: &FuneralCase) -> Vec<SettlementCut> {
    let lines = case.calculation.iter().flat_map(|it| &it.lines);
    let outside = lines.filter(|it| it.rule == "V-13");
    outside
        .map(|it| SettlementCut {
            case_no: case.no.clone(),
            fen: it.actual_fen,
            code: code::ITEM_NOT_LISTED.to_owned(),
            reason: "收费项目不在公示清单内".to_owned(),
        })
        .collect()
}

/// The hall's word on the cuts.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerHallSettlementInput {
    /// 结算单
    pub settlement_id: RecordId,
    /// 答复
    pub answer: String,
}

/// The answer is kept for whoever approves.
#[operation(name = "answerHallSettlement")]
pub fn answer(
    ctx: &mut Context,
    input: AnswerHallSettlementInput,
) -> Result<HallSettlementOutput, OperationError> {
    let mut settlement = read(ctx, &input.settlement_id, SettlementState::Checked)?;
    let id = settlement.id().clone();
    settlement.answers.push(input.answer);
    dossier::close_deadline(ctx, OBJECTION, &id, "answered")?;
    ctx.put(&settlement)?;
    Ok(HallSettlementOutput {
        settlement_state: settlement.state,
    })
}

/// A settlement.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HallSettlementInput {
    /// 结算单
    pub settlement_id: RecordId,
}

/// Another person than the reviewer.
#[operation(name = "approveHallSettlement")]
pub fn approve(
    ctx: &mut Context,
    input: HallSettlementInput,
) -> Result<HallSettlementOutput, OperationError> {
    let mut settlement = read(ctx, &input.settlement_id, SettlementState::Checked)?;
    if settlement.checked_by == actor(ctx) {
        return Err(OperationError::invalid("", code::SAME_PERSON));
    }
    settlement.approved_by = actor(ctx);
    settlement.state = SettlementState::Approved;
    ctx.put(&settlement)?;
    Ok(HallSettlementOutput {
        settlement_state: settlement.state,
    })
}

/// Booked case by case; what was cut is not paid.
#[operation(name = "payHallSettlement")]
pub fn pay(
    ctx: &mut Context,
    input: HallSettlementInput,
) -> Result<HallSettlementOutput, OperationError> {
    let mut settlement = read(ctx, &input.settlement_id, SettlementState::Approved)?;
    let actor = actor(ctx);
    if [&settlement.checked_by, &settlement.approved_by].contains(&&actor) {
        return Err(OperationError::invalid("", code::SAME_PERSON));
    }
    let cases = ctx.get_many::<FuneralCase>(&settlement.cases)?;
    let mut sums = Sums::default();
    for mut case in cases {
        if crate::counter::is_demo_case(&case) {
            return Err(OperationError::invalid("/settlementId", code::DEMO_POLICY));
        }
        let mut cuts = settlement
            .cuts
            .iter()
            .filter(|it| it.code != code::ITEM_NOT_LISTED);
        let cut = cuts
            .find(|it| it.case_no == case.no)
            .map(|it| it.code.clone());
        let (state, result) = match cut {
            Some(_) => (FuneralState::Cut, "CUT"),
            None => (FuneralState::Settled, "PAID"),
        };
        settlement.paid_cases += u64::from(state == FuneralState::Settled);
        count_sheet(&mut sums, &settlement.hall_code, &case, cut.as_deref());
        case.move_to(ctx, state, ("SETTLEMENT", result), cut);
        ctx.put(&case)?;
    }
    settlement.state = SettlementState::Paid;
    ctx.put(&settlement)?;
    sums.note(ctx)?;
    Ok(HallSettlementOutput {
        settlement_state: settlement.state,
    })
}

/// What the county has paid a hall for a sheet, or cut.
fn count_sheet(sums: &mut Sums, hall_code: &str, case: &FuneralCase, cut: Option<&str>) {
    let (fen, result) = (case.result(), if cut.is_some() { "CUT" } else { "PAID" });
    sums.amount(SETTLEMENTS, Breakdown::Result, Some(result), fen);
    if cut.is_none() {
        sums.amount(SETTLEMENTS, Breakdown::Hall, Some(hall_code), fen);
    }
    if let Some(code) = cut {
        sums.amount(SETTLEMENTS, Breakdown::Code, Some(code), fen);
    }
    if matches!(cut, Some(code::ALREADY_APPLIED | code::PAID_ELSEWHERE)) {
        sums.amount(DUPLICATES, Breakdown::Total, None, fen);
    }
}
