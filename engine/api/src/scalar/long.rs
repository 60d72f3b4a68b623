//! `Long`: an integer of 64 bits, for amounts in fen and counters.

use async_graphql::dynamic::Scalar;
use async_graphql_value::ConstValue;

pub(super) fn scalar() -> Scalar {
    Scalar::new(super::LONG)
        .description("A signed integer of 64 bits; money is given in fen (分).")
        .validator(|value| match value {
            ConstValue::Number(number) => number.is_i64(),
            ConstValue::Null => true,
            _ => false,
        })
}
