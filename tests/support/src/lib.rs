//! Starts real servers and databases for the tests and speaks GraphQL to them
