//! Puts the members of an answer into the order of its document.
//!
//! async-graphql writes them in the order in which their resolvers end, so that the same question is answered in
//! different orders; the specification asks for the order of the selection (§7.2.2).

use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Value};
use async_graphql_value::indexmap::IndexMap;

/// The members of an object in the order of a selection, each with the order of its own members.
#[derive(Debug, Default)]
pub(crate) struct AnswerOrder {
    members: IndexMap<Name, AnswerOrder>,
}

impl AnswerOrder {
    /// The order that `operation` asks for; its document was already bounded.
    pub(crate) fn of(document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        let mut order = Self::default();
        order.add(document, &operation.selection_set.node);
        order
    }

    fn add(&mut self, document: &ExecutableDocument, set: &SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.clone();
                    self.members
                        .entry(key)
                        .or_default()
                        .add(document, &field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    self.add(document, &fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node)
                    {
                        self.add(document, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// Puts `value` and all below it into order; what no selection names (a JSON scalar) stays as it is.
    pub(crate) fn apply(&self, value: &mut Value) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|it| self.apply(it)),
            Value::Object(map) if !self.members.is_empty() => {
                let mut unordered = std::mem::take(map);
                for (key, order) in &self.members {
                    if let Some(mut member) = unordered.swap_remove(key) {
                        order.apply(&mut member);
                        map.insert(key.clone(), member);
                    }
                }
                map.extend(unordered);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn ordered(query: &str, answer: serde_json::Value) -> String {
        let document = parse_query(query).unwrap();
        let operation = crate::limit::operation(&document, None).unwrap();
        let mut answer = Value::from_json(answer).unwrap();
        AnswerOrder::of(&document, operation).apply(&mut answer);
        answer.into_json().unwrap().to_string()
    }

    #[test]
    fn members_come_in_the_order_of_the_selection_at_every_depth() {
        let answer =
            serde_json::json!({ "b": [{ "d": 1, "c": 2 }], "a": null, "x": { "z": 1, "y": 2 } });
        let query = "{ a b { ...F d } x } fragment F on T { c }";
        assert_eq!(
            ordered(query, answer),
            r#"{"a":null,"b":[{"c":2,"d":1}],"x":{"z":1,"y":2}}"#
        );
    }

    #[test]
    fn aliases_and_repeated_fields_are_placed_where_they_stand_first() {
        let answer = serde_json::json!({ "two": { "q": 1, "p": 2 }, "one": 3 });
        assert_eq!(
            ordered("{ one: n two: m { p } one: n two: m { q } }", answer),
            r#"{"one":3,"two":{"p":2,"q":1}}"#
        );
    }
}
