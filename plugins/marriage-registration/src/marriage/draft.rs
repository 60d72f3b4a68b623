//! Row 1: a draft from home. It has no legal effect and is kept ninety days.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, RecordId, Stored, Violations, operation};

use crate::archive::couple_key;
use crate::authority::authority;
use crate::case::{Channel, Flag};
use crate::code;
use crate::marriage::case::{MarriageCase, State};
use crate::party::{LanguageHelp, Party, PartyKind};

/// Days a draft is kept without an appearance.
const DRAFT_DAYS: i32 = 90;
/// 未婚, 丧偶, 离婚: who may marry.
const STATUSES: [&str; 3] = ["10", "30", "40"];
const CITIZEN: &str = "CITIZEN";

/// What a couple prepares.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SaveMarriageDraftInput {
    /// The draft to go on with; absent: a new one.
    #[serde(default)]
    pub case_id: Option<RecordId>,
    /// The counter where the couple wants to appear.
    pub authority_code: String,
    /// 进件渠道
    #[serde(default = "online")]
    pub channel_of_entry: Channel,
    /// 双方
    pub parties: Vec<Party>,
    /// 补办结婚登记
    #[serde(default)]
    pub belated: bool,
    /// 同居生活起始日期
    #[serde(default)]
    pub cohabitation_since: Option<Date>,
}

fn online() -> Channel {
    Channel::Online
}

/// The draft.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SaveMarriageDraftOutput {
    /// 办件
    pub case_id: RecordId,
    /// 状态
    pub state: State,
    /// How long it is kept.
    pub draft_until: Date,
}

/// Saves a draft. Citizens save their own.
#[operation(name = "saveMarriageDraft")]
pub fn save(
    ctx: &mut Context,
    mut input: SaveMarriageDraftInput,
) -> Result<SaveMarriageDraftOutput, OperationError> {
    authority(ctx, &input.authority_code, "/authorityCode")?;
    input.parties.iter_mut().for_each(Party::normalise);
    check_parties(ctx, &input.parties)?;
    require_own(ctx, &input.parties)?;
    let draft_until = ctx.today().plus_days(DRAFT_DAYS);
    let case_id = match &input.case_id {
        Some(id) => {
            let mut case = own_draft(ctx, id)?;
            fill(&mut case, input);
            case.draft_until = Some(draft_until);
            ctx.put(&case)?;
            case.id().clone()
        }
        None => {
            let mut case = new_case(&input.authority_code, input.channel_of_entry);
            fill(&mut case, input);
            case.draft_until = Some(draft_until);
            case.note_change(ctx, None, "MARRIAGE-DRAFTED");
            ctx.put_new(&case)?
        }
    };
    Ok(SaveMarriageDraftOutput {
        case_id,
        state: State::Draft,
        draft_until,
    })
}

/// A draft that whoever asks may change.
fn own_draft(ctx: &Context, id: &RecordId) -> Result<Stored<MarriageCase>, OperationError> {
    let case = draft(ctx, id, "/caseId")?;
    require_own(ctx, &case.parties)?;
    Ok(case)
}

/// The draft with this id.
pub fn draft(
    ctx: &Context,
    id: &RecordId,
    path: &str,
) -> Result<Stored<MarriageCase>, OperationError> {
    let case = ctx.require::<MarriageCase>(id, path)?;
    if case.state != State::Draft {
        return Err(OperationError::invalid(path, code::NOT_IN_THIS_STATE));
    }
    Ok(case)
}

/// A citizen is one of the two; staff may act for those at the counter.
fn require_own(ctx: &Context, parties: &[Party]) -> Result<(), OperationError> {
    let Some(actor) = ctx.actor() else {
        return Ok(());
    };
    let is_citizen = actor.roles.iter().all(|it| it == CITIZEN);
    if is_citizen && !parties.iter().any(|it| it.person_id == actor.id) {
        return Err(OperationError::invalid("/parties", code::IDENTITY_DIFFERS));
    }
    Ok(())
}

/// V-09 and V-01 to V-04 of both, and a status with which one may marry.
pub fn check_parties(ctx: &Context, parties: &[Party]) -> Result<(), OperationError> {
    let [first, second] = parties else {
        return Err(OperationError::invalid("/parties", code::NOT_BOTH_PRESENT));
    };
    if first.id_number == second.id_number || first.person_id == second.person_id {
        return Err(OperationError::invalid("/parties", code::NOT_BOTH_PRESENT));
    }
    let mut violations = Violations::new();
    for (idx, party) in parties.iter().enumerate() {
        let path = format!("/parties/{idx}");
        party.check_person(ctx, &path, &mut violations);
        let mut at = violations.at(&path);
        let status = STATUSES.contains(&&*party.declared_marital_status);
        at.require(status, "/declaredMaritalStatus", code::CHOICE_UNKNOWN);
        let named = !party.kind.is_foreign() || party.name_foreign.is_some();
        at.require(named, "/nameForeign", code::IDENTITY_DIFFERS);
    }
    violations.into_result()
}

/// A case in which nothing has happened.
pub fn new_case(authority_code: &str, channel_of_entry: Channel) -> MarriageCase {
    MarriageCase {
        case_no: None,
        state: State::Draft,
        authority_code: authority_code.to_owned(),
        couple_key: String::new(),
        channel_of_entry,
        appointment_id: None,
        parties: Vec::new(),
        flags: Vec::new(),
        cohabitation_since: None,
        draft_until: None,
        examination_id: None,
        checked_in_at: None,
        checked_in_date: None,
        competence: None,
        required_materials: Vec::new(),
        materials: Vec::new(),
        photo: None,
        missing: Vec::new(),
        supply_until: None,
        hold: None,
        check_owed_since: None,
        registrar_id: None,
        accepted_at: None,
        decided_at: None,
        decided_date: None,
        certificate_number: None,
        certificates: Vec::new(),
        spoiled_blanks: Vec::new(),
        ceremony: None,
        handed_over: false,
        refusal: None,
        upload_no: None,
        documents: Vec::new(),
        history: Vec::new(),
    }
}

fn fill(case: &mut MarriageCase, input: SaveMarriageDraftInput) {
    case.authority_code = input.authority_code;
    set_parties(case, input.parties);
    set_belated(case, input.belated, input.cohabitation_since);
}

/// The couple, with the flags that follow from the two persons.
pub fn set_parties(case: &mut MarriageCase, parties: Vec<Party>) {
    case.parties = parties;
    if let [first, second] = case.parties.as_slice() {
        case.couple_key = couple_key(&first.person_id, &second.person_id);
    }
    case.flags
        .retain(|it| !matches!(it, Flag::Military | Flag::Interpreter));
    if case.parties.iter().any(|it| it.kind == PartyKind::Military) {
        case.set_flag(Flag::Military);
    }
    let interpreted = |it: &Party| it.language_help == Some(LanguageHelp::Interpreter);
    if case.parties.iter().any(interpreted) {
        case.set_flag(Flag::Interpreter);
    }
}

/// 补办: with the day since when the two have lived as spouses, which is stored and not judged.
pub fn set_belated(case: &mut MarriageCase, belated: bool, since: Option<Date>) {
    case.flags.retain(|it| *it != Flag::Belated);
    case.cohabitation_since = None;
    if belated {
        case.set_flag(Flag::Belated);
        case.cohabitation_since = since;
    }
}
