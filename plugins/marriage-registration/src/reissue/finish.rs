//! After the re-issue: print and hand over, upload, archive.

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, Query, RecordId, operation};

use super::case::ReissueState;
use super::{ARCHIVE, close, reissue_case};
use crate::archive::Certificate;
use crate::authority::require_registrar;
use crate::blank::{BlankState, Print, PrintedBlank, check_blank, take};
use crate::code;
use crate::course::{FileInput, FileState};

/// The printed certificates.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandOverReissueInput {
    /// 办件
    pub case_id: RecordId,
    /// 证件印制号
    pub print_serials: Vec<PrintedBlank>,
}

/// Notes the blanks on which the new certificates were printed.
#[operation(name = "handOverReissue")]
pub fn hand_over(
    ctx: &mut Context,
    input: HandOverReissueInput,
) -> Result<FileState, OperationError> {
    let states = [ReissueState::Issued, ReissueState::Uploaded];
    let mut case = reissue_case(ctx, &input.case_id, &states)?;
    require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    let number = case.certificate_number.clone().unwrap_or_default();
    let blanks = &input.print_serials;
    let copies = ctx
        .find::<Certificate>(Query::new().equal("number", &number))?
        .items;
    if blanks.len() != copies.len() {
        return Err(OperationError::invalid(
            "/printSerials",
            code::MATERIAL_MISSING,
        ));
    }
    for (idx, blank) in blanks.iter().enumerate() {
        let path = format!("/printSerials/{idx}/serial");
        check_blank(ctx, &blanks[..idx], blank, path.clone())?;
        let print = Print {
            authority_code: &case.course.authority_code,
            kind: case.target_kind.issued(),
            certificate_number: &number,
        };
        take(ctx, print, &blank.serial, BlankState::Used, &path)?;
    }
    for mut copy in copies {
        let of_holder = |it: &&PrintedBlank| it.person_id == copy.holder.person_id;
        let Some(blank) = blanks.iter().find(of_holder) else {
            return Err(OperationError::invalid(
                "/printSerials",
                code::MATERIAL_MISSING,
            ));
        };
        copy.print_serial = Some(blank.serial.trim().to_owned());
        ctx.put(&copy)?;
    }
    let document = match case.target_kind {
        super::case::ReissueTarget::J => "D-01",
        super::case::ReissueTarget::L => "D-02",
    };
    case.course.add_document(ctx, document);
    let state = case.state;
    case.course.pass(ctx, "REISSUE-HANDED-OVER", state);
    ctx.put(&case)?;
    Ok(FileState::of(case.id(), case.state))
}

/// The national base has the re-issue.
#[operation(name = "noteReissueUploaded")]
pub fn note_uploaded(ctx: &mut Context, input: FileInput) -> Result<FileState, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::Issued])?;
    case.move_to(ctx, ReissueState::Uploaded, "REISSUE-UPLOADED");
    ctx.put(&case)?;
    Ok(FileState::of(case.id(), case.state))
}

/// The file is complete.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArchiveReissueInput {
    /// 办件
    pub case_id: RecordId,
    /// 影像齐全
    pub images_complete: bool,
}

/// Files the case.
#[operation(name = "archiveReissueCase")]
pub fn archive(ctx: &mut Context, input: ArchiveReissueInput) -> Result<FileState, OperationError> {
    let mut case = reissue_case(ctx, &input.case_id, &[ReissueState::Uploaded])?;
    if !input.images_complete {
        return Err(OperationError::invalid(
            "/imagesComplete",
            code::MATERIAL_MISSING,
        ));
    }
    case.images_complete = true;
    case.move_to(ctx, ReissueState::Archived, "REISSUE-ARCHIVED");
    close(ctx, ARCHIVE, case.id())?;
    ctx.put(&case)?;
    Ok(FileState::of(case.id(), case.state))
}
