//! GraphQL: core and plugin types in one schema, who may see what
