//! Substitute evidence where no archive is found: DT-M7 weighs it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, OperationError, RecordId, operation};

use super::case::{ArchiveEvidence, EvidenceSource, ReissueState, SubstituteEvidence};
use super::{EVIDENCE, close, reissue_case};
use crate::case::word;
use crate::code;
use crate::course::{FileInput, FileState, filled};

/// What the applicant has brought.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SupplyReissueEvidenceInput {
    /// 办件
    pub case_id: RecordId,
    /// 替代证据
    pub evidence: Vec<SubstituteEvidence>,
}

/// What DT-M7 weighs.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupplyReissueEvidenceOutput {
    /// The kinds, as words.
    pub evidence_kinds: Vec<String>,
}

/// Takes the evidence, scanned.
#[operation(name = "supplyReissueEvidence")]
pub fn supply(
    ctx: &mut Context,
    input: SupplyReissueEvidenceInput,
) -> Result<SupplyReissueEvidenceOutput, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::Substitute])?;
    for (idx, piece) in input.evidence.iter().enumerate() {
        let path = format!("/evidence/{idx}/scanRef");
        filled(&piece.scan_ref, &path, code::MATERIAL_MISSING)?;
    }
    let mut evidence_kinds: Vec<String> = input.evidence.iter().map(|it| word(it.kind)).collect();
    evidence_kinds.sort_unstable();
    // Two of one kind are one piece of evidence.
    evidence_kinds.dedup();
    case.evidence = input.evidence;
    let state = case.state;
    case.course.pass(ctx, "REISSUE-EVIDENCE-SUPPLIED", state);
    ctx.put(&case)?;
    Ok(SupplyReissueEvidenceOutput { evidence_kinds })
}

/// What DT-M7 made of it: the weight of each piece.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WeighReissueEvidenceInput {
    /// 办件
    pub case_id: RecordId,
    /// `STRONG` and `WEAK`
    pub weights: Vec<String>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WeighReissueEvidenceOutput {
    /// Whether it is enough.
    pub satisfied: bool,
}

/// One strong piece, or two weak ones; otherwise a reviewer hands out the refusal.
#[operation(name = "weighReissueEvidence")]
pub fn weigh(
    ctx: &mut Context,
    input: WeighReissueEvidenceInput,
) -> Result<WeighReissueEvidenceOutput, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::Substitute])?;
    let count = |weight: &str| input.weights.iter().filter(|it| *it == weight).count();
    let satisfied = count("STRONG") >= 1 || count("WEAK") >= 2;
    if satisfied {
        close(ctx, EVIDENCE, case.id())?;
        case.current_status_still_holds.get_or_insert(true);
        case.archive_evidence = Some(ArchiveEvidence {
            source: EvidenceSource::HouseholdOrOtherProof,
            reference: case.evidence[0].scan_ref.clone(),
        });
        case.move_to(ctx, ReissueState::Review, "REISSUE-EVIDENCE-ACCEPTED");
    }
    ctx.put(&case)?;
    Ok(WeighReissueEvidenceOutput { satisfied })
}

/// The reviewer hands out the refusal.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefuseReissueEvidenceInput {
    /// 办件
    pub case_id: RecordId,
    /// 说明
    #[serde(default)]
    pub note: Option<String>,
}

/// MR-R-02: no archive, and the evidence is too weak (D-07).
#[operation(name = "refuseReissueEvidence")]
pub fn refuse(
    ctx: &mut Context,
    input: RefuseReissueEvidenceInput,
) -> Result<FileState, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::Substitute])?;
    close(ctx, EVIDENCE, case.id())?;
    case.course.refuse(ctx, code::EVIDENCE_WEAK, input.note);
    case.course.add_document(ctx, "D-07");
    case.move_to(ctx, ReissueState::Refused, "REISSUE-REFUSED");
    ctx.put(&case)?;
    Ok(FileState::of(case.id(), case.state))
}

/// Nothing was brought in thirty days: the case ends without an action, and a new one may be opened
/// at once.
#[operation(name = "closeUnsuppliedReissue")]
pub fn close_unsupplied(ctx: &mut Context, input: FileInput) -> Result<FileState, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::Substitute])?;
    close(ctx, EVIDENCE, case.id())?;
    case.move_to(ctx, ReissueState::ClosedNoAction, "REISSUE-NOT-SUPPLIED");
    ctx.put(&case)?;
    Ok(FileState::of(case.id(), case.state))
}
