//! What one GraphQL document may cost, decided before anything runs.
//!
//! The dynamic schema of async-graphql neither weighs fields nor limits aliases, so this pass walks the parsed
//! document with its variables: depth, aliases, directives, fragments, and the objects that it can make the
//! server resolve (the sum over fields of the product of the page sizes above them).
//! It does not know the schema: a field is taken for a connection if its selection asks for `edges` or `nodes`.

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned, Variables};
use async_graphql_value::{ConstValue, Value};

/// Bounds of one request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the request body.
    pub body_bytes_max: usize,
    /// Nesting of selections.
    pub depth_max: usize,
    /// Aliased fields in a document, counted after fragments are spread.
    pub aliases_max: usize,
    /// Directives in a document, counted after fragments are spread.
    pub directives_max: usize,
    /// Objects that a document may make the server resolve.
    pub cost_max: u64,
    /// Selections visited while counting; bounds fragments that spread each other many times.
    pub selections_max: usize,
    /// Largest page of a connection.
    pub page_size_max: u64,
    /// Page of a connection that names none.
    pub page_size_default: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 256 * 1024,
            depth_max: 15,
            aliases_max: 20,
            directives_max: 5,
            cost_max: 10_000,
            selections_max: 5_000,
            page_size_max: 100,
            page_size_default: 20,
        }
    }
}

/// What a document was found to need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Objects it can make the server resolve.
    pub objects: u64,
    /// Deepest nesting.
    pub depth: usize,
    /// Whether the operation is a query.
    pub is_query: bool,
    /// Whether the operation is a subscription.
    pub is_subscription: bool,
}

/// Why a document is refused; `code` goes into `extensions.code`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Stable code.
    pub code: &'static str,
    /// What was found and what is allowed.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

/// Picks the operation that a request names, as the specification's GetOperation does.
pub fn operation<'a>(
    document: &'a ExecutableDocument,
    operation_name: Option<&str>,
) -> Result<&'a OperationDefinition, Refusal> {
    let unknown = |name: &str| {
        Refusal::new(
            "OPERATION_NOT_FOUND",
            format!("the document has no operation named {name}"),
        )
    };
    match (&document.operations, operation_name) {
        (DocumentOperations::Single(it), None) => Ok(&it.node),
        (DocumentOperations::Single(_), Some(name)) => Err(unknown(name)),
        (DocumentOperations::Multiple(all), Some(name)) => all
            .get(name)
            .map(|it| &it.node)
            .ok_or_else(|| unknown(name)),
        (DocumentOperations::Multiple(all), None) => match all.len() {
            1 => Ok(&all
                .values()
                .next()
                .expect("a map of length one has a value")
                .node),
            _ => Err(Refusal::new(
                "OPERATION_NAME_REQUIRED",
                "the document has several operations, so operationName must name one",
            )),
        },
    }
}

/// Measures the named operation of `document` and refuses it if it exceeds `limits`.
pub fn check(
    document: &ExecutableDocument,
    operation_name: Option<&str>,
    variables: &Variables,
    limits: &Limits,
) -> Result<Cost, Refusal> {
    let operation = operation(document, operation_name)?;
    let mut walk = Walk {
        document,
        operation,
        variables,
        limits,
        aliases: 0,
        directives: operation.directives.len(),
        selections: 0,
        depth: 0,
        objects: 0,
        spreads: Vec::new(),
    };
    walk.selection_set(&operation.selection_set, 1, 1)?;
    Ok(Cost {
        objects: walk.objects,
        depth: walk.depth,
        is_query: operation.ty == OperationType::Query,
        is_subscription: operation.ty == OperationType::Subscription,
    })
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    limits: &'a Limits,
    aliases: usize,
    directives: usize,
    selections: usize,
    depth: usize,
    objects: u64,
    spreads: Vec<&'a Name>,
}

impl<'a> Walk<'a> {
    fn selection_set(
        &mut self,
        set: &'a Positioned<SelectionSet>,
        depth: usize,
        multiplier: u64,
    ) -> Result<(), Refusal> {
        if depth > self.limits.depth_max {
            let max = self.limits.depth_max;
            return Err(Refusal::new(
                "DEPTH_LIMIT",
                format!("nesting deeper than {max}"),
            ));
        }
        self.depth = self.depth.max(depth);
        for selection in &set.node.items {
            self.selections += 1;
            if self.selections > self.limits.selections_max {
                let max = self.limits.selections_max;
                let message = format!("more than {max} selections once fragments are spread");
                return Err(Refusal::new("SELECTION_LIMIT", message));
            }
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, depth, multiplier)?,
                Selection::InlineFragment(fragment) => {
                    self.count_directives(fragment.node.directives.len())?;
                    self.selection_set(&fragment.node.selection_set, depth, multiplier)?;
                }
                Selection::FragmentSpread(spread) => {
                    self.count_directives(spread.node.directives.len())?;
                    let name = &spread.node.fragment_name.node;
                    if self.spreads.contains(&name) {
                        let message = format!("fragment {name} spreads itself");
                        return Err(Refusal::new("FRAGMENT_CYCLE", message));
                    }
                    // An unknown fragment is reported by validation, with its position.
                    if let Some(fragment) = self.document.fragments.get(name) {
                        self.count_directives(fragment.node.directives.len())?;
                        self.spreads.push(name);
                        self.selection_set(&fragment.node.selection_set, depth, multiplier)?;
                        self.spreads.pop();
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &'a Field, depth: usize, multiplier: u64) -> Result<(), Refusal> {
        if field.alias.is_some() {
            self.aliases += 1;
            if self.aliases > self.limits.aliases_max {
                let max = self.limits.aliases_max;
                return Err(Refusal::new(
                    "ALIAS_LIMIT",
                    format!("more than {max} aliases"),
                ));
            }
        }
        self.count_directives(field.directives.len())?;
        if field.selection_set.node.items.is_empty() {
            return Ok(());
        }
        let multiplier = multiplier.saturating_mul(self.page_size(field)?);
        self.objects = self.objects.saturating_add(multiplier);
        if self.objects > self.limits.cost_max {
            let max = self.limits.cost_max;
            let message = format!("the document can resolve more than {max} objects");
            return Err(Refusal::new("COST_LIMIT", message));
        }
        self.selection_set(&field.selection_set, depth + 1, multiplier)
    }

    fn count_directives(&mut self, count: usize) -> Result<(), Refusal> {
        self.directives += count;
        if self.directives > self.limits.directives_max {
            let max = self.limits.directives_max;
            return Err(Refusal::new(
                "DIRECTIVE_LIMIT",
                format!("more than {max} directives"),
            ));
        }
        Ok(())
    }

    /// How many objects one object of the parent can bring through `field`.
    fn page_size(&self, field: &Field) -> Result<u64, Refusal> {
        if let Some(ids) = field.get_argument("ids") {
            return Ok(match self.constant(&ids.node) {
                Some(ConstValue::List(items)) => (items.len() as u64).max(1),
                _ => 1,
            });
        }
        let is_connection = field
            .selection_set
            .node
            .items
            .iter()
            .any(|it| match &it.node {
                Selection::Field(it) => matches!(it.node.name.node.as_str(), "edges" | "nodes"),
                Selection::FragmentSpread(_) | Selection::InlineFragment(_) => {
                    field.get_argument("first").is_some()
                }
            });
        if !is_connection {
            return Ok(1);
        }
        let Some(first) = field.get_argument("first") else {
            return Ok(self.limits.page_size_default);
        };
        let Some(ConstValue::Number(first)) = self.constant(&first.node) else {
            return Ok(self.limits.page_size_default);
        };
        match first.as_u64() {
            Some(size) if (1..=self.limits.page_size_max).contains(&size) => Ok(size),
            _ => Err(Refusal::new(
                "PAGE_SIZE",
                format!("first must lie between 1 and {}", self.limits.page_size_max),
            )),
        }
    }

    /// The value of an argument, with the operation's variables and their defaults filled in.
    fn constant(&self, value: &Value) -> Option<ConstValue> {
        value
            .clone()
            .into_const_with(|name| {
                if let Some(value) = self.variables.get(&name) {
                    return Ok(value.clone());
                }
                let definition = self
                    .operation
                    .variable_definitions
                    .iter()
                    .find(|it| it.node.name.node == name);
                Ok::<_, ()>(
                    definition
                        .and_then(|it| it.node.default_value.as_ref())
                        .map_or(ConstValue::Null, |it| it.node.clone()),
                )
            })
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn measure(query: &str) -> Result<Cost, &'static str> {
        let document = parse_query(query).unwrap();
        check(&document, None, &Variables::default(), &Limits::default()).map_err(|it| it.code)
    }

    #[test]
    fn a_page_multiplies_what_lies_below_it() {
        let cost = measure("{ userTasks(first: 10) { nodes { id processInstance { id } } } }");
        // The connection, its nodes and their instances: ten each.
        assert_eq!(cost.unwrap().objects, 30);
    }

    #[test]
    fn nested_pages_multiply_each_other() {
        let query = "{ a(first: 100) { nodes { b(first: 100) { nodes { c(first: 2) { nodes { id } } } } } } }";
        assert_eq!(measure(query), Err("COST_LIMIT"));
    }

    #[test]
    fn a_page_size_beyond_the_bound_is_refused() {
        assert_eq!(
            measure("{ a(first: 101) { nodes { id } } }"),
            Err("PAGE_SIZE")
        );
        assert_eq!(
            measure("{ a(first: 0) { edges { cursor } } }"),
            Err("PAGE_SIZE")
        );
        assert_eq!(
            measure("{ a(first: -1) { nodes { id } } }"),
            Err("PAGE_SIZE")
        );
    }

    #[test]
    fn the_page_size_may_be_a_variable() {
        let document = parse_query("query($n: Int = 7) { a(first: $n) { nodes { id } } }").unwrap();
        let limits = Limits::default();
        let plain = check(&document, None, &Variables::default(), &limits).unwrap();
        assert_eq!(plain.objects, 14);
        let variables = Variables::from_json(serde_json::json!({ "n": 3 }));
        assert_eq!(
            check(&document, None, &variables, &limits).unwrap().objects,
            6
        );
    }

    #[test]
    fn aliases_depth_and_directives_are_bounded() {
        let aliases: String = (0..21).map(|n| format!("a{n}: viewer {{ id }} ")).collect();
        assert_eq!(measure(&format!("{{ {aliases} }}")), Err("ALIAS_LIMIT"));
        let deep = format!("{}id{}", "{ a ".repeat(16), "}".repeat(16)).replace("a id", "a { id }");
        assert_eq!(measure(&deep), Err("DEPTH_LIMIT"));
        let directives = "@include(if: true) ".repeat(6);
        assert_eq!(
            measure(&format!("{{ a {directives} }}")),
            Err("DIRECTIVE_LIMIT")
        );
    }

    #[test]
    fn fragments_that_spread_themselves_or_explode_are_refused() {
        assert_eq!(
            measure("{ ...A } fragment A on Query { ...A }"),
            Err("FRAGMENT_CYCLE")
        );
        let mut query = "{ ...F0 } ".to_owned();
        for n in 0..14 {
            query += &format!("fragment F{n} on Query {{ ...F{m} ...F{m} }} ", m = n + 1);
        }
        query += "fragment F14 on Query { id }";
        assert_eq!(measure(&query), Err("SELECTION_LIMIT"));
    }

    #[test]
    fn a_single_named_operation_needs_no_operation_name() {
        assert!(measure("query Q { a { id } }").unwrap().is_query);
        let document = parse_query("query A { a } query B { b }").unwrap();
        assert_eq!(
            operation(&document, None).unwrap_err().code,
            "OPERATION_NAME_REQUIRED"
        );
        assert!(operation(&document, Some("B")).is_ok());
    }
}
