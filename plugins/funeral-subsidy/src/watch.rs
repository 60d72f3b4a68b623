//! What the nightly watches tell (§8): limits of the office that are over, money that is not paid back, terms of
//! plots that end, a budget that is nearly used. They tell and decide nothing; twice, or late, they tell nothing more.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, DeadlineStatus, OperationError, RecordId, SendNotice, Stored, operation,
};

use crate::case::{Benefit, FuneralCase, FuneralState};
use crate::dossier::{self, CaseInput, SUPERVISOR};
use crate::plot::{BurialPlot, PlotState};
use crate::recheck::{FuneralRecovery, RecoveryState};
use crate::review::FuneralBudget;

/// From this share of the budget on somebody is told, in percent.
const BUDGET_ALARM_PERCENT: i64 = 90;

/// Whether somebody was told.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralWatchOutput {
    /// 已提醒
    pub told: bool,
}

fn told(told: bool) -> FuneralWatchOutput {
    FuneralWatchOutput { told }
}

/// K-20: a step of the office is past its limit. An alarm, never an adverse decision.
#[operation(name = "alarmFuneralLimit")]
pub fn alarm_limit(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<FuneralWatchOutput, OperationError> {
    let case = dossier::any(ctx, &input.case_id)?;
    let Some(key) = case.state.clock() else {
        return Ok(told(false));
    };
    let Some(deadline) = ctx.deadline(key, case.id())? else {
        return Ok(told(false));
    };
    let Some(due_on) = deadline.due_on().filter(|it| ctx.today() > *it) else {
        return Ok(told(false));
    };
    if deadline.status() == DeadlineStatus::Closed {
        return Ok(told(false));
    }
    let once = format!("{key}:{due_on}");
    dossier::tell_role(ctx, ("FUNERAL-NOTICE-LIMIT-OVER", SUPERVISOR), &case, &once);
    Ok(told(true))
}

/// K-01: a working day is left to accept an application; the town is told. After the limit the process
/// tells the supervisor.
#[operation(name = "warnOfFuneralAcceptance")]
pub fn warn_of_acceptance(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<FuneralWatchOutput, OperationError> {
    let case = dossier::any(ctx, &input.case_id)?;
    let open = case.state == FuneralState::Submitted;
    let Some(until) = case.accept_until.filter(|it| open && ctx.today() <= *it) else {
        return Ok(told(false));
    };
    let notice = SendNotice::to_role("FUNERAL-NOTICE-ACCEPT-SOON", "TOWN_OFFICER")
        .about_record::<FuneralCase>(case.id())
        .with_argument("no", &case.no)
        .with_argument("until", until)
        .once(format!("{}:accept:{until}", case.id()));
    ctx.send_notice(notice);
    Ok(told(true))
}

/// A recovery.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemindOfRecoveryInput {
    /// 追缴
    pub recovery_id: RecordId,
}

/// K-13: the payee is reminded, and the approver told, every week that money is due.
#[operation(name = "remindOfFuneralRecovery")]
pub fn remind_of_recovery(
    ctx: &mut Context,
    input: RemindOfRecoveryInput,
) -> Result<FuneralWatchOutput, OperationError> {
    let recovery = ctx.require::<FuneralRecovery>(&input.recovery_id, "/recoveryId")?;
    let due = matches!(recovery.state, RecoveryState::Open | RecoveryState::Part);
    let as_of = ctx.schedule().map_or(ctx.today(), |it| it.as_of);
    if !due || recovery.due_on.is_none_or(|it| as_of <= it) {
        return Ok(told(false));
    }
    let case = dossier::any(ctx, &recovery.case_id)?;
    if let Some(applicant) = &case.applicant {
        let notice = SendNotice::to_person("FUNERAL-NOTICE-RECOVERY-DUE", &applicant.person_id)
            .about_record::<FuneralCase>(case.id())
            .with_argument("no", &case.no)
            .once(format!("{}:{as_of}", recovery.id()));
        ctx.send_notice(notice);
    }
    let once = format!("recovery:{as_of}");
    dossier::tell_role(
        ctx,
        ("FUNERAL-NOTICE-RECOVERY-LATE", "COUNTY_APPROVER"),
        &case,
        &once,
    );
    Ok(told(true))
}

/// K-15: the free time of ashes in the hall ends; the family is told what it may do. Nothing is said
/// where an award was applied for, since the ashes have their place.
#[operation(name = "remindOfFuneralAshes")]
pub fn remind_of_ashes(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<FuneralWatchOutput, OperationError> {
    let case = dossier::any(ctx, &input.case_id)?;
    let until = case.ashes_until.filter(|it| ctx.today() <= *it);
    let (Some(until), Some(applicant)) = (until, &case.applicant) else {
        return Ok(told(false));
    };
    if dossier::has_case(ctx, &case.deceased_key, Benefit::Eco)? {
        return Ok(told(false));
    }
    let notice = SendNotice::to_person("FUNERAL-NOTICE-ASHES", &applicant.person_id)
        .about_record::<FuneralCase>(case.id())
        .with_argument("no", &case.no)
        .with_argument("until", until)
        .once(format!("{}:ashes:{until}", case.id()));
    ctx.send_notice(notice);
    Ok(told(true))
}

/// A plot.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WarnOfPlotTermInput {
    /// 墓位
    pub plot_id: RecordId,
}

/// K-14: the cemetery is told 180, 90 and 30 days before a term ends; nothing is taken from anybody.
#[operation(name = "warnOfPlotTerm")]
pub fn warn_of_plot_term(
    ctx: &mut Context,
    input: WarnOfPlotTermInput,
) -> Result<FuneralWatchOutput, OperationError> {
    let plot = ctx.require::<BurialPlot>(&input.plot_id, "/plotId")?;
    let Some(until) = plot
        .term_until
        .filter(|_| plot.state == PlotState::Occupied)
    else {
        return Ok(told(false));
    };
    let stage = ctx.schedule().and_then(|it| it.stage).unwrap_or_default();
    let notice = SendNotice::to_role("FUNERAL-NOTICE-PLOT-TERM", "CEMETERY_OP")
        .about_record::<BurialPlot>(plot.id())
        .with_argument("no", &plot.no)
        .with_argument("until", until)
        .once(format!("{}:{until}:{stage}", plot.id()));
    ctx.send_notice(notice);
    Ok(told(true))
}

/// A budget.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WatchFuneralBudgetInput {
    /// 预算
    pub budget_id: RecordId,
}

/// K-16: more than nine tenths of the year's budget are used or approved.
#[operation(name = "watchFuneralBudget")]
pub fn watch_budget(
    ctx: &mut Context,
    input: WatchFuneralBudgetInput,
) -> Result<FuneralWatchOutput, OperationError> {
    let budget = ctx.require::<FuneralBudget>(&input.budget_id, "/budgetId")?;
    let as_of = ctx.schedule().map_or(ctx.today(), |it| it.as_of);
    if budget.year != as_of.year() || !is_nearly_used(&budget) {
        return Ok(told(false));
    }
    tell_of_budget(ctx, &budget, as_of);
    Ok(told(true))
}

fn is_nearly_used(budget: &FuneralBudget) -> bool {
    let (used, total) = (budget.used_fen.get(), budget.total_fen.get());
    i128::from(used) * 100 > i128::from(total) * i128::from(BUDGET_ALARM_PERCENT)
}

fn tell_of_budget(ctx: &mut Context, budget: &Stored<FuneralBudget>, as_of: Date) {
    for role in ["FINANCE", "COUNTY_APPROVER"] {
        let notice = SendNotice::to_role("FUNERAL-NOTICE-BUDGET", role)
            .about_record::<FuneralBudget>(budget.id())
            .with_argument("year", budget.year)
            .once(format!("{}:{role}:{as_of}", budget.id()));
        ctx.send_notice(notice);
    }
}
