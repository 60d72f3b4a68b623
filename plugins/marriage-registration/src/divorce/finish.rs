//! After the registration: hand over the certificates, upload, archive (row 16).

use schemars::JsonSchema;
use serde::Deserialize;
use tongban_sdk::{Context, OperationError, Query, RecordId, operation};

use crate::archive::Certificate;
use crate::authority::require_registrar;
use crate::case::{State, require_state};
use crate::code;
use crate::divorce::{CaseState, case};

/// The printed certificates.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HandOverDivorceCertificatesInput {
    /// 办件
    pub case_id: RecordId,
    /// 证件印制号 of the two blanks, in the order of the parties.
    pub print_serials: Vec<String>,
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
    let serials: Vec<&str> = input.print_serials.iter().map(|it| it.trim()).collect();
    let two = serials.len() == 2 && serials.iter().all(|it| (1..=20).contains(&it.chars().count()));
    if !two {
        return Err(OperationError::invalid("/printSerials", code::MATERIAL_MISSING));
    }
    for (idx, serial) in serials.iter().enumerate() {
        let used = ctx.count::<Certificate>(Query::new().equal("printSerial", *serial))?;
        if used > 0 || serials[..idx].contains(serial) {
            let path = format!("/printSerials/{idx}");
            return Err(OperationError::invalid(path, code::NUMBER_TAKEN));
        }
    }
    let number = case.certificate_number.clone().unwrap_or_default();
    let copies = ctx.find::<Certificate>(Query::new().equal("number", &number))?.items;
    let serial_of = |holder: &str| {
        let holders = case.parties.iter().position(|it| it.person_id == holder);
        holders.and_then(|idx| serials.get(idx)).map(|it| (*it).to_owned())
    };
    for mut certificate in copies {
        certificate.print_serial = serial_of(&certificate.holder.person_id);
        ctx.put(&certificate)?;
    }
    ctx.note_audit("DIVORCE-CERTIFICATES-HANDED-OVER", case.case_no.clone());
    case.add_document(ctx, "D-02", None);
    ctx.put(&case)?;
    Ok(CaseState::of(&case))
}

/// The national base has the registration.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
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
    ctx.put(&case)?;
    Ok(CaseState::of(&case))
}

/// The file is complete.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
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
        return Err(OperationError::invalid("/imagesComplete", code::MATERIAL_MISSING));
    }
    case.move_to(ctx, State::Archived, "DIVORCE-ARCHIVED");
    ctx.put(&case)?;
    Ok(CaseState::of(&case))
}
