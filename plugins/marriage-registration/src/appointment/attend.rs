//! Those who come, and days on which the office is closed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, Query, RecordId, operation};

use super::{Appointment, AppointmentOutput, AppointmentState, appointment, tell};
use crate::code;
use crate::course::filled;

/// Who is at the counter.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckInAppointmentInput {
    /// 预约
    pub appointment_id: RecordId,
    /// 到场人
    pub person_ids: Vec<String>,
}

/// Those who come are those who have booked, on the day and until the slot's grace is over.
#[operation(name = "checkInAppointment")]
pub fn check_in(
    ctx: &mut Context,
    input: CheckInAppointmentInput,
) -> Result<AppointmentOutput, OperationError> {
    let mut booked = appointment(ctx, &input.appointment_id, &[AppointmentState::Booked])?;
    let mut expected = booked.person_ids();
    let mut come: Vec<&str> = input.person_ids.iter().map(|it| &**it).collect();
    expected.sort_unstable();
    come.sort_unstable();
    if expected != come {
        return Err(OperationError::invalid(
            "/personIds",
            code::NOT_BOTH_PRESENT,
        ));
    }
    let grace: i64 = ctx.parameter("slot_grace_minutes")?;
    let latest = booked.slot_end.plus_seconds(grace * 60);
    if ctx.today() != booked.slot_date || ctx.now() > latest {
        return Err(OperationError::invalid(
            "/appointmentId",
            code::NOT_IN_THIS_STATE,
        ));
    }
    booked.move_to(ctx, AppointmentState::CheckedIn);
    ctx.put(&booked)?;
    Ok(AppointmentOutput::of(&booked))
}

/// The day on which the office does not open.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelAppointmentDayInput {
    /// 登记机关
    pub authority_code: String,
    /// 日期
    pub date: Date,
    /// 停止办公原因
    pub reason: String,
}

/// How many were cancelled.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CancelAppointmentDayOutput {
    /// 取消数
    pub cancelled: usize,
    /// Whether there are more, for another call.
    pub more: bool,
}

/// The authority closes a day: all who have booked are told, and book again with priority. It is no
/// no-show.
#[operation(name = "cancelAppointmentDay")]
pub fn cancel_day(
    ctx: &mut Context,
    input: CancelAppointmentDayInput,
) -> Result<CancelAppointmentDayOutput, OperationError> {
    filled(&input.reason, "/reason", code::REASON_MISSING)?;
    let open = [
        AppointmentState::Booked,
        AppointmentState::Offered,
        AppointmentState::Waitlisted,
    ];
    let query = Query::new()
        .equal("authorityCode", &input.authority_code)
        .equal("slotDate", input.date)
        .one_of("state", open)
        .limit(50);
    let page = ctx.find::<Appointment>(query)?;
    let more = page.next.is_some();
    let cancelled = page.items.len();
    for mut booked in page.items {
        booked.cancelled_at = Some(ctx.now());
        booked.priority = true;
        booked.move_to(ctx, AppointmentState::Cancelled);
        ctx.put(&booked)?;
        tell(ctx, "APPOINTMENT-NOTICE-CLOSED", &booked);
    }
    Ok(CancelAppointmentDayOutput { cancelled, more })
}
