//! J-14: a registrar's training certificate ends soon. Without it he may not decide (V-15).

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, RecordId, SendNotice, operation};

use super::ScheduledWork;
use crate::authority::Registrar;
use crate::notice::SUPERVISOR;

/// To the registrar himself.
const OWN: &str = "REGISTRAR-NOTICE-TRAINING-ENDS";
/// To those who plan the office's work.
const OF_STAFF: &str = "REGISTRAR-NOTICE-TRAINING-ENDS-OF-STAFF";

/// The registrar.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WarnRegistrarInput {
    /// 婚姻登记员
    pub registrar_id: RecordId,
}

/// Warns the registrar and the supervisors.
#[operation(name = "warnOfTrainingEnd")]
pub fn warn(ctx: &mut Context, input: WarnRegistrarInput) -> Result<ScheduledWork, OperationError> {
    let registrar = ctx.require::<Registrar>(&input.registrar_id, "/registrarId")?;
    let until = registrar.trained_until;
    if until < ctx.today() {
        return Ok(ScheduledWork::NOTHING);
    }
    let stage = ctx.schedule().and_then(|it| it.stage).unwrap_or_default();
    let id = registrar.id();
    let staff_id = id.as_str();
    for notice in [
        SendNotice::to_staff(OWN, staff_id),
        SendNotice::to_role(OF_STAFF, SUPERVISOR).with_argument("registrar", staff_id),
    ] {
        ctx.send_notice(
            notice
                .with_argument("trainedUntil", until)
                .once(format!("{id}:{until}:{stage}")),
        );
    }
    Ok(ScheduledWork::DONE)
}
