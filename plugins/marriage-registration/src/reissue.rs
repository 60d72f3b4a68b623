//! Re-issue of a certificate (补领, §5.3): the archive is searched, another authority is asked, or
//! substitute evidence is weighed (DT-M7); the status on the certificate must still hold (V-20).
//!
//! Any authority in the country may re-issue (跨省通办): what it has not in its own archive it asks of
//! the national base, and then of the authority that registered the marriage.

pub mod case;
pub mod evidence;
pub mod finish;
pub mod issue;
pub mod request;
pub mod search;

use tongban_sdk::{Context, DeadlineStatus, OperationError, RecordId, Stored};

use crate::course::in_state;
use case::{ReissueCase, ReissueState};

/// The key of the process.
pub const PROCESS: &str = "certificate-reissue";
/// To answer what another archive was asked.
pub const ARCHIVE_REPLY: &str = "reissue_archive_reply";
/// To bring substitute evidence.
pub const EVIDENCE: &str = "reissue_evidence";
/// To file the case.
pub const ARCHIVE: &str = "reissue_archive";

/// The case, in one of these states.
pub fn reissue_case(
    ctx: &Context,
    id: &RecordId,
    states: &[ReissueState],
) -> Result<Stored<ReissueCase>, OperationError> {
    let case = ctx.require::<ReissueCase>(id, "/caseId")?;
    in_state(&case.state, states)?;
    Ok(case)
}

/// Ends the clock of a deadline, if it runs.
pub fn close(ctx: &mut Context, key: &str, case: &RecordId) -> Result<(), OperationError> {
    let stored = ctx.deadline(key, case)?;
    if stored.is_some_and(|it| it.status() != DeadlineStatus::Closed) {
        ctx.close_deadline(key, case, "REISSUE-DONE");
    }
    Ok(())
}
