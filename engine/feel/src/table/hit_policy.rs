//! What a decision table gives when several rules match.

use std::cmp::Ordering;

use crate::ast::Arithmetic;
use crate::diagnostic::{self, EvaluationError};
use crate::eval::{Eval, Evaluator, compare};
use crate::table::Table;
use crate::value::Value;

/// How matching rules become the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HitPolicy {
    Unique,
    First,
    Any,
    /// The output that stands first among the output values.
    Priority,
    /// All outputs, those first that stand first among the output values.
    OutputOrder,
    /// All outputs; DMN leaves their order open, we give them in that of the rules.
    Collect,
    /// All outputs in the order of the rules.
    RuleOrder,
    Aggregate(Aggregator),
}

/// What becomes of an evaluation in which rules match that the hit policy does not let match
/// together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// It ends: nothing is decided by a table that contradicts itself.
    Ends,
    /// The table gives `null`, as DMN has it.
    Null,
}

impl Violation {
    fn outcome(self, code: &'static str, message: String, evaluator: &mut Evaluator<'_>) -> Eval {
        match self {
            Violation::Ends => Err(Box::new(EvaluationError { code, message })),
            Violation::Null => evaluator.null(|| format!("{code}: {message}")),
        }
    }
}

/// How collected outputs become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregator {
    Sum,
    Min,
    Max,
    Count,
}

impl HitPolicy {
    /// Reads the attributes of a decision table.
    pub(crate) fn parse(policy: &str, aggregation: Option<&str>) -> Option<HitPolicy> {
        match (policy, aggregation) {
            ("UNIQUE", None) => Some(HitPolicy::Unique),
            ("FIRST", None) => Some(HitPolicy::First),
            ("ANY", None) => Some(HitPolicy::Any),
            ("PRIORITY", None) => Some(HitPolicy::Priority),
            ("OUTPUT ORDER", None) => Some(HitPolicy::OutputOrder),
            ("COLLECT", None) => Some(HitPolicy::Collect),
            ("RULE ORDER", None) => Some(HitPolicy::RuleOrder),
            ("COLLECT", Some("SUM")) => Some(HitPolicy::Aggregate(Aggregator::Sum)),
            ("COLLECT", Some("MIN")) => Some(HitPolicy::Aggregate(Aggregator::Min)),
            ("COLLECT", Some("MAX")) => Some(HitPolicy::Aggregate(Aggregator::Max)),
            ("COLLECT", Some("COUNT")) => Some(HitPolicy::Aggregate(Aggregator::Count)),
            _ => None,
        }
    }

    /// The policy and its aggregation as the attributes of a decision table spell them.
    pub(crate) fn names(self) -> (&'static str, Option<&'static str>) {
        match self {
            HitPolicy::Unique => ("UNIQUE", None),
            HitPolicy::First => ("FIRST", None),
            HitPolicy::Any => ("ANY", None),
            HitPolicy::Priority => ("PRIORITY", None),
            HitPolicy::OutputOrder => ("OUTPUT ORDER", None),
            HitPolicy::Collect => ("COLLECT", None),
            HitPolicy::RuleOrder => ("RULE ORDER", None),
            HitPolicy::Aggregate(Aggregator::Sum) => ("COLLECT", Some("SUM")),
            HitPolicy::Aggregate(Aggregator::Min) => ("COLLECT", Some("MIN")),
            HitPolicy::Aggregate(Aggregator::Max) => ("COLLECT", Some("MAX")),
            HitPolicy::Aggregate(Aggregator::Count) => ("COLLECT", Some("COUNT")),
        }
    }

    /// Whether the order of the output values decides.
    pub(crate) fn is_ordered(self) -> bool {
        matches!(self, HitPolicy::Priority | HitPolicy::OutputOrder)
    }

    /// The result of the matching rules' outputs, of which there is at least one. They come in the
    /// order of the rules, or of the output values where that decides.
    pub(crate) fn result(
        self,
        outputs: Vec<Value>,
        table: &Table,
        evaluator: &mut Evaluator<'_>,
    ) -> Eval {
        match self {
            HitPolicy::Unique if outputs.len() > 1 => {
                let (name, count) = (&table.name, outputs.len());
                let message =
                    format!("expected at most one matching rule in {name:?}, found {count}");
                table
                    .violation
                    .outcome(diagnostic::DMN_NOT_UNIQUE, message, evaluator)
            }
            HitPolicy::Any => any(outputs, table, evaluator),
            HitPolicy::Unique | HitPolicy::First | HitPolicy::Priority => {
                Ok(outputs.into_iter().next().unwrap_or_default())
            }
            HitPolicy::Collect | HitPolicy::RuleOrder | HitPolicy::OutputOrder => {
                evaluator.list(outputs)
            }
            HitPolicy::Aggregate(aggregator) => aggregate(aggregator, outputs, evaluator),
        }
    }
}

fn any(outputs: Vec<Value>, table: &Table, evaluator: &mut Evaluator<'_>) -> Eval {
    for pair in outputs.windows(2) {
        if evaluator.equal(&pair[0], &pair[1])? != Some(true) {
            let name = &table.name;
            let message = format!("expected matching rules of {name:?} to agree, found others");
            return table
                .violation
                .outcome(diagnostic::DMN_NOT_ANY, message, evaluator);
        }
    }
    Ok(outputs.into_iter().next().unwrap_or_default())
}

fn aggregate(aggregator: Aggregator, outputs: Vec<Value>, evaluator: &mut Evaluator<'_>) -> Eval {
    if aggregator == Aggregator::Count {
        return Ok(Value::from(outputs.len() as i64));
    }
    let mut values = outputs.into_iter();
    let mut result = values.next().unwrap_or_default();
    for value in values {
        let keeps = |wanted: Ordering| compare(&value, &result).map(|order| order == wanted);
        let replaces = match aggregator {
            Aggregator::Sum => {
                result = evaluator.arithmetic(Arithmetic::Add, result, value)?;
                continue;
            }
            Aggregator::Min => keeps(Ordering::Less),
            Aggregator::Max | Aggregator::Count => keeps(Ordering::Greater),
        };
        match replaces {
            Some(true) => result = value,
            Some(false) => {}
            None => return evaluator.null(|| "collected outputs cannot be compared".to_owned()),
        }
    }
    Ok(result)
}
