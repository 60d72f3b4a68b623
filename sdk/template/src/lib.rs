//! Home visits (入户探访): a sample to begin a plugin with.
//!
//! One record kind, one operation. Rename what is here, declare it in `plugin.toml`, and write
//! the cases under `tests/cases`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, OperationError, Query, Record, RecordId, ResidentId, Violations, operation,
};

/// 探访
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "home_visit")]
pub struct HomeVisit {
    /// 公民身份号码
    pub resident_id: ResidentId,
    /// 状态
    pub state: HomeVisitState,
    /// 最迟探访日期
    pub due_on: Date,
}

/// 探访状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HomeVisitState {
    /// 待探访
    Planned,
    /// 已探访
    Done,
}

/// Whom to visit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanHomeVisitInput {
    /// 公民身份号码
    pub resident_id: ResidentId,
}

/// The visit that was planned.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanHomeVisitOutput {
    /// 探访记录
    pub home_visit_id: RecordId,
    /// 最迟探访日期
    pub due_on: Date,
}

/// Plans a visit within so many working days as the county has set.
#[operation(name = "planHomeVisit")]
pub fn plan(
    ctx: &mut Context,
    input: PlanHomeVisitInput,
) -> Result<PlanHomeVisitOutput, OperationError> {
    let open = Query::new()
        .equal("residentId", &input.resident_id)
        .equal("state", "PLANNED");
    let mut violations = Violations::new();
    violations.require(
        ctx.count::<HomeVisit>(open)? == 0,
        "/residentId",
        "VISIT-ALREADY-PLANNED",
    );
    violations.into_result()?;

    let days = ctx.parameter("visit_within_working_days")?;
    let due_on = ctx.calendar().add_working_days(ctx.today(), days)?;
    if !ctx.calendar().is_confirmed(due_on.year()) {
        ctx.warn("", "DUE-DATE-PROVISIONAL");
    }
    let visit = HomeVisit {
        resident_id: input.resident_id,
        state: HomeVisitState::Planned,
        due_on,
    };
    Ok(PlanHomeVisitOutput {
        home_visit_id: ctx.put_new(&visit)?,
        due_on,
    })
}

tongban_sdk::plugin! {
    records: [HomeVisit],
    operations: [plan],
}
