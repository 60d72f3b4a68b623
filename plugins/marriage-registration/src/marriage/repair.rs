//! Registry data that a paper has shown to be out of date (DT-M6 rows 2 and 3): the archivist
//! reports them to the national base.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, RecordId, operation};

use crate::code;
use crate::marriage::examination::MarriageExamination;

/// The report.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordRegistryRepairInput {
    /// 审查处理表
    pub examination_id: RecordId,
    /// 上报编号
    pub reported_no: String,
}

/// What was reported.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordRegistryRepairOutput {
    /// How many records.
    pub repairs: usize,
}

/// Notes the number under which the national base took the report.
#[operation(name = "recordRegistryRepair")]
pub fn record(
    ctx: &mut Context,
    input: RecordRegistryRepairInput,
) -> Result<RecordRegistryRepairOutput, OperationError> {
    let id = &input.examination_id;
    let mut examination = ctx.require::<MarriageExamination>(id, "/examinationId")?;
    let reported_no = input.reported_no.trim();
    if reported_no.is_empty() {
        return Err(OperationError::invalid(
            "/reportedNo",
            code::MATERIAL_MISSING,
        ));
    }
    let mut repairs = 0;
    for repair in &mut examination.repairs {
        if repair.reported_no.is_none() {
            repair.reported_no = Some(reported_no.to_owned());
            repairs += 1;
        }
    }
    ctx.note_audit("REGISTRY-REPAIR-REPORTED", examination.case_no.clone());
    ctx.put(&examination)?;
    Ok(RecordRegistryRepairOutput { repairs })
}
