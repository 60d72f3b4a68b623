//! After the registration: hand over the certificates, upload, archive (row 16).

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, Query, RecordId, operation};

use crate::archive::{Certificate, CertificateKind};
use crate::authority::require_registrar;
use crate::blank::{BlankState, Print, PrintedBlank, check_blank, take};
use crate::code;
use crate::divorce::case::{State, require_state};
use crate::divorce::{CaseState, case, deadline};
use crate::statistics;

/// The printed certificates.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandOverDivorceCertificatesInput {
    /// 办件
    pub case_id: RecordId,
    /// One blank for each party.
    pub print_serials: Vec<PrintedBlank>,
}

/// Notes the blanks on which the certificates were printed; a blank is used once.
#[operation(name = "handOverDivorceCertificates")]
pub fn hand_over(
    ctx: &mut Context,
    input: HandOverDivorceCertificatesInput,
) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::Registered], "/caseId")?;
    require_registrar(ctx, &case.id_numbers(), "/caseId")?;
    let blanks = &input.print_serials;
    let holders: Vec<String> = blanks.iter().map(|it| it.person_id.clone()).collect();
    if !case.are_both(&holders) {
        return Err(OperationError::invalid(
            "/printSerials",
            code::MATERIAL_MISSING,
        ));
    }
    let number = case.certificate_number.clone().unwrap_or_default();
    for (idx, blank) in blanks.iter().enumerate() {
        let path = format!("/printSerials/{idx}/serial");
        check_blank(ctx, &blanks[..idx], blank, path.clone())?;
        let print = Print {
            authority_code: &case.authority_code,
            kind: CertificateKind::L,
            certificate_number: &number,
        };
        take(ctx, print, &blank.serial, BlankState::Used, &path)?;
    }
    let copies = ctx
        .find::<Certificate>(Query::new().equal("number", &number))?
        .items;
    for mut certificate in copies {
        let holder = &certificate.holder.person_id;
        let blank = blanks.iter().find(|it| it.person_id == *holder);
        certificate.print_serial = blank.map(|it| it.serial.trim().to_owned());
        ctx.put(&certificate)?;
    }
    ctx.note_audit("DIVORCE-CERTIFICATES-HANDED-OVER", case.case_no.clone());
    case.add_document(ctx, "D-02", None);
    ctx.put(&case)?;
    Ok(CaseState::of(&case))
}

/// The national base has the registration.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordDivorceUploadInput {
    /// 办件
    pub case_id: RecordId,
    /// The number that the national base gave.
    pub upload_no: String,
}

/// Notes that the registration was uploaded to the national base.
#[operation(name = "recordDivorceUpload")]
pub fn record_upload(
    ctx: &mut Context,
    input: RecordDivorceUploadInput,
) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::Registered], "/caseId")?;
    if input.upload_no.trim().is_empty() {
        return Err(OperationError::invalid("/uploadNo", code::MATERIAL_MISSING));
    }
    case.upload_no = Some(input.upload_no);
    case.move_to(ctx, State::Uploaded, "DIVORCE-UPLOADED");
    statistics::uploaded(ctx, &case.authority_code, case.decided_at)?;
    ctx.put(&case)?;
    Ok(CaseState::of(&case))
}

/// The file is complete.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArchiveDivorceCaseInput {
    /// 办件
    pub case_id: RecordId,
    /// 影像齐全
    pub images_complete: bool,
}

/// Files the case.
#[operation(name = "archiveDivorceCase")]
pub fn archive(
    ctx: &mut Context,
    input: ArchiveDivorceCaseInput,
) -> Result<CaseState, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::Uploaded], "/caseId")?;
    if !input.images_complete {
        return Err(OperationError::invalid(
            "/imagesComplete",
            code::MATERIAL_MISSING,
        ));
    }
    case.move_to(ctx, State::Archived, "DIVORCE-ARCHIVED");
    deadline::close(ctx, deadline::ARCHIVE, case.id(), "DIVORCE-ARCHIVED")?;
    ctx.put(&case)?;
    Ok(CaseState::of(&case))
}
