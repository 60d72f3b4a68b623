//! Decision tables (DMN 1.5, 8.3).

use std::sync::Arc;

use super::logic::null;
use super::{Faults, Reader};
use crate::ast::{Node, Slot};
use crate::diagnostic::{self, Severity};
use crate::dmn::check;
use crate::dmn::xml::Element;
use crate::names::Names;
use crate::parse;
use crate::table::{
    Cell, CellTests, HitPolicy, Index, InputClause, OutputClause, Rule, Table, Violation,
};
use crate::types::Type;
use crate::value::Value;

impl Reader<'_> {
    pub(super) fn decision_table(&mut self, element: &Element) -> Node {
        let mark = self.frames.mark();
        let table = self.table(element);
        self.frames.reset(mark);
        match table {
            Some(table) => Node::Table(Box::new(table)),
            None => null("the decision table is wrong"),
        }
    }

    fn table(&mut self, element: &Element) -> Option<Table> {
        let hit_policy = self.hit_policy(element);
        let inputs: Vec<Option<InputClause>> = element
            .all("input")
            .map(|input| self.input_clause(input))
            .collect();
        let outputs: Vec<OutputClause> = element
            .all("output")
            .map(|output| self.output_clause(output))
            .collect();
        if outputs.is_empty() {
            let message = "expected at least one output".to_owned();
            self.error(diagnostic::DMN_MISSING, element, message);
            return None;
        }
        let hit_policy = hit_policy?;
        let inputs: Vec<InputClause> = inputs.into_iter().collect::<Option<_>>()?;
        self.check_outputs(element, hit_policy, &outputs);
        let rules: Vec<Option<Rule>> = element
            .all("rule")
            .map(|rule| self.rule(rule, &inputs, &outputs))
            .collect();
        let rules: Box<[Rule]> = rules.into_iter().collect::<Option<_>>()?;
        let table = Table {
            id: element.attribute("id").map(Arc::from),
            name: self.subject.clone(),
            hit_policy,
            violation: match self.faults {
                Faults::Refused => Violation::Ends,
                Faults::Null => Violation::Null,
            },
            index: Index::of(inputs.len(), &rules),
            inputs: inputs.into(),
            outputs: outputs.into(),
            rules,
        };
        check::table(self, element, &table);
        Some(table)
    }

    fn hit_policy(&mut self, element: &Element) -> Option<HitPolicy> {
        let policy = element.attribute("hitPolicy").filter(|it| !it.is_empty());
        let policy = policy.unwrap_or("UNIQUE");
        let aggregation = element.attribute("aggregation").filter(|it| !it.is_empty());
        let hit_policy = HitPolicy::parse(policy, aggregation);
        if hit_policy.is_none() {
            let aggregation = aggregation.map(|it| format!(" {it}")).unwrap_or_default();
            let message = format!("found the hit policy {policy}{aggregation}");
            self.error(diagnostic::DMN_HIT_POLICY, element, message);
        }
        hit_policy
    }

    /// What the hit policy asks of the outputs.
    fn check_outputs(&mut self, element: &Element, policy: HitPolicy, outputs: &[OutputClause]) {
        if policy.is_ordered() && outputs.iter().all(|clause| clause.order.is_empty()) {
            let message = "expected output values, whose order decides".to_owned();
            self.error(diagnostic::DMN_MISSING, element, message);
        }
        if matches!(policy, HitPolicy::Aggregate(_)) && outputs.len() > 1 {
            let message = "expected one output beside an aggregation, found several".to_owned();
            self.error(diagnostic::DMN_HIT_POLICY, element, message);
        }
        for (place, output) in element.all("output").enumerate() {
            if outputs.len() > 1 && output.attribute("name").is_none_or(str::is_empty) {
                let message = format!("expected a name on output {}", place + 1);
                self.error(diagnostic::DMN_MISSING, output, message);
            }
        }
    }

    fn input_clause(&mut self, element: &Element) -> Option<InputClause> {
        let source = element.first("inputExpression");
        let text = source.and_then(|it| Some((it, it.expression_text()?)));
        let Some((source, text)) = text.filter(|(_, text)| !text.is_empty()) else {
            let message = "expected an input expression".to_owned();
            self.error(diagnostic::DMN_MISSING, element, message);
            return None;
        };
        self.check_language(source);
        let declared = self.type_ref(source);
        let expression = self.text(source, text);
        self.check_type(source, &expression, &declared);
        let inferred = match declared.is_any() {
            true => parse::type_in(&mut self.frames, &expression),
            false => declared.clone(),
        };
        Some(InputClause {
            label: element
                .attribute("label")
                .filter(|it| !it.is_empty())
                .map(Arc::from),
            source: Arc::from(text),
            expression,
            allowed: self.allowed(element, "inputValues", &inferred),
            slot: self.frames.reserve(inferred),
            of: declared,
        })
    }

    fn output_clause(&mut self, element: &Element) -> OutputClause {
        let of = self.type_ref(element);
        let default = element.first("defaultOutputEntry").and_then(|entry| {
            self.check_language(entry);
            let text = entry.expression_text().filter(|text| !text.is_empty())?;
            let node = self.text(entry, text);
            self.check_type(entry, &node, &of);
            Some(node)
        });
        let name = element.attribute("name").filter(|it| !it.is_empty());
        OutputClause {
            name: name.map_or_else(|| self.subject.clone(), Arc::from),
            allowed: self.allowed(element, "outputValues", &of),
            order: order_of(element, &self.type_of_output(&of)),
            of,
            default,
        }
    }

    /// The declared type of an output, else that of what the table decides.
    fn type_of_output(&self, declared: &Type) -> Type {
        match declared.is_any() {
            true => self.declared.item(),
            false => declared.clone(),
        }
    }

    fn rule(
        &mut self,
        element: &Element,
        inputs: &[InputClause],
        outputs: &[OutputClause],
    ) -> Option<Rule> {
        let entries: Vec<&Element> = element.all("inputEntry").collect();
        let results: Vec<&Element> = element.all("outputEntry").collect();
        if entries.len() != inputs.len() || results.len() != outputs.len() {
            let message = format!(
                "expected {} input and {} output entries, found {} and {}",
                inputs.len(),
                outputs.len(),
                entries.len(),
                results.len()
            );
            self.error(diagnostic::DMN_COLUMNS, element, message);
            return None;
        }
        let cells: Vec<Option<Cell>> = entries
            .into_iter()
            .zip(inputs)
            .map(|(entry, clause)| self.cell(entry, clause.slot))
            .collect();
        let mut values = Vec::with_capacity(results.len());
        let mut output_sources = Vec::with_capacity(results.len());
        for (entry, clause) in results.into_iter().zip(outputs) {
            self.check_language(entry);
            let text = entry
                .expression_text()
                .filter(|it| !matches!(*it, "" | "-"));
            values.push(match text {
                Some(text) => {
                    let value = self.text(entry, text);
                    self.check_type(entry, &value, &clause.of);
                    value
                }
                None => null("the output entry is empty"),
            });
            output_sources.push(Arc::from(text.unwrap_or("")));
        }
        let annotations = element.all("annotationEntry");
        Some(Rule {
            id: element.attribute("id").map(Arc::from),
            cells: cells.into_iter().collect::<Option<_>>()?,
            outputs: values.into(),
            output_sources: output_sources.into(),
            annotations: annotations
                .filter_map(Element::expression_text)
                .map(Arc::from)
                .collect(),
        })
    }

    /// An input entry. What is wrong refuses the rule, since it could match too much.
    fn cell(&mut self, entry: &Element, input: Slot) -> Option<Cell> {
        self.check_language(entry);
        let Some(text) = entry
            .expression_text()
            .filter(|it| !matches!(*it, "" | "-"))
        else {
            return Some(Cell::Any);
        };
        let names = self.names.clone();
        let read = parse::unary_tests_in(text, &names, &mut self.frames, input);
        self.note_unknown(entry);
        match read {
            Ok((node, warnings)) => {
                self.note(Severity::Warning, entry, text, warnings);
                let Node::UnaryTests { tests, negated, .. } = node else {
                    return None;
                };
                Some(Cell::Tests(Box::new(CellTests {
                    source: Arc::from(text),
                    tests,
                    negated,
                })))
            }
            Err(errors) => {
                self.note(Severity::Error, entry, text, errors);
                None
            }
        }
    }
}

/// The output values of a clause in their order; where a clause lists none, those that its type
/// allows.
fn order_of(element: &Element, of: &Type) -> Vec<Value> {
    let values = element
        .first("outputValues")
        .and_then(Element::expression_text)
        .filter(|text| !text.is_empty())
        .or_else(|| of.allowed_source())
        .unwrap_or("");
    let list = parse::expression(&format!("[{values}]"), &Names::default());
    match list.as_ref().map(|compiled| &compiled.root) {
        Ok(Node::Constant(Value::List(items))) => items.to_vec(),
        _ => Vec::new(),
    }
}
