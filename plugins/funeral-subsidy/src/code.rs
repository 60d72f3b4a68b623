//! The stable refusal codes of the specification (§12); their texts are in `messages/`.

#![expect(
    missing_docs,
    reason = "the text of each code stands in the message catalogues"
)]

pub const ID_NUMBER_WRONG: &str = "FS-V-01";
pub const NO_DEATH_CERTIFICATE: &str = "FS-V-02";
pub const DATES_DISAGREE: &str = "FS-V-03";
pub const CERTIFICATE_USED: &str = "FS-V-04";
pub const INVOICE_DIFFERS: &str = "FS-V-05";
pub const CARD_WRONG: &str = "FS-V-06";
pub const RELATION_UNPROVEN: &str = "FS-V-07";
pub const ITEM_NOT_LISTED: &str = "FS-V-08";
pub const NOT_LOCAL: &str = "FS-E-01";
pub const WAIVED_ELSEWHERE: &str = "FS-E-03";
pub const ALREADY_APPLIED: &str = "FS-E-06";
pub const PAID_ELSEWHERE: &str = "FS-E-07";
pub const MODE_NOT_ELIGIBLE: &str = "FS-E-08";
pub const NOT_ELIGIBLE: &str = "FS-E-09";
pub const SITE_NOT_LISTED: &str = "FS-E-10";
pub const REINTERRED: &str = "FS-E-11";
pub const LATE: &str = "FS-T-01";
pub const NOT_SUPPLIED: &str = "FS-T-02";
pub const NO_RIGHT_TO_PLOT: &str = "FS-P-01";
pub const PLOT_TOO_LARGE: &str = "FS-P-03";
pub const SAME_PERSON: &str = "FS-R-01";
pub const STAFF_PAYEE: &str = "FS-R-02";
pub const ACCOUNT_CLOSED: &str = "FS-M-01";
pub const BATCH_LOCKED: &str = "FS-M-02";
pub const RESULT_UNKNOWN: &str = "FS-M-03";
pub const BUDGET_CLOSED: &str = "FS-M-04";
pub const STATE_FORBIDS: &str = "FS-S-02";
pub const DEMO_POLICY: &str = "FS-S-03";
pub const NO_POLICY: &str = "FS-S-04";
pub const SUSPECTED_FRAUD: &str = "FS-F-01";
/// A material on the list is missing, or the list names one that a check replaces.
pub const MATERIAL_WRONG: &str = "FUNERAL-MATERIAL-WRONG";
/// A decision against somebody needs its reason.
pub const REASON_MISSING: &str = "FUNERAL-REASON-MISSING";
/// One person has more drafts than anybody needs.
pub const TOO_MANY_DRAFTS: &str = "FUNERAL-DRAFTS-TOO-MANY";
/// There is no hall, cemetery, budget or price list of this name.
pub const NOT_REGISTERED: &str = "FUNERAL-NOT-REGISTERED";
/// A field that this benefit needs is empty.
pub const FIELD_MISSING: &str = "FUNERAL-FIELD-MISSING";
