//! Row 13: signs of duress, trafficking or violence. The registrar stops at once; both parties see
//! only that nothing was completed today. What was seen, and what was done about it, stands in the
//! examination alone.

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, RecordId, Violations, operation};

use crate::authority::require_registrar;
use crate::code;
use crate::marriage::Dossier;
use crate::marriage::case::State;
use crate::marriage::examination::{Conclusion, MarriageExamination, Protection, ProtectionSign};

/// Stops the case. No document is handed out: safety forbids one.
pub(super) fn suspend(
    ctx: &mut Context,
    dossier: &mut Dossier,
    sign: Option<ProtectionSign>,
    note: Option<String>,
    by: &str,
) -> Result<(), OperationError> {
    let sign = sign.ok_or_else(|| OperationError::invalid("/sign", code::CHOICE_UNKNOWN))?;
    dossier.examination.protection = Some(Protection {
        sign,
        note,
        noted_by: by.to_owned(),
        noted_at: ctx.now(),
        help_told: None,
        report_asked: None,
        reported_at: None,
        report_no: None,
        protected_by: None,
    });
    let code = Some(code::NOT_FREE_WILL);
    dossier.examination.conclude(Conclusion::Suspended, code);
    // The same words as for a couple that has left (row 18).
    dossier
        .case
        .decide(ctx, State::ClosedNoAction, "MARRIAGE-CLOSED");
    Ok(())
}

/// What was done to protect the party.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProtectMarriagePartyInput {
    /// 审查处理表
    pub examination_id: RecordId,
    /// 已劝阻
    pub dissuaded: bool,
    /// 已告知求助途径
    pub help_told: bool,
    /// The victim asks for a report.
    #[serde(default)]
    pub report_asked: bool,
    /// 已向公安机关报告
    #[serde(default)]
    pub reported: bool,
    /// 报案回执号
    #[serde(default)]
    pub report_no: Option<String>,
}

/// The registrar has told the way to help, and has reported where the law demands it: always when
/// trafficking or abduction is suspected, and when the victim asks.
#[operation(name = "protectMarriageParty")]
pub fn protect(
    ctx: &mut Context,
    input: ProtectMarriagePartyInput,
) -> Result<ProtectMarriagePartyOutput, OperationError> {
    let mut examination =
        ctx.require::<MarriageExamination>(&input.examination_id, "/examinationId")?;
    let by = require_registrar(ctx, &[], "/examinationId")?;
    let now = ctx.now();
    let case_no = examination.case_no.clone();
    let Some(protection) = &mut examination.protection else {
        let path = "/examinationId";
        return Err(OperationError::invalid(path, code::NOT_IN_THIS_STATE));
    };
    let mut violations = Violations::new();
    violations.require(input.dissuaded, "/dissuaded", code::MATERIAL_MISSING);
    violations.require(input.help_told, "/helpTold", code::MATERIAL_MISSING);
    let must_report = protection.sign == ProtectionSign::Trafficking || input.report_asked;
    let reported = input.reported || !must_report;
    violations.require(reported, "/reported", code::MATERIAL_MISSING);
    violations.into_result()?;
    protection.help_told = Some(input.help_told);
    protection.report_asked = Some(input.report_asked);
    protection.reported_at = input.reported.then_some(now);
    protection.report_no = input.report_no;
    protection.protected_by = Some(by);
    ctx.note_audit("MARRIAGE-PARTY-PROTECTED", case_no);
    ctx.put(&examination)?;
    Ok(ProtectMarriagePartyOutput {
        examination_id: input.examination_id,
    })
}

/// The examination.
#[derive(serde::Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProtectMarriagePartyOutput {
    /// 审查处理表
    pub examination_id: RecordId,
}
