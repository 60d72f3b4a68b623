//! What must hold when a marriage is registered, whatever was true before: read again in the same
//! transaction (row 14). **HARD**

use tongban_sdk::{Context, OperationError};

use crate::age;
use crate::archive::{RegistryStatus, records_of};
use crate::case::Flag;
use crate::code;
use crate::kinship::KinshipRule;
use crate::marriage::Dossier;
use crate::marriage::examination::{RegistryAnswer, SecondOpinion};
use crate::marriage::interview::cleared_as;
use crate::marriage::party_check::MARRIAGE;
use crate::marriage::registry;
use crate::party::Party;

/// The first guard that is false, by its code; none if the marriage may be registered.
pub fn objection(ctx: &Context, dossier: &Dossier) -> Result<Option<&'static str>, OperationError> {
    let [first, second] = dossier.case.couple()?;
    if first.is_man() == second.is_man() {
        return Ok(Some(code::NOT_MAN_AND_WOMAN));
    }
    let policy = age::leap_policy(ctx)?;
    // V-07 on the day of the registration: not on that of a draft, an appointment or the check-in.
    let under_age = |party| age::objection(party, ctx.today(), policy);
    if let Some(code) = under_age(first).or_else(|| under_age(second)) {
        return Ok(Some(code));
    }
    if is_kin(dossier) {
        return Ok(Some(code::KINSHIP));
    }
    if !is_free_will(dossier) {
        return Ok(Some(code::NOT_FREE_WILL));
    }
    for (party, other) in [(first, second), (second, first)] {
        if let Some(code) = spouse(ctx, dossier, party, other)? {
            return Ok(Some(code));
        }
    }
    Ok(None)
}

/// V-12: forbidden by the statute, by the table, or by the second person whom the table asked.
fn is_kin(dossier: &Dossier) -> bool {
    let examination = &dossier.examination;
    examination.kinship.is_forbidden() || examination.kinship_rule == Some(KinshipRule::Forbidden)
}

/// V-13: both have declared their free will, after both were questioned.
fn is_free_will(dossier: &Dossier) -> bool {
    let declarations = &dossier.examination.declarations;
    let questioned = dossier.examination.questioning.is_some();
    let signers: Vec<String> = declarations.iter().map(|it| it.person_id.clone()).collect();
    let willing = declarations.iter().all(|it| it.voluntary && it.signed);
    questioned && willing && dossier.case.are_both(&signers)
}

/// V-11: no other valid marriage, in the archive of this county, in the national base, or by the
/// courts, unless its end was proven in this case (DT-M6 rows 2 and 3).
fn spouse(
    ctx: &Context,
    dossier: &Dossier,
    party: &Party,
    other: &Party,
) -> Result<Option<&'static str>, OperationError> {
    let cleared = cleared(dossier, party);
    for record in records_of(ctx, &party.person_id)? {
        if record.status == RegistryStatus::Valid {
            if record.is_of(&other.person_id) {
                return Ok(Some(code::MARRIED_TO_EACH_OTHER));
            }
            if !cleared.contains(&record.cert_number) {
                return Ok(Some(code::SPOUSE_EXISTS));
            }
        }
    }
    let Some(marriages) = registry::marriages_of(ctx, party, other)? else {
        return Ok(if is_vouched_single(dossier, party) {
            None
        } else {
            Some(code::CHECK_DOWN)
        });
    };
    for marriage in marriages {
        if marriage.open_divorce {
            return Ok(Some(code::SPOUSE_EXISTS));
        }
        if marriage.status == RegistryStatus::Valid && !cleared.contains(&marriage.cert_number) {
            return Ok(Some(if marriage.with_other {
                code::MARRIED_TO_EACH_OTHER
            } else {
                code::SPOUSE_EXISTS
            }));
        }
    }
    Ok(None)
}

/// The marriages of a party whose end was proven in this case.
pub fn cleared(dossier: &Dossier, party: &Party) -> Vec<String> {
    let finding = dossier.examination.status_of(&party.person_id);
    let cleared = finding.filter(|it| cleared_as(it).is_some());
    cleared.map_or_else(Vec::new, |it| it.valid_marriages.clone())
}

/// Two persons have vouched by telephone (§9.3 b), where the county may.
fn is_vouched_single(dossier: &Dossier, party: &Party) -> bool {
    let verification = dossier.examination.verification(MARRIAGE, &party.person_id);
    let manual = verification.and_then(|it| it.manual.as_ref());
    manual.is_some_and(|it| {
        let single = matches!(
            it.registry,
            Some(RegistryAnswer::NotFound | RegistryAnswer::Divorced | RegistryAnswer::Death)
        );
        it.second.is_some() && single
    })
}

/// R1: a case from outside the mainland, or a kinship that the table referred, was agreed to by a
/// second person who is not the registrar.
pub fn lacks_second_person(dossier: &Dossier) -> bool {
    let examination = &dossier.examination;
    let foreign = dossier.case.has_flag(Flag::Foreign);
    let refer = examination.kinship_rule == Some(KinshipRule::Refer);
    let agreed = |it: &SecondOpinion| {
        it.decision == "AGREE" && Some(&it.by) != dossier.case.registrar_id.as_ref()
    };
    let opinion = examination.second_opinion.as_ref();
    (foreign || refer) && !opinion.is_some_and(agreed)
}
