//! J-03 and J-04: what comes of appointments with the clock.

use tongban_sdk::{Context, OperationError, operation};

use super::{Appointment, AppointmentInput, AppointmentState, free_place, tell};
use crate::schedule::ScheduledWork;

/// J-03: who has not come by the end of the slot and its grace is a no-show; an offer that nobody
/// took, and a place in a queue whose slot has begun, expire; who was served yesterday is done.
#[operation(name = "sweepAppointment")]
pub fn sweep(ctx: &mut Context, input: AppointmentInput) -> Result<ScheduledWork, OperationError> {
    let mut swept = ctx.require::<Appointment>(&input.appointment_id, "/appointmentId")?;
    let grace: i64 = ctx.parameter("slot_grace_minutes")?;
    let now = ctx.now();
    let to = match swept.state {
        AppointmentState::Booked if now > swept.slot_end.plus_seconds(grace * 60) => {
            AppointmentState::NoShow
        }
        AppointmentState::Offered if swept.offered_until.is_none_or(|it| it < now) => {
            AppointmentState::Expired
        }
        AppointmentState::Waitlisted if now >= swept.slot_start => AppointmentState::Expired,
        AppointmentState::CheckedIn if swept.slot_date < ctx.today() => AppointmentState::Done,
        _ => return Ok(ScheduledWork::NOTHING),
    };
    let was_offered = swept.state == AppointmentState::Offered;
    swept.move_to(ctx, to);
    ctx.put(&swept)?;
    if was_offered {
        free_place(ctx, &swept)?;
    }
    if to == AppointmentState::NoShow {
        tell(ctx, "APPOINTMENT-NOTICE-NO-SHOW", &swept);
    }
    Ok(ScheduledWork::DONE)
}

/// J-04: a reminder on the day before; if that is a rest day, on the working day before it.
#[operation(name = "remindOfAppointment")]
pub fn remind(ctx: &mut Context, input: AppointmentInput) -> Result<ScheduledWork, OperationError> {
    let mut booked = ctx.require::<Appointment>(&input.appointment_id, "/appointmentId")?;
    let ahead = ctx.today() < booked.slot_date;
    if booked.state != AppointmentState::Booked || !ahead || booked.reminder_sent_at.is_some() {
        return Ok(ScheduledWork::NOTHING);
    }
    booked.reminder_sent_at = Some(ctx.now());
    ctx.put(&booked)?;
    tell(ctx, "APPOINTMENT-NOTICE-TOMORROW", &booked);
    Ok(ScheduledWork::DONE)
}
