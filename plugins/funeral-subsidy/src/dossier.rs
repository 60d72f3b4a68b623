//! What the operations on a case have in common: reading it in a state, moving it on, telling.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, DeadlineStatus, OperationError, Query, RecordId, SendNotice, Stored, Violations,
};

use crate::case::{Benefit, FuneralCase, FuneralState};
use crate::code;
use crate::person::Deceased;

/// Who watches over the work of the office.
pub const SUPERVISOR: &str = "SUPERVISOR";
/// The code of a county has six digits, that of a town nine.
const TOWN_DIGITS: usize = 9;

/// A case.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "FuneralCaseInput")]
pub struct CaseInput {
    /// 办件
    pub case_id: RecordId,
}

/// Where a case stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FuneralCaseState")]
pub struct CaseState {
    /// 状态
    pub state: FuneralState,
}

/// A new case.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "NewFuneralCase")]
pub struct NewCase {
    /// 办件
    pub case_id: RecordId,
    /// 办件编号
    pub no: String,
    /// 状态
    pub state: FuneralState,
}

/// The case, if it is in one of these states; else FS-S-02.
pub fn read(
    ctx: &Context,
    id: &RecordId,
    states: &[FuneralState],
) -> Result<Stored<FuneralCase>, OperationError> {
    let case = ctx.require::<FuneralCase>(id, "/caseId")?;
    if states.contains(&case.state) {
        Ok(case)
    } else {
        Err(OperationError::invalid("/caseId", code::STATE_FORBIDS))
    }
}

/// The case whatever its state.
pub fn any(ctx: &Context, id: &RecordId) -> Result<Stored<FuneralCase>, OperationError> {
    ctx.require::<FuneralCase>(id, "/caseId")
}

/// The town that an area names, or nothing if it is the whole county.
pub fn town_of<'a>(ctx: &Context, area: &'a str) -> Result<Option<&'a str>, OperationError> {
    if area == ctx.tenant() {
        return Ok(None);
    }
    if area.len() == TOWN_DIGITS && area.starts_with(ctx.tenant()) {
        return Ok(Some(area));
    }
    Err(OperationError::invalid("/area", code::NOT_REGISTERED))
}

/// V-11: nobody else has a case of the same deceased and group. **HARD**
pub fn require_no_other(
    ctx: &Context,
    key: &str,
    group: &str,
    own: Option<&RecordId>,
) -> Result<(), OperationError> {
    let query = Query::new()
        .equal("deceasedKey", key)
        .equal("exclusionGroup", group)
        .equal("holdsPlace", true);
    let others = ctx.find::<FuneralCase>(query)?.items;
    if others.iter().any(|it| Some(it.id()) != own) {
        return Err(OperationError::invalid("/deceased", code::ALREADY_APPLIED));
    }
    Ok(())
}

/// Whether a deceased has a case of this benefit that keeps another out.
pub fn has_case(ctx: &Context, key: &str, benefit: Benefit) -> Result<bool, OperationError> {
    let query = Query::new()
        .equal("deceasedKey", key)
        .equal("exclusionGroup", benefit.exclusion_group())
        .equal("holdsPlace", true);
    Ok(ctx.count::<FuneralCase>(query)? > 0)
}

/// One cremation certificate belongs to one deceased in the county. **HARD**
pub fn certificate_of_another(
    ctx: &Context,
    certificate_no: &str,
    key: &str,
) -> Result<bool, OperationError> {
    let query = Query::new().equal("cremationCertNo", certificate_no);
    let cases = ctx.find::<FuneralCase>(query)?.items;
    Ok(cases.iter().any(|it| it.deceased_key != key))
}

/// A case as it begins.
pub fn new_case(
    ctx: &mut Context,
    (benefit, by_money, state): (Benefit, bool, FuneralState),
    deceased: Deceased,
    police_case_no: Option<String>,
) -> Result<FuneralCase, OperationError> {
    let area = ctx.tenant().to_owned();
    let date = ctx.today().to_string().replace('-', "");
    let kind = benefit.letter();
    let scope: [(&str, &dyn ToString); 3] = [("kind", &kind), ("area", &area), ("date", &date)];
    let no = ctx.number("funeral_case_no", &scope)?;
    Ok(FuneralCase {
        no,
        benefit,
        by_money,
        state,
        holds_place: state.holds_place(),
        deceased_key: deceased.key(police_case_no.as_deref()),
        exclusion_group: benefit.exclusion_group().to_owned(),
        deceased,
        applicant: None,
        payee: None,
        service: None,
        eco: None,
        police_case_no,
        notice_posted_on: None,
        notice_until: None,
        service_date: None,
        submitted_at: None,
        force_majeure: None,
        claim_until: None,
        accept_until: None,
        supply_until: None,
        accepted_at: None,
        review_until: None,
        step_until: None,
        publicity_from: None,
        publicity_until: None,
        objections: Vec::new(),
        policy_version: None,
        calculation: None,
        assessed: None,
        consents_to_reminder: false,
        eco_until: None,
        ashes_until: None,
        provisional: false,
        silent_sources: Vec::new(),
        fraud_score: 0,
        fraud_hits: Vec::new(),
        scan_on: None,
        duplicates: Vec::new(),
        flags: Vec::new(),
        required_materials: Vec::new(),
        missing_materials: Vec::new(),
        supplements: 0,
        refusal: None,
        decisions: Vec::new(),
        documents: Vec::new(),
        card_verified: false,
        pay_attempts: 0,
        batch_no: None,
        paid_on: None,
        insurance_check_on: None,
        settlement_id: None,
        approved_on: None,
        budget_year: None,
    })
}

/// FS-R-01: nobody acts in two of these steps of one case. **HARD**
pub fn require_other_person(
    ctx: &Context,
    case: &FuneralCase,
    steps: &[&str],
) -> Result<(), OperationError> {
    let actor = ctx.actor().map(|it| it.id.as_str()).unwrap_or_default();
    if case.has_decided(actor, steps) {
        return Err(OperationError::invalid("", code::SAME_PERSON));
    }
    Ok(())
}

/// A reason where the answer is no.
pub fn require_reason(agree: bool, reason: Option<&String>) -> Result<(), OperationError> {
    let mut violations = Violations::new();
    let given = reason.is_some_and(|it| !it.trim().is_empty());
    violations.require(agree || given, "/reason", code::REASON_MISSING);
    violations.into_result()
}

/// Ends the clock of a deadline, if it runs.
pub fn close_deadline(
    ctx: &mut Context,
    key: &str,
    case: &RecordId,
    reason: &str,
) -> Result<(), OperationError> {
    let stored = ctx.deadline(key, case)?;
    if stored.is_some_and(|it| it.status() != DeadlineStatus::Closed) {
        ctx.close_deadline(key, case, reason);
    }
    Ok(())
}

/// Tells the applicant, if there is one.
pub fn tell_applicant(ctx: &mut Context, case: &Stored<FuneralCase>, code: &str) {
    let Some(applicant) = &case.applicant else {
        return;
    };
    let notice = SendNotice::to_person(code, &applicant.person_id)
        .about_record::<FuneralCase>(case.id())
        .with_argument("no", &case.no)
        .once(format!("{}:{}", case.id(), case.decisions.len()));
    ctx.send_notice(notice);
}

/// Tells a role about a case, once for the key.
pub fn tell_role(
    ctx: &mut Context,
    (code, role): (&str, &str),
    case: &Stored<FuneralCase>,
    once: &str,
) {
    let notice = SendNotice::to_role(code, role)
        .about_record::<FuneralCase>(case.id())
        .with_argument("no", &case.no)
        .once(format!("{}:{once}", case.id()));
    ctx.send_notice(notice);
}
