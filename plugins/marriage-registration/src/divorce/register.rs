//! Row 10, its effect: the number, the certificates, the end of the marriage.

use schemars::JsonSchema;
use serde::Serialize;
use tongban_sdk::{Context, OperationError, Query, RecordId, Stored, operation};

use crate::archive::{
    Certificate, CertificateKind, CertificateStatus, MarriageRecord, RegistryStatus,
};
use crate::authority::area_of;
use crate::code;
use crate::divorce::case::{DivorceCase, State, require_state};
use crate::divorce::{CaseInput, case, deadline, marriage_check};
use crate::statistics;

/// The registration.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegisterDivorceOutput {
    /// 办件
    pub case_id: RecordId,
    /// 离婚证字号, the same on both copies.
    pub certificate_number: String,
}

/// Registers the divorce: with the commit of this step the marriage has ended (Civil Code Art.
/// 1080). The number is taken in the same transaction, so that numbers have no gap.
#[operation(name = "registerDivorce")]
pub fn register(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<RegisterDivorceOutput, OperationError> {
    let mut case = case(ctx, &input.case_id)?;
    require_state(&case, &[State::ClaimReceived], "/caseId")?;
    require_claim_in_time(&case)?;
    // Read again in this transaction, whatever was true when the registrar looked.
    let marriage = marriage_check::local_record(ctx, &case)?;
    if marriage
        .as_ref()
        .is_some_and(|it| it.status != RegistryStatus::Valid)
    {
        return Err(OperationError::business(code::MARRIAGE_ENDED).into());
    }
    let area = area_of(&case.authority_code).to_owned();
    let scope: [(&str, &dyn ToString); 2] = [("area", &area), ("year", &ctx.today().year())];
    let number = ctx.number("divorce_certificate", &scope)?;
    issue(ctx, &case, &number)?;
    cancel_marriage_certificates(ctx, &case, &number)?;
    if let Some(marriage) = marriage {
        end_marriage(ctx, marriage, &number)?;
    }
    case.certificate_number = Some(number.clone());
    case.decided_at = Some(ctx.now());
    case.add_document(ctx, "D-09", None);
    case.move_to(ctx, State::Registered, "DIVORCE-REGISTERED");
    deadline::close_all(ctx, case.id(), "DIVORCE-REGISTERED")?;
    let today = ctx.today();
    ctx.set_deadline(deadline::ARCHIVE, case.id(), today)?;
    ctx.put(&case)?;
    statistics::divorce::registered(ctx, &case)?;
    Ok(RegisterDivorceOutput {
        case_id: case.id().clone(),
        certificate_number: number,
    })
}

/// No path to a registration with a claim outside the window (**HARD**, property P3).
fn require_claim_in_time(case: &DivorceCase) -> Result<(), OperationError> {
    let dates = case.dates()?;
    let claimed = case.claim.as_ref().map(|it| it.checked_in_at.local_date());
    if claimed.is_some_and(|it| (dates.claim_from..=dates.claim_until).contains(&it)) {
        return Ok(());
    }
    let text = format!("case {}: no claim was made within the window", case.case_no);
    Err(OperationError::failed(text))
}

fn issue(
    ctx: &mut Context,
    case: &Stored<DivorceCase>,
    number: &str,
) -> Result<(), OperationError> {
    let [first, second] = case.parties.as_slice() else {
        let text = format!("case {}: expected two parties", case.case_no);
        return Err(OperationError::failed(text));
    };
    for (holder, other) in [(first, second), (second, first)] {
        let mut certificate = Certificate {
            number: number.to_owned(),
            kind: CertificateKind::L,
            holder: holder.into(),
            other: other.into(),
            authority_code: case.authority_code.clone(),
            issued_date: ctx.today(),
            registration_date: ctx.today(),
            status: CertificateStatus::Issued,
            print_serial: None,
            remarks: None,
            check_code: None,
            registrar_id: case.registrar_id.clone(),
            photo_ref: None,
            case_id: Some(case.id().clone()),
        };
        certificate.check_code = Some(certificate.code().as_str().to_owned());
        ctx.put_new(&certificate)?;
    }
    Ok(())
}

fn cancel_marriage_certificates(
    ctx: &mut Context,
    case: &DivorceCase,
    number: &str,
) -> Result<(), OperationError> {
    let query = Query::new().equal("number", &case.marriage.cert_number);
    for mut certificate in ctx.find::<Certificate>(query)?.items {
        if certificate.status == CertificateStatus::Issued {
            certificate.status = CertificateStatus::Cancelled;
            certificate.remarks = Some(format!("离婚登记注销 {number}"));
            ctx.put(&certificate)?;
        }
    }
    Ok(())
}

fn end_marriage(
    ctx: &mut Context,
    mut marriage: Stored<MarriageRecord>,
    number: &str,
) -> Result<(), OperationError> {
    marriage.status = RegistryStatus::DivorcedReg;
    marriage.ended_on = Some(ctx.today());
    marriage.ended_by = Some(number.to_owned());
    ctx.put(&marriage)
}
