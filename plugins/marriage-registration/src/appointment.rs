//! Online appointments (网上预约, §5.9): slots with a capacity, a queue for those that are full, and a
//! pause for who did not come. Nobody needs one: walk-ins are served as before.

pub mod attend;
pub mod book;
pub mod slot;
pub mod sweep;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Instant, OperationError, Query, Record, RecordId, SendNotice, Stored,
};

use crate::case::{Refusal, word};
use crate::code;
use crate::course::in_state;

/// The key of the process that decides on a booking.
pub const PROCESS: &str = "appointment-booking";

/// 预约
#[derive(Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Appointment")]
#[record(kind = "appointment")]
pub struct Appointment {
    /// 登记机关
    pub authority_code: String,
    /// 办理事项
    pub procedure: AppointmentProcedure,
    /// 时段开始
    pub slot_start: Instant,
    /// 时段结束
    pub slot_end: Instant,
    /// 日期
    pub slot_date: Date,
    /// 预约人
    pub persons: Vec<BookedPerson>,
    /// 预约人标识, of the one or two persons in order.
    pub party_key: String,
    /// 第一人
    pub first_person_id: String,
    /// 第二人
    pub second_person_id: Option<String>,
    /// 状态
    pub state: AppointmentState,
    /// 离婚登记申请受理回执单编号
    pub receipt_no: Option<String>,
    /// 预约时间
    pub created_at: Instant,
    /// 取消时间
    pub cancelled_at: Option<Instant>,
    /// 空位保留至
    pub offered_until: Option<Instant>,
    /// 提醒时间
    pub reminder_sent_at: Option<Instant>,
    /// 优先改约: the office was closed.
    pub priority: bool,
    /// 不予预约
    pub refusal: Option<Refusal>,
}

/// 预约人
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookedPerson {
    /// Key in the person index.
    pub person_id: String,
    /// 姓名
    pub name: String,
    /// 公民身份号码
    pub id_number: String,
}

/// 办理事项
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AppointmentProcedure {
    /// 结婚登记
    Marry,
    /// 离婚登记申请
    DivorceApply,
    /// 申领离婚证
    DivorceClaim,
    /// 补领
    Reissue,
    /// 记录证明、查档
    Proof,
    /// 婚姻家庭辅导
    Counsel,
}

/// 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AppointmentState {
    /// 已申请
    Requested,
    /// 不予预约
    Denied,
    /// 候补
    Waitlisted,
    /// 空位待确认
    Offered,
    /// 已预约
    Booked,
    /// 已取消
    Cancelled,
    /// 已到场
    CheckedIn,
    /// 已办结
    Done,
    /// 爽约
    NoShow,
    /// 已失效
    Expired,
}

/// 时段号源: so many may come for a procedure in a half-hour.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "SlotCapacity")]
#[record(kind = "slot_capacity")]
pub struct SlotCapacity {
    /// 登记机关
    pub authority_code: String,
    /// 办理事项
    pub procedure: AppointmentProcedure,
    /// 时段开始
    pub slot_start: Instant,
    /// 时段结束
    pub slot_end: Instant,
    /// 日期
    pub date: Date,
    /// 号源数
    pub capacity: u32,
    /// 已约数, with those that are offered.
    pub taken: u32,
}

/// The appointment an operation is about.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AppointmentInput {
    /// 预约
    pub appointment_id: RecordId,
}

/// Where an appointment is now.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppointmentOutput {
    /// 预约
    pub appointment_id: RecordId,
    /// 状态
    pub state: AppointmentState,
}

impl AppointmentOutput {
    /// Of an appointment.
    pub fn of(appointment: &Stored<Appointment>) -> Self {
        Self {
            appointment_id: appointment.id().clone(),
            state: appointment.state,
        }
    }
}

/// The appointment, in one of these states.
pub fn appointment(
    ctx: &Context,
    id: &RecordId,
    states: &[AppointmentState],
) -> Result<Stored<Appointment>, OperationError> {
    let appointment = ctx.require::<Appointment>(id, "/appointmentId")?;
    in_state(&appointment.state, states)
        .map_err(|_| OperationError::invalid("/appointmentId", code::NOT_IN_THIS_STATE))?;
    Ok(appointment)
}

/// Whoever acts for himself acts for one of the persons; staff act for anybody.
pub fn require_own(ctx: &Context, person_ids: &[&str], path: &str) -> Result<(), OperationError> {
    let is_citizen = |roles: &[String]| roles.iter().any(|it| it == "CITIZEN");
    let actor = ctx.actor().filter(|it| is_citizen(&it.roles));
    match actor {
        Some(actor) if !person_ids.contains(&&*actor.id) => {
            Err(OperationError::invalid(path, code::NOT_BOTH_PRESENT))
        }
        _ => Ok(()),
    }
}

impl Appointment {
    /// The state changes.
    pub fn move_to(&mut self, ctx: &mut Context, to: AppointmentState) {
        self.state = to;
        let event = format!("APPOINTMENT-{}", word(to).replace('_', "-"));
        ctx.note_audit(
            event,
            format!("{} {}", self.slot_start, word(self.procedure)),
        );
    }

    /// Those who are to come.
    pub fn person_ids(&self) -> Vec<&str> {
        self.persons.iter().map(|it| &*it.person_id).collect()
    }
}

/// Tells those who have booked.
pub fn tell(ctx: &mut Context, code: &str, appointment: &Stored<Appointment>) {
    for person in &appointment.persons {
        let told = SendNotice::to_person(code, &person.person_id)
            .about_record::<Appointment>(appointment.id())
            .with_argument("slot", clock_text(appointment.slot_start))
            .once(format!("{}:{code}", appointment.id()));
        ctx.send_notice(told);
    }
}

/// `2026-05-08 09:00`, as people write it.
pub fn clock_text(at: Instant) -> String {
    let time = at.local_time();
    format!("{} {:02}:{:02}", at.local_date(), time.hour, time.minute)
}

/// The slot's capacity, if the authority offers the slot.
pub fn slot_of(
    ctx: &Context,
    (authority_code, procedure, start): (&str, AppointmentProcedure, Instant),
) -> Result<Option<Stored<SlotCapacity>>, OperationError> {
    let query = Query::new()
        .equal("authorityCode", authority_code)
        .equal("procedure", procedure)
        .equal("slotStart", start);
    ctx.find_first::<SlotCapacity>(query)
}

/// A place becomes free: whoever waits longest for the slot is offered it, for two hours.
pub fn free_place(ctx: &mut Context, appointment: &Appointment) -> Result<(), OperationError> {
    let slot = (
        &*appointment.authority_code,
        appointment.procedure,
        appointment.slot_start,
    );
    let Some(mut capacity) = slot_of(ctx, slot)? else {
        return Ok(());
    };
    let query = Query::new()
        .equal("authorityCode", slot.0)
        .equal("procedure", slot.1)
        .equal("slotStart", slot.2)
        .equal("state", AppointmentState::Waitlisted)
        .order_by("createdAt")
        .limit(1);
    let next = ctx.find_first::<Appointment>(query)?;
    if let Some(mut next) = next.filter(|it| it.slot_start > ctx.now()) {
        let two_hours = ctx.now().plus_seconds(2 * 3_600);
        next.offered_until = Some(two_hours.min(next.slot_start));
        next.move_to(ctx, AppointmentState::Offered);
        ctx.put(&next)?;
        tell(ctx, "APPOINTMENT-NOTICE-OFFERED", &next);
        return Ok(());
    }
    capacity.taken = capacity.taken.saturating_sub(1);
    ctx.put(&capacity)
}
