//! J-13: what is not to be kept any longer (§7.3). Drafts with which nobody appeared go after ninety
//! days, the counsellors' notes after `counselling_notes_years`. Cases, their images and the archive
//! stay; images of faces are never stored.

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, RecordId, operation};

use super::ScheduledWork;
use crate::counselling::CounsellingSession;
use crate::marriage;
use crate::marriage::case::{MarriageCase, State};

/// Removes a draft whose time is over. Whoever appears with it in the last moment is a case, and is
/// kept.
#[operation(name = "removeExpiredDraft")]
pub fn remove_draft(
    ctx: &mut Context,
    input: marriage::CaseInput,
) -> Result<ScheduledWork, OperationError> {
    let Some(case) = ctx.get::<MarriageCase>(&input.case_id)? else {
        return Ok(ScheduledWork::NOTHING);
    };
    let over = case.draft_until.is_some_and(|it| it < ctx.today());
    if case.state != State::Draft || !over {
        return Ok(ScheduledWork::NOTHING);
    }
    ctx.note_audit("DRAFT-REMOVED", case.id().to_string());
    ctx.remove(&case, "DRAFT-REMOVED")?;
    Ok(ScheduledWork::DONE)
}

/// The session.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveCounsellingNotesInput {
    /// 辅导
    pub case_id: RecordId,
}

/// Removes what the counsellor noted; that there was a session, and its outcome, stays.
#[operation(name = "removeCounsellingNotes")]
pub fn remove_notes(
    ctx: &mut Context,
    input: RemoveCounsellingNotesInput,
) -> Result<ScheduledWork, OperationError> {
    let mut session = ctx.require::<CounsellingSession>(&input.case_id, "/caseId")?;
    let years = ctx.parameter::<i32>("counselling_notes_years")?;
    let closed = session.course.decided_date;
    let over = closed.is_some_and(|it| it.plus_months(12 * years) < ctx.today());
    if session.notes_ref.is_none() || !over {
        return Ok(ScheduledWork::NOTHING);
    }
    session.notes_ref = None;
    ctx.note_audit("COUNSELLING-NOTES-REMOVED", session.course.case_no.clone());
    ctx.put(&session)?;
    Ok(ScheduledWork::DONE)
}
