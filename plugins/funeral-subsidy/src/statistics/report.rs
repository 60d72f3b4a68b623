//! K-17: the report of a month and of a year, built once from the days that were counted. It is not
//! built again: what is corrected later counts on the day of the correction.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Instant, OperationError, Query, Record, SendNotice, operation};

use super::Spread;
use super::figure::{Figure, Median, Share, figures, medians, shares};
use super::period::sums_between;
use super::stock::{Stock, stock};
use crate::dossier::SUPERVISOR;

const BUILT: &str = "FUNERAL-NOTICE-REPORT";

/// 报表周期
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "FuneralReportUnit")]
pub enum ReportUnit {
    /// 月报
    Month,
    /// 年报
    Year,
}

/// 惠民殡葬统计报表
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "funeral_statistics_report")]
pub struct FuneralStatisticsReport {
    /// `2026-03` or `2026`
    pub period: String,
    /// 周期
    pub unit: ReportUnit,
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
    /// 统计数
    pub figures: Vec<Figure>,
    /// 中位数
    pub medians: Vec<Median>,
    /// 比率
    pub shares: Vec<Share>,
    /// 天数, of which the medians of a longer period are made
    pub spreads: Vec<Spread>,
    /// 存量, when it was built
    pub stock: Stock,
    /// When it was built.
    pub built_at: Instant,
}

/// Nothing: the county is the server's own.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BuildFuneralReportInput {}

/// What became of a report.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BuildFuneralReportOutput {
    /// 已生成
    pub built: bool,
}

/// The month that has ended on the day of the run.
#[operation(name = "buildFuneralMonthlyReport")]
pub fn monthly(
    ctx: &mut Context,
    _input: BuildFuneralReportInput,
) -> Result<BuildFuneralReportOutput, OperationError> {
    let as_of = as_of(ctx);
    let this = as_of.plus_days(1 - i32::from(as_of.day()));
    let from = this.plus_months(-1);
    let period = format!("{:04}-{:02}", from.year(), from.month());
    build(ctx, (period, ReportUnit::Month), (from, this.plus_days(-1)))
}

/// The year that has ended on the day of the run.
#[operation(name = "buildFuneralYearlyReport")]
pub fn yearly(
    ctx: &mut Context,
    _input: BuildFuneralReportInput,
) -> Result<BuildFuneralReportOutput, OperationError> {
    let year = as_of(ctx).year() - 1;
    let first = |year| Date::new(year, 1, 1);
    let beyond = |_| OperationError::failed("expected a year");
    let from = first(year).map_err(beyond)?;
    let until = first(year + 1).map_err(beyond)?.plus_days(-1);
    build(ctx, (format!("{year:04}"), ReportUnit::Year), (from, until))
}

/// A run that was missed builds what it would have built then.
fn as_of(ctx: &Context) -> Date {
    ctx.schedule().map_or(ctx.today(), |it| it.as_of)
}

fn build(
    ctx: &mut Context,
    (period, unit): (String, ReportUnit),
    (from, until): (Date, Date),
) -> Result<BuildFuneralReportOutput, OperationError> {
    let known = Query::new().equal("period", &period);
    if ctx.count::<FuneralStatisticsReport>(known)? > 0 {
        return Ok(BuildFuneralReportOutput { built: false });
    }
    let sums = sums_between(ctx, from, until)?;
    let report = FuneralStatisticsReport {
        period: period.clone(),
        unit,
        from,
        until,
        figures: figures(&sums, 0),
        medians: medians(&sums, 0),
        shares: shares(&sums, 0),
        spreads: sums.stored_spreads(),
        stock: stock(ctx, until)?,
        built_at: ctx.now(),
    };
    let id = ctx.put_new(&report)?;
    let notice = SendNotice::to_role(BUILT, SUPERVISOR)
        .about_record::<FuneralStatisticsReport>(&id)
        .with_argument("period", &period)
        .once(&period);
    ctx.send_notice(notice);
    Ok(BuildFuneralReportOutput { built: true })
}
