//! A period as a question (`funeralStatistics`): months that K-17 has frozen as they were frozen, the
//! other days as they were counted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, Query, operation};

use super::figure::{Figure, Median, Share, add_figures, figures, medians, shares};
use super::report::{FuneralStatisticsReport, ReportUnit};
use super::stock::{Stock, stock};
use super::{Breakdown, FuneralStatisticsDay, Sums};
use crate::dossier;

/// The longest period that is asked for.
const DAYS_MAX: i32 = 366;
/// The days and reports read at once.
const PAGE: u32 = 100;
/// Roles of the bureau; whoever has another alone is the public.
const BUREAU: [&str; 7] = [
    "TOWN_OFFICER",
    "COUNTY_REVIEWER",
    "COUNTY_APPROVER",
    "FINANCE",
    "ARCHIVIST",
    "SUPERVISOR",
    "AUDITOR",
];

/// Which days of which area.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FuneralStatisticsInput {
    /// 县, or one of its 乡镇(街道)
    pub area: String,
    /// First day.
    pub from: Date,
    /// Last day, at most a year later.
    pub to: Date,
}

/// The days.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FuneralStatisticsOutput {
    /// 县或乡镇(街道)
    pub area: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// 统计数; of a town those by town alone.
    pub figures: Vec<Figure>,
    /// 中位数
    pub medians: Vec<Median>,
    /// 比率, of the county
    pub shares: Vec<Share>,
    /// 存量, of the county
    pub stock: Option<Stock>,
    /// Figures below this are not shown; 0: all are.
    pub suppressed_below: u64,
}

/// Adds up the days of a period.
#[operation(name = "funeralStatistics")]
pub fn statistics(
    ctx: &mut Context,
    input: FuneralStatisticsInput,
) -> Result<FuneralStatisticsOutput, OperationError> {
    let FuneralStatisticsInput { area, from, to } = input;
    let town = dossier::town_of(ctx, &area)?;
    if !(0..DAYS_MAX).contains(&from.days_until(to)) {
        return Err(OperationError::invalid("/to", "INPUT-MALFORMED"));
    }
    let mut sums = sums_between(ctx, from, to)?;
    if let Some(town) = town {
        keep_town(&mut sums, town);
    }
    let county = town.is_none();
    let below = suppressed_below(ctx)?;
    Ok(FuneralStatisticsOutput {
        figures: figures(&sums, below),
        medians: medians(&sums, below),
        shares: if county {
            shares(&sums, below)
        } else {
            Vec::new()
        },
        stock: if county { Some(stock(ctx, to)?) } else { None },
        area,
        from,
        to,
        suppressed_below: below,
    })
}

fn keep_town(sums: &mut Sums, town: &str) {
    let of_town =
        |by: Breakdown, of: &Option<String>| by == Breakdown::Town && of.as_deref() == Some(town);
    sums.counts.retain(|(_, by, of), _| of_town(*by, of));
    sums.spreads.retain(|(_, by, of), _| of_town(*by, of));
}

/// The bound for whoever asks: the bureau sees every figure.
fn suppressed_below(ctx: &Context) -> Result<u64, OperationError> {
    let is_bureau = ctx
        .actor()
        .is_some_and(|actor| BUREAU.iter().any(|it| actor.has_role(it)));
    if is_bureau {
        return Ok(0);
    }
    ctx.parameter("statistics_suppress_below")
}

/// The sums of a period: of whole months that are frozen from their reports.
pub fn sums_between(ctx: &Context, from: Date, to: Date) -> Result<Sums, OperationError> {
    let mut sums = Sums::default();
    let query = Query::new()
        .equal("unit", ReportUnit::Month)
        .at_least("from", from)
        .at_most("until", to)
        .order_by("from")
        .limit(PAGE);
    let mut next_day = from;
    for report in ctx.find::<FuneralStatisticsReport>(query)?.items {
        add_days(ctx, &mut sums, next_day, report.from.plus_days(-1))?;
        add_figures(&mut sums, &report.figures, &report.spreads);
        next_day = report.until.plus_days(1);
    }
    add_days(ctx, &mut sums, next_day, to)?;
    Ok(sums)
}

fn add_days(ctx: &Context, sums: &mut Sums, from: Date, to: Date) -> Result<(), OperationError> {
    if from > to {
        return Ok(());
    }
    let mut next: Option<String> = None;
    loop {
        let mut query = Query::new()
            .at_least("date", from)
            .at_most("date", to)
            .order_by("date")
            .limit(PAGE);
        if let Some(next) = next {
            query = query.after(next);
        }
        let page = ctx.find::<FuneralStatisticsDay>(query)?;
        for day in &page.items {
            sums.add(&day.counts, &day.spreads);
        }
        next = page.next;
        if next.is_none() {
            return Ok(());
        }
    }
}
