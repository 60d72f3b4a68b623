//! The ways a couple may go, and how often each is gone.

use jiff::ToSpan as _;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use crate::calendar::plus_days;
use crate::people::{Couple, Person};
use crate::plan::marriage::wedding::Wedding;
use crate::plan::story::ARCHIVIST;
use crate::plan::{Draft, OFFICE};

/// What happens to a couple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Registered on the spot.
    Plain,
    /// The same, and the application was filled in at home.
    Drafted,
    /// One photo too few, which they bring.
    Unphotographed,
    /// One photo too few, and nobody came again so far.
    NeverSupplied,
    /// One of them is divorced.
    Remarried,
    /// She is widowed.
    Widowed,
    /// One says «never married», the base says «divorced», and the declaration is corrected.
    WrongStatus,
    /// The base still has his marriage, which a court has ended.
    CourtPaper,
    /// Divorced from each other.
    SameCouple,
    /// Married to each other already.
    AlreadyMarried,
    /// He is married to somebody else.
    HasSpouse,
    /// One of them is too young.
    TooYoung,
    /// First cousins, as they say.
    Cousins,
    /// Related by adoption: a second person looks at it.
    Adoptive,
    /// One of them does not want to.
    Unwilling,
    /// She is forced, and says so alone.
    Forced,
    /// They leave before anything is decided.
    Left,
    /// Entered twice; the second case is closed.
    Doubled,
    /// A reviewer decides on an old record.
    Unclear,
    /// The answer of the base cannot be read: an incident.
    Unreadable,
    /// The same, and the couple goes home.
    UnreadableLeft,
    /// A name was entered wrongly, which the police see.
    Misspelt,
    /// He is a soldier.
    Soldier,
    /// She is a foreigner, and this authority has no power for that.
    Abroad,
    /// The printer spoils two blanks.
    Spoiled,
    /// They have lived together for years.
    Belated,
    /// One of them speaks Mongolian only.
    Interpreted,
    /// The base names a conflict after the registration.
    UploadConflict,
    /// The base does not take the registration: an incident.
    UploadNotTaken,
}

/// How often each way is gone in two weeks.
pub(super) const DECK: [(Way, usize); 29] = [
    (Way::Plain, 62),
    (Way::Drafted, 8),
    (Way::Unphotographed, 8),
    (Way::NeverSupplied, 3),
    (Way::Remarried, 8),
    (Way::Widowed, 2),
    (Way::WrongStatus, 3),
    (Way::CourtPaper, 3),
    (Way::SameCouple, 2),
    (Way::AlreadyMarried, 1),
    (Way::HasSpouse, 2),
    (Way::TooYoung, 2),
    (Way::Cousins, 1),
    (Way::Adoptive, 2),
    (Way::Unwilling, 1),
    (Way::Forced, 1),
    (Way::Left, 3),
    (Way::Doubled, 2),
    (Way::Unclear, 1),
    (Way::Unreadable, 1),
    (Way::UnreadableLeft, 1),
    (Way::Misspelt, 3),
    (Way::Soldier, 2),
    (Way::Abroad, 2),
    (Way::Spoiled, 3),
    (Way::Belated, 2),
    (Way::Interpreted, 3),
    (Way::UploadConflict, 1),
    (Way::UploadNotTaken, 1),
];

impl Way {
    /// Tells of a couple that comes at this moment and goes this way.
    pub(super) fn tell(self, draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
        match self {
            Self::Plain => Wedding::new(draft, at)?.all_the_way(),
            Self::Drafted => drafted(draft, at)?,
            Self::Unphotographed | Self::NeverSupplied => unphotographed(self, draft, at)?,
            Self::Remarried => remarried(draft, at)?,
            Self::Widowed => widowed(draft, at)?,
            Self::WrongStatus => wrong_status(draft, at)?,
            Self::CourtPaper => court_paper(draft, at)?,
            Self::SameCouple => same_couple(draft, at)?,
            Self::AlreadyMarried => already_married(draft, at)?,
            Self::HasSpouse => has_spouse(draft, at)?,
            Self::TooYoung => too_young(draft, at)?,
            Self::Cousins => cousins(draft, at)?,
            Self::Adoptive => adoptive(draft, at)?,
            Self::Unwilling => unwilling(draft, at)?,
            Self::Forced => forced(draft, at)?,
            Self::Left => left(draft, at)?,
            Self::Doubled => doubled(draft, at)?,
            Self::Unclear => unclear(draft, at)?,
            Self::Unreadable | Self::UnreadableLeft => unreadable(self, draft, at)?,
            Self::Misspelt => misspelt(draft, at)?,
            Self::Soldier => soldier(draft, at)?,
            Self::Abroad => abroad(draft, at)?,
            Self::Spoiled => {
                let mut wedding = Wedding::new(draft, at)?;
                wedding.spoiled = true;
                wedding.all_the_way();
            }
            Self::Belated => belated(draft, at)?,
            Self::Interpreted => interpreted(draft, at)?,
            Self::UploadConflict => upload_conflict(draft, at)?,
            Self::UploadNotTaken => {
                let pair = draft.people.remarked("UPLOAD_NOT_TAKEN")?;
                let mut wedding = Wedding::of(draft, at, pair);
                wedding.arrived().seen().accepted();
                wedding.questioned().concluded().handed_over();
            }
        }
        Ok(())
    }
}

fn drafted(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let earlier = 1 + draft.seed.below(5);
    let day = plus_days(at.date(), -i64::try_from(earlier).unwrap_or(1));
    let first = plus_days(draft.scope.marriages_from, 0);
    let evening = day.max(first).at(19, 0, 0, 0);
    let minutes = i64::try_from(5 * draft.seed.below(24)).unwrap_or(0);
    let mut wedding = Wedding::new(draft, evening.saturating_add(minutes.minutes()))?;
    wedding.drafted();
    if at.date() > first {
        wedding.on(at).all_the_way();
    }
    Ok(())
}

fn unphotographed(way: Way, draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    let photo = json!({ "prints": 2, "takenOn": at.date().to_string(), "bareHeaded": true, "bothRecognised": true });
    wedding.arrived().seen_with(json!({ "photo": photo }));
    if way == Way::NeverSupplied {
        return Ok(());
    }
    let is_early = at.hour() < 11 || (14..15).contains(&at.hour());
    if is_early && wedding.story.draft.seed.chance(60) {
        wedding.after(20);
    } else {
        let days = 1 + wedding.story.draft.seed.below(3);
        wedding.story.days_later(days);
    }
    wedding.supplied(json!({})).accepted().married();
    Ok(())
}

fn ended_by_divorce(couple: &Couple) -> Value {
    let by_court = couple.status == "DIVORCED_COURT";
    json!({
        "endedBy": if by_court { "DIVORCE_COURT" } else { "DIVORCE_REG" },
        "documentNo": couple.cert_number.replacen('J', "L", 1),
        "endedOn": couple.ended_on,
    })
}

/// Somebody divorced with somebody who was never married: the couple, which of them it is, and the marriage that ended.
fn with_divorced(draft: &mut Draft) -> anyhow::Result<([Person; 2], usize, Couple)> {
    let (divorced, former) = draft.people.divorced()?;
    let [groom, bride] = draft.people.engaged()?;
    Ok(if divorced.is_man() {
        ([divorced, bride], 0, former)
    } else {
        ([groom, divorced], 1, former)
    })
}

fn remarried(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let (couple, who, former) = with_divorced(draft)?;
    let mut wedding = Wedding::of(draft, at, couple);
    wedding
        .declared(who, "40", ended_by_divorce(&former))
        .all_the_way();
    Ok(())
}

fn widowed(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let former = draft.people.couple(|it| it.status == "DEATH")?;
    let [groom, _] = draft.people.engaged()?;
    let previous = json!({
        "endedBy": "DEATH",
        "endedOn": former.ended_on,
        "spouseName": former.husband.name,
        "spouseIdNumber": former.husband.id_number,
    });
    let mut wedding = Wedding::of(draft, at, [groom, former.wife]);
    wedding.declared(1, "30", previous).all_the_way();
    Ok(())
}

fn wrong_status(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let (couple, who, _) = with_divorced(draft)?;
    let person_id = couple[who].person_id.clone();
    let mut wedding = Wedding::of(draft, at, couple);
    wedding.arrived().seen().accepted();
    wedding.after(10);
    let correction = json!([{ "personId": person_id, "declaredMaritalStatus": "40" }]);
    wedding.supplied(json!({ "corrections": correction }));
    wedding.accepted().married();
    Ok(())
}

fn court_paper(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let elsewhere = |it: &Couple| it.status == "VALID" && it.authority_code != OFFICE;
    let former = draft.people.couple(elsewhere)?;
    let [_, bride] = draft.people.engaged()?;
    let mut wedding = Wedding::of(draft, at, [former.husband, bride]);
    let judgment = json!({
        "endedBy": "DIVORCE_COURT",
        "documentNo": "(2025)内0602民初3172号",
        "endedOn": "2025-11-18",
        "scanRef": "scan-judgment",
    });
    wedding.declared(0, "40", judgment);
    let papers = wedding.previous.clone();
    wedding.arrived().seen().accepted();
    wedding.story.days_later(1);
    let materials = json!(["ID_CARD", "DIVORCE_PROOF"]);
    wedding.supplied(json!({ "materialsSeen": materials, "endedMarriages": papers }));
    wedding.accepted().married();
    // The archivist reports to the base what the paper has shown, when there is time for it.
    if wedding.story.draft.seed.chance(40) {
        let form = json!({ "reportedNo": format!("SB-2026-{:04}", 10 + wedding.day().day()) });
        wedding.story.complete(ARCHIVIST, "report_repair", form);
    }
    Ok(())
}

fn same_couple(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let former = draft.people.couple(|it| it.status == "DIVORCED_REG")?;
    let previous = ended_by_divorce(&former);
    let mut wedding = Wedding::of(draft, at, [former.husband, former.wife]);
    wedding.met.push("COLLECT_DIVORCE_CERTIFICATES");
    wedding.declared(0, "40", previous.clone());
    wedding.declared(1, "40", previous).all_the_way();
    Ok(())
}

/// The registrar's notice where DT-M6 has decided against a marriage.
fn refused_by_table(wedding: &mut Wedding<'_>, note: &str) {
    wedding.arrived().seen().accepted();
    wedding.after(10);
    wedding
        .story
        .decide("refuse_application", json!({ "note": note }));
}

fn already_married(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let couple = draft.people.married(OFFICE)?;
    let mut wedding = Wedding::of(draft, at, [couple.husband, couple.wife]);
    refused_by_table(&mut wedding, "双方已登记结婚,告知可申请补领");
    Ok(())
}

fn has_spouse(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let couple = draft.people.married(OFFICE)?;
    let [_, bride] = draft.people.engaged()?;
    let mut wedding = Wedding::of(draft, at, [couple.husband, bride]);
    refused_by_table(&mut wedding, "男方已有配偶");
    Ok(())
}

fn too_young(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let pair = draft.people.young()?;
    let mut wedding = Wedding::of(draft, at, pair);
    // The guard refuses when the registrar wants to register.
    wedding.arrived().seen().accepted().questioned().concluded();
    Ok(())
}

fn cousins(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    let kinship = json!({ "declaredLine": "COLLATERAL", "declaredGenerations": 3 });
    wedding.arrived().seen().accepted().questioned_with(kinship);
    wedding.refused("MR-M-04", "双方为表兄妹");
    Ok(())
}

fn adoptive(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    let kinship = json!({ "declaredLine": "ADOPTIVE", "declaredGenerations": 2 });
    wedding.arrived().seen().accepted().questioned_with(kinship);
    let opinion = json!({ "opinion": "AGREE", "reason": "无血缘关系,收养关系已解除" });
    wedding.reviewed("check_second", opinion);
    wedding.concluded().handed_over();
    wedding.story.archive();
    Ok(())
}

fn unwilling(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    let form =
        json!({ "decision": "NOT_VOLUNTARY", "declarations": [], "note": "女方表示尚未考虑好" });
    wedding.arrived().seen().accepted().questioned_with(form);
    Ok(())
}

fn forced(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    let form = json!({ "decision": "SUSPEND", "declarations": [], "sign": "DURESS", "note": "女方单独询问时表示被胁迫" });
    wedding.arrived().seen().accepted().questioned_with(form);
    wedding.after(10);
    let registrar = wedding.story.registrar;
    let form = json!({ "dissuaded": true, "helpTold": true, "reportAsked": true, "reported": true, "reportNo": "J1506-0226" });
    wedding.story.complete(registrar, "protect_party", form);
    Ok(())
}

fn left(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    wedding.arrived();
    if wedding.story.draft.seed.chance(60) {
        wedding.seen().accepted();
    }
    wedding.left();
    Ok(())
}

fn doubled(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let pair = draft.people.engaged()?;
    Wedding::of(draft, at, pair.clone()).all_the_way();
    let mut again = Wedding::of(draft, at, pair);
    again.arrived().left();
    Ok(())
}

fn unclear(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let pair = draft.people.remarked("REGISTRY_UNCLEAR")?;
    let mut wedding = Wedding::of(draft, at, pair);
    wedding.arrived().seen().accepted();
    let form = json!({ "decision": "OK", "reason": "历史档案为同名登记,调阅原档核实不是本人" });
    wedding.reviewed("review_status", form).married();
    Ok(())
}

fn unreadable(way: Way, draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let pair = draft.people.remarked("REGISTRY_UNREADABLE")?;
    let mut wedding = Wedding::of(draft, at, pair);
    wedding.arrived().seen().accepted();
    if way == Way::UnreadableLeft {
        wedding.left();
    }
    Ok(())
}

fn misspelt(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    let woman = &wedding.couple[1];
    let (right, person_id) = (woman.name.clone(), woman.person_id.clone());
    let surname = right.chars().next().unwrap_or('王');
    wedding.parties[1]["name"] = format!("{surname}玥").into();
    wedding.arrived().seen().accepted();
    wedding.after(10);
    let correction = json!([{ "personId": person_id, "name": right }]);
    wedding.supplied(json!({ "corrections": correction }));
    wedding.accepted().married();
    Ok(())
}

fn soldier(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    wedding.parties[0]["kind"] = "MILITARY".into();
    wedding.met.push("MILITARY_DOCUMENTS");
    let issued_on = plus_days(at.date(), -20).to_string();
    let person_id = wedding.couple[0].person_id.clone();
    let proof = json!([{ "personId": person_id, "kind": "MILITARY", "issuedOn": issued_on }]);
    let papers = json!({ "materialsSeen": ["ID_CARD", "MILITARY_PAPERS"], "proofs": proof });
    wedding.arrived().seen_with(papers).accepted().married();
    Ok(())
}

fn abroad(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    let n = wedding.story.draft.cases.len();
    let passport = format!("E{:07}", 2_104_000 + n);
    wedding.parties[1] = json!({
        "personId": format!("person-f{n:03}"),
        "name": "SARNAI BATBAYAR",
        "nameForeign": "SARNAI BATBAYAR",
        "sex": "2",
        "birthDate": "1997-08-14",
        "kind": "FOREIGN",
        "idNumber": passport,
        "idDocs": [{ "type": "PASSPORT", "number": passport, "validFrom": "2022-03-01", "validTo": "2032-03-01" }],
        "nationality": "MNG",
        "declaredMaritalStatus": "10",
        "mobile": "+97699110000",
    });
    wedding.arrived();
    wedding.after(10);
    let form = json!({ "referTo": "15060001", "note": "本机关无涉外登记权限" });
    wedding.story.decide("refer_case", form);
    Ok(())
}

fn belated(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    wedding.entry.insert("belated".to_owned(), true.into());
    let since = json!("2019-10-01");
    wedding.entry.insert("cohabitationSince".to_owned(), since);
    wedding.met.push("COHABITATION_STATEMENT");
    wedding.all_the_way();
    Ok(())
}

fn interpreted(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let mut wedding = Wedding::new(draft, at)?;
    wedding.parties[0]["languageHelp"] = "INTERPRETER".into();
    wedding.met.push("INTERPRETER_STATEMENT");
    wedding.all_the_way();
    Ok(())
}

fn upload_conflict(draft: &mut Draft, at: DateTime) -> anyhow::Result<()> {
    let pair = draft.people.remarked("UPLOAD_CONFLICT")?;
    let mut wedding = Wedding::of(draft, at, pair);
    wedding.arrived().seen().accepted();
    wedding.questioned().concluded().handed_over();
    Ok(())
}
