//! Who comes when, what is done about it, and what becomes of it: made up from a seed, before anything is sent.
//!
//! A story is told to its end; what of it lies after the end of the play is left out, so that the last days leave
//! cases in the middle of their way. The marriages belong to the two weeks. The divorces begin weeks before, because
//! an application of yesterday cannot be claimed today (Civil Code Art. 1077).

mod divorce;
mod marriage;
mod story;

use std::path::Path;

use jiff::civil::{Date, DateTime, date, datetime};

use crate::calendar::{Calendar, OPENS};
use crate::people::People;
use crate::seed::Seed;
use crate::step::{Act, Step};

/// The registration office of the county town.
pub const OFFICE: &str = "15062701";
/// The registration point of Ulan Moron.
pub const TOWN_OFFICE: &str = "15062702";
/// Who advances the clock and switches sources.
pub const OPERATOR: &str = "operator";

/// How much is played.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// Where all the numbers come from.
    pub seed: u64,
    /// From when on couples apply for a divorce.
    pub applications_from: Date,
    /// From when on couples marry.
    pub marriages_from: Date,
    /// Where the clock stands at the end.
    pub ends: DateTime,
    /// Whether each story is told once, and the everyday no more often than that.
    pub each_once: bool,
}

impl Scope {
    /// What the demo shows: two weeks, and the applications of the weeks before.
    pub fn demo(seed: u64) -> Self {
        Self {
            seed,
            applications_from: date(2025, 12, 22),
            marriages_from: date(2026, 2, 19),
            ends: datetime(2026, 3, 5, 9, 0, 0, 0),
            each_once: false,
        }
    }

    /// Every story once, in the first week: quick enough for a test.
    pub fn rehearsal(seed: u64) -> Self {
        Self {
            marriages_from: date(2026, 2, 24),
            ends: datetime(2026, 2, 28, 9, 0, 0, 0),
            each_once: true,
            ..Self::demo(seed)
        }
    }

    /// The cards of a deck with how often each is in it, as many as the scope wants.
    fn deal<T: Copy>(&self, deck: &[(T, usize)]) -> Vec<T> {
        let n_of = |n: usize| if self.each_once { 1 } else { n };
        deck.iter()
            .flat_map(|(card, n)| std::iter::repeat_n(*card, n_of(*n)))
            .collect()
    }
}

/// A source that does not answer for a while.
#[derive(Debug, Clone, Copy)]
struct Outage {
    source: &'static str,
    from: DateTime,
    until: DateTime,
}

/// The sources that fail in the two weeks, and why the stories need it.
const OUTAGES: [Outage; 4] = [
    // Couples wait at the counter, and the case goes on by itself.
    Outage {
        source: MARRIAGE,
        from: datetime(2026, 2, 26, 14, 40, 0, 0),
        until: datetime(2026, 2, 26, 15, 35, 0, 0),
    },
    // The court data may be late: the case goes on, and the answer is owed.
    Outage {
        source: COURT,
        from: datetime(2026, 2, 27, 9, 10, 0, 0),
        until: datetime(2026, 2, 27, 10, 20, 0, 0),
    },
    // A registration that waits for more than a day, so that the supervisor is told.
    Outage {
        source: UPLOAD,
        from: datetime(2026, 2, 28, 16, 40, 0, 0),
        until: datetime(2026, 3, 1, 17, 30, 0, 0),
    },
    // Over closing time: who waits comes again the next morning.
    Outage {
        source: POLICE,
        from: datetime(2026, 3, 3, 16, 10, 0, 0),
        until: datetime(2026, 3, 4, 7, 30, 0, 0),
    },
];
const MARRIAGE: &str = "X-MARRIAGE";
const POLICE: &str = "X-POLICE-ID";
const COURT: &str = "X-COURT";
const UPLOAD: &str = "X-MARRIAGE-PUT";

/// All outages: those of the calendar, and those that last over the end.
fn outages(scope: &Scope) -> Vec<Outage> {
    let last = scope.ends.date();
    let over_the_end = |source| Outage {
        source,
        from: last.at(8, 45, 0, 0),
        until: last.at(10, 0, 0, 0),
    };
    let begins = scope.marriages_from.to_datetime(OPENS);
    let mut outages: Vec<Outage> = OUTAGES.into_iter().filter(|it| it.from > begins).collect();
    outages.extend([MARRIAGE, UPLOAD].map(over_the_end));
    outages
}

/// Everything that is going to happen.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where the clock stands at first.
    pub begins: DateTime,
    /// Where it stands at the end.
    pub ends: DateTime,
    /// The cases, by what their requests are called.
    pub cases: Vec<String>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// What a plan is made of.
struct Draft {
    seed: Seed,
    calendar: Calendar,
    people: People,
    scope: Scope,
    outages: Vec<Outage>,
    cases: Vec<String>,
    steps: Vec<Step>,
}

impl Plan {
    /// Makes up the play of the county in `folder`.
    pub fn new(folder: &Path, scope: Scope) -> anyhow::Result<Self> {
        let mut draft = Draft {
            seed: Seed::new(scope.seed),
            calendar: Calendar::read(&folder.join("holidays-cn.json"))?,
            people: People::read(&folder.join("people.json"), scope.marriages_from)?,
            scope,
            outages: outages(&scope),
            cases: Vec::new(),
            steps: Vec::new(),
        };
        let begins = scope.applications_from.min(scope.marriages_from);
        draft.switch_sources();
        divorce::tell(&mut draft)?;
        marriage::tell(&mut draft)?;
        let mut steps = draft.steps;
        steps.retain(|it| it.at < scope.ends);
        // What happens at one moment keeps the order in which it was told.
        steps.sort_by_key(|it| it.at);
        Ok(Self {
            begins: begins.to_datetime(OPENS),
            ends: scope.ends,
            cases: draft.cases,
            steps,
        })
    }
}

impl Draft {
    fn switch_sources(&mut self) {
        for outage in &self.outages {
            for (at, available) in [(outage.from, false), (outage.until, true)] {
                self.steps.push(Step {
                    at,
                    case: None,
                    by: OPERATOR.to_owned(),
                    act: Act::Switch {
                        source: outage.source,
                        available,
                    },
                    refused: None,
                });
            }
        }
    }

    /// Until when a question asked at this moment is not answered; none if it is at once.
    fn silent_until(&self, source: &str, at: DateTime) -> Option<DateTime> {
        let mut outages = self.outages.iter();
        let outage = outages.find(|it| it.source == source && it.from <= at && at < it.until);
        outage.map(|it| it.until)
    }
}

#[cfg(test)]
mod tests {
    use tongban_tests_support::paths;

    use super::*;
    use crate::calendar::CLOSES;

    fn plan(seed: u64) -> Plan {
        Plan::new(&paths::sample_county(), Scope::demo(seed)).unwrap()
    }

    #[test]
    fn a_plan_follows_from_its_seed() {
        assert_eq!(plan(1).steps, plan(1).steps);
        assert_ne!(plan(1).steps, plan(2).steps);
    }

    #[test]
    fn staff_act_while_the_counter_is_open() {
        let calendar = Calendar::read(&paths::sample_county().join("holidays-cn.json")).unwrap();
        for seed in 0..20 {
            let plan = plan(seed);
            let at_the_counter = plan.steps.iter().filter(|it| !it.by.starts_with("person-"));
            for step in at_the_counter.filter(|it| it.by != OPERATOR) {
                let open = (OPENS..=CLOSES).contains(&step.at.time());
                assert!(open && calendar.is_working(step.at.date()), "{step:?}");
            }
            let n_cases = plan.cases.len();
            assert!((150..=250).contains(&n_cases), "{n_cases} cases");
        }
    }
}
