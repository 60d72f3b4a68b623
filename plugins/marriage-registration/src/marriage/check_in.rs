//! Row 2: both parties come to the counter; the case leaves its draft, if it had one, and its
//! process begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tongban_sdk::{
    Context, Date, Instant, OperationError, RecordId, StartProcess, Violation, operation,
};

use crate::area::is_known_area;
use crate::authority::{Authority, authority};
use crate::case::{Channel, compact, word};
use crate::code;
use crate::marriage::PROCESS;
use crate::marriage::case::{MarriageCase, State};
use crate::marriage::draft::{check_parties, draft, new_case, set_belated, set_parties};
use crate::marriage::examination::{MarriageExamination, PreviousMarriage};
use crate::party::Party;
use crate::presence::arrived_together;

/// Both parties are at the counter.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckInMarriageInput {
    /// The draft of the couple; absent: a walk-in.
    #[serde(default)]
    pub draft_id: Option<RecordId>,
    /// The counter they came to.
    pub authority_code: String,
    /// 进件渠道 of a walk-in.
    #[serde(default)]
    pub channel_of_entry: Channel,
    /// 预约
    #[serde(default)]
    pub appointment_id: Option<String>,
    /// 双方 as their documents say; absent: as the draft says.
    #[serde(default)]
    pub parties: Vec<Party>,
    /// 前次婚姻, of those who were married before.
    #[serde(default)]
    pub previous_marriages: Vec<PreviousMarriage>,
    /// 补办结婚登记
    #[serde(default)]
    pub belated: Option<bool>,
    /// 同居生活起始日期
    #[serde(default)]
    pub cohabitation_since: Option<Date>,
    /// When each of them came, in the order of `parties`; absent: now.
    #[serde(default)]
    pub arrived_at: Vec<Instant>,
}

/// The case.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckInMarriageOutput {
    /// 办件
    pub case_id: RecordId,
    /// 办件编号
    pub case_no: String,
    /// 状态
    pub state: State,
}

/// Opens a case for two persons who are both at the counter (V-14, V-09) and whose data agree with
/// their numbers (V-01 to V-04, V-06). Whether their documents still hold is asked afterwards.
#[operation(name = "checkInMarriage")]
pub fn check_in(
    ctx: &mut Context,
    mut input: CheckInMarriageInput,
) -> Result<CheckInMarriageOutput, OperationError> {
    let authority = authority(ctx, &input.authority_code, "/authorityCode")?;
    let drafted = match &input.draft_id {
        Some(id) => Some(draft(ctx, id, "/draftId")?),
        None => None,
    };
    input.parties.iter_mut().for_each(Party::normalise);
    if let (Some(drafted), true) = (&drafted, input.parties.is_empty()) {
        input.parties = drafted.parties.clone();
    }
    check_parties(ctx, &input.parties)?;
    if !arrived_together(ctx, &input.arrived_at)? {
        return Err(OperationError::invalid("/parties", code::NOT_BOTH_PRESENT));
    }
    check_previous(&input)?;
    warn_of_unknown_areas(ctx, &input.parties)?;
    let (area, day) = (authority.area().to_owned(), compact(ctx.today()));
    let case_no = ctx.number("marriage_case_no", &[("area", &area), ("date", &day)])?;

    let mut examination = MarriageExamination::new(&case_no, &authority.code);
    examination.previous_marriages = std::mem::take(&mut input.previous_marriages);
    for previous in &mut examination.previous_marriages {
        // Whether it is proven, the counter says when it has seen the paper.
        previous.proven = false;
    }
    let examination_id = ctx.put_new(&examination)?;
    let case_id = match drafted {
        Some(mut case) => {
            appear(ctx, &mut case, input, (&case_no, &examination_id));
            ctx.put(&case)?;
            case.id().clone()
        }
        None => {
            let mut case = new_case(&authority.code, input.channel_of_entry);
            appear(ctx, &mut case, input, (&case_no, &examination_id));
            ctx.put_new(&case)?
        }
    };
    let case = ctx.require::<MarriageCase>(&case_id, "/draftId")?;
    let mut written = ctx.require::<MarriageExamination>(&examination_id, "/draftId")?;
    written.case_id = case_id.clone();
    ctx.put(&written)?;
    start(ctx, (&case_id, &examination_id), &case, &authority);
    Ok(CheckInMarriageOutput {
        case_id,
        case_no,
        state: State::Present,
    })
}

/// Only the two speak of their earlier marriages.
fn check_previous(input: &CheckInMarriageInput) -> Result<(), OperationError> {
    for (idx, previous) in input.previous_marriages.iter().enumerate() {
        let mut parties = input.parties.iter();
        if !parties.any(|it| it.person_id == previous.person_id) {
            let path = format!("/previousMarriages/{idx}/personId");
            return Err(OperationError::invalid(path, code::IDENTITY_DIFFERS));
        }
    }
    Ok(())
}

/// V-06: an area code that no list has is a warning and stops nothing.
fn warn_of_unknown_areas(ctx: &mut Context, parties: &[Party]) -> Result<(), OperationError> {
    for (idx, party) in parties.iter().enumerate() {
        let Some(area) = party.number_area() else {
            continue;
        };
        if !is_known_area(ctx, &area)? {
            let path = format!("/parties/{idx}/idNumber");
            let warning = Violation::new(path, code::AREA_UNKNOWN);
            ctx.push_warning(warning.with("area", &area));
        }
    }
    Ok(())
}

fn appear(
    ctx: &mut Context,
    case: &mut MarriageCase,
    input: CheckInMarriageInput,
    (case_no, examination_id): (&str, &RecordId),
) {
    let from = case.draft_until.take().map(|_| case.state);
    case.case_no = Some(case_no.to_owned());
    case.authority_code = input.authority_code;
    case.examination_id = Some(examination_id.clone());
    case.appointment_id = input.appointment_id.or(case.appointment_id.take());
    set_parties(case, input.parties);
    if let Some(belated) = input.belated {
        set_belated(case, belated, input.cohabitation_since);
    }
    case.checked_in_at = Some(input.arrived_at.into_iter().max().unwrap_or(ctx.now()));
    case.checked_in_date = Some(ctx.today());
    case.state = State::Present;
    case.note_change(ctx, from, "MARRIAGE-CHECKED-IN");
}

/// The process gets routing values only: no names, no numbers.
fn start(
    ctx: &mut Context,
    (case_id, examination_id): (&RecordId, &RecordId),
    case: &MarriageCase,
    authority: &Authority,
) {
    let outside = case.parties.iter().filter(|it| !it.kind.is_mainland());
    let outside = outside.count();
    let kinds: Vec<Value> = case
        .parties
        .iter()
        .map(|it| Value::from(word(it.kind)))
        .collect();
    let start = StartProcess::new(PROCESS)
        .with_business_key(case.number())
        .with_variable("caseId", case_id)
        .with_variable("examinationId", examination_id)
        .with_variable("caseNo", case.number())
        .with_variable("checkedInDate", ctx.today())
        .with_variable("procedure", "MARRY")
        .with_variable("stage", "APPLY")
        .with_variable("partyKinds", kinds)
        .with_variable("anyPartyOutside", outside > 0)
        .with_variable("bothPartiesOutside", outside == case.parties.len())
        .with_variable(
            "anyPartyForeign",
            case.parties.iter().any(|it| it.kind.is_foreign()),
        )
        .with_variable("foreignPower", authority.foreign_power)
        .with_variable("recordMadeHere", true)
        .with_variable("circumstances", Vec::<Value>::new());
    ctx.start_process(start);
}
