//! Gateways.

pub(super) mod complex_gateway;
pub(super) mod event_based_gateway;
pub(super) mod exclusive_gateway;
pub(super) mod inclusive_gateway;
pub(super) mod parallel_gateway;
