//! What holds on a day (§11): what is paid for whom and for which way of burial, and until when it is applied for. For
//! anybody who asks; nothing is stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tongban_sdk::{Context, Date, Fen, OperationError, operation};

use crate::calculation::ItemCap;
use crate::case::{Benefit, EcoMode};
use crate::code;

const CASE_CAP: &str = "dt_f2_case_cap";
const AWARD: &str = "dt_f3_award";
const ITEMS: &str = "dt_f2_items";
const LIMIT: &str = "dt_f6_limit";
/// DT-F3 asks for it where ashes stay in a hall of ashes.
const STORAGE_YEARS: i64 = 15;
const MODES: [EcoMode; 12] = [
    EcoMode::Sea,
    EcoMode::River,
    EcoMode::Scatter,
    EcoMode::NoKeep,
    EcoMode::Deep,
    EcoMode::Tree,
    EcoMode::Flower,
    EcoMode::Lawn,
    EcoMode::Wall,
    EcoMode::Corridor,
    EcoMode::Tower,
    EcoMode::HallLong,
];
/// Benefits that are applied for (§5.2).
const APPLIED_FOR: [Benefit; 4] = [
    Benefit::Reimb,
    Benefit::Special,
    Benefit::Volcrem,
    Benefit::Eco,
];

/// 对象分组 of DT-F2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ItemGroup {
    /// 全体居民
    Resident,
    /// 特殊困难和优待对象
    Special,
}

/// The day that is asked about.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FuneralPolicyInput {
    /// 日期, of the service; today if absent
    #[serde(default)]
    pub on: Option<Date>,
}

/// What holds.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralPolicyOutput {
    /// 政策版本
    pub policy_version: String,
    /// 减免项目和上限
    pub groups: Vec<GroupPolicy>,
    /// 自愿火化补贴
    pub voluntary_cremation_fen: Fen,
    /// 生态安葬奖补
    pub eco: Vec<EcoOption>,
    /// 申请期限
    pub limits: Vec<BenefitLimit>,
    /// 公示天数
    pub publicity_days: i64,
    /// 补正天数
    pub supplement_days: i64,
}

/// What is waived for a group.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupPolicy {
    /// 对象分组
    pub group: ItemGroup,
    /// 项目和上限
    pub items: Vec<ItemCap>,
    /// 单案上限; absent: none
    pub case_cap_fen: Option<Fen>,
}

/// What a way of burial is awarded.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EcoOption {
    /// 方式
    pub mode: EcoMode,
    /// 奖补金额, where no mark of its own is kept and what decays is used
    pub award_fen: Fen,
}

/// Until when a benefit is applied for.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BenefitLimit {
    /// 项目
    pub benefit: Benefit,
    /// 月数
    pub months: i64,
    /// 起算, of the cremation or the burial
    pub from: String,
}

/// The ways of burial that are awarded.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EcoOptionsOutput {
    /// 奖补方式
    pub options: Vec<EcoOption>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Award {
    award_fen: Fen,
}

#[derive(Deserialize)]
struct Limit {
    months: i64,
    from: String,
}

/// Says what holds on a day.
#[operation(name = "funeralPolicy")]
pub fn read(
    ctx: &mut Context,
    input: FuneralPolicyInput,
) -> Result<FuneralPolicyOutput, OperationError> {
    let on = input.on.unwrap_or(ctx.today());
    let groups = [ItemGroup::Resident, ItemGroup::Special].map(|it| group(ctx, it, on));
    let limits = APPLIED_FOR.map(|it| limit(ctx, it, on));
    let cremation = json!({ "benefit": Benefit::Volcrem });
    Ok(FuneralPolicyOutput {
        policy_version: version(ctx)?,
        groups: groups.into_iter().collect::<Result<_, _>>()?,
        voluntary_cremation_fen: ctx.decide::<Award>(AWARD, on, &cremation)?.output.award_fen,
        eco: awards(ctx, on)?,
        limits: limits.into_iter().collect::<Result<_, _>>()?,
        publicity_days: ctx.parameter("publicity_days")?,
        supplement_days: ctx.parameter("supplement_days")?,
    })
}

/// Says which ways of burial are awarded.
#[operation(name = "ecoOptions")]
pub fn eco_options(
    ctx: &mut Context,
    input: FuneralPolicyInput,
) -> Result<EcoOptionsOutput, OperationError> {
    let on = input.on.unwrap_or(ctx.today());
    version(ctx)?;
    Ok(EcoOptionsOutput {
        options: awards(ctx, on)?,
    })
}

/// The name of the policy in force; without one nothing is said (FS-S-04).
pub fn version(ctx: &Context) -> Result<String, OperationError> {
    let version: String = ctx.parameter("policy_version")?;
    if version.is_empty() {
        return Err(OperationError::invalid("/on", code::NO_POLICY));
    }
    Ok(version)
}

/// DT-F2 for a group.
pub fn group(ctx: &Context, group: ItemGroup, on: Date) -> Result<GroupPolicy, OperationError> {
    let input = json!({ "itemGroup": group });
    Ok(GroupPolicy {
        group,
        items: ctx.decide(ITEMS, on, &input)?.output,
        case_cap_fen: ctx.decide(CASE_CAP, on, &input)?.output,
    })
}

fn awards(ctx: &Context, on: Date) -> Result<Vec<EcoOption>, OperationError> {
    let mut options = Vec::new();
    for mode in MODES {
        let input = json!({
            "benefit": Benefit::Eco, "ecoMode": mode, "keepsMark": false, "degradable": true,
            "storageYears": STORAGE_YEARS,
        });
        let award_fen = ctx.decide::<Award>(AWARD, on, &input)?.output.award_fen;
        if award_fen > Fen::ZERO {
            options.push(EcoOption { mode, award_fen });
        }
    }
    Ok(options)
}

fn limit(ctx: &Context, benefit: Benefit, on: Date) -> Result<BenefitLimit, OperationError> {
    let found = ctx.decide::<Limit>(LIMIT, on, &json!({ "benefit": benefit }))?;
    Ok(BenefitLimit {
        benefit,
        months: found.output.months,
        from: found.output.from,
    })
}
