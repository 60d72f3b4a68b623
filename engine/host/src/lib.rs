//! Loads plugin packages, links capabilities, runs plugins within limits
