//! A marriage is not registered (rows 8a, 15): the notice names the reason and the remedies,
//! administrative reconsideration within 60 days and a suit within six months.

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, RecordId, operation};

use crate::authority::require_registrar;
use crate::case::Refusal;
use crate::code;
use crate::marriage::case::State;
use crate::marriage::examination::Conclusion;
use crate::marriage::{CaseState, Dossier};
use crate::statistics;

/// The case ends without a registration, with the notice D-07.
pub fn refuse(
    ctx: &mut Context,
    dossier: &mut Dossier,
    code: &str,
    note: Option<String>,
    by: String,
) -> Result<(), OperationError> {
    let at = ctx.now();
    dossier.case.refusal = Some(Refusal {
        code: code.to_owned(),
        note,
        by,
        at,
    });
    dossier
        .examination
        .conclude(Conclusion::Refused, Some(code));
    dossier.case.add_document(ctx, "D-07", None);
    dossier.case.decide(ctx, State::Refused, "MARRIAGE-REFUSED");
    statistics::marriage::refused(ctx, dossier, code)
}

/// The registrar hands out the notice.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefuseMarriageInput {
    /// 办件
    pub case_id: RecordId,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// Row 8a: DT-M6 forbids the marriage; the code is the table's, the notice is a registrar's.
#[operation(name = "refuseMarriageApplication")]
pub fn refuse_by_status(
    ctx: &mut Context,
    input: RefuseMarriageInput,
) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Checking])?;
    let by = require_registrar(ctx, &dossier.case.id_numbers(), "/caseId")?;
    let mut findings = dossier.examination.statuses.iter();
    let refused = findings.find(|it| it.outcome.as_deref() == Some("REFUSE"));
    let code = refused.and_then(|it| it.code.clone());
    let code = code.unwrap_or_else(|| code::SPOUSE_EXISTS.to_owned());
    dossier.case.registrar_id = Some(by.clone());
    refuse(ctx, &mut dossier, &code, input.note, by)?;
    dossier.put(ctx)?;
    Ok(CaseState::of(&dossier.case))
}

/// A guard was false when the registrar wanted to register.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefuseMarriageByGuardInput {
    /// 办件
    pub case_id: RecordId,
    /// The guard's code.
    pub guard_code: String,
}

/// Row 15: the registrar asked for the registration, and the statute forbids it. There is nothing
/// to weigh, so the refusal follows in the same step, and the registrar is told why.
#[operation(name = "refuseMarriageByGuard")]
pub fn refuse_by_guard(
    ctx: &mut Context,
    input: RefuseMarriageByGuardInput,
) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Review])?;
    let by = dossier.case.registrar_id.clone().unwrap_or_default();
    refuse(ctx, &mut dossier, &input.guard_code, None, by)?;
    ctx.warn("/caseId", input.guard_code);
    dossier.put(ctx)?;
    Ok(CaseState::of(&dossier.case))
}
