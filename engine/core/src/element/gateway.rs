//! Gateways.

pub(super) mod exclusive_gateway;
pub(super) mod parallel_gateway;
