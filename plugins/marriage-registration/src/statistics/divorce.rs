//! What is counted of a divorce: who applied, withdrew, let it lapse or claimed, after how long a
//! marriage; who was refused, and why; counselling.

use tongban_sdk::{Context, Date, OperationError};

use super::Tally;
use crate::divorce::case::DivorceCase;

/// An application for divorce was accepted.
pub const APPLICATIONS: &str = "DIVORCE_APPLICATIONS";
/// One party withdrew.
const WITHDRAWN: &str = "DIVORCE_WITHDRAWN";
/// Days from the acceptance to the withdrawal.
const WITHDRAWN_AFTER_DAYS: &str = "DIVORCE_WITHDRAWN_AFTER_DAYS";
/// Nobody claimed.
pub const DEEMED_WITHDRAWN: &str = "DIVORCE_DEEMED_WITHDRAWN";
/// Certificates issued.
const DIVORCES: &str = "DIVORCES";
/// Days from the marriage to its divorce.
const MARRIAGE_DAYS: &str = "DIVORCE_MARRIAGE_DAYS";
/// Not accepted or not registered, with the code behind it.
const REFUSED: &str = "DIVORCE_REFUSED";

/// Counselling was offered to a couple.
const COUNSELLING_OFFERED: &str = "COUNSELLING_OFFERED";
/// A person accepted an offer.
const COUNSELLING_ACCEPTED: &str = "COUNSELLING_ACCEPTED";

/// So many offers of counselling, and so many persons who have accepted one.
pub fn counselling(
    ctx: &mut Context,
    case: &DivorceCase,
    n_offered: u32,
    n_accepted: u32,
) -> Result<(), OperationError> {
    if n_offered + n_accepted == 0 {
        return Ok(());
    }
    let tally = Tally::default().add(COUNSELLING_OFFERED, n_offered);
    let tally = tally.add(COUNSELLING_ACCEPTED, n_accepted);
    tally.note(ctx, &case.authority_code)
}

/// An application was not accepted, or a claim not registered; nothing if neither.
pub fn refused(ctx: &mut Context, case: &DivorceCase) -> Result<(), OperationError> {
    let Some(refusal) = &case.refusal else {
        return Ok(());
    };
    let tally = Tally::default().count(REFUSED);
    let tally = tally.count(format!("{REFUSED}:{}", refusal.code));
    tally.note(ctx, &case.authority_code)
}

/// A divorce was registered.
pub fn registered(ctx: &mut Context, case: &DivorceCase) -> Result<(), OperationError> {
    let days = days(case.marriage.date, ctx.today());
    let tally = Tally::default().count(DIVORCES).value(MARRIAGE_DAYS, days);
    tally.note(ctx, &case.authority_code)
}

fn days(from: Date, until: Date) -> u32 {
    u32::try_from(from.days_until(until)).unwrap_or(0)
}

/// One party has withdrawn.
pub fn withdrawn(ctx: &mut Context, case: &DivorceCase) -> Result<(), OperationError> {
    let tally = Tally::default().count(WITHDRAWN);
    let tally = match case.accepted_date {
        Some(accepted) => tally.value(WITHDRAWN_AFTER_DAYS, days(accepted, ctx.today())),
        None => tally,
    };
    tally.note(ctx, &case.authority_code)
}
