//! What a source says against an open application (row 15, §9.3 c): a registrar answers it, and
//! until then no certificate is issued. The parties do not see it: one of them may not know yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Instant, OperationError, Query, Record, RecordId, Stored, operation};

use crate::authority::require_registrar;
use crate::code;
use crate::divorce::case;
use crate::divorce::case::TerminationReason;

/// 核查发现
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "DivorceFinding")]
#[record(kind = "divorce_finding")]
pub struct DivorceFinding {
    /// 办件
    pub case_id: RecordId,
    /// 登记机关
    pub authority_code: String,
    /// What it would end the procedure for.
    pub reason: TerminationReason,
    /// 来源, as `X-COURT`.
    pub source: String,
    /// About whom; empty: about both.
    pub person_id: String,
    /// What tells it from another of the same kind: a day, a case number, a status.
    pub detail: String,
    /// When it was seen.
    pub seen_at: Instant,
    /// Whether nobody has answered it.
    pub open: bool,
    /// 处理
    pub answer: Option<FindingAnswer>,
}

/// 处理
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingAnswer {
    /// Whether it ended the procedure.
    pub terminated: bool,
    /// 处理意见
    pub note: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
}

/// The findings of a case that nobody has answered.
pub fn open_findings(
    ctx: &Context,
    case_id: &RecordId,
) -> Result<Vec<Stored<DivorceFinding>>, OperationError> {
    let query = Query::new().equal("caseId", case_id).equal("open", true);
    Ok(ctx.find::<DivorceFinding>(query)?.items)
}

/// Closes the open findings of a case with an answer.
pub fn close_findings(
    ctx: &mut Context,
    case_id: &RecordId,
    answer: &FindingAnswer,
) -> Result<usize, OperationError> {
    let findings = open_findings(ctx, case_id)?;
    let n_closed = findings.len();
    for mut finding in findings {
        finding.open = false;
        finding.answer = Some(answer.clone());
        ctx.put(&finding)?;
    }
    Ok(n_closed)
}

/// What a registrar makes of the findings about a case.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerDivorceFindingsInput {
    /// 办件
    pub case_id: RecordId,
    /// 处理意见
    pub reason: String,
}

/// How many were answered.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnswerDivorceFindingsOutput {
    /// How many findings.
    pub findings: usize,
}

/// The findings are no ground to end the procedure, with the reason why. If they are, the registrar
/// terminates the procedure instead, which ends this task.
#[operation(name = "answerDivorceFindings")]
pub fn answer(
    ctx: &mut Context,
    input: AnswerDivorceFindingsInput,
) -> Result<AnswerDivorceFindingsOutput, OperationError> {
    let case = case(ctx, &input.case_id)?;
    let by = require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    let note = input.reason.trim().to_owned();
    if note.is_empty() {
        return Err(OperationError::invalid("/reason", code::REASON_MISSING));
    }
    let answer = FindingAnswer {
        terminated: false,
        note,
        by,
        at: ctx.now(),
    };
    let findings = close_findings(ctx, case.id(), &answer)?;
    ctx.note_audit("DIVORCE-FINDINGS-ANSWERED", case.case_no.clone());
    Ok(AnswerDivorceFindingsOutput { findings })
}
