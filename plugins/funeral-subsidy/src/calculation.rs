//! How much is waived or paid (§6.2): quantities are capped first, then prices, then items, then the
//! case; a deduction comes last. Whole fen throughout. **HARD**

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Fen, Instant};

use crate::service::{Grade, HallPrice, ServiceItem, ServiceLine, ServiceUnit};

/// One row of DT-F2 for the group of the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ItemCap {
    /// 项目
    pub item: ServiceItem,
    /// 单位
    pub unit: ServiceUnit,
    /// 数量上限
    pub quantity_cap: i64,
    /// 单价上限
    pub unit_cap_fen: Fen,
    /// 项目上限
    pub item_cap_fen: Fen,
}

/// 按什么计算存放天数 (V-09)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StorageBasis {
    /// 每24小时
    #[serde(rename = "HOURS_24")]
    Hours24,
    /// 每个日历日
    CalendarDay,
}

/// 高档项目 (V-10)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UpgradeRule {
    /// 全部自费
    FamilyPays,
    /// 按普通价减免
    PayDifference,
}

/// 核算明细
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CalculationLine {
    /// 项目
    pub item: ServiceItem,
    /// 实际数量(百分之一)
    pub actual_quantity_hundredths: i64,
    /// 计付数量(百分之一)
    pub paid_quantity_hundredths: i64,
    /// 实际金额
    pub actual_fen: Fen,
    /// 项目上限
    pub cap_fen: Option<Fen>,
    /// 减免金额
    pub allowed_fen: Fen,
    /// The rule that made the amount, such as `DT-F2` or `V-13`.
    pub rule: String,
}

/// 核算
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Calculation {
    /// 版本
    pub version: u32,
    /// 明细
    pub lines: Vec<CalculationLine>,
    /// 小计
    pub subtotal_fen: Fen,
    /// 单案上限
    pub case_cap_fen: Option<Fen>,
    /// 抵扣
    pub offset_fen: Fen,
    /// 结果
    pub result_fen: Fen,
    /// 丧属自付
    pub family_pays_fen: Fen,
    /// 存放天数
    pub storage_days: Option<i64>,
    /// 政策版本
    pub policy_version: String,
    /// 说明
    pub explanation_zh: String,
}

/// What the amounts are reckoned from.
#[derive(Debug, Clone)]
pub struct Basis<'b> {
    /// 收费明细
    pub lines: &'b [ServiceLine],
    /// DT-F2, the rows of the group.
    pub caps: &'b [ItemCap],
    /// The published list of the hall; none where the invoice is of another county.
    pub prices: Option<&'b [HallPrice]>,
    /// Case cap of the group; none: actual cost.
    pub case_cap: Option<i64>,
    /// What another payment takes off.
    pub offset: i64,
    /// V-10
    pub upgrade: UpgradeRule,
    /// V-09
    pub storage_days: Option<i64>,
    /// UNNAMED: every normal item as it cost.
    pub actual_cost: bool,
}

/// Quantity in hundredths times price, half a fen counting as a whole.
pub fn amount(quantity_hundredths: i64, unit_price_fen: i64) -> i64 {
    (quantity_hundredths.saturating_mul(unit_price_fen) + 50) / 100
}

/// V-09: the days a body was kept.
pub fn storage_days(basis: StorageBasis, body_in: Instant, out: Instant) -> i64 {
    match basis {
        StorageBasis::Hours24 => {
            const DAY: i64 = 86_400_000_000;
            let micros = out.as_micros().saturating_sub(body_in.as_micros());
            ((micros + DAY - 1) / DAY).max(1)
        }
        StorageBasis::CalendarDay => {
            i64::from(body_in.local_date().days_until(out.local_date())) + 1
        }
    }
}

/// The lines with what is allowed of each, and the sums.
pub fn calculate(basis: &Basis<'_>) -> Calculation {
    let lines: Vec<_> = basis.lines.iter().map(|it| line(basis, it)).collect();
    let lines = cap_items(lines);
    let actual: i64 = lines.iter().map(|it| it.actual_fen.get()).sum();
    let subtotal: i64 = lines.iter().map(|it| it.allowed_fen.get()).sum();
    let capped = basis.case_cap.map_or(subtotal, |cap| subtotal.min(cap));
    let offset = basis.offset.clamp(0, capped);
    let result = capped - offset;
    Calculation {
        version: 1,
        lines,
        subtotal_fen: Fen::new(subtotal),
        case_cap_fen: basis.case_cap.map(Fen::new),
        offset_fen: Fen::new(offset),
        result_fen: Fen::new(result),
        family_pays_fen: Fen::new(actual - result),
        storage_days: basis.storage_days,
        policy_version: String::new(),
        explanation_zh: explain(subtotal, basis.case_cap, offset, result),
    }
}

fn line(basis: &Basis<'_>, line: &ServiceLine) -> CalculationLine {
    let actual = line.charged().get();
    let with = |paid: i64, cap: Option<Fen>, allowed: i64, rule: &str| CalculationLine {
        item: line.item,
        actual_quantity_hundredths: line.quantity_hundredths,
        paid_quantity_hundredths: paid,
        actual_fen: Fen::new(actual),
        cap_fen: cap,
        allowed_fen: Fen::new(allowed),
        rule: rule.to_owned(),
    };
    if !is_listed(basis, line) {
        return with(0, None, 0, "V-13");
    }
    if basis.actual_cost {
        let normal = line.grade == Grade::Normal;
        let (paid, allowed) = if normal {
            (line.quantity_hundredths, actual)
        } else {
            (0, 0)
        };
        return with(paid, None, allowed, "UNNAMED");
    }
    let Some(cap) = basis.caps.iter().find(|it| it.item == line.item) else {
        return with(0, None, 0, "DT-F2");
    };
    let (price, rule) = match (line.grade, basis.upgrade) {
        (Grade::Normal, _) => (line.unit_price_fen.get(), "DT-F2"),
        (Grade::High, UpgradeRule::FamilyPays) => (0, "V-10"),
        (Grade::High, UpgradeRule::PayDifference) => (normal_price(basis, line, cap), "V-10"),
    };
    let counted = match (line.item, basis.storage_days) {
        (ServiceItem::Storage, Some(days)) => line.quantity_hundredths.min(days * 100),
        _ => line.quantity_hundredths,
    };
    let paid = counted.min(cap.quantity_cap.saturating_mul(100)).max(0);
    let allowed = amount(paid, price.min(cap.unit_cap_fen.get()));
    let allowed = allowed.min(cap.item_cap_fen.get()).min(actual).max(0);
    with(paid, Some(cap.item_cap_fen), allowed, rule)
}

/// V-13. Where the hall is of another county nobody here knows its list.
fn is_listed(basis: &Basis<'_>, line: &ServiceLine) -> bool {
    let published = basis
        .prices
        .is_none_or(|it| it.iter().any(|price| price.item == line.item));
    line.item != ServiceItem::Other && published
}

fn normal_price(basis: &Basis<'_>, line: &ServiceLine, cap: &ItemCap) -> i64 {
    let mut listed = basis.prices.unwrap_or_default().iter();
    let normal = listed.find(|it| it.item == line.item && it.grade == Grade::Normal);
    let price = normal.map_or(cap.unit_cap_fen, |it| it.unit_price_fen);
    price.min(line.unit_price_fen).get()
}

/// Quantity and amount of an item are capped however many lines it comes in.
fn cap_items(mut lines: Vec<CalculationLine>) -> Vec<CalculationLine> {
    for idx in 0..lines.len() {
        let Some(cap) = lines[idx].cap_fen else {
            continue;
        };
        let before = lines[..idx].iter().filter(|it| it.item == lines[idx].item);
        let used: i64 = before.map(|it| it.allowed_fen.get()).sum();
        let left = (cap.get() - used).max(0);
        lines[idx].allowed_fen = lines[idx].allowed_fen.min(Fen::new(left));
    }
    lines
}

fn explain(subtotal: i64, cap: Option<i64>, offset: i64, result: i64) -> String {
    let mut text = format!("各项合计{}元", Fen::new(subtotal));
    if let Some(cap) = cap {
        text.push_str(&format!(",单案上限{}元", Fen::new(cap)));
    }
    if offset > 0 {
        text.push_str(&format!(",抵扣{}元", Fen::new(offset)));
    }
    text.push_str(&format!(",核定{}元", Fen::new(result)));
    text
}
