//! Who is at the counter, and whether together (V-14): parties come in person, on the same day, at
//! the same counter. **HARD**

use tongban_sdk::{Context, Instant, OperationError};

/// Whether check-ins lie on today's date and not further apart than the county allows.
pub fn arrived_together(ctx: &Context, arrived_at: &[Instant]) -> Result<bool, OperationError> {
    let gap_minutes: i64 = ctx.parameter("presence_gap_minutes")?;
    let (Some(first), Some(last)) = (arrived_at.iter().min(), arrived_at.iter().max()) else {
        return Ok(true);
    };
    let today = ctx.today();
    let is_today = first.local_date() == today && last.local_date() == today;
    Ok(is_today && *last <= ctx.now() && *last <= first.plus_seconds(gap_minutes * 60))
}
