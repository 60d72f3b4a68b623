//! Booking: the facts are gathered here, and DT-M9 decides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Instant, OperationError, Query, RecordId, StartProcess, operation,
};

use super::{
    Appointment, AppointmentInput, AppointmentOutput, AppointmentProcedure, AppointmentState,
    BookedPerson, PROCESS, appointment, require_own, slot_of, tell,
};
use crate::archive::couple_key;
use crate::authority::authority;
use crate::case::{Refusal, word};
use crate::code;
use crate::course::actor;
use crate::divorce::case::DivorceCase;

/// Which slot is wanted, and for whom.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BookAppointmentInput {
    /// 登记机关
    pub authority_code: String,
    /// 办理事项
    pub procedure: AppointmentProcedure,
    /// 时段开始
    pub slot_start: Instant,
    /// 预约人
    pub persons: Vec<BookedPerson>,
    /// 受理回执单编号
    #[serde(default)]
    pub receipt_no: Option<String>,
    /// 号满时候补
    #[serde(default)]
    pub wait: bool,
}

/// The appointment.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookAppointmentOutput {
    /// 预约
    pub appointment_id: RecordId,
}

/// Asks for a slot. Whether it is booked, DT-M9 says in the same step; its answer stands in the
/// appointment.
#[operation(name = "bookAppointment")]
pub fn book(
    ctx: &mut Context,
    input: BookAppointmentInput,
) -> Result<BookAppointmentOutput, OperationError> {
    authority(ctx, &input.authority_code, "/authorityCode")?;
    let ids: Vec<&str> = input.persons.iter().map(|it| &*it.person_id).collect();
    let both = matches!(
        input.procedure,
        AppointmentProcedure::Marry
            | AppointmentProcedure::DivorceApply
            | AppointmentProcedure::DivorceClaim
    );
    let fits = if both {
        ids.len() == 2 && ids[0] != ids[1]
    } else {
        (1..=2).contains(&ids.len())
    };
    if !fits {
        return Err(OperationError::invalid("/persons", code::NOT_BOTH_PRESENT));
    }
    require_own(ctx, &ids, "/persons")?;
    let key = (&*input.authority_code, input.procedure, input.slot_start);
    let Some(slot) = slot_of(ctx, key)? else {
        return Err(OperationError::invalid("/slotStart", code::CHOICE_UNKNOWN));
    };
    let party_key = match &ids[..] {
        [first, second] => couple_key(first, second),
        _ => ids[0].to_owned(),
    };
    let facts = Facts::of(ctx, &input, (&party_key, &ids, slot.taken >= slot.capacity))?;
    let wanted = Appointment {
        authority_code: input.authority_code,
        procedure: input.procedure,
        slot_start: slot.slot_start,
        slot_end: slot.slot_end,
        slot_date: slot.date,
        first_person_id: ids[0].to_owned(),
        second_person_id: ids.get(1).map(|it| (*it).to_owned()),
        party_key,
        persons: input.persons,
        state: AppointmentState::Requested,
        receipt_no: input.receipt_no,
        created_at: ctx.now(),
        cancelled_at: None,
        offered_until: None,
        reminder_sent_at: None,
        priority: false,
        refusal: None,
    };
    let appointment_id = ctx.put_new(&wanted)?;
    let start = StartProcess::new(PROCESS)
        .with_variable("appointmentId", &appointment_id)
        .with_variable("blocked", facts.blocked)
        .with_variable("horizonExceeded", facts.horizon_exceeded)
        .with_variable("openBooking", facts.open_booking)
        .with_variable("outsideClaimWindow", facts.outside_claim_window)
        .with_variable("slotFull", facts.slot_full)
        .with_variable("wait", input.wait);
    ctx.start_process(start);
    Ok(BookAppointmentOutput { appointment_id })
}

/// The inputs of DT-M9.
struct Facts {
    blocked: bool,
    horizon_exceeded: bool,
    open_booking: bool,
    outside_claim_window: bool,
    slot_full: bool,
}

impl Facts {
    fn of(
        ctx: &Context,
        input: &BookAppointmentInput,
        (party_key, ids, slot_full): (&str, &[&str], bool),
    ) -> Result<Self, OperationError> {
        let day = input.slot_start.local_date();
        let horizon: i32 = ctx.parameter("appointment_horizon_days")?;
        let lead: i32 = ctx.parameter("appointment_min_lead_days")?;
        let ahead = ctx.today().days_until(day);
        let open = [
            AppointmentState::Waitlisted,
            AppointmentState::Offered,
            AppointmentState::Booked,
        ];
        let query = Query::new()
            .equal("partyKey", party_key)
            .equal("procedure", input.procedure)
            .one_of("state", open);
        let mut blocked = false;
        for id in ids {
            blocked |= blocked_until(ctx, id)?.is_some_and(|until| ctx.today() <= until);
        }
        Ok(Self {
            blocked,
            horizon_exceeded: ahead > horizon || ahead < lead,
            open_booking: ctx.count::<Appointment>(query)? > 0,
            outside_claim_window: is_outside_claim_window(ctx, input, day)?,
            slot_full,
        })
    }
}

/// The last day on which a person may not book: who did not come so many times within so many days
/// pauses for so many days after the last time.
pub fn blocked_until(ctx: &Context, person_id: &str) -> Result<Option<Date>, OperationError> {
    let limit: usize = ctx.parameter("no_show_limit")?;
    let window: i32 = ctx.parameter("no_show_window_days")?;
    let pause: i32 = ctx.parameter("no_show_block_days")?;
    let since = ctx.today().plus_days(-(window + pause));
    let mut days = Vec::new();
    for side in ["firstPersonId", "secondPersonId"] {
        let query = Query::new()
            .equal(side, person_id)
            .equal("state", AppointmentState::NoShow)
            .at_least("slotDate", since);
        days.extend(
            ctx.find::<Appointment>(query)?
                .items
                .iter()
                .map(|it| it.slot_date),
        );
    }
    days.sort_unstable();
    let reached = days.windows(limit.max(1)).rev().find(|it| {
        let (Some(first), Some(last)) = (it.first(), it.last()) else {
            return false;
        };
        first.days_until(*last) <= window
    });
    Ok(reached
        .and_then(<[Date]>::last)
        .map(|it| it.plus_days(pause)))
}

/// MR-A-03: a claim is made in its window alone, by the two of the receipt.
fn is_outside_claim_window(
    ctx: &Context,
    input: &BookAppointmentInput,
    day: Date,
) -> Result<bool, OperationError> {
    if input.procedure != AppointmentProcedure::DivorceClaim {
        return Ok(false);
    }
    let receipt = input.receipt_no.clone().unwrap_or_default();
    let query = Query::new().equal("receiptNo", receipt.trim());
    let case = ctx.find_first::<DivorceCase>(query)?;
    let ids: Vec<String> = input
        .persons
        .iter()
        .map(|it| it.person_id.clone())
        .collect();
    let Some(case) = case.filter(|it| it.are_both(&ids)) else {
        return Err(OperationError::invalid("/receiptNo", code::RECEIPT_MISSING));
    };
    if case.authority_code != input.authority_code {
        return Err(OperationError::invalid(
            "/authorityCode",
            code::OTHER_AUTHORITY,
        ));
    }
    let within =
        case.claim_from.is_some_and(|it| it <= day) && case.claim_until.is_some_and(|it| day <= it);
    Ok(!within || !case.state.is_open())
}

/// What DT-M9 decided.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettleBookingInput {
    /// 预约
    pub appointment_id: RecordId,
    /// DT-M9
    pub booking: BookingRule,
}

/// A row of DT-M9.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookingRule {
    /// `BOOK`, `WAITLIST` or `DENY`
    pub outcome: String,
    /// A code of the specification.
    #[serde(default)]
    pub code: Option<String>,
}

/// Books, puts into the queue, or denies. The last place goes to one alone: the slot carries its
/// version, and who comes second is put into the queue.
#[operation(name = "settleBooking")]
pub fn settle(
    ctx: &mut Context,
    input: SettleBookingInput,
) -> Result<AppointmentOutput, OperationError> {
    let mut wanted = appointment(ctx, &input.appointment_id, &[AppointmentState::Requested])?;
    match &*input.booking.outcome {
        "BOOK" => {
            let key = (&*wanted.authority_code, wanted.procedure, wanted.slot_start);
            let slot = slot_of(ctx, key)?;
            match slot.filter(|it| it.taken < it.capacity) {
                Some(mut slot) => {
                    slot.taken += 1;
                    ctx.put(&slot)?;
                    wanted.move_to(ctx, AppointmentState::Booked);
                    tell(ctx, "APPOINTMENT-NOTICE-BOOKED", &wanted);
                }
                None => wanted.move_to(ctx, AppointmentState::Waitlisted),
            }
        }
        "WAITLIST" => wanted.move_to(ctx, AppointmentState::Waitlisted),
        "DENY" => {
            wanted.refusal = Some(Refusal {
                code: input.booking.code.unwrap_or_else(|| code::SLOT_FULL.into()),
                note: None,
                by: actor(ctx),
                at: ctx.now(),
            });
            wanted.move_to(ctx, AppointmentState::Denied);
        }
        _ => {
            return Err(OperationError::invalid(
                "/booking/outcome",
                code::CHOICE_UNKNOWN,
            ));
        }
    }
    ctx.put(&wanted)?;
    Ok(AppointmentOutput::of(&wanted))
}

/// Takes the place that was offered, while it is kept.
#[operation(name = "confirmAppointment")]
pub fn confirm(
    ctx: &mut Context,
    input: AppointmentInput,
) -> Result<AppointmentOutput, OperationError> {
    let mut offered = appointment(ctx, &input.appointment_id, &[AppointmentState::Offered])?;
    require_own(ctx, &offered.person_ids(), "/appointmentId")?;
    if offered.offered_until.is_none_or(|it| it < ctx.now()) {
        return Err(OperationError::invalid("/appointmentId", code::SLOT_FULL));
    }
    for person in offered.person_ids() {
        if blocked_until(ctx, person)?.is_some_and(|it| ctx.today() <= it) {
            return Err(OperationError::invalid(
                "/appointmentId",
                code::BOOKING_BLOCKED,
            ));
        }
    }
    offered.move_to(ctx, AppointmentState::Booked);
    ctx.put(&offered)?;
    Ok(AppointmentOutput::of(&offered))
}

/// The reason of a cancellation.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelAppointmentInput {
    /// 预约
    pub appointment_id: RecordId,
    /// 取消原因
    #[serde(default)]
    pub reason: Option<String>,
}

/// Cancels in time; the place goes to whoever waits.
#[operation(name = "cancelAppointment")]
pub fn cancel(
    ctx: &mut Context,
    input: CancelAppointmentInput,
) -> Result<AppointmentOutput, OperationError> {
    let states = [
        AppointmentState::Booked,
        AppointmentState::Offered,
        AppointmentState::Waitlisted,
    ];
    let mut booked = appointment(ctx, &input.appointment_id, &states)?;
    require_own(ctx, &booked.person_ids(), "/appointmentId")?;
    let days: i32 = ctx.parameter("appointment_cancel_until_days")?;
    let holds_place = booked.state != AppointmentState::Waitlisted;
    let ahead = ctx.today().days_until(booked.slot_date);
    if booked.state == AppointmentState::Booked && ahead < days {
        return Err(OperationError::invalid(
            "/appointmentId",
            code::NOT_IN_THIS_STATE,
        ));
    }
    booked.cancelled_at = Some(ctx.now());
    booked.move_to(ctx, AppointmentState::Cancelled);
    if let Some(reason) = input.reason.filter(|it| !it.trim().is_empty()) {
        ctx.note_audit("APPOINTMENT-REASON", word(reason));
    }
    ctx.put(&booked)?;
    if holds_place {
        super::free_place(ctx, &booked)?;
    }
    Ok(AppointmentOutput::of(&booked))
}
