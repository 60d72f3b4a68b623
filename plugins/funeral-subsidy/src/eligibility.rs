//! What the tables have decided is written into the case: eligibility (DT-F1, DT-F5) and the amount
//! (DT-F2, DT-F3, §6.2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Fen, OperationError, RecordId, Stored, operation};

use crate::calculation::{
    Basis, Calculation, ItemCap, StorageBasis, UpgradeRule, calculate, storage_days,
};
use crate::case::{Benefit, FuneralCase, FuneralState};
use crate::code;
use crate::dossier;
use crate::service;
use crate::statistics::ending;

/// A row of DT-F1 or DT-F5.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralVerdict {
    /// `ELIGIBLE`, `NOT_ELIGIBLE`, `OFFSET` or `NO_CHANGE`.
    pub outcome: String,
    /// The code of a refusal.
    #[serde(default)]
    pub code: Option<String>,
}

impl FuneralVerdict {
    /// Nothing speaks against it.
    pub fn is_eligible(&self) -> bool {
        self.outcome == "ELIGIBLE"
    }
}

/// What DT-F1 and DT-F5 have decided.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteFuneralEligibilityInput {
    /// 办件
    pub case_id: RecordId,
    /// DT-F5
    pub overlap: FuneralVerdict,
    /// DT-F1
    pub eligibility: FuneralVerdict,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteFuneralEligibilityOutput {
    /// 符合条件
    pub eligible: bool,
    /// A public notice has to be over before the cremation.
    pub notice_open: bool,
}

fn refusal(overlap: &FuneralVerdict, eligibility: &FuneralVerdict) -> Option<String> {
    let refused = [overlap, eligibility]
        .into_iter()
        .find(|it| it.outcome == "NOT_ELIGIBLE")?;
    let code = refused.code.clone();
    Some(code.unwrap_or_else(|| code::NOT_ELIGIBLE.to_owned()))
}

/// Rows 2 and 3: shown to the family before anything is done. While a source is silent what the
/// documents prove holds provisionally.
#[operation(name = "noteFuneralEligibility")]
pub fn note(
    ctx: &mut Context,
    input: NoteFuneralEligibilityInput,
) -> Result<NoteFuneralEligibilityOutput, OperationError> {
    let mut case = dossier::read(ctx, &input.case_id, &[FuneralState::Open])?;
    let refused = refusal(&input.overlap, &input.eligibility);
    let eligible = refused.is_none();
    let state = match (eligible, case.provisional) {
        (false, _) => FuneralState::NotEligible,
        (true, true) => FuneralState::EligibleProvisional,
        (true, false) => FuneralState::Eligible,
    };
    let result = if eligible { "ELIGIBLE" } else { "NOT_ELIGIBLE" };
    case.move_to(ctx, state, ("DT-F1", result), refused.clone());
    if let Some(refused) = refused {
        case.refuse(ctx, &refused, None);
        case.issue(ctx, "N-03");
    }
    ctx.put(&case)?;
    ending::ended(ctx, &case)?;
    let unnamed = case.benefit == Benefit::Unnamed;
    let notice_open = eligible && unnamed && case.notice_until.is_some_and(|it| ctx.today() <= it);
    Ok(NoteFuneralEligibilityOutput {
        eligible,
        notice_open,
    })
}

/// What DT-F3 awards.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralAward {
    /// 奖补
    pub award_fen: Fen,
    /// The code of a refusal.
    #[serde(default)]
    pub code: Option<String>,
}

/// What DT-F2, DT-F3 and DT-F5 have decided.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalculateFuneralInput {
    /// 办件
    pub case_id: RecordId,
    /// DT-F2: the rows of the group
    #[serde(default)]
    pub item_caps: Vec<ItemCap>,
    /// DT-F2: the case cap of the group; absent: none
    #[serde(default)]
    pub case_cap_fen: Option<i64>,
    /// DT-F3
    #[serde(default)]
    pub award: Option<FuneralAward>,
    /// DT-F5
    pub overlap: FuneralVerdict,
    /// DT-F1
    pub eligibility: FuneralVerdict,
    /// What WAIVER or REIMB has already given for this deceased.
    #[serde(default)]
    pub basic_paid_fen: i64,
    /// 已领丧葬补助金
    #[serde(default)]
    pub grant_paid_fen: i64,
}

/// The amount.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalculateFuneralOutput {
    /// 状态
    pub state: FuneralState,
    /// 核定金额
    pub result_fen: Fen,
}

/// The calculation of the case, by the policy of the day of the service.
#[operation(name = "calculateFuneral")]
pub fn calculate_case(
    ctx: &mut Context,
    input: CalculateFuneralInput,
) -> Result<CalculateFuneralOutput, OperationError> {
    let states = [
        FuneralState::Eligible,
        FuneralState::EligibleProvisional,
        FuneralState::Accepted,
    ];
    let mut case = dossier::read(ctx, &input.case_id, &states)?;
    let policy: String = match &case.policy_version {
        Some(frozen) => frozen.clone(),
        None => ctx.parameter("policy_version")?,
    };
    if policy.is_empty() {
        return Err(OperationError::invalid("/caseId", code::NO_POLICY));
    }
    let mut calculation = match (case.benefit, &input.award) {
        (Benefit::Eco | Benefit::Volcrem, Some(award)) => of_award(award.award_fen),
        _ => of_services(ctx, &case, &input)?,
    };
    calculation.policy_version.clone_from(&policy);
    calculation.version = case.calculation.as_ref().map_or(0, |it| it.version) + 1;
    let award_refused = input.award.as_ref().and_then(|it| it.code.clone());
    let needs_award = matches!(case.benefit, Benefit::Eco | Benefit::Volcrem);
    let refused =
        refusal(&input.overlap, &input.eligibility).or(award_refused.filter(|_| needs_award));
    let result = if refused.is_some() {
        Fen::ZERO
    } else {
        calculation.result_fen
    };
    calculation.result_fen = result;
    case.policy_version = Some(policy);
    case.calculation = Some(calculation);
    case.refusal = None;
    if let Some(refused) = refused {
        // A proposal: only the approver rejects.
        case.refuse(ctx, &refused, None);
    }
    let state = if case.state == FuneralState::Accepted {
        FuneralState::FirstReview
    } else {
        FuneralState::Calculated
    };
    case.move_to(ctx, state, ("CALCULATE", "DONE"), None);
    if state == FuneralState::FirstReview {
        let (id, today) = (case.id().clone(), ctx.today());
        let due = ctx.set_deadline("funeral_first_review", &id, today)?.due_on;
        case.step_until = Some(due);
    }
    ctx.put(&case)?;
    Ok(CalculateFuneralOutput {
        state,
        result_fen: result,
    })
}

fn of_award(award: Fen) -> Calculation {
    Calculation {
        version: 1,
        lines: Vec::new(),
        subtotal_fen: award,
        case_cap_fen: None,
        offset_fen: Fen::ZERO,
        result_fen: award,
        family_pays_fen: Fen::ZERO,
        storage_days: None,
        policy_version: String::new(),
        explanation_zh: format!("奖补标准{award}元"),
    }
}

fn of_services(
    ctx: &Context,
    case: &Stored<FuneralCase>,
    input: &CalculateFuneralInput,
) -> Result<Calculation, OperationError> {
    let service = case
        .service
        .as_ref()
        .ok_or_else(|| OperationError::failed("expected the services of the hall"))?;
    let on = case.service_date.unwrap_or(case.deceased.death_date);
    let here = service.hall_area == ctx.tenant();
    let prices = if here {
        Some(service::prices(ctx, &service.hall_code, on)?)
    } else {
        None
    };
    let basis: StorageBasis = ctx.parameter("storage_basis")?;
    let upgrade: UpgradeRule = ctx.parameter("upgrade_rule")?;
    let kept = service
        .cremated_at
        .map(|out| storage_days(basis, service.body_in_at, out));
    let offset = if input.overlap.outcome == "OFFSET" {
        input.grant_paid_fen
    } else {
        0
    };
    Ok(calculate(&Basis {
        lines: &service.lines,
        caps: &input.item_caps,
        prices: prices.as_deref(),
        case_cap: input
            .case_cap_fen
            .map(|cap| (cap - input.basic_paid_fen).max(0)),
        offset: if case.by_money { offset } else { 0 },
        upgrade,
        storage_days: kept,
        actual_cost: case.benefit == Benefit::Unnamed,
    }))
}
