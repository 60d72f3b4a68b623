//! One couple on its way to a certificate, in the words of the counter.

use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value, json};

use crate::calendar::plus_days;
use crate::people::Person;
use crate::plan::story::{RECEPTION, REVIEWER, Story};
use crate::plan::{Draft, MARRIAGE, OFFICE, POLICE, TOWN_OFFICE};
use crate::step::{Act, Certificate, Operation};

/// So many couples of a hundred come to the point in the town.
const TOWN_PERCENT: usize = 15;
/// So many of a hundred want the ceremony.
const CEREMONY_PERCENT: usize = 30;

/// A couple at the counter.
pub(super) struct Wedding<'d> {
    pub(super) story: Story<'d>,
    pub(super) couple: [Person; 2],
    /// As the counter enters them.
    pub(super) parties: [Value; 2],
    /// 前次婚姻
    pub(super) previous: Vec<Value>,
    /// What of DT-M2 they have brought.
    pub(super) met: Vec<&'static str>,
    /// What else goes into the check-in.
    pub(super) entry: Map<String, Value>,
    /// Whether the printer spoils the first blanks.
    pub(super) spoiled: bool,
    /// Whether nobody loses a minute.
    pub(super) hurried: bool,
    authority: &'static str,
}

impl<'d> Wedding<'d> {
    /// A couple that has nothing to explain.
    pub(super) fn new(draft: &'d mut Draft, at: DateTime) -> anyhow::Result<Self> {
        let couple = draft.people.engaged()?;
        Ok(Self::of(draft, at, couple))
    }

    /// This couple; he before her.
    pub(super) fn of(draft: &'d mut Draft, at: DateTime, couple: [Person; 2]) -> Self {
        let authority = if draft.seed.chance(TOWN_PERCENT) {
            TOWN_OFFICE
        } else {
            OFFICE
        };
        let parties = couple.each_ref().map(|it| it.party("10"));
        Self {
            story: Story::new(draft, "marriage", at),
            couple,
            parties,
            previous: Vec::new(),
            met: Vec::new(),
            entry: Map::new(),
            spoiled: false,
            hurried: false,
            authority,
        }
    }

    /// One of them declares a former marriage that has ended.
    pub(super) fn declared(&mut self, who: usize, status: &str, previous: Value) -> &mut Self {
        self.parties[who]["declaredMaritalStatus"] = status.into();
        let mut previous = previous;
        previous["personId"] = self.couple[who].person_id.clone().into();
        self.previous.push(previous);
        self
    }

    /// It goes on at this moment.
    pub(super) fn on(&mut self, at: DateTime) -> &mut Self {
        self.story.on(at);
        self
    }

    /// So many minutes pass.
    pub(super) fn after(&mut self, minutes: i64) -> &mut Self {
        self.story.after(minutes);
        self
    }

    /// One of the two has filled in the application at home.
    pub(super) fn drafted(&mut self) -> &mut Self {
        let who = self.story.draft.seed.below(2);
        let by = self.couple[who].person_id.clone();
        let input = json!({ "authorityCode": self.authority, "parties": self.parties });
        self.story.operate(&by, Operation::SaveMarriageDraft, input);
        self
    }

    /// Both are at the counter.
    pub(super) fn arrived(&mut self) -> &mut Self {
        let mut input = json!({
            "authorityCode": self.authority,
            "parties": self.parties,
            "previousMarriages": self.previous,
        });
        if let Value::Object(input) = &mut input {
            input.extend(self.entry.clone());
        }
        self.story
            .operate(RECEPTION, Operation::CheckInMarriage, input);
        self
    }

    /// The counter has seen cards and photos.
    pub(super) fn seen(&mut self) -> &mut Self {
        self.seen_with(json!({}))
    }

    /// The same with something else in the form.
    pub(super) fn seen_with(&mut self, more: Value) -> &mut Self {
        self.story.after(5);
        let form = with(self.materials(), more);
        self.story.complete(RECEPTION, "verify_materials", form);
        self
    }

    fn materials(&self) -> Value {
        let taken_on = plus_days(self.story.at.date(), -9).to_string();
        json!({
            "identityConfirmed": true,
            "materialsSeen": ["ID_CARD"],
            "photo": { "prints": 3, "takenOn": taken_on, "bareHeaded": true, "bothRecognised": true },
        })
    }

    /// What was missing is there. On a later day both are there as well.
    pub(super) fn supplied(&mut self, more: Value) -> &mut Self {
        let mut form = with(self.materials(), more);
        form["personIds"] = json!(self.couple.each_ref().map(|it| &it.person_id));
        self.story.complete(RECEPTION, "supply_materials", form);
        self
    }

    /// The registrar accepts; the case goes on when the departments have answered.
    pub(super) fn accepted(&mut self) -> &mut Self {
        self.story.after(5);
        let form = json!({ "decision": "ACCEPT", "noRecusalGround": true });
        self.story.decide("accept_application", form);
        let at = self.story.at;
        let draft = &self.story.draft;
        let silent = draft
            .silent_until(MARRIAGE, at)
            .max(draft.silent_until(POLICE, at));
        let Some(until) = silent else { return self };
        if until.date() == at.date() {
            // Asked again every five minutes.
            return self.on(until).after(10);
        }
        // The day ends, and the couple comes again without queueing.
        self.story.days_later(1);
        self.supplied(json!({})).accepted()
    }

    /// What comes next takes a while.
    fn next(&mut self) -> &mut Story<'d> {
        let minutes = if self.hurried { 5 } else { 10 };
        self.story.after(minutes)
    }

    /// The registrar has taken the next task and not begun.
    pub(super) fn taken(&mut self) -> &mut Self {
        let registrar = self.story.registrar;
        self.next();
        self.story.act(registrar, Act::Claim("interview_parties"));
        self
    }

    /// Both are questioned and sign.
    pub(super) fn questioned(&mut self) -> &mut Self {
        self.questioned_with(json!({}))
    }

    /// The same with something else in the form.
    pub(super) fn questioned_with(&mut self, more: Value) -> &mut Self {
        let declarations = self.couple.each_ref().map(|it| {
            json!({
                "personId": it.person_id,
                "noSpouse": true,
                "notRelated": true,
                "voluntary": true,
                "illnessDutyRead": true,
                "signed": true,
            })
        });
        let form = json!({
            "decision": "SIGN",
            "askedSeparately": true,
            "requirementsMet": self.met,
            "declarations": declarations,
        });
        self.next();
        self.story.decide("interview_parties", with(form, more));
        self
    }

    /// The registrar wants to register; what comes of it, the guards say.
    pub(super) fn concluded(&mut self) -> &mut Self {
        self.next();
        let form = json!({ "decision": "REGISTER", "formSigned": true });
        self.story.decide("review_application", form);
        self
    }

    /// The registrar refuses at the end.
    pub(super) fn refused(&mut self, code: &str, note: &str) {
        self.story.after(10);
        let form = json!({ "decision": "REFUSE", "refusalCode": code, "note": note });
        self.story.decide("review_application", form);
    }

    /// They get their certificates, and the case is filed.
    pub(super) fn handed_over(&mut self) -> &mut Self {
        self.next();
        let ceremony = self.story.draft.seed.chance(CEREMONY_PERCENT);
        let certificate = Certificate::Marriage { ceremony };
        let [man, woman] = &self.couple;
        if self.spoiled {
            self.story.print([man, woman], certificate, true);
            self.story.after(5);
        }
        self.story.print([man, woman], certificate, false);
        self
    }

    /// From the acceptance to the archive.
    pub(super) fn married(&mut self) {
        self.questioned().concluded().handed_over();
        self.story.archive();
    }

    /// From the check-in to the archive.
    pub(super) fn all_the_way(&mut self) {
        self.arrived().seen().accepted().married();
    }

    /// A reviewer looks at what the registrar may not decide alone.
    pub(super) fn reviewed(&mut self, element: &'static str, form: Value) -> &mut Self {
        self.story.after(15);
        self.story.complete(REVIEWER, element, form);
        self
    }

    /// The parties have left.
    pub(super) fn left(&mut self) {
        let registrar = self.story.registrar;
        self.story.after(15);
        self.story
            .operate(registrar, Operation::CloseMarriageCase, json!({}));
    }

    /// The day of the story.
    pub(super) fn day(&self) -> Date {
        self.story.at.date()
    }
}

/// `form` with the members of `more` in it.
fn with(mut form: Value, more: Value) -> Value {
    if let (Value::Object(form), Value::Object(more)) = (&mut form, more) {
        form.extend(more);
    }
    form
}
