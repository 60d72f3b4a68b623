//! What is counted of a marriage: who married, how, when; who was refused, and why; how long the
//! checks kept the couple waiting.

use tongban_sdk::{Context, OperationError};

use super::{Tally, is_weekend, minutes};
use crate::age::leap_policy;
use crate::case::{Flag, word};
use crate::marriage::Dossier;
use crate::party::Party;

/// Marriages registered.
pub const MARRIAGES: &str = "MARRIAGES";
/// Persons who married for the first time.
pub const FIRST: &str = "MARRIAGE_PERSONS_FIRST";
/// Persons who married again.
pub const AGAIN: &str = "MARRIAGE_PERSONS_AGAIN";
/// Marriages on a Saturday or Sunday.
pub const WEEKEND: &str = "MARRIAGES_WEEKEND";
/// Not registered, with the code behind it.
pub const REFUSED: &str = "MARRIAGE_REFUSED";
/// Cases held because a source was silent.
pub const HELD: &str = "MARRIAGE_HELD";
/// Minutes for which they were held.
pub const HELD_MINUTES: &str = "MARRIAGE_HELD_MINUTES";
/// Questions that a source has not answered, with the source behind it.
pub const SILENT: &str = "CHECK_SILENT";
/// Blanks spoiled.
pub const SPOILED: &str = "CERTIFICATES_SPOILED";

/// Completed years at which a band begins.
const BANDS: [u32; 6] = [20, 25, 30, 35, 40, 50];
/// 未婚
const NEVER_MARRIED: &str = "10";

/// A marriage was registered.
pub fn registered(ctx: &mut Context, dossier: &Dossier) -> Result<(), OperationError> {
    let case = &dossier.case;
    let policy = leap_policy(ctx)?;
    let mut tally = Tally::default().count(MARRIAGES);
    for party in &case.parties {
        let first = party.declared_marital_status == NEVER_MARRIED;
        tally = tally.count(if first { FIRST } else { AGAIN });
        let age = party.birth_date.age_on(ctx.today(), policy);
        tally = tally.count(format!("MARRIAGE_PERSONS_{}_{}", sex(party), band(age)));
        if !party.kind.is_mainland() {
            tally = tally.count(format!("MARRIAGE_PERSONS_KIND_{}", word(party.kind)));
        }
    }
    for flag in &case.flags {
        if matches!(
            flag,
            Flag::RemarrySame
                | Flag::Belated
                | Flag::CrossProvince
                | Flag::Foreign
                | Flag::Military
        ) {
            tally = tally.count(format!("{MARRIAGES}_{}", flag.name()));
        }
    }
    if is_weekend(ctx.today()) {
        tally = tally.count(WEEKEND);
    }
    tally.note(ctx, &case.authority_code)
}

fn sex(party: &Party) -> &'static str {
    if party.is_man() { "MAN" } else { "WOMAN" }
}

fn band(age: u32) -> String {
    let band = BANDS.iter().rposition(|from| *from <= age);
    match band {
        None => format!("UNDER_{}", BANDS[0]),
        Some(idx) => match BANDS.get(idx + 1) {
            Some(next) => format!("{}_{}", BANDS[idx], next - 1),
            None => format!("{}_UP", BANDS[idx]),
        },
    }
}

/// A marriage was not registered.
pub fn refused(ctx: &mut Context, dossier: &Dossier, code: &str) -> Result<(), OperationError> {
    let tally = Tally::default().count(REFUSED);
    let tally = tally.count(format!("{REFUSED}:{code}"));
    tally.note(ctx, &dossier.case.authority_code)
}

/// A source has not answered.
pub fn silent(ctx: &mut Context, dossier: &Dossier, source: &str) -> Result<(), OperationError> {
    let tally = Tally::default().count(format!("{SILENT}:{source}"));
    tally.note(ctx, &dossier.case.authority_code)
}

/// A case is no longer held.
pub fn held(ctx: &mut Context, dossier: &Dossier) -> Result<(), OperationError> {
    let Some(hold) = &dossier.case.hold else {
        return Ok(());
    };
    let minutes = minutes(hold.since, ctx.now());
    let mut tally = Tally::default().count(HELD).add(HELD_MINUTES, minutes);
    for source in &hold.sources {
        tally = tally.count(format!("{HELD}:{source}"));
        tally = tally.add(format!("{HELD_MINUTES}:{source}"), minutes);
    }
    tally.note(ctx, &dossier.case.authority_code)
}

/// Blanks were spoiled.
pub fn spoiled(ctx: &mut Context, dossier: &Dossier, blanks: usize) -> Result<(), OperationError> {
    let tally = Tally::default().add(SPOILED, u32::try_from(blanks).unwrap_or(u32::MAX));
    tally.note(ctx, &dossier.case.authority_code)
}

#[cfg(test)]
mod tests {
    use super::band;

    #[test]
    fn an_age_lies_in_one_band() {
        for (age, expected) in [
            (19, "UNDER_20"),
            (20, "20_24"),
            (24, "20_24"),
            (25, "25_29"),
            (49, "40_49"),
            (50, "50_UP"),
            (90, "50_UP"),
        ] {
            assert_eq!(band(age), expected, "{age}");
        }
    }
}
