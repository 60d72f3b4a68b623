//! One case being told: who does what, and how long that takes.

use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use crate::calendar::CLOSES;
use crate::people::Person;
use crate::plan::Draft;
use crate::step::{Act, Certificate, Operation, Step};

/// The desks of the office.
pub(super) const REGISTRARS: [&str; 3] = ["registrar-01", "registrar-02", "registrar-03"];
/// Who receives the parties.
pub(super) const RECEPTION: &str = "reception-01";
/// Who looks at what is unclear.
pub(super) const REVIEWER: &str = "reviewer-01";
/// Who files the cases.
pub(super) const ARCHIVIST: &str = "archivist-01";

/// A case being told.
pub(super) struct Story<'d> {
    pub(super) draft: &'d mut Draft,
    pub(super) registrar: &'static str,
    /// How far it has been told.
    pub(super) at: DateTime,
    case: usize,
}

impl<'d> Story<'d> {
    /// Begins the story of a new case.
    pub(super) fn new(draft: &'d mut Draft, kind: &str, at: DateTime) -> Self {
        let case = draft.cases.len();
        draft.cases.push(format!("{kind}-{:03}", case + 1));
        let registrar = draft.seed.pick(&REGISTRARS);
        Self {
            draft,
            registrar,
            at,
            case,
        }
    }

    /// Does something now.
    pub(super) fn act(&mut self, by: &str, act: Act) -> &mut Self {
        let step = Step {
            at: self.at,
            case: Some(self.case),
            by: by.to_owned(),
            act,
            refused: None,
        };
        self.draft.steps.push(step);
        self
    }

    /// What was done last is refused with this code.
    pub(super) fn refused(&mut self, code: &'static str) -> &mut Self {
        if let Some(last) = self.draft.steps.last_mut() {
            last.refused = Some(code);
        }
        self
    }

    /// So many minutes of an open counter pass.
    pub(super) fn after(&mut self, minutes: i64) -> &mut Self {
        self.at = self.draft.calendar.after(self.at, minutes);
        self
    }

    /// It goes on at this moment.
    pub(super) fn on(&mut self, at: DateTime) -> &mut Self {
        self.at = at;
        self
    }

    /// It goes on so many working days later, at a time in the morning or in the afternoon.
    pub(super) fn days_later(&mut self, n: usize) -> &mut Self {
        let day = self.draft.calendar.plus_working(self.at.date(), n);
        self.at = self.draft.visit(day);
        self
    }

    pub(super) fn operate(&mut self, by: &str, operation: Operation, input: Value) -> &mut Self {
        self.act(by, Act::Operate { operation, input })
    }

    pub(super) fn complete(
        &mut self,
        by: &str,
        element: &'static str,
        variables: Value,
    ) -> &mut Self {
        self.act(by, Act::Complete { element, variables })
    }

    /// The registrar of the case completes a task. Often it is taken first, and now and then given back by somebody
    /// who took it in error.
    pub(super) fn decide(&mut self, element: &'static str, variables: Value) -> &mut Self {
        let registrar = self.registrar;
        if self.draft.seed.chance(4) {
            let other = REGISTRARS.into_iter().find(|it| *it != registrar);
            let other = other.unwrap_or(registrar);
            self.act(other, Act::Claim(element));
            self.act(other, Act::Unclaim(element));
        }
        if self.draft.seed.chance(40) {
            self.act(registrar, Act::Claim(element));
        }
        self.complete(registrar, element, variables)
    }

    /// Prints the certificates of both and hands them over, or spoils the blanks.
    pub(super) fn print(
        &mut self,
        couple: [&Person; 2],
        certificate: Certificate,
        spoiled: bool,
    ) -> &mut Self {
        let registrar = self.registrar;
        let print = Act::Print {
            holders: couple.map(|it| it.person_id.clone()),
            spoiled,
            certificate,
        };
        self.act(registrar, print)
    }

    /// The archivist files the case some afternoons later.
    pub(super) fn archive(&mut self) {
        let days = 1 + self.draft.seed.below(3);
        let day = self.draft.calendar.plus_working(self.at.date(), days);
        let minutes = 5 * self.draft.seed.below(24);
        let begins = day.at(15, 0, 0, 0);
        let at = self
            .draft
            .calendar
            .after(begins, i64::try_from(minutes).unwrap_or(0));
        self.on(at);
        self.complete(ARCHIVIST, "archive_case", json!({ "imagesComplete": true }));
    }
}

impl Draft {
    /// A moment of a day at which somebody comes who has half an hour's business.
    pub(super) fn visit(&mut self, day: Date) -> DateTime {
        // 08:30 to 11:10, and 14:30 to 15:55.
        let slot = self.seed.below(33 + 18);
        let (hour, minute) = if slot < 33 {
            (8, 30 + 5 * slot)
        } else {
            (14, 30 + 5 * (slot - 33))
        };
        let minutes = i64::try_from(minute).unwrap_or(0);
        let at = day.at(hour, 0, 0, 0);
        debug_assert!(at.time() < CLOSES);
        at.saturating_add(jiff::ToSpan::minutes(minutes))
    }
}
