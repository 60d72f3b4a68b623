//! Runs a plugin natively against an in-memory host, from cases that are data.
