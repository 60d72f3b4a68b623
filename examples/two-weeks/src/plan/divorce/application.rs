//! One couple that applies for a divorce, in the words of the counter.

use jiff::civil::DateTime;
use serde_json::{Value, json};

use crate::people::Couple;
use crate::plan::story::{RECEPTION, Story};
use crate::plan::{Draft, MARRIAGE, OFFICE};
use crate::step::Operation;

/// How an application is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// All is there.
    Plain,
    /// They have a child.
    WithChild,
    /// One certificate is lost, which they state in writing.
    OneLost,
    /// No certificate is there; they fetch it.
    Fetched,
    /// No certificate is there, and they do not come back the same day.
    NotFetched,
    /// The agreement says nothing of debts at first.
    NoDebts,
    /// A court has found one of them of limited capacity.
    NoCapacity,
    /// Married abroad.
    Abroad,
    /// Another application of the couple is open.
    Duplicate,
    /// There are signs of violence.
    Violence,
    /// One of them withdraws after two days.
    Withdrawn,
}

/// How often each comes in two weeks.
pub(super) const DECK: [(Entry, usize); 11] = [
    (Entry::Plain, 6),
    (Entry::WithChild, 4),
    (Entry::OneLost, 2),
    (Entry::Fetched, 1),
    (Entry::NotFetched, 1),
    (Entry::NoDebts, 2),
    (Entry::NoCapacity, 1),
    (Entry::Abroad, 1),
    (Entry::Duplicate, 1),
    (Entry::Violence, 1),
    (Entry::Withdrawn, 2),
];
/// So many couples of a hundred were married at another authority.
const ELSEWHERE_PERCENT: usize = 10;
/// So many of those are left for the stories of marriages.
const KEPT_ELSEWHERE: usize = 4;

/// A couple at the counter.
pub(super) struct Application<'d> {
    pub(super) story: Story<'d>,
    pub(super) couple: Couple,
    place: &'static str,
}

impl<'d> Application<'d> {
    /// A couple that has agreed.
    pub(super) fn new(draft: &'d mut Draft, at: DateTime) -> anyhow::Result<Self> {
        let is_elsewhere = |it: &Couple| it.status == "VALID" && it.authority_code != OFFICE;
        let elsewhere = draft.seed.chance(ELSEWHERE_PERCENT)
            && draft.people.n_couples(is_elsewhere) > KEPT_ELSEWHERE;
        let couple = if elsewhere {
            draft.people.couple(is_elsewhere)?
        } else {
            draft.people.married(OFFICE)?
        };
        Ok(Self::of(draft, at, couple))
    }

    /// This couple.
    pub(super) fn of(draft: &'d mut Draft, at: DateTime, couple: Couple) -> Self {
        Self {
            story: Story::new(draft, "divorce", at),
            couple,
            place: "MAINLAND",
        }
    }

    /// The keys of both.
    pub(super) fn both(&self) -> [String; 2] {
        [&self.couple.husband, &self.couple.wife].map(|it| it.person_id.clone())
    }

    /// Either of them.
    pub(super) fn one(&mut self) -> String {
        let who = self.story.draft.seed.below(2);
        let [husband, wife] = self.both();
        if who == 0 { husband } else { wife }
    }

    /// Both are at the counter.
    pub(super) fn arrived(&mut self) -> &mut Self {
        let couple = &self.couple;
        let authority = if couple.authority_code == OFFICE {
            "伊金霍洛旗民政局"
        } else {
            "鄂尔多斯市东胜区民政局"
        };
        let input = json!({
            "authorityCode": OFFICE,
            "parties": [couple.husband.party("20"), couple.wife.party("20")],
            "marriage": {
                "certNumber": couple.cert_number,
                "date": couple.date,
                "authority": authority,
                "place": self.place,
            },
        });
        self.story
            .operate(RECEPTION, Operation::CheckInDivorceApplication, input);
        self
    }

    fn seen(&mut self, certificates: usize, lost: bool, violence: bool) -> &mut Self {
        self.story.after(5);
        let form = materials(certificates, lost, violence);
        self.story.complete(RECEPTION, "verify_identity", form);
        self.counselled();
        // Without the marriage base, the registrar vouches by what lies on the desk.
        let at = self.story.at;
        if self.story.draft.silent_until(MARRIAGE, at).is_some() {
            self.story.after(5);
            let form =
                json!({ "basis": "ORIGINAL_CERTIFICATE", "note": "婚姻库暂不可用,核验结婚证原件" });
            self.story.decide("verify_marriage_by_hand", form);
        }
        self
    }

    /// The registrar accepts.
    pub(super) fn accepted(&mut self) -> &mut Self {
        self.accepted_with(agreement(None))
    }

    fn accepted_with(&mut self, agreement: Value) -> &mut Self {
        self.story.after(15);
        let form = acceptance(agreement);
        self.story.decide("decide_application", form);
        self
    }

    fn not_accepted(&mut self, code: &'static str, note: &str) {
        self.story.after(10);
        let form = json!({ "decision": "NOT_ACCEPT", "refusalCode": code, "note": note });
        self.story.decide("decide_application", form);
    }

    /// The application with whatever is special about it, up to the acceptance or to the end of it.
    pub(super) fn enter(&mut self, entry: Entry) -> anyhow::Result<()> {
        match entry {
            Entry::Plain | Entry::Withdrawn => {
                self.arrived().seen(2, false, false).accepted();
            }
            Entry::WithChild => {
                let child = self.child();
                self.arrived().seen(2, false, false);
                self.accepted_with(agreement(Some(child)));
            }
            Entry::OneLost => {
                self.arrived().seen(1, true, false).accepted();
            }
            Entry::Fetched => {
                self.arrived().seen(0, false, false);
                self.story.after(40);
                let form = materials(2, false, false);
                self.story.complete(RECEPTION, "supply_materials", form);
                self.accepted();
            }
            Entry::NotFetched => self.not_fetched(),
            Entry::NoDebts => {
                self.arrived().seen(2, false, false);
                let mut lacking = agreement(None);
                lacking["debts"] = "".into();
                self.accepted_with(lacking);
                self.story.refused("MR-D-12");
                self.accepted();
            }
            Entry::NoCapacity => {
                self.arrived().seen(2, false, false);
                self.not_accepted("MR-D-02", "男方经法院认定为限制民事行为能力人");
            }
            Entry::Abroad => {
                self.place = "ABROAD";
                self.arrived().seen(2, false, false).accepted();
                self.story.refused("MR-D-03");
                self.not_accepted("MR-D-03", "结婚登记在境外办理");
            }
            Entry::Duplicate => self.duplicate(),
            Entry::Violence => {
                self.arrived().seen(2, false, true).accepted();
            }
        }
        if entry == Entry::Withdrawn {
            self.story.days_later(2);
            self.withdraws();
        }
        Ok(())
    }

    /// The day ends without the certificate.
    fn not_fetched(&mut self) {
        self.arrived().seen(0, false, false);
        self.story.days_later(1);
        let form = json!({ "refusalCode": "MR-G-05", "note": "当日未补正结婚证" });
        self.story.decide("refuse_application", form);
    }

    /// The couple has forgotten that it applied.
    fn duplicate(&mut self) {
        self.arrived().seen(2, false, false).accepted();
        let (couple, draft) = (self.couple.clone(), &mut *self.story.draft);
        let day = draft.calendar.plus_working(self.story.at.date(), 1);
        let at = draft.visit(day);
        let mut again = Application::of(draft, at, couple);
        again.arrived().seen(2, false, false).accepted();
        again.story.refused("MR-D-09");
        again.not_accepted("MR-D-09", "双方已有在办离婚登记申请");
    }

    fn child(&mut self) -> Value {
        let surname = self.couple.husband.name.chars().next().unwrap_or('王');
        let year = 2012 + self.story.draft.seed.below(11);
        json!([{
            "name": format!("{surname}小禾"),
            "birthDate": format!("{year}-05-04"),
            "livesWith": "WOMAN",
            "maintenanceAmount": 150_000,
            "maintenanceCycle": "MONTH",
            "maintenanceUntil": format!("{}-05-04", year + 18),
            "visiting": "每月第一、三个周末",
        }])
    }

    /// The offer of counselling, which blocks nothing: answered at the counter, from home, or not at all.
    fn counselled(&mut self) {
        let both = self.both();
        match self.story.draft.seed.below(10) {
            0..4 => {
                let accepted = self.story.draft.seed.chance(25);
                let answers = both.map(|it| json!({ "personId": it, "accepted": accepted }));
                let form = json!({ "answers": answers });
                self.story.complete(RECEPTION, "offer_counselling", form);
            }
            4..6 => {
                let [one, _] = both;
                let answer = json!({ "personId": one, "accepted": false });
                let form = json!({ "answers": [answer] });
                self.story
                    .complete("counsellor-01", "offer_counselling", form);
            }
            // Nobody answers; after a week the offer is closed.
            _ => {}
        }
    }

    /// One of them withdraws, with the receipt or with a statement instead.
    pub(super) fn withdraws(&mut self) -> &mut Self {
        let by = self.one();
        let receipt = self.story.draft.seed.chance(80);
        let input = json!({
            "personId": by,
            "authorityCode": OFFICE,
            "idDocumentShown": true,
            "receiptShown": receipt,
            "receiptLossStatement": !receipt,
            "applicationSigned": true,
        });
        let registrar = self.story.registrar;
        self.story
            .operate(registrar, Operation::WithdrawDivorceApplication, input);
        self
    }
}

fn materials(certificates: usize, lost: bool, violence: bool) -> Value {
    json!({
        "identityConfirmed": true,
        "materialsSeen": ["ID_CARD", "AGREEMENT"],
        "marriageCertsShown": certificates,
        "lossStatement": lost,
        "certificateDataAgrees": true,
        "domesticViolenceRisk": violence,
    })
}

fn acceptance(agreement: Value) -> Value {
    json!({
        "decision": "ACCEPT",
        "applicationSigned": true,
        "bothOfFullCapacity": true,
        "noRecusalGround": true,
        "agreement": agreement,
    })
}

fn agreement(children: Option<Value>) -> Value {
    let none = children.is_none();
    json!({
        "voluntaryStatement": "双方自愿离婚",
        "noMinorChildren": none,
        "children": children.unwrap_or_else(|| json!([])),
        "property": "无共同财产",
        "debts": "无共同债务",
        "signedByBoth": true,
    })
}
