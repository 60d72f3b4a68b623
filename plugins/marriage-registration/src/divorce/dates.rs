//! The dates of a divorce as a question anybody may ask.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, operation};

use crate::authority::authority;
use crate::divorce::deadline::DivorceDates;

/// A day of acceptance at an authority.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DivorceDatesInput {
    /// 登记机关
    pub authority: String,
    /// 受理日期
    pub accepted_date: Date,
}

/// The dates that would be frozen on that day.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DivorceDatesOutput {
    /// 受理日期
    pub accepted_date: Date,
    /// 冷静期届满日
    pub cooling_off_end: Date,
    /// 领证期首日
    pub claim_from: Date,
    /// 领证期末日
    pub claim_until: Date,
    /// The day on which the application counts as withdrawn.
    pub deemed_withdrawn_on: Date,
    /// Which calendar computed the dates.
    pub calendar_version: String,
    /// The dates reach into a year whose holidays are not published.
    pub provisional: bool,
}

/// Computes the dates of §7.1 without opening a case.
#[operation(name = "divorceDates")]
pub fn compute(
    ctx: &mut Context,
    input: DivorceDatesInput,
) -> Result<DivorceDatesOutput, OperationError> {
    let authority = authority(ctx, &input.authority, "/authority")?;
    let dates = DivorceDates::reckon(ctx, &authority, input.accepted_date)?;
    Ok(DivorceDatesOutput {
        accepted_date: dates.accepted,
        cooling_off_end: dates.cooling_off_end,
        claim_from: dates.claim_from,
        claim_until: dates.claim_until,
        deemed_withdrawn_on: dates.claim_until.plus_days(1),
        calendar_version: dates.calendar_version,
        provisional: dates.provisional,
    })
}
