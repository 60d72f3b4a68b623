//! Notices (通知): what the parties and the staff are told.
//!
//! The texts are neutral: they say what has become of the case and until when something can be
//! done, never who did it, where anybody lives, or that something is wrong between the two. So
//! they may go to both parties of a case with the flag `DV_RISK` too. Whatever may not, such as an
//! offer of counselling, is not sent for such a case by its operation.

use tongban_sdk::{Context, Record, RecordId, SendNotice};

use crate::party::Party;

/// The claim window is open.
pub const CLAIM_OPEN: &str = "DIVORCE-NOTICE-CLAIM-OPEN";
/// A published calendar has moved the dates of a divorce.
pub const DATES_MOVED: &str = "DIVORCE-NOTICE-DATES-MOVED";
/// The claim window ends soon.
pub const CLAIM_REMINDER: &str = "DIVORCE-NOTICE-CLAIM-REMINDER";
/// The application was withdrawn.
pub const WITHDRAWN: &str = "DIVORCE-NOTICE-WITHDRAWN";
/// Nobody claimed.
pub const DEEMED_WITHDRAWN: &str = "DIVORCE-NOTICE-DEEMED-WITHDRAWN";
/// The claim is kept while a source is down.
pub const CLAIM_HELD: &str = "DIVORCE-NOTICE-CLAIM-HELD";
/// The source answers again: both are asked to come.
pub const SOURCE_BACK: &str = "DIVORCE-NOTICE-SOURCE-BACK";
/// Something is missing at an application or a claim for a divorce.
pub const DIVORCE_MISSING: &str = "DIVORCE-NOTICE-MISSING";
/// Counselling is offered.
pub const COUNSELLING: &str = "DIVORCE-NOTICE-COUNSELLING";
/// Something is missing at a marriage.
pub const MARRIAGE_MISSING: &str = "MARRIAGE-NOTICE-MISSING";
/// A source is down, and the couple keeps its place.
pub const MARRIAGE_HELD: &str = "MARRIAGE-NOTICE-HELD";
/// The source answers again on the same day.
pub const MARRIAGE_RESUMED: &str = "MARRIAGE-NOTICE-RESUMED";
/// The day ended before the source answered.
pub const MARRIAGE_HELD_OVER: &str = "MARRIAGE-NOTICE-HELD-OVER";
/// Nothing was supplied in time.
pub const MARRIAGE_CLOSED: &str = "MARRIAGE-NOTICE-CLOSED";

/// Who heads the office and watches over its work.
pub const SUPERVISOR: &str = "SUPERVISOR";

/// A notice to parties of a case: what it says, and once for what.
#[derive(Debug, Clone, Copy)]
pub struct Told<'t> {
    code: &'t str,
    once: Option<&'t str>,
    arguments: &'t [(&'t str, String)],
}

impl<'t> Told<'t> {
    /// With this text.
    pub fn of(code: &'t str) -> Self {
        Self {
            code,
            once: None,
            arguments: &[],
        }
    }

    /// With values for its placeholders.
    pub fn with(self, arguments: &'t [(&'t str, String)]) -> Self {
        Self { arguments, ..self }
    }

    /// At most once for a party, the case and this key, however often its operation is called.
    pub fn once(self, key: &'t str) -> Self {
        Self {
            once: Some(key),
            ..self
        }
    }
}

/// Tells all parties of a case.
pub fn tell_parties<T: Record>(ctx: &mut Context, id: &RecordId, parties: &[Party], told: Told) {
    for party in parties {
        tell_party::<T>(ctx, id, &party.person_id, told);
    }
}

/// Tells the parties of a case but one.
pub fn tell_others<T: Record>(
    ctx: &mut Context,
    id: &RecordId,
    parties: &[Party],
    but: &str,
    told: Told,
) {
    for party in parties.iter().filter(|it| it.person_id != but) {
        tell_party::<T>(ctx, id, &party.person_id, told);
    }
}

fn tell_party<T: Record>(ctx: &mut Context, id: &RecordId, person_id: &str, told: Told) {
    let mut notice = SendNotice::to_person(told.code, person_id).about_record::<T>(id);
    for (name, value) in told.arguments {
        notice = notice.with_argument(*name, value);
    }
    if let Some(key) = told.once {
        notice = notice.once(format!("{id}:{key}"));
    }
    ctx.send_notice(notice);
}
