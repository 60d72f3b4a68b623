//! Plugin types in the one schema: objects and inputs from JSON Schemas, a query a record kind, a mutation an
//! exposed operation.

pub(crate) mod json_schema;
pub(crate) mod json_value;
