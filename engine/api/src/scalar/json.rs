//! `JSON`: any JSON value, for process variables whose shape the process decides.

use async_graphql::dynamic::Scalar;

pub(super) fn scalar() -> Scalar {
    Scalar::new(super::JSON)
        .description(
            "Any JSON value. Numbers are exact decimals; dates and instants are ISO 8601 texts.",
        )
        .specified_by_url("https://www.rfc-editor.org/rfc/rfc8259")
}
