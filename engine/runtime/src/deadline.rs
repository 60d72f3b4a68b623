//! Deadlines between the manifest that declares them and the row that owns the date.
//!
//! The counting itself is the core's. Here a declaration is resolved with the tenant's parameters,
//! a row is reckoned, and what was reckoned is explained to people. It does not store anything.

use serde_json::Value as Json;
use tongban_core::deadline::{self as counting, Extension, Pause, Roll, Rule, Term, Unit};
use tongban_core::id::Instant;
use tongban_feel::time::{Date, Zone};
use tongban_feel::workday::{Calendar, RestDays};
use tongban_host::call::{Date as HostDate, in_force};
use tongban_host::manifest::deadline::{self as declared, Color, Moment, Setting};
use tongban_host::plugin::Plugin;
use tongban_store::row::deadline::{Deadline, DeadlineEnd, DeadlineStatus, Protects};
use tongban_store::unit_of_work::deadline::{DeadlineFacts, Reckoning};

use crate::code;
use crate::error::Text;
use crate::tenant::TenantWorld;

/// A declaration with the tenant's parameters filled in.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) rule: Rule,
    pub(crate) ends_minute: u16,
    pub(crate) protects: Protects,
}

/// What days and hours are reckoned with.
pub(crate) struct Times<'t> {
    pub(crate) calendar: &'t dyn Calendar,
    pub(crate) zone: &'t Zone,
    pub(crate) now: i64,
}

/// The declaration as this tenant has set it for the day of the fact. A parameter that does not fit
/// counts as its default, and an unusable default as the mildest reading: no amount, weekends rest,
/// 24:00.
pub(crate) fn settings(
    world: &TenantWorld,
    plugin: &Plugin,
    declared: &declared::Deadline,
    anchor: HostDate,
) -> Settings {
    let manifest = plugin.manifest();
    let set = world.parameters.get(&manifest.plugin.name);
    let value = |key: &str| -> Vec<Json> {
        let versions = set.and_then(|it| it.get(key));
        let set = versions.and_then(|it| in_force(it, anchor)).cloned();
        let default = manifest.parameter(key).map(|it| it.default.clone());
        set.into_iter().chain(default).collect()
    };
    let amount = match &declared.amount {
        Setting::Fixed(amount) => *amount,
        Setting::Parameter(key) => value(key)
            .iter()
            .find_map(|it| u32::try_from(it.as_i64()?).ok())
            .unwrap_or(0),
    };
    let weekends_rest = match &declared.weekends_rest {
        Setting::Fixed(rest) => *rest,
        Setting::Parameter(key) => value(key).iter().find_map(Json::as_bool).unwrap_or(true),
    };
    let ends_minute = match &declared.ends_at {
        Setting::Fixed(minute) => *minute,
        Setting::Parameter(key) => value(key)
            .iter()
            .find_map(|it| declared::minute_of(it.as_str()?))
            .unwrap_or(counting::END_OF_DAY_MINUTE),
    };
    Settings {
        rule: Rule {
            term: Term {
                amount: amount.min(counting::AMOUNT_MAX),
                unit: unit_of(declared.unit),
            },
            roll: roll_of(declared.roll),
            rest_days: if weekends_rest {
                RestDays::All
            } else {
                RestDays::Holidays
            },
        },
        ends_minute,
        protects: match declared.protects {
            declared::Protects::Citizen => Protects::Citizen,
            declared::Protects::Office => Protects::Office,
        },
    }
}

/// The unit as the core counts it.
pub(crate) fn unit_of(unit: declared::Unit) -> Unit {
    match unit {
        declared::Unit::CalendarDays => Unit::CalendarDays,
        declared::Unit::WorkingDays => Unit::WorkingDays,
        declared::Unit::Months => Unit::Months,
        declared::Unit::Years => Unit::Years,
    }
}

/// What becomes of a rest day, as the core counts it.
pub(crate) fn roll_of(roll: declared::Roll) -> Roll {
    match roll {
        declared::Roll::None => Roll::None,
        declared::Roll::Forward => Roll::Forward,
        declared::Roll::Back => Roll::Back,
    }
}

/// Where a deadline ends that is counted like this; nothing beyond the years a date can have.
pub(crate) fn end_of(
    times: &Times<'_>,
    declared: Option<&declared::Deadline>,
    (anchor, rule, ends_minute): (Date, &Rule, u16),
    (pauses, extensions): (&[Pause], &[Extension]),
    floor_on: Option<Date>,
) -> Option<(DeadlineEnd, Date)> {
    let counted = counting::count(times.calendar, anchor, rule, pauses, extensions)?;
    let due_on = floor_on.map_or(counted.due_on, |floor| counted.due_on.max(floor));
    let due_at = counting::due_at(due_on, ends_minute, times.zone)?.0;
    let lamp = |color: Color| {
        let lamps = declared.iter().flat_map(|it| &it.lamps);
        let of_color = lamps.filter(|it| it.color == color);
        of_color
            .filter_map(|it| day_before(times, due_on, it.from))
            .min()
    };
    let remind_at = declared.and_then(|it| next_reminder(times, it, due_on));
    let end = DeadlineEnd {
        nominal_on: counted.nominal_on,
        due_on,
        due_at,
        provisional: counted.provisional,
        yellow_at: lamp(Color::Yellow),
        red_at: lamp(Color::Red).or(Some(due_at)),
        remind_at,
    };
    Some((end, counted.due_on))
}

/// The first instant of a day before the last one.
fn day_before(times: &Times<'_>, due_on: Date, moment: Moment) -> Option<i64> {
    let day = counting::before(times.calendar, due_on, moment.before, moment.working)?;
    Some(counting::start_of(day, times.zone)?.0)
}

/// When the next reminder is due, after now.
pub(crate) fn next_reminder(
    times: &Times<'_>,
    declared: &declared::Deadline,
    due_on: Date,
) -> Option<i64> {
    let moments = declared.reminders.iter();
    let moments = moments.filter_map(|it| day_before(times, due_on, *it));
    moments.filter(|at| *at > times.now).min()
}

/// How many days before the last one the latest reminder that has come by now stands; none if none
/// has.
pub(crate) fn present_reminder(
    times: &Times<'_>,
    declared: &declared::Deadline,
    due_on: Date,
) -> Option<i32> {
    let moments = declared.reminders.iter();
    let come = moments.filter_map(|it| Some((day_before(times, due_on, *it)?, it.before)));
    come.filter(|(at, _)| *at <= times.now)
        .max_by_key(|(at, _)| *at)
        .map(|(_, before)| before)
}

/// What a deadline becomes under a new calendar: a citizen's never comes earlier.
pub(crate) fn reckon(
    times: &Times<'_>,
    declared: Option<&declared::Deadline>,
    facts: &DeadlineFacts,
) -> Option<Reckoning> {
    let protected = match facts.protects {
        Protects::Citizen => Some(facts.end.due_on),
        Protects::Office => None,
    };
    let floor = facts.floor_on.max(protected);
    let (end, counted_on) = end_of(
        times,
        declared,
        (facts.anchor_on, &facts.rule, facts.ends_minute),
        (&facts.pauses, &facts.extensions),
        floor,
    )?;
    let kept = counted_on < end.due_on;
    Some(Reckoning {
        end,
        // Kept only while it is needed, so that the row says whether it is.
        floor_on: kept.then_some(end.due_on),
        kept,
    })
}

/// How a deadline was reckoned, for people.
#[must_use]
pub fn explain(deadline: &Deadline, law: Option<&Text>) -> Text {
    let mut parts = vec![counted_text(deadline)];
    for pause in &deadline.pauses {
        let (from, reason) = (pause.from.to_string(), &*pause.reason);
        parts.push(match pause.until {
            Some(until) => code::text(
                "DEADLINE_WAS_PAUSED",
                &[
                    ("from", &from),
                    ("until", &until.to_string()),
                    ("reason", reason),
                ],
            ),
            None => code::text("DEADLINE_IS_PAUSED", &[("from", &from), ("reason", reason)]),
        });
    }
    parts.extend(deadline.extensions.iter().map(|it| {
        let who: [(&str, &str); 2] = [("officer", &it.officer), ("reason", &it.reason)];
        match it.extension {
            Extension::By(term) => {
                let extent = term_text(term);
                // The texts of the term differ between the languages.
                let zh = code::text(
                    "DEADLINE_EXTENDED",
                    &[who[0], who[1], ("extent", &extent.zh)],
                );
                let en = code::text(
                    "DEADLINE_EXTENDED",
                    &[who[0], who[1], ("extent", &extent.en)],
                );
                Text {
                    zh: zh.zh,
                    en: en.en,
                }
            }
            Extension::Until { on, .. } => {
                let until = on.to_string();
                code::text(
                    "DEADLINE_EXTENDED_UNTIL",
                    &[who[0], who[1], ("until", &until)],
                )
            }
        }
    }));
    if deadline.status != DeadlineStatus::Paused {
        parts.push(end_text(deadline));
    }
    if deadline.end.provisional {
        parts.push(code::text("DEADLINE_PROVISIONAL", &[]));
    }
    if let Some(law) = law {
        let zh = code::text("DEADLINE_LAW", &[("law", &law.zh)]);
        let en = code::text("DEADLINE_LAW", &[("law", &law.en)]);
        parts.push(Text {
            zh: zh.zh,
            en: en.en,
        });
    }
    let join = |texts: Vec<String>, with: &str| texts.join(with);
    Text {
        zh: join(parts.iter().map(|it| it.zh.clone()).collect(), "；") + "。",
        en: join(parts.iter().map(|it| it.en.clone()).collect(), "; "),
    }
}

fn counted_text(deadline: &Deadline) -> Text {
    let term = term_text(deadline.rule.term);
    let anchor = deadline.anchor_on.to_string();
    let zh = code::text(
        "DEADLINE_COUNTED",
        &[("anchor", &anchor), ("term", &term.zh)],
    );
    let en = code::text(
        "DEADLINE_COUNTED",
        &[("anchor", &anchor), ("term", &term.en)],
    );
    Text {
        zh: zh.zh,
        en: en.en,
    }
}

fn term_text(term: Term) -> Text {
    let code = match term.unit {
        Unit::CalendarDays => "TERM_CALENDAR_DAYS",
        Unit::WorkingDays => "TERM_WORKING_DAYS",
        Unit::Months => "TERM_MONTHS",
        Unit::Years => "TERM_YEARS",
    };
    code::text(code, &[("amount", &term.amount.to_string())])
}

fn end_text(deadline: &Deadline) -> Text {
    let end = &deadline.end;
    let (nominal, due) = (end.nominal_on.to_string(), end.due_on.to_string());
    let parameters = [("nominal", nominal.as_str()), ("due", due.as_str())];
    if deadline.floor_on.is_some() {
        return code::text("DEADLINE_KEPT", &parameters);
    }
    let code = match (deadline.rule.roll, end.due_on == end.nominal_on) {
        (_, true) | (Roll::None, false) => "DEADLINE_ENDS",
        (Roll::Forward, false) => "DEADLINE_ROLLED_FORWARD",
        (Roll::Back, false) => "DEADLINE_ROLLED_BACK",
    };
    code::text(code, &parameters)
}

/// The date of an instant in the zone.
pub(crate) fn date_of(at: i64, zone: &Zone) -> Date {
    counting::date_of(Instant(at), zone)
}

#[cfg(test)]
mod tests;
