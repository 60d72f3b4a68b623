//! Rows 3, 4 and 4a: identity and materials as the counter sees them, one list of what is missing
//! (一次性告知), and thirty days to bring it.

mod lack;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{
    Context, Date, Instant, OperationError, RecordId, Violation, Violations, operation,
};

use crate::code;
use crate::marriage::case::{CouplePhoto, Material, MissingItem, State};
use crate::marriage::draft::check_parties;
use crate::marriage::examination::{Conclusion, PreviousMarriage, Proof};
use crate::marriage::{CaseInput, CaseState, Dossier, deadline};
use crate::notice::{self, Told};
use crate::party::IdDocument;
use crate::presence::arrived_together;

/// What the counter has seen.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarriageMaterialsInput {
    /// 办件
    pub case_id: RecordId,
    /// Both were identified in person by their documents (V-14).
    pub identity_confirmed: bool,
    /// Codes of DT-M3 whose originals were seen.
    #[serde(default)]
    pub materials_seen: Vec<String>,
    /// 影像 of those, if they were scanned.
    #[serde(default)]
    pub scans: Vec<Scan>,
    /// 结婚照片
    #[serde(default)]
    pub photo: Option<CouplePhoto>,
    /// 无配偶证明, 军人婚姻登记证明
    #[serde(default)]
    pub proofs: Vec<Proof>,
    /// Papers that prove how an earlier marriage ended.
    #[serde(default)]
    pub ended_marriages: Vec<PreviousMarriage>,
    /// What a party says differently now, or shows as another document.
    #[serde(default)]
    pub corrections: Vec<Correction>,
    /// Who is there in person; needed on a later day (V-14).
    #[serde(default)]
    pub person_ids: Vec<String>,
    /// When each of them came; absent: now.
    #[serde(default)]
    pub arrived_at: Vec<Instant>,
}

/// An image of a material.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "MarriageScan")]
pub struct Scan {
    /// A code of DT-M3.
    pub material: String,
    /// 影像
    pub scan_ref: String,
    /// The digest of the image.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// What a party corrects.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "MarriageCorrection")]
pub struct Correction {
    /// Who.
    pub person_id: String,
    /// 姓名 as the document says.
    #[serde(default)]
    pub name: Option<String>,
    /// 声明的婚姻状况
    #[serde(default)]
    pub declared_marital_status: Option<String>,
    /// 身份证件 in the place of those shown before.
    #[serde(default)]
    pub id_docs: Vec<IdDocument>,
}

/// Where the process goes on.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MarriageMaterialsOutput {
    /// Whether nothing is missing.
    pub materials_complete: bool,
    /// The last day to supply what is missing.
    pub supply_until: Option<Date>,
}

/// Records what was seen. If something is missing, the case stops with one list of all of it
/// (row 3).
#[operation(name = "verifyMarriageMaterials")]
pub fn verify(
    ctx: &mut Context,
    input: MarriageMaterialsInput,
) -> Result<MarriageMaterialsOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Present])?;
    if !dossier.is_same_day(ctx) {
        return Err(OperationError::invalid("/caseId", code::NOT_BOTH_PRESENT));
    }
    record(ctx, &mut dossier, input)?;
    let missing = lack::of(ctx, &dossier)?;
    let supply_until = if missing.is_empty() {
        ctx.note_audit("MARRIAGE-MATERIALS-SEEN", dossier.case.number().to_owned());
        None
    } else {
        Some(dossier.stop_for(ctx, missing, "MARRIAGE-INCOMPLETE")?)
    };
    dossier.put(ctx)?;
    Ok(MarriageMaterialsOutput {
        materials_complete: supply_until.is_none(),
        supply_until,
    })
}

/// Row 4: all that was missing is there. Whatever still is not is named, and nothing has moved.
#[operation(name = "supplyMarriageMaterials")]
pub fn supply(
    ctx: &mut Context,
    input: MarriageMaterialsInput,
) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Incomplete])?;
    if !dossier.is_same_day(ctx) {
        come_again(ctx, &mut dossier, &input)?;
    }
    let corrections = input.corrections.iter();
    let corrected: Vec<String> = corrections.map(|it| it.person_id.clone()).collect();
    record(ctx, &mut dossier, input)?;
    let mut lacking = lack::of(ctx, &dossier)?;
    lacking.extend(lack::of_status(&dossier, &corrected));
    let mut violations = Violations::new();
    for it in lacking {
        violations.push(violation(&it));
    }
    violations.into_result()?;
    dossier.case.missing.clear();
    let event = "MARRIAGE-MATERIALS-SUPPLIED";
    deadline::close(ctx, deadline::SUPPLY, dossier.case.id(), event)?;
    dossier.case.move_to(ctx, State::Present, event);
    dossier.put(ctx)?;
    Ok(CaseState::of(&dossier.case))
}

/// On a later day both come again (V-14).
fn come_again(
    ctx: &Context,
    dossier: &mut Dossier,
    input: &MarriageMaterialsInput,
) -> Result<(), OperationError> {
    if input.person_ids.is_empty() {
        return Err(OperationError::invalid(
            "/personIds",
            code::NOT_BOTH_PRESENT,
        ));
    }
    let latest = input.arrived_at.iter().max().copied();
    dossier.case.checked_in_at = Some(latest.unwrap_or(ctx.now()));
    dossier.case.checked_in_date = Some(ctx.today());
    Ok(())
}

fn violation(item: &MissingItem) -> Violation {
    let path = match item.material {
        Some(_) => "/materialsSeen",
        None => "/caseId",
    };
    let violation = Violation::new(path, item.code.as_str());
    match &item.material {
        Some(material) => violation.with("material", material),
        None => violation,
    }
}

fn record(
    ctx: &mut Context,
    dossier: &mut Dossier,
    input: MarriageMaterialsInput,
) -> Result<(), OperationError> {
    check(ctx, &input, dossier)?;
    for material in input.materials_seen {
        let scan = input.scans.iter().find(|it| it.material == material);
        let seen = Material {
            original_seen: true,
            scan_ref: scan.map(|it| it.scan_ref.clone()),
            sha256: scan.and_then(|it| it.sha256.clone()),
            captured_at: ctx.now(),
            captured_by: ctx.actor().map(|it| it.id.clone()),
            material,
        };
        dossier
            .case
            .materials
            .retain(|it| it.material != seen.material);
        dossier.case.materials.push(seen);
    }
    dossier.case.photo = input.photo.or(dossier.case.photo.take());
    for proof in input.proofs {
        let kept = &mut dossier.examination.proofs;
        kept.retain(|it| it.person_id != proof.person_id || it.kind != proof.kind);
        kept.push(proof);
    }
    for mut ended in input.ended_marriages {
        ended.proven = true;
        let kept = &mut dossier.examination.previous_marriages;
        kept.retain(|it| it.person_id != ended.person_id);
        kept.push(ended);
    }
    correct(dossier, input.corrections);
    // What was corrected is held to the same rules as what was entered first.
    check_parties(ctx, &dossier.case.parties)
}

/// Who is spoken of is one of the two, and both were identified.
fn check(
    ctx: &Context,
    input: &MarriageMaterialsInput,
    dossier: &Dossier,
) -> Result<(), OperationError> {
    let mut violations = Violations::new();
    let named = input.person_ids.is_empty() || dossier.case.are_both(&input.person_ids);
    let together = named && arrived_together(ctx, &input.arrived_at)?;
    violations.require(together, "/personIds", code::NOT_BOTH_PRESENT);
    let confirmed = input.identity_confirmed;
    violations.require(confirmed, "/identityConfirmed", code::IDENTITY_DIFFERS);
    let mut named = |list: &str, idx: usize, person_id: &str| {
        let path = format!("/{list}/{idx}/personId");
        let is_party = dossier.case.is_party(person_id);
        violations.require(is_party, path, code::IDENTITY_DIFFERS);
    };
    for (idx, it) in input.proofs.iter().enumerate() {
        named("proofs", idx, &it.person_id);
    }
    for (idx, it) in input.ended_marriages.iter().enumerate() {
        named("endedMarriages", idx, &it.person_id);
    }
    for (idx, it) in input.corrections.iter().enumerate() {
        named("corrections", idx, &it.person_id);
    }
    for (idx, it) in input.ended_marriages.iter().enumerate() {
        let numbered = it
            .document_no
            .as_deref()
            .is_some_and(|it| !it.trim().is_empty());
        let path = format!("/endedMarriages/{idx}/documentNo");
        violations.require(numbered, path, code::MATERIAL_MISSING);
    }
    violations.into_result()
}

fn correct(dossier: &mut Dossier, corrections: Vec<Correction>) {
    for correction in corrections {
        let mut parties = dossier.case.parties.iter_mut();
        let Some(party) = parties.find(|it| it.person_id == correction.person_id) else {
            continue;
        };
        if let Some(name) = correction.name {
            party.name = name;
        }
        if let Some(status) = correction.declared_marital_status {
            party.declared_marital_status = status;
        }
        if !correction.id_docs.is_empty() {
            party.id_docs = correction.id_docs;
        }
        party.normalise();
    }
}

/// Row 4a: nobody came for thirty days. A new case is possible at once. Where the schedule has
/// closed the case in place of the timer, nothing changes.
#[operation(name = "closeUnsuppliedMarriage")]
pub fn close_unsupplied(ctx: &mut Context, input: CaseInput) -> Result<CaseState, OperationError> {
    let mut dossier = Dossier::read(
        ctx,
        &input.case_id,
        &[State::Incomplete, State::ClosedNoAction],
    )?;
    if dossier.case.state == State::Incomplete {
        close_not_supplied(ctx, &mut dossier)?;
    }
    Ok(CaseState::of(&dossier.case))
}

/// Closes the case without a decision, and tells both.
pub fn close_not_supplied(ctx: &mut Context, dossier: &mut Dossier) -> Result<(), OperationError> {
    dossier
        .case
        .decide(ctx, State::ClosedNoAction, "MARRIAGE-NOT-SUPPLIED");
    let (key, id) = (deadline::SUPPLY, dossier.case.id());
    deadline::close(ctx, key, id, "MARRIAGE-NOT-SUPPLIED")?;
    dossier.examination.conclude(Conclusion::Closed, None);
    dossier.put(ctx)?;
    dossier.tell(ctx, Told::of(notice::MARRIAGE_CLOSED).once("closed"));
    Ok(())
}
