//! Row 14, its effect: the number, the certificates, the marriage. With the commit of this step the
//! marriage exists (Civil Code Art. 1049).

use schemars::JsonSchema;
use serde::Serialize;
use tongban_sdk::{Context, Date, OperationError, Query, RecordId, operation};

use crate::archive::{
    Certificate, CertificateKind, CertificateStatus, MarriageRecord, RegistryStatus, records_of,
};
use crate::authority::area_of;
use crate::case::Flag;
use crate::certificate_number::CertificateNumber;
use crate::code;
use crate::marriage::case::State;
use crate::marriage::examination::Conclusion;
use crate::marriage::{CaseInput, Dossier, deadline, guard};
use crate::party::Party;
use crate::statistics;

/// The registration.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegisterMarriageOutput {
    /// 办件
    pub case_id: RecordId,
    /// 结婚证字号, the same on both copies.
    pub certificate_number: String,
    /// By when the case is to be filed.
    pub archive_due_on: Date,
}

/// Registers the marriage, if every guard holds in this transaction. The number is taken in it too,
/// so that numbers have no gap, and a refusal uses none.
#[operation(name = "registerMarriage")]
pub fn register(
    ctx: &mut Context,
    input: CaseInput,
) -> Result<RegisterMarriageOutput, OperationError> {
    let mut dossier = Dossier::read(ctx, &input.case_id, &[State::Review])?;
    if let Some(code) = guard::objection(ctx, &dossier)? {
        if code == code::CHECK_DOWN {
            let case_no = dossier.case.number();
            let text = format!("case {case_no}: expected the answers of today");
            return Err(OperationError::failed(text));
        }
        let refused = OperationError::business(code).with_detail("guardCode", code);
        return Err(refused.into());
    }
    if guard::lacks_second_person(&dossier) || !dossier.is_same_day(ctx) {
        let case_no = dossier.case.number();
        let text = format!("case {case_no}: expected a second person and both parties today");
        return Err(OperationError::failed(text));
    }
    let number = number(ctx, &dossier)?;
    end_proven_marriages(ctx, &dossier)?;
    if dossier.case.has_flag(Flag::RemarrySame) {
        cancel_divorce_certificates(ctx, &dossier, &number)?;
    }
    record_marriage(ctx, &dossier, &number)?;
    let certificates = issue(ctx, &dossier, &number)?;
    let case = &mut dossier.case;
    case.certificate_number = Some(number.clone());
    case.certificates = certificates;
    case.add_document(ctx, "D-09", None);
    case.decide(ctx, State::Registered, "MARRIAGE-REGISTERED");
    dossier.examination.conclude(Conclusion::Registered, None);
    dossier.put(ctx)?;
    statistics::marriage::registered(ctx, &dossier)?;
    let today = ctx.today();
    let to_archive = ctx.set_deadline(deadline::ARCHIVE, dossier.case.id(), today)?;
    Ok(RegisterMarriageOutput {
        case_id: dossier.case.id().clone(),
        certificate_number: number,
        archive_due_on: to_archive.due_on,
    })
}

/// The next number of the area and year, held to its own form (V-10).
fn number(ctx: &mut Context, dossier: &Dossier) -> Result<String, OperationError> {
    let area = area_of(&dossier.case.authority_code).to_owned();
    let year = ctx.today().year();
    let scope: [(&str, &dyn ToString); 2] = [("area", &area), ("year", &year)];
    let number = ctx.number("marriage_certificate", &scope)?;
    let parsed = CertificateNumber::parse(&number, year);
    if parsed.is_ok_and(|it| it.area() == area && it.year() == year) {
        return Ok(number);
    }
    let text = format!(
        "the series marriage_certificate: expected a number of {area} in {year}, found {number}"
    );
    Err(OperationError::failed(text))
}

/// What DT-M6 row 2 or 3 cleared has ended in the local archive too: otherwise the archive would
/// know two valid marriages of one person.
fn end_proven_marriages(ctx: &mut Context, dossier: &Dossier) -> Result<(), OperationError> {
    for repair in dossier.examination.repairs.clone() {
        for mut record in records_of(ctx, &repair.person_id)? {
            let is_meant = record.cert_number == repair.cert_number;
            if is_meant && record.status == RegistryStatus::Valid {
                record.status = repair.status;
                record.ended_on = repair.ended_on;
                record.ended_by.clone_from(&repair.proof_no);
                ctx.put(&record)?;
            }
        }
    }
    Ok(())
}

/// 复婚: the certificates of the divorce of both from each other are collected and cancelled.
fn cancel_divorce_certificates(
    ctx: &mut Context,
    dossier: &Dossier,
    number: &str,
) -> Result<(), OperationError> {
    let [first, second] = dossier.case.couple()?.map(|it| it.person_id.clone());
    for (holder, other) in [(&first, &second), (&second, &first)] {
        let query = Query::new().equal("holderId", holder);
        for mut certificate in ctx.find::<Certificate>(query)?.items {
            let kind = certificate.kind;
            let divorce = matches!(kind, CertificateKind::L | CertificateKind::Bl);
            let is_issued = certificate.status == CertificateStatus::Issued;
            if divorce && is_issued && certificate.other.person_id == *other {
                certificate.status = CertificateStatus::Cancelled;
                certificate.remarks = Some(format!("复婚登记注销 {number}"));
                ctx.put(&certificate)?;
            }
        }
    }
    Ok(())
}

fn record_marriage(
    ctx: &mut Context,
    dossier: &Dossier,
    number: &str,
) -> Result<(), OperationError> {
    let case = &dossier.case;
    let [husband, wife] = husband_and_wife(dossier)?;
    let record = MarriageRecord {
        cert_number: number.to_owned(),
        registration_date: ctx.today(),
        authority_code: case.authority_code.clone(),
        couple_key: case.couple_key.clone(),
        husband: husband.into(),
        wife: wife.into(),
        status: RegistryStatus::Valid,
        ended_on: None,
        ended_by: None,
        disputed: false,
        reissued_as: None,
        upload: None,
    };
    ctx.put_new(&record)?;
    Ok(())
}

fn husband_and_wife(dossier: &Dossier) -> Result<[&Party; 2], OperationError> {
    let [first, second] = dossier.case.couple()?;
    Ok(if first.is_man() {
        [first, second]
    } else {
        [second, first]
    })
}

/// One copy for each, both under the same number (§4.6).
fn issue(
    ctx: &mut Context,
    dossier: &Dossier,
    number: &str,
) -> Result<Vec<RecordId>, OperationError> {
    let case = &dossier.case;
    let [husband, wife] = husband_and_wife(dossier)?;
    let mut ids = Vec::new();
    for (holder, other) in [(husband, wife), (wife, husband)] {
        let mut certificate = Certificate {
            number: number.to_owned(),
            kind: CertificateKind::J,
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
            photo_ref: case.photo.as_ref().and_then(|it| it.photo_ref.clone()),
            case_id: Some(case.id().clone()),
        };
        certificate.check_code = Some(certificate.code().as_str().to_owned());
        ids.push(ctx.put_new(&certificate)?);
    }
    Ok(ids)
}
