//! Divorces: applications of the weeks before and of the two weeks, and what becomes of them.

mod application;
mod course;

use jiff::civil::Date;

use crate::calendar::{Calendar, plus_days};
use crate::plan::Draft;
use crate::plan::divorce::application::{Application, Entry};
use crate::plan::divorce::course::Course;

/// Days of the cooling-off, and of the window to claim after it.
const DAYS: i64 = 30;
/// So many of a hundred early applications are claimed.
const EARLY_PERCENT: usize = 75;

/// What follows from the day of the acceptance (Civil Code Art. 1077, 203): counted here once more, since a clerk can
/// count, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dates {
    cooling_off_end: Date,
    claim_from: Date,
    claim_until: Date,
}

impl Dates {
    fn of(calendar: &Calendar, accepted: Date) -> Self {
        let cooling_off_end = calendar.working_from(plus_days(accepted, DAYS));
        let claim_until = calendar.working_from(plus_days(cooling_off_end, DAYS));
        Self {
            cooling_off_end,
            claim_from: plus_days(cooling_off_end, 1),
            claim_until,
        }
    }
}

/// Tells all divorces.
pub(super) fn tell(draft: &mut Draft) -> anyhow::Result<()> {
    let (first, last) = (draft.scope.applications_from, draft.scope.ends.date());
    let until = draft.scope.marriages_from;
    weeks_before(draft, draft.calendar.working_days(first, until))?;
    two_weeks(draft, draft.calendar.working_days(until.max(first), last))?;
    last_day(draft, last)
}

/// The applications whose cooling-off runs out before the end, or runs. Those that are claimed come early, or their
/// window would open too late.
fn weeks_before(draft: &mut Draft, days: Vec<Date>) -> anyhow::Result<()> {
    let (mut claimed, mut others): (Vec<Course>, Vec<Course>) = draft
        .scope
        .deal(&course::DECK)
        .into_iter()
        .partition(|it| it.is_claimed());
    draft.seed.shuffle(&mut claimed);
    draft.seed.shuffle(&mut others);
    for day in days {
        // An application or two a day.
        for _ in 0..=draft.seed.below(2) {
            let at = draft.visit(day);
            let is_early = Course::is_early(draft, day) && draft.seed.chance(EARLY_PERCENT);
            let course = is_early.then(|| claimed.pop()).flatten();
            if let Some(course) = course.or_else(|| others.pop()) {
                course.tell(draft, at)?;
            }
        }
    }
    Ok(())
}

/// The applications that come in before the eyes of the demo.
fn two_weeks(draft: &mut Draft, days: Vec<Date>) -> anyhow::Result<()> {
    let mut deck = draft.scope.deal(&application::DECK);
    draft.seed.shuffle(&mut deck);
    let mut entries = deck.into_iter();
    for day in days {
        let more = if draft.scope.each_once {
            1
        } else {
            draft.seed.below(2)
        };
        for _ in 0..2 + more {
            let at = draft.visit(day);
            let more = (!draft.scope.each_once).then_some(Entry::Plain);
            if let Some(entry) = entries.next().or(more) {
                Application::new(draft, at)?.enter(entry)?;
            }
        }
        if (day.month(), day.day()) == (2, 26) {
            // While the marriage base is silent, the registrar looks at the certificates.
            Application::new(draft, day.at(14, 45, 0, 0))?.enter(Entry::Plain)?;
        }
    }
    Ok(())
}

/// Cases that are at a certain point when the play ends.
fn last_day(draft: &mut Draft, day: Date) -> anyhow::Result<()> {
    let (first, last) = (draft.scope.applications_from, draft.scope.marriages_from);
    let days = draft.calendar.working_days(first, last);
    for course in Course::AT_THE_END {
        let mut days = days.iter();
        let fits = |it: &&Date| course.is_at_the_end(Dates::of(&draft.calendar, **it), day);
        if let Some(accepted) = days.find(fits) {
            let at = draft.visit(*accepted);
            course.tell(draft, at)?;
        }
    }
    if draft.calendar.is_working(day) {
        Application::new(draft, day.at(8, 45, 0, 0))?.arrived();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use tongban_tests_support::paths;

    use super::*;

    #[test]
    fn the_dates_are_those_of_the_specification() {
        let calendar = Calendar::read(&paths::sample_county().join("holidays-cn.json")).unwrap();
        for (accepted, end, until) in [
            ((2026, 1, 15), (2, 14), (3, 16)),
            ((2026, 1, 16), (2, 24), (3, 26)),
            ((2026, 3, 2), (4, 1), (5, 6)),
            ((2026, 3, 5), (4, 7), (5, 7)),
        ] {
            let dates = Dates::of(&calendar, date(accepted.0, accepted.1, accepted.2));
            assert_eq!(
                dates.cooling_off_end,
                date(2026, end.0, end.1),
                "{accepted:?}"
            );
            assert_eq!(
                dates.claim_until,
                date(2026, until.0, until.1),
                "{accepted:?}"
            );
        }
    }
}
