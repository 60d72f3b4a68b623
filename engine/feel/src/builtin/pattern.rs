//! Regular expressions as the functions on texts use them, paid for by the evaluation.

use std::sync::Arc;

use crate::eval::{Evaluator, Stop};
use crate::regex::{Flags, Meter, Regex};

/// Patterns kept of one evaluation.
const PATTERNS_MAX: usize = 8;
/// About the size of an instruction of a pattern's program.
const INSTRUCTION_BYTES: usize = 64;

/// The patterns compiled lately.
#[derive(Default)]
pub(crate) struct Patterns(Vec<(String, String, Arc<Regex>)>);

/// Compiles a pattern; `None` if it or its flags are not valid.
pub(super) fn compile(
    evaluator: &mut Evaluator<'_>,
    pattern: &str,
    flags: &str,
) -> Result<Option<Arc<Regex>>, Stop> {
    let known = |entry: &&(String, String, Arc<Regex>)| entry.0 == pattern && entry.1 == flags;
    if let Some((_, _, regex)) = evaluator.patterns.0.iter().find(known) {
        return Ok(Some(regex.clone()));
    }
    evaluator.charge(100 + pattern.len() as u64 * 10)?;
    let instructions_max = evaluator.environment.budget.regex_bytes / INSTRUCTION_BYTES;
    let compiled = Flags::parse(flags).map(|flags| Regex::new(pattern, flags, instructions_max));
    let Some(Ok(regex)) = compiled else {
        return Ok(None);
    };
    if evaluator.patterns.0.len() >= PATTERNS_MAX {
        evaluator.patterns.0.remove(0);
    }
    let regex = Arc::new(regex);
    let entry = (pattern.to_owned(), flags.to_owned(), regex.clone());
    evaluator.patterns.0.push(entry);
    Ok(Some(regex))
}

impl Meter for Evaluator<'_> {
    type Stop = Stop;

    fn charge(&mut self, steps: u64) -> Result<(), Stop> {
        Evaluator::charge(self, steps)
    }

    fn afford_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        Evaluator::afford_bytes(self, bytes)
    }
}
