//! Statistics (§14): what happened in the county on a day, counted in the transaction in which it
//! happened; a period as a question; and what is frozen of it (K-17).
//!
//! A day is one record of cells, so a month takes at most 31 records, however many cases there were.
//! It names nobody: a cell is a measure, by what it is broken down, and a word or a code.

pub mod ending;
pub mod figure;
pub mod period;
pub mod report;
pub mod stock;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tongban_sdk::{Context, Date, Fen, OperationError, Query, Record};

/// Cases that were opened or submitted.
pub const CASES: &str = "CASES";
/// Benefits that were waived or paid, with the amount.
pub const GIVEN: &str = "GIVEN";
/// What the families paid themselves of waived sheets.
pub const FAMILY_PAYS: &str = "FAMILY_PAYS";
/// Cases that ended with a no, by its code.
pub const REFUSED: &str = "REFUSED";
/// Cases that the applicant has ended, or that came to nothing to be paid.
pub const ENDED: &str = "ENDED";
/// Deceased whom the sources were asked about, each once.
pub const DEATHS: &str = "DEATHS";
/// Of these, who lived in a cremation zone; by what became of the body.
pub const DEATHS_IN_CREMATION_ZONE: &str = "DEATHS_IN_CREMATION_ZONE";
/// Ashes that found a place.
pub const ASHES_PLACED: &str = "ASHES_PLACED";
/// Lines that the bank has answered.
pub const LINES: &str = "LINES";
/// Sheets that a settlement has paid or cut.
pub const SETTLEMENTS: &str = "SETTLEMENTS";
/// Fees outside of the published list.
pub const FEES_OUTSIDE: &str = "FEES_OUTSIDE";
/// Recoveries that an approver has opened.
pub const RECOVERIES: &str = "RECOVERIES";
/// What came back.
pub const RECOVERED: &str = "RECOVERED";
/// Duplicates that were found, with what was not paid therefore.
pub const DUPLICATES: &str = "DUPLICATES";
/// Days from the submission to the payment.
pub const DAYS_TO_PAYMENT: &str = "DAYS_TO_PAYMENT";
/// Days that a case stood in a state.
pub const DAYS_IN_STATE: &str = "DAYS_IN_STATE";

/// 分组
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(title = "FuneralBreakdown")]
pub enum Breakdown {
    /// 合计
    Total,
    /// 乡镇(街道)
    Town,
    /// 殡仪馆
    Hall,
    /// 对象类别
    Category,
    /// 项目
    Benefit,
    /// 代码
    Code,
    /// 安葬方式
    Mode,
    /// 状态
    State,
    /// 分区
    Zone,
    /// 处置方式
    Disposal,
    /// 安放
    Place,
    /// 结果
    Result,
}

/// 计数
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FuneralStatisticsCount")]
pub struct Count {
    /// What is counted.
    pub measure: String,
    /// By what.
    pub by: Breakdown,
    /// Of what; absent in a total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// How often.
    pub count: u64,
    /// The amounts together.
    pub amount_fen: Fen,
}

/// How often a number of days was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "FuneralStatisticsSpread")]
pub struct Spread {
    /// What is measured.
    pub measure: String,
    /// By what.
    pub by: Breakdown,
    /// Of what; absent in a total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// 天数
    pub days: u32,
    /// How often.
    pub count: u64,
}

/// 惠民殡葬一日统计
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Record)]
#[serde(rename_all = "camelCase")]
#[record(kind = "funeral_statistics_day")]
pub struct FuneralStatisticsDay {
    /// 日期
    pub date: Date,
    /// 计数
    pub counts: Vec<Count>,
    /// 天数
    pub spreads: Vec<Spread>,
}

/// Measure, by what, of what.
pub type Cell = (String, Breakdown, Option<String>);

/// What stands for a code that is none: somebody has written a text in its place.
const OTHER: &str = "OTHER";
/// The longest code.
const CODE_CHARACTERS_MAX: usize = 32;

/// A cell names a code or a number and no text, which might name somebody.
fn cell(measure: &str, by: Breakdown, of: Option<&str>) -> Cell {
    let of = of.map(|it| if is_code(it) { it } else { OTHER });
    (measure.to_owned(), by, of.map(str::to_owned))
}

fn is_code(text: &str) -> bool {
    let fits = (1..=CODE_CHARACTERS_MAX).contains(&text.len());
    let of_code = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || "-_".contains(it);
    fits && text.chars().all(of_code)
}

/// Cells that are added up.
#[derive(Debug, Default)]
pub struct Sums {
    /// How often, and the amounts in fen.
    pub counts: BTreeMap<Cell, (u64, i64)>,
    /// How often each number of days was measured.
    pub spreads: BTreeMap<Cell, BTreeMap<u32, u64>>,
}

impl Sums {
    /// One more, without an amount.
    pub fn count(&mut self, measure: &str, by: Breakdown, of: Option<&str>) {
        self.amount(measure, by, of, Fen::ZERO);
    }

    /// One more, with its amount.
    pub fn amount(&mut self, measure: &str, by: Breakdown, of: Option<&str>, fen: Fen) {
        let (count, sum) = self.counts.entry(cell(measure, by, of)).or_default();
        *count += 1;
        *sum = sum.saturating_add(fen.get());
    }

    /// A number of days of which the median is asked.
    pub fn days(&mut self, measure: &str, by: Breakdown, of: Option<&str>, days: u32) {
        let spread = self.spreads.entry(cell(measure, by, of)).or_default();
        *spread.entry(days).or_default() += 1;
    }

    /// Adds stored cells.
    pub fn add(&mut self, counts: &[Count], spreads: &[Spread]) {
        for it in counts {
            let cell = (it.measure.clone(), it.by, it.of.clone());
            let (count, sum) = self.counts.entry(cell).or_default();
            *count += it.count;
            *sum = sum.saturating_add(it.amount_fen.get());
        }
        for it in spreads {
            let cell = (it.measure.clone(), it.by, it.of.clone());
            let spread = self.spreads.entry(cell).or_default();
            *spread.entry(it.days).or_default() += it.count;
        }
    }

    /// The counts as they are stored.
    pub fn stored_counts(&self) -> Vec<Count> {
        let counts = self.counts.iter();
        counts
            .map(|((measure, by, of), (count, fen))| Count {
                measure: measure.clone(),
                by: *by,
                of: of.clone(),
                count: *count,
                amount_fen: Fen::new(*fen),
            })
            .collect()
    }

    /// The days as they are stored.
    pub fn stored_spreads(&self) -> Vec<Spread> {
        let cells = self.spreads.iter();
        cells
            .flat_map(|((measure, by, of), spread)| {
                spread.iter().map(move |(days, count)| Spread {
                    measure: measure.clone(),
                    by: *by,
                    of: of.clone(),
                    days: *days,
                    count: *count,
                })
            })
            .collect()
    }

    /// Adds to today's record. Two steps at the same moment are decided one after the other, since
    /// the record carries its version.
    pub fn note(mut self, ctx: &mut Context) -> Result<(), OperationError> {
        if self.counts.is_empty() && self.spreads.is_empty() {
            return Ok(());
        }
        let date = ctx.today();
        let query = Query::new().equal("date", date);
        let Some(mut day) = ctx.find_first::<FuneralStatisticsDay>(query)? else {
            let day = FuneralStatisticsDay {
                date,
                counts: self.stored_counts(),
                spreads: self.stored_spreads(),
            };
            ctx.put_new(&day)?;
            return Ok(());
        };
        self.add(&day.counts, &day.spreads);
        day.counts = self.stored_counts();
        day.spreads = self.stored_spreads();
        ctx.put(&day)
    }
}

#[cfg(test)]
mod tests {
    use super::{Breakdown, RECOVERIES, Sums};

    #[test]
    fn a_text_in_the_place_of_a_code_is_not_kept() {
        let mut sums = Sums::default();
        for reason in ["REINTERRED", "何志远提供虚假材料", "", "FS-E-06"] {
            sums.count(RECOVERIES, Breakdown::Code, Some(reason));
        }
        let counts = sums.stored_counts().into_iter();
        let cells: Vec<_> = counts.map(|it| (it.of.unwrap(), it.count)).collect();
        let expected = [("FS-E-06", 1), ("OTHER", 2), ("REINTERRED", 1)];
        assert_eq!(cells, expected.map(|(of, count)| (of.to_owned(), count)));
    }
}
