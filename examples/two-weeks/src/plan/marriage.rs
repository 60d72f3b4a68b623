//! Marriages: which couple takes which way, and on what day.

mod way;
mod wedding;

use anyhow::Context as _;
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};

use crate::calendar::plus_days;
use crate::plan::Draft;
use crate::plan::marriage::way::Way;
use crate::plan::marriage::wedding::Wedding;

/// Couples on each working day; the first after Spring Festival and the Monday are full.
const A_DAY: [usize; 8] = [19, 17, 16, 17, 14, 20, 17, 14];
/// Couples who only prepare their application at home.
const DRAFTS: usize = 6;
/// Days over which those are spread, from the first on.
const DRAFT_DAYS: usize = 12;

/// Tells all marriages.
pub(super) fn tell(draft: &mut Draft) -> anyhow::Result<()> {
    let (first, last) = (draft.scope.marriages_from, draft.scope.ends.date());
    let mut deck = draft.scope.deal(&way::DECK);
    draft.seed.shuffle(&mut deck);
    let mut ways = deck.into_iter();
    let days = draft.calendar.working_days(first, last);
    for (day, n) in days.into_iter().zip(A_DAY.into_iter().cycle()) {
        let mut visits: Vec<DateTime> = (0..n).map(|_| draft.visit(day)).collect();
        visits.sort_unstable();
        for at in visits {
            // Beyond the deck nothing special happens.
            let more = (!draft.scope.each_once).then_some(Way::Plain);
            if let Some(way) = ways.next().or(more) {
                way.tell(draft, at).with_context(|| format!("{way:?}"))?;
            }
        }
        of_the_day(draft, day)?;
    }
    drafts(draft, first)?;
    if draft.calendar.is_working(last) {
        last_morning(draft, last)?;
    }
    Ok(())
}

/// Couples who need a certain day: that of an outage.
fn of_the_day(draft: &mut Draft, day: Date) -> anyhow::Result<()> {
    match (day.month(), day.day()) {
        // Held at the counter, and registered when the marriage base is back.
        (2, 26) => Way::Plain.tell(draft, day.at(14, 35, 0, 0)),
        // Registered while the upload is down, which it is for a day.
        (2, 28) => Way::Plain.tell(draft, day.at(16, 15, 0, 0)),
        // Held at the end of the day: they come again tomorrow.
        (3, 3) => {
            Way::Plain.tell(draft, day.at(15, 55, 0, 0))?;
            Way::Plain.tell(draft, day.at(16, 0, 0, 0))
        }
        _ => Ok(()),
    }
}

/// People fill in the application at home, in the evenings of the festival as well.
fn drafts(draft: &mut Draft, first: Date) -> anyhow::Result<()> {
    for _ in 0..DRAFTS {
        let day = draft.seed.below(DRAFT_DAYS);
        let day = plus_days(first, i64::try_from(day).unwrap_or(0));
        let evening = i64::try_from(5 * draft.seed.below(30)).unwrap_or(0);
        let at = day.at(18, 30, 0, 0).saturating_add(evening.minutes());
        Wedding::new(draft, at)?.drafted();
    }
    Ok(())
}

/// When the play ends the counters have been open for half an hour, and everything is under way.
fn last_morning(draft: &mut Draft, day: Date) -> anyhow::Result<()> {
    let at = |minute: i8| day.at(8, minute, 0, 0);
    for minute in [40, 50] {
        Wedding::new(draft, at(minute))?.arrived();
    }
    Wedding::new(draft, at(35))?.arrived().seen();
    for far in 0..5 {
        let mut wedding = Wedding::new(draft, at(30))?;
        wedding.hurried = true;
        wedding.arrived().seen().accepted();
        match far {
            0 | 1 => wedding.taken(),
            2 => wedding.questioned(),
            3 => wedding.questioned().concluded(),
            _ => wedding.questioned().concluded().handed_over(),
        };
    }
    // The marriage base falls silent at a quarter to nine.
    for _ in 0..2 {
        Wedding::new(draft, at(35))?.arrived().seen().accepted();
    }
    Way::NeverSupplied.tell(draft, at(45))?;
    let pair = draft.people.remarked("REGISTRY_UNCLEAR")?;
    Wedding::of(draft, at(30), pair).arrived().seen().accepted();
    Ok(())
}
