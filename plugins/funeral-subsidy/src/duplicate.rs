//! K-10: every night what was submitted, or has another card or certificate since, is compared with the
//! other cases of the county and with what the provincial platform has said. A finding holds the money
//! and opens a task; whether it is a duplicate a human says, and only the approver rejects.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, OperationError, Query, RecordId, StartProcess, Stored, operation,
};

use crate::case::{FuneralCase, FuneralState};
use crate::check::{PROVINCE, ProvinceAnswer, said};
use crate::code;
use crate::dossier::{self, CaseInput};
use crate::person::CardKind;
use crate::review;
use crate::statistics::{Breakdown, DUPLICATES, Sums};

const PROCESS: &str = "funeral-duplicate";

/// 重复线索
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DuplicateSign {
    /// 死亡证明编号相同
    DeathCertificate,
    /// 火化证明编号相同
    CremationCertificate,
    /// 收款账户相同,申请人不同
    Card,
    /// 其他地区已发放
    Province,
}

impl DuplicateSign {
    /// The code with which a human refuses because of it.
    fn code(self) -> &'static str {
        match self {
            Self::DeathCertificate => code::ALREADY_APPLIED,
            Self::CremationCertificate => code::CERTIFICATE_USED,
            Self::Card => code::CARD_WRONG,
            Self::Province => code::PAID_ELSEWHERE,
        }
    }
}

/// 核查结论
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DuplicateState {
    /// 待核查
    Open,
    /// 已排除
    Cleared,
    /// 已确认
    Confirmed,
}

/// 查重发现
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateFinding {
    /// 线索
    pub sign: DuplicateSign,
    /// 办件编号, or the county that has paid
    pub other: String,
    /// 发现日期
    pub seen_on: Date,
    /// 结论
    pub state: DuplicateState,
}

impl FuneralCase {
    /// The code that keeps the money back: a finding that nobody has cleared.
    pub fn held_by(&self) -> Option<&'static str> {
        let held = |it: &&DuplicateFinding| it.state != DuplicateState::Cleared;
        let finding = self.duplicates.iter().find(held);
        finding.map(|it| it.sign.code())
    }

    /// An inquiry has cleared every suspicion: nothing is held, and what was proposed because of it is
    /// proposed no more.
    pub fn clear_duplicates(&mut self) {
        let held_by = self.held_by();
        let refused = self.refusal.as_ref().map(|it| it.code.as_str());
        if held_by.is_some() && refused == held_by {
            self.refusal = None;
        }
        let findings = self.duplicates.iter_mut();
        findings.for_each(|it| it.state = DuplicateState::Cleared);
    }
}

/// What became of a case.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScanFuneralDuplicatesOutput {
    /// 新发现的线索
    pub found: usize,
}

/// Looks at a case once; again when another card or certificate has come.
#[operation(name = "scanFuneralDuplicates")]
pub fn scan(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<ScanFuneralDuplicatesOutput, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    let due = case.scan_on.is_some_and(|it| it <= ctx.today());
    if !due {
        return Ok(ScanFuneralDuplicatesOutput { found: 0 });
    }
    case.scan_on = None;
    let signs = if is_unpaid(case.state) {
        signs(ctx, &case)?
    } else {
        Vec::new()
    };
    let had_task = case
        .duplicates
        .iter()
        .any(|it| it.state == DuplicateState::Open);
    let seen_on = ctx.today();
    let known = case.duplicates.clone();
    let is_new = |(sign, other): &(DuplicateSign, String)| {
        !known
            .iter()
            .any(|it| it.sign == *sign && it.other == *other)
    };
    let fresh = signs.into_iter().filter(is_new);
    case.duplicates
        .extend(fresh.map(|(sign, other)| DuplicateFinding {
            sign,
            other,
            seen_on,
            state: DuplicateState::Open,
        }));
    let found = case.duplicates.len() - known.len();
    ctx.put(&case)?;
    if found > 0 && !had_task {
        let start = StartProcess::new(PROCESS)
            .with_business_key(&case.no)
            .with_variable("caseId", case.id());
        ctx.start_process(start);
    }
    Ok(ScanFuneralDuplicatesOutput { found })
}

/// Nothing has gone to the bank yet, or it has come back.
fn is_unpaid(state: FuneralState) -> bool {
    state.may_withdraw() || matches!(state, FuneralState::PayFailed | FuneralState::PayHeld)
}

fn signs(
    ctx: &Context,
    case: &Stored<FuneralCase>,
) -> Result<Vec<(DuplicateSign, String)>, OperationError> {
    let mut found = Vec::new();
    if let Some(certificate) = &case.deceased.death_certificate {
        let query = Query::new().equal("deathCertNo", &certificate.no);
        for no in others(ctx, query, |it| it.deceased_key != case.deceased_key)? {
            found.push((DuplicateSign::DeathCertificate, no));
        }
    }
    let cremation = case.service.as_ref();
    if let Some(no) = cremation.and_then(|it| it.cremation_cert_no.as_deref()) {
        let query = Query::new().equal("cremationCertNo", no);
        for no in others(ctx, query, |it| it.deceased_key != case.deceased_key)? {
            found.push((DuplicateSign::CremationCertificate, no));
        }
    }
    if let Some(payee) = case
        .payee
        .as_ref()
        .filter(|it| it.card_kind != CardKind::Org)
    {
        let query = Query::new().equal("cardNo", &payee.card_no);
        for no in others(ctx, query, |it| applicant(it) != applicant(case))? {
            found.push((DuplicateSign::Card, no));
        }
    }
    let province: ProvinceAnswer = said(ctx, PROVINCE, case.id())?;
    let benefit = case.benefit.word();
    let payments = province.payments.into_iter();
    let elsewhere = payments.filter(|it| it.county != ctx.tenant() && it.benefit == benefit);
    found.extend(elsewhere.map(|it| (DuplicateSign::Province, it.county)));
    Ok(found)
}

fn applicant(case: &FuneralCase) -> Option<&str> {
    case.applicant.as_ref().map(|it| it.id_number.as_str())
}

/// The numbers of the cases that keep others out, of those that were found.
fn others(
    ctx: &Context,
    query: Query,
    differs: impl Fn(&FuneralCase) -> bool,
) -> Result<Vec<String>, OperationError> {
    let cases = ctx.find::<FuneralCase>(query.equal("holdsPlace", true))?;
    let others = cases.items.iter().filter(|it| differs(it));
    Ok(others.map(|it| it.no.clone()).collect())
}

/// What the county has found out.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JudgeFuneralDuplicateInput {
    /// 办件
    pub case_id: RecordId,
    /// 排除重复
    pub cleared: bool,
    /// 核查情况
    pub findings: String,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JudgeFuneralDuplicateOutput {
    /// `CLEARED` or `CONFIRMED`
    pub duplicate_state: DuplicateState,
}

/// Cleared, the money is free again. Confirmed, it stays held and rejection is proposed: what is posted
/// goes to the inquiry as by an objection, and the approver is told.
#[operation(name = "judgeFuneralDuplicate")]
pub fn judge(
    ctx: &mut Context,
    input: JudgeFuneralDuplicateInput,
) -> Result<JudgeFuneralDuplicateOutput, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    dossier::require_reason(false, Some(&input.findings))?;
    let (state, result) = if input.cleared {
        (DuplicateState::Cleared, "CLEARED")
    } else {
        (DuplicateState::Confirmed, "CONFIRMED")
    };
    let mut open = case.duplicates.iter_mut();
    open.by_ref()
        .filter(|it| it.state == DuplicateState::Open)
        .for_each(|it| it.state = state);
    let at = case.state;
    case.move_to(ctx, at, ("DUPLICATE", result), Some(input.findings.clone()));
    if let (DuplicateState::Confirmed, Some(code), true) =
        (state, case.held_by(), is_unpaid(case.state))
    {
        confirm(ctx, &mut case, code, input.findings)?;
    }
    ctx.put(&case)?;
    Ok(JudgeFuneralDuplicateOutput {
        duplicate_state: state,
    })
}

fn confirm(
    ctx: &mut Context,
    case: &mut Stored<FuneralCase>,
    code: &str,
    findings: String,
) -> Result<(), OperationError> {
    case.refuse(ctx, code, Some(findings));
    if case.state == FuneralState::Publicity {
        review::take_off(ctx, case)?;
    }
    let notice = ("FUNERAL-NOTICE-DUPLICATE", "COUNTY_APPROVER");
    dossier::tell_role(ctx, notice, case, "duplicate");
    let mut sums = Sums::default();
    sums.amount(DUPLICATES, Breakdown::Total, None, case.result());
    sums.note(ctx)
}
