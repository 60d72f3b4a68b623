//! What is counted of a case: that it came, what the sources said of the deceased, and how it ended.

use std::collections::BTreeMap;

use tongban_sdk::{Context, Fen, Instant, OperationError};

use super::{
    ASHES_PLACED, Breakdown, CASES, DAYS_IN_STATE, DAYS_TO_PAYMENT, DEATHS,
    DEATHS_IN_CREMATION_ZONE, ENDED, FAMILY_PAYS, GIVEN, REFUSED, Sums,
};
use crate::case::{Benefit, FuneralCase, FuneralState};
use crate::facts::Zone;
use crate::word;

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// A burial by custom, which is shown apart from the others.
const MINORITY_EXEMPT: &str = "MINORITY_EXEMPT";

/// A case was opened, or an application submitted.
pub fn received(ctx: &mut Context, case: &FuneralCase) -> Result<(), OperationError> {
    let mut sums = Sums::default();
    sums.count(CASES, Breakdown::Total, None);
    for (by, of) in places(case) {
        sums.count(CASES, by, Some(&of));
    }
    sums.note(ctx)
}

/// Benefit, town and hall of a case, as far as they are known. Of an application for money the hall is
/// what the applicant says, and may be of another county.
fn places(case: &FuneralCase) -> Vec<(Breakdown, String)> {
    let town = case.deceased.hukou_town.clone();
    let service = case.service.as_ref().filter(|_| !case.by_money);
    let hall = service.map(|it| it.hall_code.clone());
    let all = [
        (Breakdown::Benefit, Some(case.benefit.word().to_owned())),
        (Breakdown::Town, town),
        (Breakdown::Hall, hall),
    ];
    let known = all.into_iter().filter_map(|(by, of)| Some((by, of?)));
    known.collect()
}

/// The sources were asked about a deceased for the first time.
pub fn died(ctx: &mut Context, case: &FuneralCase) -> Result<(), OperationError> {
    let Some(assessed) = &case.assessed else {
        return Ok(());
    };
    let mut sums = Sums::default();
    sums.count(DEATHS, Breakdown::Total, None);
    sums.count(DEATHS, Breakdown::Zone, Some(&word(assessed.zone)));
    let disposal = word(case.deceased.disposal);
    sums.count(DEATHS, Breakdown::Disposal, Some(&disposal));
    if assessed.zone == Zone::Cremation {
        let became = if assessed.minority_exempt {
            MINORITY_EXEMPT
        } else {
            &disposal
        };
        let measure = DEATHS_IN_CREMATION_ZONE;
        sums.count(measure, Breakdown::Disposal, Some(became));
    }
    sums.note(ctx)
}

/// How a case ended; nothing as long as it goes on.
pub fn ended(ctx: &mut Context, case: &FuneralCase) -> Result<(), OperationError> {
    let mut sums = Sums::default();
    add_end(&mut sums, case, ctx.now());
    sums.note(ctx)
}

/// The same, beside what else is counted in the same step.
pub fn add_end(sums: &mut Sums, case: &FuneralCase, now: Instant) {
    match case.state {
        FuneralState::Waived | FuneralState::Paid => add_given(sums, case, now),
        FuneralState::NotEligible
        | FuneralState::NotAccepted
        | FuneralState::Lapsed
        | FuneralState::Rejected => add_refused(sums, case),
        FuneralState::Withdrawn | FuneralState::Declined | FuneralState::Closed => {
            sums.count(ENDED, Breakdown::Result, Some(&word(case.state)));
        }
        _ => return,
    }
    for (state, days) in days_in_states(case, now) {
        sums.days(DAYS_IN_STATE, Breakdown::State, Some(&state), days);
    }
}

fn add_given(sums: &mut Sums, case: &FuneralCase, now: Instant) {
    let fen = case.result();
    sums.amount(GIVEN, Breakdown::Total, None, fen);
    let places = places(case);
    for (by, of) in &places {
        sums.amount(GIVEN, *by, Some(of), fen);
    }
    let assessed = case.assessed.iter();
    for category in assessed.flat_map(|it| &it.categories) {
        sums.amount(GIVEN, Breakdown::Category, Some(&word(category)), fen);
    }
    let own = case.calculation.as_ref().map(|it| it.family_pays_fen);
    if case.state == FuneralState::Waived {
        let own = own.unwrap_or(Fen::ZERO);
        sums.amount(FAMILY_PAYS, Breakdown::Total, None, own);
    }
    if let (Benefit::Eco, Some(eco)) = (case.benefit, &case.eco) {
        sums.amount(GIVEN, Breakdown::Mode, Some(&word(eco.mode)), fen);
        sums.count(ASHES_PLACED, Breakdown::Place, Some("ECO"));
    }
    let Some(submitted) = case.submitted_at else {
        return;
    };
    let days = whole_days(submitted, now);
    sums.days(DAYS_TO_PAYMENT, Breakdown::Total, None, days);
    for (by, of) in &places {
        sums.days(DAYS_TO_PAYMENT, *by, Some(of), days);
    }
}

fn add_refused(sums: &mut Sums, case: &FuneralCase) {
    sums.count(REFUSED, Breakdown::Total, None);
    for (by, of) in places(case) {
        sums.count(REFUSED, by, Some(&of));
    }
    if let Some(refusal) = &case.refusal {
        sums.count(REFUSED, Breakdown::Code, Some(&refusal.code));
    }
}

/// How long a case stood in each state up to now. A state it came to more than once is added up.
fn days_in_states(case: &FuneralCase, now: Instant) -> BTreeMap<String, u32> {
    let ends = case.decisions.iter().skip(1).map(|it| it.at).chain([now]);
    let mut micros = BTreeMap::<String, i64>::new();
    for (decision, end) in case.decisions.iter().zip(ends) {
        let Some(state) = decision.state.filter(|it| *it != case.state) else {
            continue;
        };
        let held = end.as_micros() - decision.at.as_micros();
        *micros.entry(word(state)).or_default() += held;
    }
    let days = |it: i64| u32::try_from(it / MICROS_PER_DAY).unwrap_or(0);
    let states = micros.into_iter();
    states.map(|(state, held)| (state, days(held))).collect()
}

fn whole_days(from: Instant, until: Instant) -> u32 {
    u32::try_from((until.as_micros() - from.as_micros()) / MICROS_PER_DAY).unwrap_or(0)
}
