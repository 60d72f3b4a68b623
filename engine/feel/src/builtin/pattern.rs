//! Regular expressions: matched in time proportional to text and pattern, never by backtracking.

use regex_lite::{Regex, RegexBuilder};

use crate::eval::{Evaluator, Stop};

/// Patterns kept of one evaluation.
const PATTERNS_MAX: usize = 8;

/// The patterns compiled lately.
#[derive(Default)]
pub(crate) struct Patterns(Vec<(String, String, Regex)>);

/// Compiles a pattern; `None` if it or its flags are not valid. Classes of Unicode properties
/// (`\p{…}`) and back references are not supported.
pub(super) fn compile(
    evaluator: &mut Evaluator<'_>,
    pattern: &str,
    flags: &str,
) -> Result<Option<Regex>, Stop> {
    let known = |entry: &&(String, String, Regex)| entry.0 == pattern && entry.1 == flags;
    if let Some((_, _, regex)) = evaluator.patterns.0.iter().find(known) {
        return Ok(Some(regex.clone()));
    }
    evaluator.charge(100 + pattern.len() as u64 * 10)?;
    if !flags.chars().all(|flag| "smixq".contains(flag)) {
        return Ok(None);
    }
    let quoted = flags.contains('q');
    let source = if quoted {
        regex_lite::escape(pattern)
    } else {
        pattern.to_owned()
    };
    let compiled = RegexBuilder::new(&source)
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .ignore_whitespace(flags.contains('x') && !quoted)
        .size_limit(evaluator.environment.budget.regex_bytes)
        .nest_limit(40)
        .build();
    let Ok(regex) = compiled else { return Ok(None) };
    if evaluator.patterns.0.len() >= PATTERNS_MAX {
        evaluator.patterns.0.remove(0);
    }
    evaluator
        .patterns
        .0
        .push((pattern.to_owned(), flags.to_owned(), regex.clone()));
    Ok(Some(regex))
}

/// Charges for matching a text: its length times the size of the pattern, repetitions unrolled.
pub(super) fn charge(evaluator: &mut Evaluator<'_>, pattern: &str, text: &str) -> Result<(), Stop> {
    let size_max = (evaluator.environment.budget.regex_bytes / 16) as u64;
    let mut size = pattern.len() as u64 + 1;
    for repetition in pattern.split('{').skip(1) {
        let count = repetition
            .split([',', '}'])
            .filter_map(|it| it.parse::<u64>().ok())
            .max();
        size = size.saturating_mul(count.unwrap_or(1).max(1));
    }
    evaluator.charge((text.len() as u64 + 1).saturating_mul(size.min(size_max)) / 32)
}
