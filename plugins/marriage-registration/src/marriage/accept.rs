//! Row 5: the registrar accepts the application, and the checks begin.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, OperationError, RecordId, Violations, operation};

use crate::authority::{authority, require_registrar};
use crate::case::Flag;
use crate::code;
use crate::marriage::case::State;
use crate::marriage::examination::Identification;
use crate::marriage::{Dossier, missing};

/// The registrar's decision whether to accept.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptMarriageInput {
    /// 办件
    pub case_id: RecordId,
    /// 决定
    pub decision: AcceptDecision,
    /// 本人无应当回避的情形
    #[serde(default)]
    pub no_recusal_ground: bool,
    /// 人脸比对 or another way to identify in person.
    #[serde(default)]
    pub identifications: Vec<Identification>,
    /// For `INCOMPLETE`: codes of the materials that are missing.
    #[serde(default)]
    pub missing_materials: Vec<String>,
}

/// 决定
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "AcceptMarriageDecision")]
pub enum AcceptDecision {
    /// 受理
    Accept,
    /// 须补正
    Incomplete,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptMarriageOutput {
    /// `ACCEPTED` or `INCOMPLETE`.
    pub accept_decision: String,
    /// The last day to supply what is missing.
    pub supply_until: Option<Date>,
}

/// Accepts at the counter, or hands out the list of what is missing.
#[operation(name = "acceptMarriageApplication")]
pub fn accept(
    ctx: &mut Context,
    input: AcceptMarriageInput,
) -> Result<AcceptMarriageOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Present])?;
    let registrar_id = require_registrar(ctx, &dossier.case.id_numbers(), "/caseId")?;
    dossier.case.registrar_id = Some(registrar_id);
    let (decision, supply_until) = match input.decision {
        AcceptDecision::Accept => {
            check(ctx, &dossier, &input)?;
            dossier.examination.identifications = input.identifications;
            dossier.case.accepted_at = Some(ctx.now());
            dossier.case.hold = None;
            dossier
                .case
                .move_to(ctx, State::Checking, "MARRIAGE-ACCEPTED");
            ("ACCEPTED", None)
        }
        AcceptDecision::Incomplete => {
            let named = input.missing_materials.iter();
            let lacking: Vec<_> = named
                .map(|it| missing(code::MATERIAL_MISSING, Some(it), None))
                .collect();
            if lacking.is_empty() {
                let path = "/missingMaterials";
                return Err(OperationError::invalid(path, code::MATERIAL_MISSING));
            }
            // To be seen again: a material that was ticked off was not good enough.
            let case = &mut dossier.case;
            let refused = |it: &String| input.missing_materials.contains(it);
            case.materials.retain(|it| !refused(&it.material));
            let until = dossier.stop_for(ctx, lacking, "MARRIAGE-INCOMPLETE")?;
            ("INCOMPLETE", Some(until))
        }
    };
    dossier.put(ctx)?;
    Ok(AcceptMarriageOutput {
        accept_decision: decision.into(),
        supply_until,
    })
}

/// V-01 to V-06, V-08, V-14, recusal and DT-M1, all that is wrong at once; V-21 and V-23 have been
/// settled with the materials.
fn check(
    ctx: &Context,
    dossier: &Dossier,
    input: &AcceptMarriageInput,
) -> Result<(), OperationError> {
    let case = &dossier.case;
    let mut violations = Violations::new();
    let same_day = dossier.is_same_day(ctx);
    violations.require(same_day, "/caseId", code::NOT_BOTH_PRESENT);
    let enforced: bool = ctx.parameter("recusal_enforced")?;
    let fit = input.no_recusal_ground || !enforced;
    violations.require(fit, "/noRecusalGround", code::REGISTRAR_UNFIT);
    let [first, second] = case.couple()?;
    let man_and_woman = first.is_man() && second.is_woman() || first.is_woman() && second.is_man();
    violations.require(man_and_woman, "/caseId", code::NOT_MAN_AND_WOMAN);
    let authority = authority(ctx, &case.authority_code, "/caseId")?;
    let competent = !case.has_flag(Flag::Foreign) || authority.foreign_power;
    violations.require(competent, "/caseId", code::NO_FOREIGN_POWER);
    for party in &case.parties {
        party.check_person(ctx, "/caseId", &mut violations);
        party.check_documents(ctx.today(), "/caseId", &mut violations);
    }
    check_identifications(ctx, dossier, input, &mut violations)?;
    violations.into_result()
}

/// Identified in person: by document always, by face where the county asks for it. A low score is
/// for a human to judge, and who declines is identified by chip reader and two staff (L14). **HARD**
fn check_identifications(
    ctx: &Context,
    dossier: &Dossier,
    input: &AcceptMarriageInput,
    violations: &mut Violations,
) -> Result<(), OperationError> {
    let required: bool = ctx.parameter("face_match_required")?;
    let score_min: u8 = ctx.parameter("face_match_min_score_percent")?;
    let actor = ctx.actor().map(|it| it.id.as_str());
    for (idx, it) in input.identifications.iter().enumerate() {
        let path = format!("/identifications/{idx}");
        let is_party = dossier.case.is_party(&it.person_id);
        violations.require(is_party, format!("{path}/personId"), code::IDENTITY_DIFFERS);
        let low = it.face_score_percent.is_some_and(|score| score < score_min);
        let settled = !low || it.recognised || it.second_staff_id.is_some();
        let field = format!("{path}/faceScorePercent");
        violations.require(settled, field, code::CHECK_MISMATCH);
        let other = it.second_staff_id.as_deref() != actor || actor.is_none();
        let field = format!("{path}/secondStaffId");
        violations.require(other, field, code::SAME_PERSON_TWICE);
    }
    let identified = dossier.case.parties.iter().all(|party| {
        let mut own = input.identifications.iter();
        own.any(|it| {
            let done = it.face_score_percent.is_some() || it.second_staff_id.is_some();
            it.person_id == party.person_id && done
        })
    });
    violations.require(
        identified || !required,
        "/identifications",
        code::CHECK_MISMATCH,
    );
    Ok(())
}
