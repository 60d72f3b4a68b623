//! What becomes of an application after its acceptance.

use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use crate::calendar::plus_days;
use crate::plan::divorce::Dates;
use crate::plan::divorce::application::{Application, Entry};
use crate::plan::story::{ARCHIVIST, RECEPTION};
use crate::plan::{Draft, OFFICE, TOWN_OFFICE};
use crate::step::{Certificate, Operation};

/// What happens to a couple that has applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// One of them withdraws within the thirty days.
    Withdrawn,
    /// Both claim, and are divorced.
    Registered,
    /// Nobody comes.
    NobodyComes,
    /// One comes alone to claim.
    ComesAlone,
    /// One objects in the window.
    Objects,
    /// They come while the cooling-off runs.
    TooEarly,
    /// They come to the other counter first.
    OtherCounter,
    /// One wants to withdraw when it is too late.
    TooLateToWithdraw,
    /// At the claim one of them does not want to any more.
    NoLonger,
    /// They have forgotten their photos and come again.
    Curable,
    /// One of them dies.
    Death,
    /// A court has divorced them.
    CourtDivorce,
    /// They claim on the last day, and something is missing.
    CuredToday,
    /// They claim while the marriage base is silent.
    HeldToday,
    /// They have just claimed.
    ReceivedToday,
    /// They have just been divorced.
    RegisteredToday,
    /// They were divorced on the day before.
    RegisteredLately,
    /// Their window is open, and nobody has come so far.
    StillOpen,
    /// Their window has closed.
    NobodyCame,
}

/// How often each happens to the applications of the weeks before.
pub(super) const DECK: [(Course, usize); 12] = [
    (Course::Withdrawn, 13),
    (Course::Registered, 17),
    (Course::NobodyComes, 13),
    (Course::ComesAlone, 2),
    (Course::Objects, 1),
    (Course::TooEarly, 2),
    (Course::OtherCounter, 1),
    (Course::TooLateToWithdraw, 1),
    (Course::NoLonger, 2),
    (Course::Curable, 2),
    (Course::Death, 1),
    (Course::CourtDivorce, 1),
];

impl Course {
    /// Those of which one has to be there at the end, whatever the seed.
    pub(super) const AT_THE_END: [Self; 7] = [
        Self::CuredToday,
        Self::HeldToday,
        Self::ReceivedToday,
        Self::RegisteredToday,
        Self::RegisteredLately,
        Self::StillOpen,
        Self::NobodyCame,
    ];

    /// Whether it is seen on the last day, if the application has these dates.
    pub(super) fn is_at_the_end(self, dates: Dates, last: Date) -> bool {
        let is_open = dates.claim_from < last && last < dates.claim_until;
        match self {
            Self::CuredToday => dates.claim_until == last,
            Self::NobodyCame => dates.claim_until < last,
            _ => is_open,
        }
    }

    /// Whether somebody comes to claim.
    pub(super) fn is_claimed(self) -> bool {
        !matches!(
            self,
            Self::Withdrawn | Self::NobodyComes | Self::Death | Self::CourtDivorce
        )
    }

    /// Whether a claim of what is accepted on the day comes before the end: on the first day of the window, or on one
    /// after it.
    pub(super) fn is_early(draft: &Draft, accepted: Date) -> bool {
        let dates = Dates::of(&draft.calendar, accepted);
        draft.calendar.plus_working(dates.claim_from, 1) < draft.scope.ends.date()
    }

    /// Tells of a couple that applies at this moment.
    pub(super) fn tell(self, draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
        let entry = match draft.seed.below(10) {
            0 => Entry::OneLost,
            1 => Entry::NoDebts,
            2..5 => Entry::WithChild,
            _ => Entry::Plain,
        };
        let ends = draft.scope.ends.date();
        let dates = Dates::of(&draft.calendar, at.date());
        let mut application = Application::new(draft, at)?;
        application.enter(entry)?;
        application.answers_from_home();
        application.goes_on(self, dates, ends);
        Ok(())
    }
}

impl Application<'_> {
    /// Every ten days counselling is offered again; now and then somebody answers.
    fn answers_from_home(&mut self) {
        if !self.story.draft.seed.chance(15) {
            return;
        }
        let accepted = self.story.at;
        let day = plus_days(accepted.date(), 11);
        let by = self.one();
        self.story.on(day.at(20, 15, 0, 0));
        let answer = json!({ "accept": self.story.draft.seed.chance(50) });
        self.story
            .operate(&by, Operation::RespondCounselling, answer);
        self.story.on(accepted);
    }

    fn goes_on(&mut self, course: Course, dates: Dates, ends: Date) {
        match course {
            Course::Withdrawn => {
                let after = 13 + self.story.draft.seed.below(8);
                self.story.days_later(after);
                if self.story.at.date() <= dates.cooling_off_end {
                    self.withdraws();
                }
            }
            Course::Registered => self.claims(dates, ends).divorced(),
            Course::NobodyComes | Course::NobodyCame | Course::StillOpen => {}
            Course::ComesAlone => self.claim_day(dates, ends).comes_alone(),
            Course::Objects => {
                self.claim_day(dates, ends);
                self.visits(true);
            }
            Course::TooEarly => {
                self.visit(dates.cooling_off_end);
                self.claim(OFFICE).story.refused("MR-D-05");
                self.claims(dates, ends).divorced();
            }
            Course::OtherCounter => {
                self.claim_day(dates, ends);
                self.claim(TOWN_OFFICE).story.refused("MR-D-08");
                self.story.after(60);
                self.claim(OFFICE).divorced();
            }
            Course::TooLateToWithdraw => {
                self.claim_day(dates, ends);
                self.withdraws().story.refused("MR-D-06");
            }
            Course::NoLonger => {
                self.claims(dates, ends);
                self.examined(
                    json!({ "decision": "NOT_VOLUNTARY", "note": "女方表示不再自愿离婚" }),
                );
            }
            Course::Curable => {
                self.claims(dates, ends);
                self.examined(json!({ "decision": "CURABLE", "note": "单人照片未带" }));
                self.story.days_later(1);
                self.claim(OFFICE).divorced();
            }
            Course::Death => {
                self.story.days_later(12);
                self.terminated("DEATH", "X-POLICE-ID 2026-0117");
            }
            Course::CourtDivorce => {
                self.story.days_later(17);
                self.terminated("COURT_DIVORCE", "(2026)内0627民初118号");
            }
            Course::CuredToday => {
                self.story.on(ends.at(8, 30, 0, 0));
                self.claim(OFFICE);
                self.story.on(ends.at(8, 35, 0, 0));
                self.examined(json!({ "decision": "CURABLE", "note": "结婚证一本未带" }));
            }
            Course::HeldToday => {
                self.story.on(ends.at(8, 50, 0, 0));
                self.claim(OFFICE);
            }
            Course::ReceivedToday => {
                self.story.on(ends.at(8, 40, 0, 0));
                self.claim(OFFICE);
            }
            Course::RegisteredLately => {
                let days = self
                    .story
                    .draft
                    .calendar
                    .working_days(dates.claim_from, ends);
                self.visit(days.last().copied().unwrap_or(dates.claim_until));
                self.claim(OFFICE).divorced();
            }
            Course::RegisteredToday => {
                self.story.on(ends.at(8, 35, 0, 0));
                self.claim(OFFICE).divorced();
            }
        }
    }

    fn visit(&mut self, day: Date) {
        let at = self.story.draft.visit(day);
        self.story.on(at);
    }

    /// A working day within the window to claim and before the end of the play.
    fn claim_day(&mut self, dates: Dates, ends: Date) -> &mut Self {
        let last = dates.claim_until.min(ends);
        let mut days = self
            .story
            .draft
            .calendar
            .working_days(dates.claim_from, last);
        if days.is_empty() {
            days.push(dates.claim_until);
        }
        let day = self.story.draft.seed.pick(&days);
        self.visit(day);
        self
    }

    fn claims(&mut self, dates: Dates, ends: Date) -> &mut Self {
        self.claim_day(dates, ends).claim(OFFICE)
    }

    fn claim(&mut self, authority: &str) -> &mut Self {
        let input = json!({ "authorityCode": authority, "personIds": self.both() });
        self.story
            .operate(RECEPTION, Operation::CheckInDivorceClaim, input);
        self
    }

    fn examined(&mut self, form: Value) -> &mut Self {
        self.story.after(10);
        self.story.decide("examine_claim", form);
        self
    }

    /// Both confirm, each asked alone; from then on they are divorced.
    fn divorced(&mut self) {
        let form = json!({
            "decision": "REGISTER",
            "confirmedBy": self.both(),
            "bothOfFullCapacity": true,
            "identityConfirmed": true,
            "receiptsShown": 2,
            "certificatesReturned": 2,
            "certificateLossStatement": false,
            "photosComplete": true,
        });
        self.examined(form);
        self.story.after(10);
        let couple = [self.couple.husband.clone(), self.couple.wife.clone()];
        let [husband, wife] = &couple;
        self.story
            .print([husband, wife], Certificate::Divorce, false);
        self.story.after(15);
        let n = self.story.draft.seed.below(90_000);
        let form = json!({ "uploadNo": format!("GJK-{}-{:05}", self.story.at.date(), 10_000 + n) });
        // Now and then the archivist has to do it.
        let by = if self.story.draft.seed.chance(80) {
            self.story.registrar
        } else {
            ARCHIVIST
        };
        self.story.complete(by, "upload_registration", form);
        self.story.archive();
    }

    /// One of them comes alone to claim, and is told that both must.
    fn comes_alone(&mut self) {
        let one = self.one();
        let input = json!({ "authorityCode": OFFICE, "personIds": [one] });
        self.story
            .operate(RECEPTION, Operation::CheckInDivorceClaim, input)
            .refused("MR-D-04");
        self.story.after(5);
        self.visits(false);
    }

    fn visits(&mut self, objects: bool) {
        let one = self.one();
        let registrar = self.story.registrar;
        let note = if objects {
            "本人不愿离婚"
        } else {
            "单独到场,告知须双方共同申领"
        };
        let input =
            json!({ "personId": one, "authorityCode": OFFICE, "objects": objects, "note": note });
        self.story
            .operate(registrar, Operation::RecordClaimVisit, input);
    }

    fn terminated(&mut self, reason: &str, evidence: &str) {
        let registrar = self.story.registrar;
        let effective = plus_days(self.story.at.date(), -2).to_string();
        let input = json!({ "reason": reason, "evidenceNo": evidence, "effectiveDate": effective });
        self.story
            .operate(registrar, Operation::TerminateDivorceCase, input);
    }
}
