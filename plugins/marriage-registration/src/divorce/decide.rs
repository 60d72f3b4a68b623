//! Rows 3 and 4: the registrar accepts, does not accept, or hands out the list of what is missing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, OperationError, Query, RecordId, Stored, Violation, Violations, operation,
};

use crate::authority::{Authority, authority, require_registrar};
use crate::case::compact;
use crate::case::{Flag, Refusal};
use crate::code;
use crate::divorce::case::{Agreement, DivorceCase, MarriagePlace, State, require_state};
use crate::divorce::{CaseState, case, deadline, marriage_check};
use crate::notice::{self, Told, tell_parties};
use crate::party::Capacity;
use crate::statistics::{self, Tally};

/// The registrar's decision on an application.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecideDivorceApplicationInput {
    /// 办件
    pub case_id: RecordId,
    /// 决定
    pub decision: ApplicationDecision,
    /// 双方在登记员面前签署离婚登记申请书
    #[serde(default)]
    pub application_signed: bool,
    /// 双方均为完全民事行为能力人
    #[serde(default)]
    pub both_of_full_capacity: bool,
    /// 本人无应当回避的情形
    #[serde(default)]
    pub no_recusal_ground: bool,
    /// 离婚协议书
    #[serde(default)]
    pub agreement: Option<Agreement>,
    /// For `NOT_ACCEPT`: a code of the specification.
    #[serde(default)]
    pub refusal_code: Option<String>,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// 决定
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ApplicationDecision {
    /// 受理
    Accept,
    /// 不予受理
    NotAccept,
    /// 须补正
    Incomplete,
}

/// What the process goes on with.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecideDivorceApplicationOutput {
    /// `ACCEPTED`, `NOT_ACCEPTED` or `INCOMPLETE`.
    pub decision: String,
    /// 受理日期
    pub accepted_date: Option<Date>,
    /// 冷静期届满日
    pub cooling_off_end: Option<Date>,
    /// 领证期首日
    pub claim_from: Option<Date>,
    /// 领证期末日
    pub claim_until: Option<Date>,
}

/// Decides on an application at the counter.
#[operation(name = "decideDivorceApplication")]
pub fn decide(
    ctx: &mut Context,
    input: DecideDivorceApplicationInput,
) -> Result<DecideDivorceApplicationOutput, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::Present], "/caseId")?;
    let registrar_id = require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    let decision = match input.decision {
        ApplicationDecision::Accept => {
            accept(ctx, &mut case, input)?;
            "ACCEPTED"
        }
        ApplicationDecision::NotAccept => {
            not_accept(
                ctx,
                &mut case,
                input.refusal_code,
                input.note,
                registrar_id.clone(),
            )?;
            "NOT_ACCEPTED"
        }
        ApplicationDecision::Incomplete => {
            case.add_document(ctx, "D-08", None);
            ctx.note_audit("DIVORCE-INCOMPLETE", case.case_no.clone());
            "INCOMPLETE"
        }
    };
    case.registrar_id = Some(registrar_id);
    ctx.put(&case)?;
    if decision == "INCOMPLETE" {
        // Row 3a: on the same day, else the registrar decides on the application as it stands.
        let arguments = [("until", ctx.today().to_string())];
        let told = Told::of(notice::DIVORCE_MISSING).with(&arguments);
        tell_parties::<DivorceCase>(ctx, case.id(), &case.parties, told);
    }
    if case.state == State::CoolingOff {
        let tally = Tally::default().count(statistics::divorce::APPLICATIONS);
        tally.note(ctx, &case.authority_code)?;
    }
    statistics::divorce::refused(ctx, &case)?;
    Ok(DecideDivorceApplicationOutput {
        decision: decision.into(),
        accepted_date: case.accepted_date,
        cooling_off_end: case.cooling_off_end,
        claim_from: case.claim_from,
        claim_until: case.claim_until,
    })
}

fn accept(
    ctx: &mut Context,
    case: &mut Stored<DivorceCase>,
    input: DecideDivorceApplicationInput,
) -> Result<(), OperationError> {
    let authority = authority(ctx, &case.authority_code, "/caseId")?;
    check_acceptance(ctx, case, &authority, &input)?;
    for party in &mut case.parties {
        party.capacity = Capacity::Full;
    }
    case.agreement = input.agreement;

    let today = ctx.today();
    let dates = deadline::start(ctx, case.id(), &authority, today)?;
    deadline::close(ctx, deadline::SUPPLY, case.id(), "DIVORCE-ACCEPTED")?;
    let (area, day) = (authority.area().to_owned(), compact(today));
    let receipt_no = ctx.number("divorce_receipt_no", &[("area", &area), ("date", &day)])?;
    case.receipt_no = Some(receipt_no);
    case.accepted_at = Some(ctx.now());
    case.accepted_date = Some(today);
    case.cooling_off_end = Some(dates.cooling_off_end);
    case.claim_from = Some(dates.claim_from);
    case.claim_until = Some(dates.claim_until);
    case.calendar_version = Some(dates.calendar_version);
    case.provisional_dates = dates.provisional;
    // The receipt is handed out to each party (离婚登记申请受理回执单).
    let parties: Vec<String> = case.parties.iter().map(|it| it.person_id.clone()).collect();
    for person_id in &parties {
        case.add_document(ctx, "D-03", Some(person_id));
    }
    case.move_to(ctx, State::CoolingOff, "DIVORCE-ACCEPTED");
    Ok(())
}

/// V-14 to V-19, DT-M1, DT-M3, the signed form and the agreement: all that is wrong at once.
fn check_acceptance(
    ctx: &Context,
    case: &Stored<DivorceCase>,
    authority: &Authority,
    input: &DecideDivorceApplicationInput,
) -> Result<(), OperationError> {
    let mut violations = Violations::new();
    let is_same_day = case.checked_in_date == ctx.today();
    violations.require(is_same_day, "/caseId", code::NOT_BOTH_PRESENT);
    let enforced: bool = ctx.parameter("recusal_enforced")?;
    let fit = input.no_recusal_ground || !enforced;
    violations.require(fit, "/noRecusalGround", code::REGISTRAR_UNFIT);
    violations.require(
        input.both_of_full_capacity,
        "/bothOfFullCapacity",
        code::NO_CAPACITY,
    );
    let incapable = |it: Capacity| matches!(it, Capacity::Limited | Capacity::None);
    if case.parties.iter().any(|it| incapable(it.capacity)) {
        violations.add("/caseId", code::NO_CAPACITY);
    }
    let competent = !case.has_flag(Flag::Foreign) || authority.foreign_power;
    violations.require(competent, "/caseId", code::NO_FOREIGN_POWER);
    for party in &case.parties {
        party.check_documents(ctx.today(), "/caseId", &mut violations);
    }
    check_marriage(ctx, case, &mut violations)?;
    violations.require(
        input.application_signed,
        "/applicationSigned",
        code::MATERIAL_MISSING,
    );
    check_materials(case, &mut violations);
    let needs_agreement = ctx.parameter::<String>("agreement_at_application")? == "REQUIRED";
    check_agreement(
        input.agreement.as_ref(),
        needs_agreement,
        "/agreement",
        &mut violations,
    );
    violations.into_result()
}

/// V-17 to V-19.
fn check_marriage(
    ctx: &Context,
    case: &Stored<DivorceCase>,
    violations: &mut Violations,
) -> Result<(), OperationError> {
    let consular = ctx.parameter::<String>("divorce_consular_marriage")? == "ACCEPT";
    let in_mainland = match case.marriage.place {
        MarriagePlace::Mainland => true,
        MarriagePlace::Consulate => consular,
        MarriagePlace::Abroad => false,
    };
    violations.require(in_mainland, "/caseId", code::MARRIED_ABROAD);
    if let Some(code) = marriage_check::objection(ctx, case)? {
        violations.add("/caseId", code);
    }
    let query = Query::new()
        .equal("coupleKey", &case.couple_key)
        .equal("open", true);
    let another = ctx.count::<DivorceCase>(query)? > 0;
    let elsewhere = case.verifications.last().is_some_and(|it| it.open_divorce);
    violations.require(!another && !elsewhere, "/caseId", code::ANOTHER_OPEN);
    Ok(())
}

/// DT-M3. A missing marriage certificate is settled by DT-M5, the agreement has codes of its own.
fn check_materials(case: &DivorceCase, violations: &mut Violations) {
    for material in &case.required_materials {
        let settled = matches!(&**material, "MARRIAGE_CERTIFICATE" | "AGREEMENT");
        if !settled && !case.materials_seen.contains(material) {
            let violation = Violation::new("/caseId", code::MATERIAL_MISSING);
            violations.push(violation.with("material", material));
        }
    }
}

/// The three topics of the agreement are there and both have signed it (Art. 1076, 1078).
pub fn check_agreement(
    agreement: Option<&Agreement>,
    needed: bool,
    path: &str,
    violations: &mut Violations,
) {
    let Some(agreement) = agreement else {
        violations.require(!needed, path, code::NO_AGREEMENT);
        return;
    };
    let mut at = violations.at(path);
    let agreed = !agreement.voluntary_statement.trim().is_empty();
    at.require(agreed, "/voluntaryStatement", code::NO_AGREEMENT);
    at.require(
        agreement.signed_by_both,
        "/signedByBoth",
        code::NO_AGREEMENT,
    );
    let children = agreement.no_minor_children || !agreement.children.is_empty();
    at.require(children, "/children", code::AGREEMENT_LACKS_TOPIC);
    let has = |text: &str| !text.trim().is_empty();
    at.require(
        has(&agreement.property),
        "/property",
        code::AGREEMENT_LACKS_TOPIC,
    );
    at.require(has(&agreement.debts), "/debts", code::AGREEMENT_LACKS_TOPIC);
}

/// Why an application is not accepted (row 4): nothing but a false guard of the specification.
const NOT_ACCEPTED_FOR: [&str; 14] = [
    code::DOCUMENT_INVALID,
    code::ID_NUMBER_WRONG,
    code::IDENTITY_DIFFERS,
    code::NOT_BOTH_PRESENT,
    code::MATERIAL_MISSING,
    code::NO_FOREIGN_POWER,
    code::CHECK_MISMATCH,
    code::NO_AGREEMENT,
    code::NO_CAPACITY,
    code::MARRIED_ABROAD,
    code::ANOTHER_OPEN,
    code::NOT_VOLUNTARY,
    code::MARRIAGE_ENDED,
    code::AGREEMENT_LACKS_TOPIC,
];

fn not_accept(
    ctx: &mut Context,
    case: &mut Stored<DivorceCase>,
    refusal_code: Option<String>,
    note: Option<String>,
    by: String,
) -> Result<(), OperationError> {
    let code = refusal_code.filter(|it| NOT_ACCEPTED_FOR.contains(&it.as_str()));
    let Some(code) = code else {
        return Err(OperationError::invalid(
            "/refusalCode",
            code::CHOICE_UNKNOWN,
        ));
    };
    case.refusal = Some(Refusal {
        code,
        note,
        by,
        at: ctx.now(),
    });
    case.decided_at = Some(ctx.now());
    case.add_document(ctx, "D-06", None);
    case.move_to(ctx, State::NotAccepted, "DIVORCE-NOT-ACCEPTED");
    deadline::close_all(ctx, case.id(), "DIVORCE-NOT-ACCEPTED")?;
    Ok(())
}

/// The notice of an application that cannot be accepted.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefuseDivorceApplicationInput {
    /// 办件
    pub case_id: RecordId,
    /// A code of the specification.
    pub refusal_code: String,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// The registrar does not accept an application that the tables or the end of the day have sent
/// here (row 4).
#[operation(name = "refuseDivorceApplication")]
pub fn refuse(
    ctx: &mut Context,
    input: RefuseDivorceApplicationInput,
) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::Present], "/caseId")?;
    let registrar_id = require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    case.registrar_id = Some(registrar_id.clone());
    not_accept(
        ctx,
        &mut case,
        Some(input.refusal_code),
        input.note,
        registrar_id,
    )?;
    ctx.put(&case)?;
    statistics::divorce::refused(ctx, &case)?;
    Ok(CaseState::of(&case))
}
