//! What DT-M2 demands beside the registrar, and whether it is there.

use tongban_sdk::{Violation, Violations};

use crate::code;
use crate::marriage::Dossier;

/// A second person checks the case afterwards; nothing to show when both are questioned.
const SECOND_CHECK: &str = "SECOND_CHECK";

/// Every requirement is met; the divorce certificates may be replaced by a statement of loss, which
/// the registrar ticks off as the same.
pub(super) fn check(dossier: &Dossier, met: &[String], violations: &mut Violations) {
    let demanded = dossier.examination.requirements.iter();
    for requirement in demanded.filter(|it| *it != SECOND_CHECK) {
        if !met.contains(requirement) {
            let violation = Violation::new("/requirementsMet", code::MATERIAL_MISSING);
            violations.push(violation.with("material", requirement));
        }
    }
}

/// Whether the case needs a second person (R1).
pub(super) fn needs_second_person(dossier: &Dossier) -> bool {
    let mut demanded = dossier.examination.requirements.iter();
    demanded.any(|it| it == SECOND_CHECK)
}
