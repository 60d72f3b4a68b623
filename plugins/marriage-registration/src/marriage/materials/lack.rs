//! What a case lacks before it can be accepted: materials of DT-M3, valid documents (V-05), proofs
//! that are not too old (V-21), photos (V-23).

use tongban_sdk::{Context, Date, OperationError};

use crate::code;
use crate::marriage::case::{CouplePhoto, MissingItem};
use crate::marriage::examination::{Proof, ProofForm, ProofKind};
use crate::marriage::{Dossier, missing};
use crate::party::{Party, PartyKind};

/// Signed at the counter when both are questioned, so it is nothing to bring.
const SIGNED_LATER: &str = "MARRY_DECLARATION";
/// Collected when both are questioned, or replaced by a statement (DT-M2).
const COLLECTED_LATER: &str = "DIVORCE_CERTIFICATES";
const PHOTO: &str = "COUPLE_PHOTO";
const MILITARY: &str = "MILITARY_PAPERS";

/// All that is missing, as one list.
pub(super) fn of(ctx: &Context, dossier: &Dossier) -> Result<Vec<MissingItem>, OperationError> {
    let mut lacking = Vec::new();
    let case = &dossier.case;
    for material in &case.required_materials {
        let later = matches!(&**material, SIGNED_LATER | COLLECTED_LATER | PHOTO);
        if !later && !case.has_material(material) {
            lacking.push(missing(code_of(material), Some(material), None));
        }
    }
    let needs_photo = case.required_materials.iter().any(|it| it == PHOTO);
    if needs_photo && !has_photo(ctx, case.photo.as_ref())? {
        lacking.push(missing(code::MATERIAL_MISSING, Some(PHOTO), None));
    }
    for party in &case.parties {
        if !party.has_valid_documents(ctx.today()) {
            let person_id = Some(&*party.person_id);
            lacking.push(missing(code::DOCUMENT_INVALID, None, person_id));
        }
        lacking.extend(proof_lacking(ctx, &dossier.examination.proofs, party)?);
    }
    Ok(lacking)
}

fn code_of(material: &str) -> &'static str {
    match material {
        MILITARY => code::MILITARY_PROOF_MISSING,
        "DIVORCE_PROOF" | "DEATH_PROOF" => code::STATUS_DIFFERS,
        _ => code::MATERIAL_MISSING,
    }
}

/// What was wrong with a declared status or an identity when the case stopped, and was neither
/// proven nor corrected (row 8).
pub(super) fn of_status(dossier: &Dossier, corrected: &[String]) -> Vec<MissingItem> {
    let stopped = dossier.case.missing.iter();
    let open = stopped.filter(|it| it.code == code::STATUS_DIFFERS && it.material.is_none());
    let unsettled = open.filter(|it| {
        let Some(person_id) = &it.person_id else {
            return false;
        };
        let proven = dossier.examination.proven_end(person_id).is_some();
        !proven && !corrected.contains(person_id)
    });
    unsettled.cloned().collect()
}

/// V-23: enough prints or a digital picture, recent, bare-headed, of the two who appear.
fn has_photo(ctx: &Context, photo: Option<&CouplePhoto>) -> Result<bool, OperationError> {
    let Some(photo) = photo else {
        return Ok(false);
    };
    let prints: u8 = ctx.parameter("photo_count_marry")?;
    let months: i32 = ctx.parameter("photo_max_age_months")?;
    let recent = photo
        .taken_on
        .is_none_or(|it| is_within(it, months, ctx.today()));
    let enough = photo.digital || photo.prints >= prints;
    Ok(enough && recent && photo.bare_headed && photo.both_recognised)
}

/// V-21 and the certificate of a soldier's political organ: there, and not too old.
fn proof_lacking(
    ctx: &Context,
    proofs: &[Proof],
    party: &Party,
) -> Result<Option<MissingItem>, OperationError> {
    let (kind, key, code) = match party.kind {
        PartyKind::Mainland => return Ok(None),
        PartyKind::Military => {
            let missing = code::MILITARY_PROOF_MISSING;
            (ProofKind::Military, "military_proof_months", missing)
        }
        PartyKind::Hk
        | PartyKind::Macao
        | PartyKind::Taiwan
        | PartyKind::OverseasCn
        | PartyKind::Foreign
        | PartyKind::Stateless => {
            let expired = code::SINGLE_PROOF_EXPIRED;
            (ProofKind::Single, "foreign_single_proof_months", expired)
        }
    };
    let person_id = Some(&*party.person_id);
    let mut own = proofs.iter();
    let Some(proof) = own.find(|it| it.person_id == party.person_id && it.kind == kind) else {
        let absent = match kind {
            ProofKind::Military => code::MILITARY_PROOF_MISSING,
            ProofKind::Single => code::MATERIAL_MISSING,
        };
        return Ok(Some(missing(absent, Some("SINGLE_PROOF"), person_id)));
    };
    if !is_within(proof.issued_on, ctx.parameter(key)?, ctx.today()) {
        return Ok(Some(missing(code, None, person_id)));
    }
    if kind == ProofKind::Single && !is_in_form(proof, party.kind) {
        let absent = missing(code::MATERIAL_MISSING, Some("SINGLE_PROOF"), person_id);
        return Ok(Some(absent));
    }
    Ok(None)
}

/// Authenticated, from an embassy, or in treaty form with the party's own signed statement; from
/// abroad with a Chinese translation.
fn is_in_form(proof: &Proof, kind: PartyKind) -> bool {
    let formed = match proof.form {
        Some(ProofForm::Notarised | ProofForm::Authenticated | ProofForm::Embassy) => true,
        Some(ProofForm::Apostille) => proof.statement_signed,
        None => false,
    };
    formed && (!kind.is_foreign() || proof.translated)
}

/// Whether the day lies within so many months of the date, the last day included.
fn is_within(date: Date, months: i32, day: Date) -> bool {
    date <= day && day <= date.plus_months(months)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_holds_until_the_same_day_of_the_last_month() {
        let at = |day: &str| is_within("2025-12-10".parse().unwrap(), 6, day.parse().unwrap());
        assert!(at("2026-06-10"));
        assert!(!at("2026-06-11"));
        assert!(!at("2025-12-09"));
    }
}
