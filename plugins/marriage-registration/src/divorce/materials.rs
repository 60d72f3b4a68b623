//! Identity and materials: what was seen at the counter, and what was brought later the same day.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, RecordId, Violations, operation};

use crate::case::Flag;
use crate::code;
use crate::divorce::case;
use crate::divorce::case::{State, require_state};

/// What the counter has seen.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DivorceMaterialsInput {
    /// 办件
    pub case_id: RecordId,
    /// Both were identified in person by their documents (V-14).
    pub identity_confirmed: bool,
    /// Codes of DT-M3 whose originals were seen.
    #[serde(default)]
    pub materials_seen: Vec<String>,
    /// 出示结婚证数
    #[schemars(range(min = 0, max = 2))]
    pub marriage_certs_shown: u8,
    /// 书面遗失声明
    #[serde(default)]
    pub loss_statement: bool,
    /// 结婚证与身份信息一致
    pub certificate_data_agrees: bool,
    /// 加盖印章的档案复印件
    #[serde(default)]
    pub archive_copy: bool,
    /// Signs of domestic violence: separate service, no joint counselling.
    #[serde(default)]
    pub domestic_violence_risk: bool,
}

/// The inputs of DT-M5.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DivorceMaterialsOutput {
    /// 出示结婚证数
    pub marriage_certs_shown: u8,
    /// 书面遗失声明
    pub loss_statement: bool,
    /// 结婚证与身份信息一致
    pub certificate_data_agrees: bool,
    /// 加盖印章的档案复印件
    pub archive_copy: bool,
}

/// Records what was seen of identity and materials.
#[operation(name = "verifyDivorceMaterials")]
pub fn verify(
    ctx: &mut Context,
    input: DivorceMaterialsInput,
) -> Result<DivorceMaterialsOutput, OperationError> {
    record(ctx, input, "DIVORCE-MATERIALS-SEEN")
}

/// Records what was brought later the same day (D-08 was handed out).
#[operation(name = "supplyDivorceMaterials")]
pub fn supply(
    ctx: &mut Context,
    input: DivorceMaterialsInput,
) -> Result<DivorceMaterialsOutput, OperationError> {
    record(ctx, input, "DIVORCE-MATERIALS-SUPPLIED")
}

fn record(
    ctx: &mut Context,
    input: DivorceMaterialsInput,
    event: &str,
) -> Result<DivorceMaterialsOutput, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::Present], "/caseId")?;
    let mut violations = Violations::new();
    let is_same_day = case.checked_in_date == ctx.today();
    violations.require(is_same_day, "/caseId", code::NOT_BOTH_PRESENT);
    violations.require(
        input.identity_confirmed,
        "/identityConfirmed",
        code::IDENTITY_DIFFERS,
    );
    let at_most_two = input.marriage_certs_shown <= 2;
    violations.require(at_most_two, "/marriageCertsShown", code::CHOICE_UNKNOWN);
    violations.into_result()?;
    for material in input.materials_seen {
        if !case.materials_seen.contains(&material) {
            case.materials_seen.push(material);
        }
    }
    case.marriage_certs_shown = input.marriage_certs_shown;
    case.loss_statement = input.loss_statement;
    if input.domestic_violence_risk {
        case.set_flag(Flag::DvRisk);
    }
    ctx.note_audit(event, case.case_no.clone());
    ctx.put(&case)?;
    Ok(DivorceMaterialsOutput {
        marriage_certs_shown: case.marriage_certs_shown,
        loss_statement: case.loss_statement,
        certificate_data_agrees: input.certificate_data_agrees,
        archive_copy: input.archive_copy,
    })
}
