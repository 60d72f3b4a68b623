//! K-12: three and twelve months after a payment the insurance is asked again (DT-F5): a funeral grant may
//! have come since. A new one opens a look back of the county; nothing is claimed back by itself.

use schemars::JsonSchema;
use serde::Serialize;
use tongban_sdk::{Context, Date, OperationError, Query, StartProcess, Stored, operation};

use crate::case::{FuneralCase, FuneralState};
use crate::check::{INSURANCE, InsuranceAnswer, said};
use crate::dossier::{self, CaseInput};
use crate::facts::overlap_policy;
use crate::recheck::{self, FuneralRecheck};

const PROCESS: &str = "funeral-insurance-check";
/// Why such a case is looked at again.
const CAUSE: &str = "NEW_GRANT";
/// Months after the payment.
const FIRST_LOOK: i32 = 3;
const LAST_LOOK: i32 = 12;
/// The county adds no other money up.
const IGNORE: &str = "IGNORE";

/// The first look at a case that was paid on a day.
pub fn first_look(paid_on: Date) -> Date {
    paid_on.plus_months(FIRST_LOOK)
}

/// The look after the one of a day, if there is another.
fn next_look(paid_on: Date, due_on: Date) -> Option<Date> {
    let last = paid_on.plus_months(LAST_LOOK);
    (due_on < last).then_some(last)
}

/// What became of a case.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckFuneralInsuranceOutput {
    /// 已发起核验
    pub asked: bool,
}

/// The insurance is asked, unless the county pays beside its grants.
#[operation(name = "checkFuneralInsurance")]
pub fn check(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<CheckFuneralInsuranceOutput, OperationError> {
    let mut case = dossier::any(ctx, &input.case_id)?;
    let as_of = ctx.schedule().map_or(ctx.today(), |it| it.as_of);
    let due = case.insurance_check_on.filter(|it| *it <= as_of);
    let (Some(due_on), Some(paid_on)) = (due, case.paid_on) else {
        return Ok(CheckFuneralInsuranceOutput { asked: false });
    };
    case.insurance_check_on = next_look(paid_on, due_on);
    ctx.put(&case)?;
    let asked = is_kept(case.state) && overlap_policy(ctx, case.benefit)? != IGNORE;
    if asked {
        let start = StartProcess::new(PROCESS)
            .with_business_key(&case.no)
            .with_variable("caseId", case.id());
        ctx.start_process(start);
    }
    Ok(CheckFuneralInsuranceOutput { asked })
}

/// The family has the money.
fn is_kept(state: FuneralState) -> bool {
    matches!(state, FuneralState::Paid | FuneralState::Closed)
}

/// What the insurance says.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteFuneralInsuranceOutput {
    /// 有新的丧葬补助金
    pub new_grant: bool,
}

/// A grant that DT-F5 would have refused for, or taken off, opens a look back; once a year.
#[operation(name = "noteFuneralInsurance")]
pub fn note(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<NoteFuneralInsuranceOutput, OperationError> {
    let case = dossier::any(ctx, &input.case_id)?;
    let new_grant = is_kept(case.state) && has_new_grant(ctx, &case)?;
    let year = ctx.today().year();
    let known = Query::new()
        .equal("caseId", case.id())
        .equal("year", year)
        .equal("cause", CAUSE);
    if new_grant && ctx.count::<FuneralRecheck>(known)? == 0 {
        recheck::open(ctx, &case, (CAUSE, year), Some(INSURANCE.to_owned()))?;
    }
    Ok(NoteFuneralInsuranceOutput { new_grant })
}

fn has_new_grant(ctx: &Context, case: &Stored<FuneralCase>) -> Result<bool, OperationError> {
    let insurance: InsuranceAnswer = said(ctx, INSURANCE, case.id())?;
    let taken_off = case.calculation.as_ref().map(|it| it.offset_fen.get());
    Ok(match &*overlap_policy(ctx, case.benefit)? {
        "EXCLUDE" => insurance.has_right() || insurance.grant_paid_fen > 0,
        "OFFSET" => insurance.grant_paid_fen > taken_off.unwrap_or(0),
        _ => false,
    })
}
