//! What is shown of cells: averages, medians and shares; and what the public does not see, since it
//! would name people.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::Fen;

use super::{
    ASHES_PLACED, Breakdown, CASES, Cell, DEATHS_IN_CREMATION_ZONE, LINES, REFUSED, Spread, Sums,
};
use crate::code;

/// 统计数
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FuneralFigure")]
pub struct Figure {
    /// What was counted.
    pub measure: String,
    /// By what.
    pub by: Breakdown,
    /// Of what; absent in a total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// How often; absent if it is too small to be shown.
    pub count: Option<u64>,
    /// The amounts together.
    pub amount_fen: Option<Fen>,
    /// The average, half a fen counting as a whole.
    pub average_fen: Option<Fen>,
}

/// 中位数
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FuneralMedian")]
pub struct Median {
    /// What was measured.
    pub measure: String,
    /// By what.
    pub by: Breakdown,
    /// Of what; absent in a total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The middle value, of two the smaller; absent if there are too few to be shown.
    pub median_days: Option<u32>,
}

/// 比率
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FuneralShare")]
pub struct Share {
    /// `CREMATION`, `LAND_SAVING`, `LATE` or `PAYMENT_SUCCESS`
    pub measure: String,
    /// ‰, cut off; absent if there is nothing to divide, or too little to be shown.
    pub per_mille: Option<u64>,
}

/// The figures, without those that are too small. If one cell alone of a breakdown is hidden, the
/// total would tell it, so that the smallest of the others is hidden too.
pub fn figures(sums: &Sums, below: u64) -> Vec<Figure> {
    let hidden = hidden(sums, below);
    let cells = sums.counts.iter();
    cells
        .map(|(cell, (count, fen))| {
            let shown = !hidden.contains(&cell);
            let (measure, by, of) = cell.clone();
            Figure {
                measure,
                by,
                of,
                count: shown.then_some(*count),
                amount_fen: shown.then_some(Fen::new(*fen)),
                average_fen: average(*count, *fen).filter(|_| shown),
            }
        })
        .collect()
}

fn hidden(sums: &Sums, below: u64) -> Vec<&Cell> {
    let mut groups = BTreeMap::<(&str, Breakdown), Vec<(&Cell, u64)>>::new();
    for (cell, (count, _)) in &sums.counts {
        let group = groups.entry((&cell.0, cell.1)).or_default();
        group.push((cell, *count));
    }
    let mut hidden = Vec::new();
    for group in groups.into_values() {
        let small = group.iter().filter(|(_, count)| *count < below);
        let small: Vec<_> = small.map(|(cell, _)| *cell).collect();
        if small.len() == 1 {
            let others = group.iter().filter(|(_, count)| *count >= below);
            let smallest = others.min_by_key(|(_, count)| *count);
            hidden.extend(smallest.map(|(cell, _)| *cell));
        }
        hidden.extend(small);
    }
    hidden
}

fn average(count: u64, fen: i64) -> Option<Fen> {
    let count = i64::try_from(count).ok().filter(|it| *it > 0)?;
    let average = (fen.checked_mul(2)?.checked_add(count)?).div_euclid(count.checked_mul(2)?);
    Some(Fen::new(average))
}

/// The medians.
pub fn medians(sums: &Sums, below: u64) -> Vec<Median> {
    let cells = sums.spreads.iter();
    cells
        .map(|((measure, by, of), spread)| Median {
            measure: measure.clone(),
            by: *by,
            of: of.clone(),
            median_days: median(spread, below),
        })
        .collect()
}

fn median(spread: &BTreeMap<u32, u64>, below: u64) -> Option<u32> {
    let all: u64 = spread.values().sum();
    if all < below || all == 0 {
        return None;
    }
    let middle = all.div_ceil(2);
    let mut seen = 0;
    let mut values = spread.iter();
    values
        .find(|(_, count)| {
            seen += **count;
            seen >= middle
        })
        .map(|(days, _)| *days)
}

/// The shares of the specification.
pub fn shares(sums: &Sums, below: u64) -> Vec<Share> {
    let cell = |measure: &str, by: Breakdown, of: Option<&str>| {
        let cell = (measure.to_owned(), by, of.map(str::to_owned));
        sums.counts.get(&cell).map_or(0, |(count, _)| *count)
    };
    let zone = |of| cell(DEATHS_IN_CREMATION_ZONE, Breakdown::Disposal, Some(of));
    let place = |of| cell(ASHES_PLACED, Breakdown::Place, Some(of));
    let line = |of| cell(LINES, Breakdown::Result, Some(of));
    let saving = place("ECO") + place("NICHE");
    let all = [
        // Burials by custom are shown apart.
        (
            "CREMATION",
            zone("CREMATED"),
            zone("CREMATED") + zone("BURIED") + zone("DONATED"),
        ),
        ("LAND_SAVING", saving, saving + place("PLOT")),
        (
            "LATE",
            cell(REFUSED, Breakdown::Code, Some(code::LATE)),
            cell(CASES, Breakdown::Total, None),
        ),
        (
            "PAYMENT_SUCCESS",
            line("PAID"),
            line("PAID") + line("FAILED"),
        ),
    ];
    let shares = all.into_iter();
    shares
        .map(|(measure, part, whole)| {
            // A share tells its part, and the rest of it.
            let rest = whole.saturating_sub(part);
            let tells = |it: u64| it > 0 && it < below;
            let shown = whole > 0 && !tells(part) && !tells(rest) && whole >= below;
            Share {
                measure: measure.to_owned(),
                per_mille: shown.then(|| part.min(whole) * 1000 / whole),
            }
        })
        .collect()
}

/// Cells of figures as they are added up again.
pub fn add_figures(sums: &mut Sums, figures: &[Figure], spreads: &[Spread]) {
    for it in figures {
        let cell = (it.measure.clone(), it.by, it.of.clone());
        let (count, sum) = sums.counts.entry(cell).or_default();
        *count += it.count.unwrap_or(0);
        *sum = sum.saturating_add(it.amount_fen.unwrap_or(Fen::ZERO).get());
    }
    sums.add(&[], spreads);
}

#[cfg(test)]
mod tests {
    use super::{Breakdown, Sums, average, figures, median, shares};
    use crate::statistics::{CASES, GIVEN, LINES};

    fn sums(cells: &[(&str, Breakdown, &str, u64)]) -> Sums {
        let mut sums = Sums::default();
        for (measure, by, of, count) in cells {
            for _ in 0..*count {
                sums.count(measure, *by, Some(of));
            }
        }
        sums
    }

    #[test]
    fn a_single_hidden_cell_takes_the_next_with_it() {
        let by = Breakdown::Benefit;
        let two = sums(&[
            (GIVEN, by, "ECO", 2),
            (GIVEN, by, "REIMB", 9),
            (GIVEN, by, "WAIVER", 7),
            (CASES, by, "WAIVER", 7),
        ]);
        let shown = |below| {
            let figures = figures(&two, below).into_iter();
            figures.map(|it| it.count).collect::<Vec<_>>()
        };
        assert_eq!(shown(0), [Some(7), Some(2), Some(9), Some(7)]);
        assert_eq!(shown(5), [Some(7), None, Some(9), None]);
        let many = sums(&[
            (GIVEN, by, "ECO", 2),
            (GIVEN, by, "REIMB", 3),
            (GIVEN, by, "WAIVER", 7),
        ]);
        let counts: Vec<_> = figures(&many, 5).into_iter().map(|it| it.count).collect();
        assert_eq!(counts, [None, None, Some(7)]);
    }

    #[test]
    fn the_median_of_two_is_the_smaller() {
        let spread = |values: &[(u32, u64)]| values.iter().copied().collect();
        assert_eq!(median(&spread(&[(3, 1), (9, 1)]), 0), Some(3));
        assert_eq!(median(&spread(&[(3, 1), (9, 2)]), 0), Some(9));
        assert_eq!(median(&spread(&[(3, 4)]), 5), None);
        assert_eq!(median(&spread(&[]), 0), None);
    }

    #[test]
    fn half_a_fen_counts_as_a_whole() {
        assert_eq!(average(2, 5).map(tongban_sdk::Fen::get), Some(3));
        assert_eq!(average(3, 10).map(tongban_sdk::Fen::get), Some(3));
        assert_eq!(average(0, 10), None);
    }

    #[test]
    fn a_share_does_not_tell_a_small_part() {
        let by = Breakdown::Result;
        let lines = sums(&[(LINES, by, "PAID", 37), (LINES, by, "FAILED", 1)]);
        let share = |below| {
            let mut shares = shares(&lines, below).into_iter();
            shares.find(|it| it.measure == "PAYMENT_SUCCESS").unwrap()
        };
        assert_eq!(share(0).per_mille, Some(973));
        assert_eq!(share(5).per_mille, None);
    }
}
