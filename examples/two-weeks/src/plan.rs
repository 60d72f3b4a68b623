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

use crate::calendar::{Calendar, OPENS, plus_days};
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
}

impl Scope {
    /// What the demo shows: two weeks, and the applications of the weeks before.
    pub fn demo(seed: u64) -> Self {
        Self {
            seed,
            applications_from: date(2025, 12, 22),
            marriages_from: date(2026, 2, 19),
            ends: datetime(2026, 3, 5, 9, 0, 0, 0),
        }
    }
}

/// A source that does not answer for a while.
#[derive(Debug, Clone, Copy)]
pub struct Outage {
    /// The kind of check.
    pub source: &'static str,
    /// From when on.
    pub from: DateTime,
    /// When it is back.
    pub until: DateTime,
}

/// The sources that fail in the two weeks, and why the stories need it.
const OUTAGES: [Outage; 6] = [
    // Couples wait at the counter, and the case goes on by itself.
    Outage {
        source: MARRIAGE,
        from: datetime(2026, 2, 26, 14, 40, 0, 0),
        until: datetime(2026, 2, 26, 15, 35, 0, 0),
    },
    // The court data may be late: the case goes on, and the answer is owed.
    Outage {
        source: "X-COURT",
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
    // Still down when the demo begins.
    Outage {
        source: MARRIAGE,
        from: datetime(2026, 3, 5, 8, 45, 0, 0),
        until: datetime(2026, 3, 5, 10, 0, 0, 0),
    },
    Outage {
        source: UPLOAD,
        from: datetime(2026, 3, 5, 8, 45, 0, 0),
        until: datetime(2026, 3, 5, 10, 0, 0, 0),
    },
];
const MARRIAGE: &str = "X-MARRIAGE";
const POLICE: &str = "X-POLICE-ID";
const UPLOAD: &str = "X-MARRIAGE-PUT";

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
            cases: Vec::new(),
            steps: Vec::new(),
        };
        let begins = scope.applications_from.min(scope.marriages_from);
        draft.switch_sources(begins.to_datetime(OPENS));
        divorce::tell(&mut draft)?;
        marriage::tell(&mut draft)?;
        let mut steps = draft.steps;
        steps.retain(|it| it.at < scope.ends);
        // What happens at one moment keeps the order in which it was told.
        steps.sort_by_key(|it| it.at);
        Ok(Self {
            begins: plus_days(begins, 0).to_datetime(OPENS),
            ends: scope.ends,
            cases: draft.cases,
            steps,
        })
    }
}

impl Draft {
    fn switch_sources(&mut self, begins: DateTime) {
        for outage in OUTAGES.iter().filter(|it| it.from > begins) {
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
}

/// Until when a question asked at this moment is not answered; none if it is at once.
fn silent_until(source: &str, at: DateTime) -> Option<DateTime> {
    let mut outages = OUTAGES.iter();
    let outage = outages.find(|it| it.source == source && it.from <= at && at < it.until);
    outage.map(|it| it.until)
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
