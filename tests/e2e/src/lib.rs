//! End-to-end tests through GraphQL
