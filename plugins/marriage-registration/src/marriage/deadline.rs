//! The deadlines of a marriage case: to supply what is missing, and to file the case.

use tongban_sdk::{Context, DeadlineStatus, OperationError, RecordId};

/// 补正
pub const SUPPLY: &str = "marriage_supply";
/// 电子归档
pub const ARCHIVE: &str = "marriage_archive";

/// Ends the clock of a deadline, if it runs.
pub fn close(
    ctx: &mut Context,
    key: &str,
    case: &RecordId,
    reason: &str,
) -> Result<(), OperationError> {
    let stored = ctx.deadline(key, case)?;
    if stored.is_some_and(|it| it.status() != DeadlineStatus::Closed) {
        ctx.close_deadline(key, case, reason);
    }
    Ok(())
}
