//! K-08: a family that has agreed to be reminded is told thirty days before the last day to apply for the
//! award of an ecological burial. The day is reckoned from the cremation, since nobody knows here
//! whether, and when, the ashes were buried: from a burial it can only be later.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, RecordId, SendNotice, Stored, operation};

use crate::application::ClaimLimit;
use crate::case::{Benefit, FuneralCase};
use crate::dossier::{self, CaseInput};
use crate::service::ServiceRecord;

/// DT-F6 for an award.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteFuneralReminderInput {
    /// 办件
    pub case_id: RecordId,
    /// DT-F6
    pub limit: ClaimLimit,
}

/// Until when the family may apply, if it is going to be reminded.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteFuneralReminderOutput {
    /// 生态安葬奖补申请截止
    pub eco_until: Option<Date>,
}

/// Notes the day; nothing if the family has not agreed, or is not one of those who may apply.
#[operation(name = "noteFuneralReminder")]
pub fn note(
    ctx: &mut Context,
    input: NoteFuneralReminderInput,
) -> Result<NoteFuneralReminderOutput, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    let cremated = case.service.as_ref().and_then(ServiceRecord::cremated_on);
    let Some(cremated) = cremated.filter(|_| may_be_reminded(&case)) else {
        return Ok(NoteFuneralReminderOutput { eco_until: None });
    };
    let months = i32::try_from(input.limit.months).unwrap_or(i32::MAX);
    let weekends: bool = ctx.parameter("rest_day_includes_weekend")?;
    let last = cremated.plus_months(months);
    case.eco_until = Some(ctx.calendar().roll_off_rest_days(last, weekends)?);
    ctx.put(&case)?;
    Ok(NoteFuneralReminderOutput {
        eco_until: case.eco_until,
    })
}

/// A waiver of a local resident, whose family has given a number and its consent.
fn may_be_reminded(case: &Stored<FuneralCase>) -> bool {
    let local = case.assessed.as_ref().is_some_and(|it| it.local);
    let agreed = case.consents_to_reminder && case.applicant.is_some();
    case.benefit == Benefit::Waiver && local && agreed
}

/// Whether somebody was told.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemindOfFuneralAwardOutput {
    /// 已提醒
    pub told: bool,
}

/// Thirty days before; nothing where an award was applied for.
#[operation(name = "remindOfFuneralAward")]
pub fn remind(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<RemindOfFuneralAwardOutput, OperationError> {
    let case = dossier::any(ctx, &input.case_id)?;
    let nothing = RemindOfFuneralAwardOutput { told: false };
    let until = case.eco_until.filter(|it| ctx.today() <= *it);
    let (Some(until), Some(applicant)) = (until, &case.applicant) else {
        return Ok(nothing);
    };
    if dossier::has_case(ctx, &case.deceased_key, Benefit::Eco)? {
        return Ok(nothing);
    }
    let notice = SendNotice::to_person("FUNERAL-NOTICE-AWARD-SOON", &applicant.person_id)
        .about_record::<FuneralCase>(case.id())
        .with_argument("no", &case.no)
        .with_argument("until", until)
        .once(format!("{}:award:{until}", case.id()));
    ctx.send_notice(notice);
    Ok(RemindOfFuneralAwardOutput { told: true })
}
