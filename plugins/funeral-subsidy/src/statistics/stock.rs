//! What there is on a day: plots and the budget of the year. It is read off the records when it is
//! asked for; a report keeps what there was when it was built.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Fen, OperationError, Query};

use crate::plot::{BurialPlot, PlotState};
use crate::review::FuneralBudget;

/// 存量
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FuneralStock")]
pub struct Stock {
    /// 空闲墓位
    pub plots_free: u64,
    /// 预留墓位
    pub plots_reserved: u64,
    /// 在用墓位
    pub plots_occupied: u64,
    /// 使用期已满的在用墓位
    pub plots_expired: u64,
    /// 年度预算; absent: none is open
    pub budget_fen: Option<Fen>,
    /// 已批准
    pub budget_used_fen: Option<Fen>,
}

/// What there is today, with the budget of the year of a day.
pub fn stock(ctx: &Context, of: Date) -> Result<Stock, OperationError> {
    let in_state = |state: PlotState| Query::new().equal("state", state);
    let expired = in_state(PlotState::Occupied).less("termUntil", ctx.today());
    let budget = ctx.find_first::<FuneralBudget>(Query::new().equal("year", of.year()))?;
    Ok(Stock {
        plots_free: ctx.count::<BurialPlot>(in_state(PlotState::Free))?,
        plots_reserved: ctx.count::<BurialPlot>(in_state(PlotState::Reserved))?,
        plots_occupied: ctx.count::<BurialPlot>(in_state(PlotState::Occupied))?,
        plots_expired: ctx.count::<BurialPlot>(expired)?,
        budget_fen: budget.as_ref().map(|it| it.total_fen),
        budget_used_fen: budget.as_ref().map(|it| it.used_fen),
    })
}
