//! Work that comes with the calendar (§8 of the specification): what the schedules of
//! `plugin.toml` call, each for one item.
//!
//! **Invariants:** a schedule decides nothing against anybody; it reminds, opens tasks, or makes up
//! for what the statute fixes and a process has failed to do. Each transition has one owner, the
//! timer of the process: a schedule that repairs it finds nothing as a rule. Done twice, or late, it
//! changes nothing more.

pub mod claim;
pub mod conflict;
pub mod held;
pub mod limit;
pub mod owed;
pub mod registrar;
pub mod report;
pub mod retention;
pub mod spot_check;
pub mod stock;
pub mod upload;
pub mod watch;

use schemars::JsonSchema;
use serde::Serialize;
use tongban_sdk::{Context, Record, RecordId, SendNotice};

use crate::notice::SUPERVISOR;

/// What became of an item.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "ScheduledWork")]
pub struct ScheduledWork {
    /// Whether there was something to do.
    pub done: bool,
}

impl ScheduledWork {
    /// Something was done.
    pub const DONE: Self = Self { done: true };
    /// There was nothing to do.
    pub const NOTHING: Self = Self { done: false };
}

/// A notice to a role about a record, with its number; at most once for the key.
fn tell_role<T: Record>(
    ctx: &mut Context,
    (code, role): (&str, &str),
    id: &RecordId,
    case_no: &str,
    once: &str,
) {
    let notice = SendNotice::to_role(code, role)
        .about_record::<T>(id)
        .with_argument("caseNo", case_no)
        .once(format!("{id}:{once}"));
    ctx.send_notice(notice);
}

/// A process has not done what it should: the work is made up for, and the supervisor is told, since
/// something is wrong with the process.
fn note_repair<T: Record>(
    ctx: &mut Context,
    notice: &str,
    id: &RecordId,
    (case_no, what): (&str, &str),
) {
    ctx.note_audit("PROCESS-REPAIRED", format!("{case_no}: {what}"));
    tell_role::<T>(ctx, (notice, SUPERVISOR), id, case_no, what);
}
