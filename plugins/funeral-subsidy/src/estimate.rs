//! What a bill of a hall would come to (§11): the same tables and the same sums as at the counter (DT-F1, DT-F2, §6.2),
//! of what the family says. Nothing personal is asked for and nothing is stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tongban_sdk::{Context, Date, Fen, OperationError, Violations, operation};

use crate::calculation::{Basis, Calculation, CalculationLine, UpgradeRule, calculate};
use crate::case::Benefit;
use crate::code;
use crate::eligibility::FuneralVerdict;
use crate::facts::Zone;
use crate::person::{Disposal, FuneralCategory};
use crate::published::{self, GroupPolicy, ItemGroup};
use crate::service::{self, ServiceLine};

const ELIGIBILITY: &str = "dt_f1_eligibility";
const LINES_MAX: usize = 50;

/// What the hall charges, or would charge.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EstimateWaiverInput {
    /// 日期, of the cremation; today if absent
    #[serde(default)]
    pub on: Option<Date>,
    /// 对象类别
    pub categories: Vec<FuneralCategory>,
    /// 殡仪馆, whose published list counts
    #[serde(default)]
    pub hall_code: Option<String>,
    /// 收费明细
    pub lines: Vec<ServiceLine>,
}

/// What would be waived, for whoever fits the categories.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EstimateWaiverOutput {
    /// 不符合条件代码: nothing is waived
    pub refusal: Option<String>,
    /// 明细
    pub lines: Vec<CalculationLine>,
    /// 各项合计
    pub subtotal_fen: Fen,
    /// 减免金额
    pub result_fen: Fen,
    /// 家属支付
    pub family_pays_fen: Fen,
    /// 政策版本
    pub policy_version: String,
    /// 说明
    pub explanation_zh: String,
}

/// Reckons a bill.
#[operation(name = "estimateWaiver")]
pub fn estimate(
    ctx: &mut Context,
    input: EstimateWaiverInput,
) -> Result<EstimateWaiverOutput, OperationError> {
    let on = input.on.unwrap_or(ctx.today());
    check(&input)?;
    let bill = Bill {
        prices: match &input.hall_code {
            Some(hall) => Some(service::prices(ctx, hall, on)?),
            None => None,
        },
        upgrade: ctx.parameter("upgrade_rule")?,
        lines: input.lines,
    };
    let basic = eligible(ctx, Benefit::Waiver, (&input.categories, on))?;
    let special = eligible(ctx, Benefit::Special, (&input.categories, on))?;
    let mut sheet = bill.sheet(match basic.is_eligible() {
        true => Some(published::group(ctx, ItemGroup::Resident, on)?),
        false => None,
    });
    if special.is_eligible() {
        // The special cap is the sum for one deceased: what was waived before counts.
        let mut group = published::group(ctx, ItemGroup::Special, on)?;
        let left = |cap: Fen| Fen::new((cap.get() - sheet.result_fen.get()).max(0));
        group.case_cap_fen = group.case_cap_fen.map(left);
        sheet = joined(sheet, bill.sheet(Some(group)));
    }
    let refusal = basic.code.filter(|_| !special.is_eligible());
    Ok(EstimateWaiverOutput {
        refusal,
        lines: sheet.lines,
        subtotal_fen: sheet.subtotal_fen,
        result_fen: sheet.result_fen,
        family_pays_fen: sheet.family_pays_fen,
        policy_version: published::version(ctx)?,
        explanation_zh: sheet.explanation_zh,
    })
}

fn check(input: &EstimateWaiverInput) -> Result<(), OperationError> {
    let mut violations = Violations::new();
    let few = !input.lines.is_empty() && input.lines.len() <= LINES_MAX;
    violations.require(few, "/lines", code::INVOICE_DIFFERS);
    for (n, line) in input.lines.iter().enumerate() {
        let path = format!("/lines/{n}/amountFen");
        violations.require(line.agrees(), path, code::INVOICE_DIFFERS);
    }
    violations.into_result()
}

/// DT-F1 for a resident, unless the categories say otherwise, who is cremated here.
fn eligible(
    ctx: &Context,
    benefit: Benefit,
    (categories, on): (&[FuneralCategory], Date),
) -> Result<FuneralVerdict, OperationError> {
    let local = !categories.contains(&FuneralCategory::NonLocal);
    let facts = json!({
        "benefit": benefit, "categories": categories, "local": local, "parentLocal": local,
        "zone": Zone::Cremation, "disposal": Disposal::Cremated, "minorityExempt": false,
        "crematedOutside": false, "waivedElsewhere": false, "ecoNonLocal": "",
    });
    Ok(ctx.decide(ELIGIBILITY, on, &facts)?.output)
}

struct Bill {
    lines: Vec<ServiceLine>,
    prices: Option<Vec<service::HallPrice>>,
    upgrade: UpgradeRule,
}

impl Bill {
    /// By the rows of a group; without one nothing is allowed.
    fn sheet(&self, group: Option<GroupPolicy>) -> Calculation {
        let (caps, cap) = group.map_or((Vec::new(), None), |it| (it.items, it.case_cap_fen));
        calculate(&Basis {
            lines: &self.lines,
            caps: &caps,
            prices: self.prices.as_deref(),
            case_cap: cap.map(Fen::get),
            offset: 0,
            upgrade: self.upgrade,
            storage_days: None,
            actual_cost: false,
        })
    }
}

/// One sheet of two: each item stands on one of them.
fn joined(basic: Calculation, special: Calculation) -> Calculation {
    let lines = basic.lines.into_iter().zip(special.lines);
    let lines = lines.map(|(a, b)| if b.cap_fen.is_some() { b } else { a });
    let sum = |a: Fen, b: Fen| Fen::new(a.get() + b.get());
    Calculation {
        lines: lines.collect(),
        subtotal_fen: sum(basic.subtotal_fen, special.subtotal_fen),
        result_fen: sum(basic.result_fen, special.result_fen),
        family_pays_fen: Fen::new(basic.family_pays_fen.get() - special.result_fen.get()),
        explanation_zh: format!("{};{}", basic.explanation_zh, special.explanation_zh),
        ..special
    }
}
