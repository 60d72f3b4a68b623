//! Decision tables as they stand in the file.

use std::sync::Arc;

use super::Reader;
use crate::diagnostic;
use crate::dmn::hit_policy::HitPolicy;
use crate::dmn::item::ItemType;
use crate::dmn::table::{InputClause, OutputClause, Rule, Table};
use crate::dmn::xml::Element;
use crate::expression::{Expression, Names};
use crate::types::Type;
use crate::value::Value;

impl Reader<'_> {
    pub(super) fn table(&mut self, element: &Element, name: &Arc<str>) -> Option<Table> {
        let policy = element.attribute("hitPolicy").unwrap_or("UNIQUE");
        let aggregation = element.attribute("aggregation").filter(|it| !it.is_empty());
        let hit_policy = HitPolicy::parse(policy, aggregation);
        let is_ordered = hit_policy.is_some_and(HitPolicy::is_ordered);
        let inputs: Vec<Option<InputClause>> = element
            .all("input")
            .map(|input| self.input_clause(input))
            .collect();
        let mut outputs = Vec::new();
        for output in element.all("output") {
            let mut clause = self.output_clause(output, name);
            if is_ordered {
                clause.order = order_of(output);
            }
            outputs.push(clause);
        }
        if is_ordered && outputs.iter().all(|clause| clause.order.is_empty()) {
            let message = "expected output values, whose order decides".to_owned();
            self.error(diagnostic::DMN_MISSING, element, message);
        }
        let Some(hit_policy) = hit_policy else {
            let aggregation = aggregation.map(|it| format!(" {it}")).unwrap_or_default();
            let message = format!("found the hit policy {policy}{aggregation}");
            self.error(diagnostic::DMN_HIT_POLICY, element, message);
            return None;
        };
        if matches!(hit_policy, HitPolicy::Aggregate(_)) && outputs.len() > 1 {
            let message = "expected one output beside an aggregation, found several".to_owned();
            self.error(diagnostic::DMN_HIT_POLICY, element, message);
        }
        if outputs.is_empty() {
            let message = "expected at least one output".to_owned();
            self.error(diagnostic::DMN_MISSING, element, message);
        }
        let columns = (inputs.len(), outputs.len());
        let rules: Vec<Option<Rule>> = element
            .all("rule")
            .map(|rule| self.rule(rule, columns))
            .collect();
        Some(Table {
            hit_policy,
            inputs: inputs.into_iter().collect::<Option<_>>()?,
            outputs,
            rules: rules.into_iter().collect::<Option<_>>()?,
        })
    }

    fn input_clause(&mut self, element: &Element) -> Option<InputClause> {
        let source = element.first("inputExpression");
        let Some((source, text)) = source.and_then(|it| Some((it, it.expression_text()?))) else {
            let message = "expected an input expression".to_owned();
            self.error(diagnostic::DMN_MISSING, element, message);
            return None;
        };
        self.check_language(source);
        let of = match source.attribute("typeRef") {
            Some(of) => self.type_named(of, source),
            None => ItemType::simple(Type::Any),
        };
        let expression = self.compile(source, text)?;
        Some(InputClause {
            expression,
            of,
            allowed: self.allowed(element, "inputValues"),
        })
    }

    fn output_clause(&mut self, element: &Element, decision: &Arc<str>) -> OutputClause {
        let of = match element.attribute("typeRef") {
            Some(of) => self.type_named(of, element),
            None => ItemType::simple(Type::Any),
        };
        let default = element.first("defaultOutputEntry").and_then(|entry| {
            let text = entry.expression_text().filter(|text| !text.is_empty())?;
            self.compile(entry, text)
        });
        OutputClause {
            name: element
                .attribute("name")
                .map_or_else(|| decision.clone(), Arc::from),
            of,
            allowed: self.allowed(element, "outputValues"),
            default,
            order: Vec::new(),
        }
    }

    pub(super) fn allowed(&mut self, element: &Element, name: &str) -> Option<Expression> {
        let values = element.first(name)?;
        let text = values.expression_text().filter(|text| !text.is_empty())?;
        self.compile_tests(values, text)
    }

    fn rule(&mut self, element: &Element, (inputs, outputs): (usize, usize)) -> Option<Rule> {
        let entries: Vec<&Element> = element.all("inputEntry").collect();
        let results: Vec<&Element> = element.all("outputEntry").collect();
        if entries.len() != inputs || results.len() != outputs {
            let message = format!(
                "expected {inputs} input and {outputs} output entries, found {} and {}",
                entries.len(),
                results.len()
            );
            self.error(diagnostic::DMN_COLUMNS, element, message);
            return None;
        }
        let mut tests = Vec::with_capacity(inputs);
        for entry in entries {
            self.check_language(entry);
            tests.push(match entry.expression_text() {
                None | Some("" | "-") => None,
                Some(text) => Some(self.compile_tests(entry, text)?),
            });
        }
        let mut outputs = Vec::with_capacity(results.len());
        for entry in results {
            self.check_language(entry);
            let text = match entry.expression_text() {
                None | Some("" | "-") => "null",
                Some(text) => text,
            };
            outputs.push(self.compile(entry, text)?);
        }
        let id = element.attribute("id").map(Arc::from);
        Some(Rule { id, tests, outputs })
    }
}

/// The output values of a clause in their order.
fn order_of(element: &Element) -> Vec<Value> {
    let values = element
        .first("outputValues")
        .and_then(Element::expression_text)
        .unwrap_or("");
    let list = Expression::compile(&format!("[{values}]"), &Names::default());
    match list.as_ref().map(Expression::as_constant) {
        Ok(Some(Value::List(items))) => items.to_vec(),
        _ => Vec::new(),
    }
}
