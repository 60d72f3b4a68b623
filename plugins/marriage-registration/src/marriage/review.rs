//! Row 14 as the registrar sees it: the whole case once more, with a second person where one is
//! needed; then register or refuse, on the spot.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, RecordId, Violations, operation};

use crate::authority::require_registrar;
use crate::case::word;
use crate::code;
use crate::marriage::case::State;
use crate::marriage::examination::SecondOpinion;
use crate::marriage::{Dossier, guard, refuse, require_other, require_reason};

/// The second person's opinion.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckMarriageSecondInput {
    /// 办件
    pub case_id: RecordId,
    /// 意见
    pub opinion: Opinion,
    /// 理由
    pub reason: String,
}

/// 意见
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "MarriageOpinion")]
pub enum Opinion {
    /// 同意
    Agree,
    /// 不同意
    Disagree,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckMarriageSecondOutput {
    /// `AGREE` or `DISAGREE`
    pub second_opinion: String,
}

/// A case from outside the mainland, or a kinship that the table refers, is checked by a second
/// person (R1).
#[operation(name = "checkMarriageSecond")]
pub fn check_second(
    ctx: &mut Context,
    input: CheckMarriageSecondInput,
) -> Result<CheckMarriageSecondOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Review])?;
    let by = require_other(ctx, dossier.case.registrar_id.as_deref(), "/caseId")?;
    let reason = require_reason(&input.reason)?;
    let decision = word(input.opinion);
    dossier.examination.second_opinion = Some(SecondOpinion {
        by,
        at: ctx.now(),
        decision: decision.clone(),
        reason,
    });
    ctx.note_audit("MARRIAGE-SECOND-OPINION", dossier.case.number().to_owned());
    dossier.put(ctx)?;
    Ok(CheckMarriageSecondOutput {
        second_opinion: decision,
    })
}

/// The registrar's conclusion.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewMarriageInput {
    /// 办件
    pub case_id: RecordId,
    /// 结论
    pub decision: ReviewDecision,
    /// 双方在审查处理表上签字
    #[serde(default)]
    pub form_signed: bool,
    /// For `REFUSE`: a code of the specification.
    #[serde(default)]
    pub refusal_code: Option<String>,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// 结论
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "ReviewMarriageDecision")]
pub enum ReviewDecision {
    /// 准予登记
    Register,
    /// 不予登记
    Refuse,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewMarriageOutput {
    /// `REGISTER` or `REFUSED`.
    pub review_decision: String,
}

/// Why a registrar may refuse (row 15): nothing but a false guard of the specification.
const REFUSED_FOR: [&str; 10] = [
    code::IDENTITY_DIFFERS,
    code::CHECK_MISMATCH,
    code::MAN_UNDER_AGE,
    code::WOMAN_UNDER_AGE,
    code::SPOUSE_EXISTS,
    code::KINSHIP,
    code::NOT_FREE_WILL,
    code::NOT_MAN_AND_WOMAN,
    code::SINGLE_PROOF_EXPIRED,
    code::MARRIED_TO_EACH_OTHER,
];

/// Registers or refuses. With `REGISTER` the guards are read again in the same transaction, and
/// one that is false refuses (row 15).
#[operation(name = "reviewMarriageApplication")]
pub fn review(
    ctx: &mut Context,
    input: ReviewMarriageInput,
) -> Result<ReviewMarriageOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Review])?;
    let registrar_id = require_registrar(ctx, &dossier.case.id_numbers(), "/caseId")?;
    dossier.case.registrar_id = Some(registrar_id.clone());
    let decision = match input.decision {
        ReviewDecision::Register => {
            check(ctx, &dossier, &input)?;
            ctx.note_audit("MARRIAGE-REVIEWED", dossier.case.number().to_owned());
            "REGISTER"
        }
        ReviewDecision::Refuse => {
            let code = input.refusal_code.unwrap_or_default();
            if !REFUSED_FOR.contains(&&*code) {
                let path = "/refusalCode";
                return Err(OperationError::invalid(path, code::CHOICE_UNKNOWN));
            }
            refuse::refuse(ctx, &mut dossier, &code, input.note, registrar_id)?;
            "REFUSED"
        }
    };
    dossier.put(ctx)?;
    Ok(ReviewMarriageOutput {
        review_decision: decision.into(),
    })
}

/// What the registrar can still put right before the registration is tried.
fn check(
    ctx: &Context,
    dossier: &Dossier,
    input: &ReviewMarriageInput,
) -> Result<(), OperationError> {
    let mut violations = Violations::new();
    let same_day = dossier.is_same_day(ctx);
    violations.require(same_day, "/caseId", code::NOT_BOTH_PRESENT);
    let signed = input.form_signed;
    violations.require(signed, "/formSigned", code::MATERIAL_MISSING);
    let lacking = guard::lacks_second_person(dossier);
    violations.require(!lacking, "/caseId", code::SAME_PERSON_TWICE);
    let silent = guard::objection(ctx, dossier)? == Some(code::CHECK_DOWN);
    violations.require(!silent, "/caseId", code::CHECK_DOWN);
    violations.into_result()
}
