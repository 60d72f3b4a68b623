//! What the decision tables asked of this case, kept in the case, so that later steps compare with
//! the record and not with what a client sends.

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, RecordId, operation};

use crate::case::Flag;
use crate::divorce::case::{State, require_state};
use crate::divorce::{CaseState, case, deadline};

/// The results of DT-M1 and DT-M3.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteDivorceRequirementsInput {
    /// 办件
    pub case_id: RecordId,
    /// DT-M1
    pub competence: Competence,
    /// DT-M3
    pub required_materials: Vec<Material>,
}

/// A row of DT-M1.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Competence {
    /// `HANDLE`, `REFER` or `FORWARD`.
    pub outcome: String,
    /// 涉外
    #[serde(default)]
    pub foreign: bool,
}

/// A row of DT-M3.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Material {
    /// 材料代码
    pub material: String,
    /// 必须
    #[serde(default)]
    pub required: bool,
}

/// Writes what the tables decided into the case.
#[operation(name = "noteDivorceRequirements")]
pub fn note_requirements(
    ctx: &mut Context,
    input: NoteDivorceRequirementsInput,
) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::Present], "/caseId")?;
    if input.competence.foreign {
        case.set_flag(Flag::Foreign);
    }
    case.competence = Some(input.competence.outcome);
    let required = input
        .required_materials
        .into_iter()
        .filter(|it| it.required);
    case.required_materials = required.map(|it| it.material).collect();
    case.required_materials.sort_unstable();
    case.required_materials.dedup();
    // Seven days from the offer, which now waits beside the examination.
    let today = ctx.today();
    ctx.set_deadline(deadline::COUNSELLING, case.id(), today)?;
    ctx.put(&case)?;
    Ok(CaseState::of(&case))
}
