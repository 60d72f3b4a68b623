//! The age to marry (V-07, Civil Code Art. 1047): a man 22, a woman 20, on the day of the
//! registration. On the birthday itself the party may register. **HARD**

use tongban_sdk::{Context, Date, LeapPolicy, OperationError};

use crate::code;
use crate::party::Party;

/// Completed years of a man.
pub const MAN: i32 = 22;
/// Completed years of a woman.
pub const WOMAN: i32 = 20;

/// What the county makes of a birthday on 29 February in a common year (`leap_birthday_policy`).
pub fn leap_policy(ctx: &Context) -> Result<LeapPolicy, OperationError> {
    let policy = ctx.parameter::<String>("leap_birthday_policy")?;
    match policy.as_str() {
        "MAR_01" => Ok(LeapPolicy::Later),
        "FEB_28" => Ok(LeapPolicy::Earlier),
        _ => Err(OperationError::failed(format!(
            "leap_birthday_policy: expected MAR_01 or FEB_28, found {policy}"
        ))),
    }
}

/// The first day on which somebody with this sex and birthday may marry.
pub fn marriageable_from(is_man: bool, birth: Date, policy: LeapPolicy) -> Date {
    birth.anniversary(if is_man { MAN } else { WOMAN }, policy)
}

/// The code that speaks against this party on this day.
pub fn objection(party: &Party, day: Date, policy: LeapPolicy) -> Option<&'static str> {
    let is_man = party.is_man();
    if day >= marriageable_from(is_man, party.birth_date, policy) {
        return None;
    }
    Some(if is_man {
        code::MAN_UNDER_AGE
    } else {
        code::WOMAN_UNDER_AGE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(is_man: bool, birth: &str, policy: LeapPolicy) -> String {
        marriageable_from(is_man, birth.parse().unwrap(), policy).to_string()
    }

    #[test]
    fn the_birthday_itself_counts() {
        assert_eq!(from(true, "2004-03-10", LeapPolicy::Later), "2026-03-10");
        assert_eq!(from(false, "2006-03-10", LeapPolicy::Later), "2026-03-10");
    }

    #[test]
    fn a_birthday_of_29_february_follows_the_county() {
        assert_eq!(from(true, "2004-02-29", LeapPolicy::Later), "2026-03-01");
        assert_eq!(from(true, "2004-02-29", LeapPolicy::Earlier), "2026-02-28");
        // Twenty years on there is a 29 February again.
        assert_eq!(from(false, "2004-02-29", LeapPolicy::Later), "2024-02-29");
    }
}
