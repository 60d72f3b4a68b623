//! Row 1: both parties check in at the counter; the case and its process begin.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tongban_sdk::{
    Context, Instant, OperationError, RecordId, StartProcess, Violations, operation,
};

use crate::archive::couple_key;
use crate::authority::{Authority, authority};
use crate::case::compact;
use crate::case::{Channel, Flag};
use crate::code;
use crate::divorce::case::{DivorceCase, Marriage, State};
use crate::divorce::{PROCESS, deadline};
use crate::party::{LanguageHelp, Party, PartyKind};
use crate::presence::arrived_together;

/// Both parties come to the counter.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckInDivorceApplicationInput {
    /// The counter they came to: the case stays there.
    pub authority_code: String,
    /// 进件渠道
    #[serde(default)]
    pub channel_of_entry: Channel,
    /// 双方
    pub parties: Vec<Party>,
    /// 结婚登记
    pub marriage: Marriage,
    /// When each of them came, in the order of `parties`; absent: now.
    #[serde(default)]
    pub arrived_at: Vec<Instant>,
}

/// The new case.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckInDivorceApplicationOutput {
    /// 办件
    pub case_id: RecordId,
    /// 办件编号
    pub case_no: String,
    /// 状态
    pub state: State,
}

/// Opens a case for two parties who are both at the counter (V-14, V-09) and whose data agree with
/// their documents (V-01 to V-05).
#[operation(name = "checkInDivorceApplication")]
pub fn check_in(
    ctx: &mut Context,
    mut input: CheckInDivorceApplicationInput,
) -> Result<CheckInDivorceApplicationOutput, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    input.parties.iter_mut().for_each(Party::normalise);
    check_presence(ctx, &input)?;
    let mut violations = Violations::new();
    for (idx, party) in input.parties.iter().enumerate() {
        party.check(ctx, &format!("/parties/{idx}"), &mut violations);
    }
    violations.into_result()?;

    let (area, today) = (authority.area().to_owned(), ctx.today());
    let day = compact(today);
    let case_no = ctx.number("divorce_case_no", &[("area", &area), ("date", &day)])?;
    let mut case = new_case(ctx, case_no.clone(), input);
    case.note_change(ctx, None, "DIVORCE-CHECKED-IN");
    let case_id = ctx.put_new(&case)?;
    ctx.set_deadline(deadline::SUPPLY, &case_id, today)?;
    start(ctx, &case_id, &case, &authority)?;
    Ok(CheckInDivorceApplicationOutput {
        case_id,
        case_no,
        state: case.state,
    })
}

/// V-14 and V-09: two different persons, at the same counter within the same hour.
fn check_presence(
    ctx: &Context,
    input: &CheckInDivorceApplicationInput,
) -> Result<(), OperationError> {
    let [first, second] = input.parties.as_slice() else {
        return Err(OperationError::invalid("/parties", code::NOT_BOTH_PRESENT));
    };
    let same = first.id_number == second.id_number || first.person_id == second.person_id;
    if same || !arrived_together(ctx, &input.arrived_at)? {
        return Err(OperationError::invalid("/parties", code::NOT_BOTH_PRESENT));
    }
    Ok(())
}

fn new_case(ctx: &Context, case_no: String, input: CheckInDivorceApplicationInput) -> DivorceCase {
    let [first, second] = [0, 1].map(|idx| input.parties[idx].person_id.as_str());
    let mut case = DivorceCase {
        case_no,
        state: State::Present,
        open: false,
        couple_key: couple_key(first, second),
        authority_code: input.authority_code,
        channel_of_entry: input.channel_of_entry,
        parties: input.parties,
        checked_in_at: ctx.now(),
        checked_in_date: ctx.today(),
        marriage: input.marriage,
        flags: Vec::new(),
        required_materials: Vec::new(),
        materials_seen: Vec::new(),
        competence: None,
        marriage_certs_shown: 0,
        loss_statement: false,
        verifications: Vec::new(),
        check_owed_since: None,
        counselling: Vec::new(),
        counselling_until: None,
        agreement: None,
        registrar_id: None,
        receipt_no: None,
        accepted_at: None,
        accepted_date: None,
        cooling_off_end: None,
        claim_from: None,
        claim_until: None,
        calendar_version: None,
        provisional_dates: false,
        withdrawal: None,
        visits: Vec::new(),
        claim: None,
        claim_limit: None,
        certificate_number: None,
        decided_at: None,
        refusal: None,
        termination_reason: None,
        upload_no: None,
        documents: Vec::new(),
        history: Vec::new(),
    };
    if case.parties.iter().any(|it| it.kind == PartyKind::Military) {
        case.set_flag(Flag::Military);
    }
    if case
        .parties
        .iter()
        .any(|it| it.language_help == Some(LanguageHelp::Interpreter))
    {
        case.set_flag(Flag::Interpreter);
    }
    case
}

/// The process gets routing values only: no names, no numbers.
fn start(
    ctx: &mut Context,
    case_id: &RecordId,
    case: &DivorceCase,
    authority: &Authority,
) -> Result<(), OperationError> {
    let kinds: Vec<PartyKind> = case.parties.iter().map(|it| it.kind).collect();
    let outside = kinds.iter().filter(|it| !it.is_mainland()).count();
    let names = |kind: &PartyKind| serde_json::to_value(kind).unwrap_or(Value::Null);
    let mut circumstances = Vec::new();
    if ctx.parameter::<String>("agreement_at_application")? == "REQUIRED" {
        circumstances.push(Value::from("AGREEMENT_AT_APPLICATION"));
    }
    let start = StartProcess::new(PROCESS)
        .with_business_key(case.case_no.as_str())
        .with_variable("caseId", case_id)
        .with_variable("caseNo", case.case_no.as_str())
        .with_variable("checkedInDate", case.checked_in_date)
        .with_variable("procedure", "DIVORCE")
        .with_variable("stage", "APPLY")
        .with_variable("partyKinds", kinds.iter().map(names).collect::<Vec<_>>())
        .with_variable("anyPartyOutside", outside > 0)
        .with_variable("bothPartiesOutside", outside == kinds.len())
        .with_variable("anyPartyForeign", kinds.iter().any(|it| it.is_foreign()))
        .with_variable("foreignPower", authority.foreign_power)
        .with_variable("recordMadeHere", true)
        .with_variable("circumstances", circumstances);
    ctx.start_process(start);
    Ok(())
}
