//! What the decision tables asked of this case, kept in the case, so that later steps compare with
//! the record and not with what a client sends; and row 6, when another authority is competent.

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, LogLevel, OperationError, RecordId, operation};

use crate::authority::require_registrar;
use crate::case::{Flag, Refusal};
use crate::code;
use crate::divorce::requirements::{Competence, Material};
use crate::marriage::case::State;
use crate::marriage::examination::Conclusion;
use crate::marriage::{CaseState, Dossier};

/// What may never be demanded of anybody (DT-M3 row 18). **HARD**
pub const FORBIDDEN: [&str; 4] = [
    "HOUSEHOLD_BOOKLET",
    "RESIDENCE_PERMIT",
    "UNIT_LETTER",
    "HEALTH_REPORT",
];

/// The results of DT-M1 and DT-M3.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteMarriageRequirementsInput {
    /// 办件
    pub case_id: RecordId,
    /// DT-M1
    pub competence: Competence,
    /// DT-M3
    pub required_materials: Vec<Material>,
}

/// Writes what the tables decided into the case.
#[operation(name = "noteMarriageRequirements")]
pub fn note(
    ctx: &mut Context,
    input: NoteMarriageRequirementsInput,
) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Present])?;
    if input.competence.foreign {
        dossier.case.set_flag(Flag::Foreign);
    }
    dossier.case.competence = Some(input.competence.outcome);
    dossier.case.required_materials = demanded(ctx, input.required_materials);
    dossier.put(ctx)?;
    Ok(CaseState::of(&dossier.case))
}

/// The codes of the required rows. A table that demands what the statute forbids is wrong; the
/// parties do not pay for it.
pub fn demanded(ctx: &mut Context, materials: Vec<Material>) -> Vec<String> {
    let required = materials.into_iter().filter(|it| it.required);
    let mut codes: Vec<String> = required.map(|it| it.material).collect();
    codes.sort_unstable();
    codes.dedup();
    let forbidden = |it: &String| FORBIDDEN.contains(&it.as_str());
    for code in codes.iter().filter(|it| forbidden(it)) {
        let text = "DT-M3 demands a material that the statute forbids to demand; it was left out";
        ctx.log(LogLevel::Warn, text, &[("material", code)]);
        ctx.note_audit("MR-G-10", code.clone());
    }
    codes.retain(|it| !forbidden(it));
    codes
}

/// The registrar sends the couple to another authority.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReferMarriageInput {
    /// 办件
    pub case_id: RecordId,
    /// The authority to which they are sent.
    #[serde(default)]
    pub refer_to: Option<String>,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// Row 6: a referral note (转介告知单).
#[operation(name = "referMarriageApplication")]
pub fn refer(ctx: &mut Context, input: ReferMarriageInput) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Present])?;
    let by = require_registrar(ctx, &dossier.case.id_numbers(), "/caseId")?;
    let to = input.refer_to.map(|it| format!("转介至 {it}"));
    let case = &mut dossier.case;
    case.registrar_id = Some(by.clone());
    case.refusal = Some(Refusal {
        code: code::NO_FOREIGN_POWER.into(),
        note: input.note.or(to),
        by,
        at: ctx.now(),
    });
    case.add_document(ctx, "D-13", None);
    case.decide(ctx, State::Referred, "MARRIAGE-REFERRED");
    let conclusion = Conclusion::Referred;
    dossier
        .examination
        .conclude(conclusion, Some(code::NO_FOREIGN_POWER));
    dossier.put(ctx)?;
    Ok(CaseState::of(&dossier.case))
}
