//! The deadlines of a divorce (民法典第1077条, counted by Art. 200 to 203): the server owns their days.
//!
//! The case only mirrors them. What the server cannot know is added here: the claim window begins
//! where the cooling-off period ends, and a day on which the counter is closed by order counts as a
//! rest day. Start with [`DivorceDates::reckon`].

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::host::Extent;
use tongban_sdk::{Context, Date, DeadlineStatus, OperationError, RecordId, Stored, operation};

use crate::authority::{Authority, authority};
use crate::divorce::CaseState;
use crate::divorce::case::{DivorceCase, State};
use crate::notice::{self, Told, tell_parties};

/// 离婚冷静期
pub const COOLING_OFF: &str = "divorce_cooling_off";
/// 领证期
pub const CLAIM_WINDOW: &str = "divorce_claim_window";
/// 申领补正
pub const CLAIM_CURE: &str = "divorce_claim_cure";
/// 申请补正, on the day itself.
pub const SUPPLY: &str = "divorce_supply";
/// 辅导答复
pub const COUNSELLING: &str = "divorce_counselling";
/// 电子归档
pub const ARCHIVE: &str = "divorce_archive";

/// Days of the cooling-off period and of the claim window, as `plugin.toml` declares them.
const PERIOD_DAYS: i32 = 30;
/// All that runs while an application is not at its end.
const UNTIL_THE_END: [&str; 5] = [SUPPLY, COUNSELLING, COOLING_OFF, CLAIM_WINDOW, CLAIM_CURE];
/// Who extends where nobody is logged in.
const SYSTEM: &str = "SYSTEM";

/// The dates of §7.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DivorceDates {
    /// The day on which the receipts are handed out: day 0, not counted (Art. 201).
    pub accepted: Date,
    /// The last day on which one party alone may withdraw.
    pub cooling_off_end: Date,
    /// The first day of the window to claim; it may be a rest day.
    pub claim_from: Date,
    /// The last day of the window to claim.
    pub claim_until: Date,
    /// A date was reckoned over a year whose holidays are not published.
    pub provisional: bool,
    /// Which calendar reckoned the dates.
    pub calendar_version: String,
}

impl DivorceDates {
    /// The dates of an application that is accepted on this day at this authority; nothing is
    /// written.
    pub fn reckon(
        ctx: &Context,
        authority: &Authority,
        accepted: Date,
    ) -> Result<Self, OperationError> {
        let cooling_off = last_day(ctx, authority, COOLING_OFF, accepted)?;
        let claim_window = last_day(ctx, authority, CLAIM_WINDOW, cooling_off.on)?;
        Ok(Self {
            accepted,
            cooling_off_end: cooling_off.on,
            claim_from: cooling_off.on.plus_days(1),
            claim_until: claim_window.on,
            provisional: cooling_off.provisional || claim_window.provisional,
            calendar_version: claim_window.calendar_version,
        })
    }
}

/// A last day at which the counter is open.
struct LastDay {
    on: Date,
    provisional: bool,
    calendar_version: String,
}

fn last_day(
    ctx: &Context,
    authority: &Authority,
    key: &str,
    anchor: Date,
) -> Result<LastDay, OperationError> {
    let mut reckoned = ctx.reckon_deadline(key, anchor)?;
    let mut provisional = reckoned.provisional;
    while authority.is_closed_on(reckoned.due_on) {
        // From this anchor the day after the closed one is the last day as counted.
        let anchor = reckoned.due_on.plus_days(1 - PERIOD_DAYS);
        reckoned = ctx.reckon_deadline(key, anchor)?;
        provisional |= reckoned.provisional;
    }
    Ok(LastDay {
        on: reckoned.due_on,
        provisional,
        calendar_version: reckoned.calendar_version,
    })
}

/// Starts both periods with the acceptance, and says where they end.
pub fn start(
    ctx: &mut Context,
    case: &RecordId,
    authority: &Authority,
    accepted: Date,
) -> Result<DivorceDates, OperationError> {
    let dates = DivorceDates::reckon(ctx, authority, accepted)?;
    set_until(ctx, (COOLING_OFF, case), accepted, dates.cooling_off_end)?;
    let anchor = dates.cooling_off_end;
    set_until(ctx, (CLAIM_WINDOW, case), anchor, dates.claim_until)?;
    Ok(dates)
}

/// Starts a clock that ends on this day or later: later than counted where the counter is closed,
/// or where the parties have been told of a later day.
fn set_until(
    ctx: &mut Context,
    (key, case): (&str, &RecordId),
    anchor: Date,
    last: Date,
) -> Result<(), OperationError> {
    let counted = ctx.set_deadline(key, case, anchor)?;
    if last > counted.due_on {
        extend(ctx, (key, case), last);
    }
    Ok(())
}

fn extend(ctx: &mut Context, (key, case): (&str, &RecordId), last: Date) {
    let officer = ctx.actor().map_or(SYSTEM, |it| &it.id).to_owned();
    let reason = "DIVORCE-LAST-DAY-KEPT-OPEN";
    ctx.extend_deadline(key, case, Extent::Until(last), (officer, reason));
}

/// Ends the clock of a deadline, if it runs.
pub fn close(
    ctx: &mut Context,
    key: &str,
    case: &RecordId,
    reason: &str,
) -> Result<(), OperationError> {
    if is_open(ctx, key, case)? {
        ctx.close_deadline(key, case, reason);
    }
    Ok(())
}

fn is_open(ctx: &Context, key: &str, case: &RecordId) -> Result<bool, OperationError> {
    let stored = ctx.deadline(key, case)?;
    Ok(stored.is_some_and(|it| it.status() != DeadlineStatus::Closed))
}

/// The application is at its end: nothing of it runs any longer.
pub fn close_all(ctx: &mut Context, case: &RecordId, reason: &str) -> Result<(), OperationError> {
    for key in UNTIL_THE_END {
        close(ctx, key, case, reason)?;
    }
    Ok(())
}

/// Which day has moved.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoteDivorceDeadlineMovedInput {
    /// 办件
    pub record_id: RecordId,
    /// The key of the deadline.
    pub deadline: String,
    /// The last day as it was.
    pub was: Date,
    /// The last day as it is.
    pub now: Date,
}

/// A published calendar has moved a last day (note 1, J-07): it can only be later than it was. The
/// claim window follows the end of the cooling-off period.
#[operation(name = "noteDivorceDeadlineMoved")]
pub fn note_moved(
    ctx: &mut Context,
    input: NoteDivorceDeadlineMovedInput,
) -> Result<CaseState, OperationError> {
    let mut case = ctx.require::<DivorceCase>(&input.record_id, "/recordId")?;
    // Whoever claimed on the last day has days of his own (`CLAIM_CURE`).
    if !case.state.is_open() || case.state == State::ClaimCure {
        return Ok(CaseState::of(&case));
    }
    let authority = authority(ctx, &case.authority_code, "/recordId")?;
    let id = case.id().clone();
    let key = input.deadline.as_str();
    // What is told of one period may be overtaken by what was done about the other.
    let stored = ctx.deadline(key, &id)?.and_then(|it| it.due_on());
    let due = stored.map_or(input.now, |it| it.max(input.now));
    // The new day may be one on which this counter is closed.
    let last = last_day(ctx, &authority, key, due.plus_days(-PERIOD_DAYS))?;
    if last.on > due && is_open(ctx, key, &id)? {
        extend(ctx, (key, &id), last.on);
    }
    case.provisional_dates = last.provisional;
    let mut until = last.on;
    if key == COOLING_OFF {
        let window = last_day(ctx, &authority, CLAIM_WINDOW, last.on)?;
        let told = case.claim_until.unwrap_or(window.on);
        until = window.on.max(told);
        set_until(ctx, (CLAIM_WINDOW, &id), last.on, until)?;
        case.claim_from = Some(last.on.plus_days(1));
        case.provisional_dates |= window.provisional;
    }
    case.calendar_version = Some(ctx.calendar().version());
    let text = format!("{}: {key} {} -> {}", case.case_no, input.was, last.on);
    ctx.note_audit("DIVORCE-DATES-EXTENDED", text);
    ctx.put(&case)?;
    tell_dates(ctx, &case, until);
    Ok(CaseState::of(&case))
}

/// Both are told the new dates of the claim window, once for each.
fn tell_dates(ctx: &mut Context, case: &Stored<DivorceCase>, until: Date) {
    let Some(from) = case.claim_from else {
        return;
    };
    let arguments = [
        ("claimFrom", from.to_string()),
        ("claimUntil", until.to_string()),
    ];
    let once = format!("moved:{from}:{until}");
    let told = Told::of(notice::DATES_MOVED).with(&arguments).once(&once);
    tell_parties::<DivorceCase>(ctx, case.id(), &case.parties, told);
}

/// Whether the days to come again are over, and nobody has come.
pub fn is_cure_over(ctx: &Context, case: &Stored<DivorceCase>) -> Result<bool, OperationError> {
    let stored = ctx.deadline(CLAIM_CURE, case.id())?;
    Ok(stored.is_some_and(|it| it.status() == DeadlineStatus::Open && it.is_over(ctx.now())))
}
