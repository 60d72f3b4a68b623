//! The slots that an authority offers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Instant, OperationError, Query, TimeOfDay, operation};

use super::{AppointmentProcedure, SlotCapacity, slot_of};
use crate::authority::{authority, time_of_day};
use crate::code;

/// A slot lasts half an hour.
const SLOT_SECONDS: i64 = 1_800;
/// Slots of one call: more are set by further calls.
const SLOTS_MAX: usize = 150;

/// Which slots to offer.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfferSlotsInput {
    /// 登记机关
    pub authority_code: String,
    /// 办理事项
    pub procedure: AppointmentProcedure,
    /// 起始日期
    pub from: Date,
    /// 截止日期
    pub to: Date,
    /// 时段开始时间, as `09:00`.
    pub starts: Vec<String>,
    /// 号源数
    pub capacity: u32,
}

/// How many were set.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferSlotsOutput {
    /// 时段数
    pub slots: usize,
}

/// Sets the capacity of slots on working days on which the counter is open. What is booked stays
/// booked, even where the capacity is now less.
#[operation(name = "offerAppointmentSlots")]
pub fn offer(
    ctx: &mut Context,
    input: OfferSlotsInput,
) -> Result<OfferSlotsOutput, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    if input.from < ctx.today() || input.to < input.from {
        return Err(OperationError::invalid("/to", code::PERIOD_WRONG));
    }
    let opens = time_of_day(&authority.opens);
    let mut slots = Vec::new();
    let mut day = input.from;
    while day <= input.to && slots.len() <= SLOTS_MAX {
        if ctx.calendar().is_working_day(day)? && !authority.is_closed_on(day) {
            let closes = Instant::from_local(day, authority.closes_on(day)?);
            for (idx, text) in input.starts.iter().enumerate() {
                let start = slot_start(day, text, opens, closes).ok_or_else(|| {
                    OperationError::invalid(format!("/starts/{idx}"), code::PERIOD_WRONG)
                })?;
                slots.push(start);
            }
        }
        day = day.plus_days(1);
    }
    if slots.is_empty() || slots.len() > SLOTS_MAX {
        return Err(OperationError::invalid("/to", code::PERIOD_WRONG));
    }
    for start in &slots {
        set(ctx, &input, *start)?;
    }
    Ok(OfferSlotsOutput { slots: slots.len() })
}

fn slot_start(day: Date, text: &str, opens: Option<TimeOfDay>, closes: Instant) -> Option<Instant> {
    let start = Instant::from_local(day, time_of_day(text)?);
    let opens = Instant::from_local(day, opens?);
    (opens <= start && start.plus_seconds(SLOT_SECONDS) <= closes).then_some(start)
}

fn set(ctx: &mut Context, input: &OfferSlotsInput, start: Instant) -> Result<(), OperationError> {
    let key = (&*input.authority_code, input.procedure, start);
    if let Some(mut known) = slot_of(ctx, key)? {
        known.capacity = input.capacity;
        return ctx.put(&known);
    }
    let slot = SlotCapacity {
        authority_code: input.authority_code.clone(),
        procedure: input.procedure,
        slot_start: start,
        slot_end: start.plus_seconds(SLOT_SECONDS),
        date: start.local_date(),
        capacity: input.capacity,
        taken: 0,
    };
    ctx.put_new(&slot)?;
    Ok(())
}

/// Which slots are asked about.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppointmentSlotsInput {
    /// 登记机关
    pub authority: String,
    /// 办理事项
    pub procedure: AppointmentProcedure,
    /// 起始日期
    pub from: Date,
    /// 截止日期
    pub to: Date,
}

/// The slots.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppointmentSlotsOutput {
    /// 时段
    pub slots: Vec<FreeSlot>,
}

/// 时段
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FreeAppointmentSlot")]
pub struct FreeSlot {
    /// 时段开始
    pub slot_start: Instant,
    /// 时段结束
    pub slot_end: Instant,
    /// 余号
    pub free: u32,
}

/// What can be booked, the earliest first.
#[operation(name = "appointmentSlots")]
pub fn slots(
    ctx: &mut Context,
    input: AppointmentSlotsInput,
) -> Result<AppointmentSlotsOutput, OperationError> {
    let query = Query::new()
        .equal("authorityCode", &input.authority)
        .equal("procedure", input.procedure)
        .at_least("date", input.from)
        .at_most("date", input.to)
        .order_by("slotStart")
        .limit(100);
    let found = ctx.find::<SlotCapacity>(query)?.items;
    let now = ctx.now();
    let slots = found
        .iter()
        .filter(|it| it.slot_start > now)
        .map(|it| FreeSlot {
            slot_start: it.slot_start,
            slot_end: it.slot_end,
            free: it.capacity.saturating_sub(it.taken),
        });
    Ok(AppointmentSlotsOutput {
        slots: slots.collect(),
    })
}
