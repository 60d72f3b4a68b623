//! The stable refusal codes of the specification (§12) that this plugin answers with; their texts
//! are in `messages/`.

#![expect(
    missing_docs,
    reason = "the text of each code stands in the message catalogues"
)]

pub const DOCUMENT_INVALID: &str = "MR-G-01";
pub const ID_NUMBER_WRONG: &str = "MR-G-02";
pub const IDENTITY_DIFFERS: &str = "MR-G-03";
pub const NOT_BOTH_PRESENT: &str = "MR-G-04";
pub const MATERIAL_MISSING: &str = "MR-G-05";
pub const NO_FOREIGN_POWER: &str = "MR-G-06";
pub const CHECK_DOWN: &str = "MR-G-07";
pub const REGISTRAR_UNFIT: &str = "MR-G-08";
pub const CHECK_MISMATCH: &str = "MR-G-09";
pub const MAN_UNDER_AGE: &str = "MR-M-01";
pub const WOMAN_UNDER_AGE: &str = "MR-M-02";
pub const SPOUSE_EXISTS: &str = "MR-M-03";
pub const KINSHIP: &str = "MR-M-04";
pub const NOT_FREE_WILL: &str = "MR-M-05";
pub const NOT_MAN_AND_WOMAN: &str = "MR-M-06";
pub const SINGLE_PROOF_EXPIRED: &str = "MR-M-07";
pub const MARRIED_TO_EACH_OTHER: &str = "MR-M-08";
pub const STATUS_DIFFERS: &str = "MR-M-09";
pub const MILITARY_PROOF_MISSING: &str = "MR-M-10";
pub const NO_AGREEMENT: &str = "MR-D-01";
pub const NO_CAPACITY: &str = "MR-D-02";
pub const MARRIED_ABROAD: &str = "MR-D-03";
pub const CLAIM_NEEDS_BOTH: &str = "MR-D-04";
pub const COOLING_OFF_RUNS: &str = "MR-D-05";
pub const COOLING_OFF_OVER: &str = "MR-D-06";
pub const CLAIM_WINDOW_OVER: &str = "MR-D-07";
pub const OTHER_AUTHORITY: &str = "MR-D-08";
pub const ANOTHER_OPEN: &str = "MR-D-09";
pub const NOT_VOLUNTARY: &str = "MR-D-10";
pub const MARRIAGE_ENDED: &str = "MR-D-11";
pub const AGREEMENT_LACKS_TOPIC: &str = "MR-D-12";
pub const RECEIPT_MISSING: &str = "MR-D-13";
pub const NUMBER_TAKEN: &str = "MR-S-01";
pub const NOT_IN_THIS_STATE: &str = "MR-S-02";
pub const SAME_PERSON_TWICE: &str = "MR-S-03";
pub const PHONE_FORMAT: &str = "TEL-FORMAT";
pub const AREA_UNKNOWN: &str = "ID-DIVISION-UNKNOWN";
pub const CHOICE_UNKNOWN: &str = "MR-X-01";
pub const REASON_MISSING: &str = "MR-X-02";
pub const FINDING_OPEN: &str = "MR-X-03";
pub const STATUS_CHANGED: &str = "MR-R-01";
pub const EVIDENCE_WEAK: &str = "MR-R-02";
pub const POWER_LACKS: &str = "MR-R-03";
pub const NOT_CLERICAL: &str = "MR-C-01";
pub const COURT_ANNULS: &str = "MR-F-01";
pub const EVIDENCE_MISSING: &str = "MR-F-02";
pub const PROOF_NOT_ISSUED: &str = "MR-P-01";
pub const SLOT_FULL: &str = "MR-A-01";
pub const BOOKING_BLOCKED: &str = "MR-A-02";
pub const OUTSIDE_CLAIM_WINDOW: &str = "MR-A-03";
pub const BEYOND_HORIZON: &str = "MR-A-04";
pub const PERIOD_WRONG: &str = "MR-X-05";
pub const FILE_UNREADABLE: &str = "MR-X-06";
pub const RECORD_UNKNOWN: &str = "MR-X-07";
pub const OLD_VALUE_DIFFERS: &str = "MR-X-08";
pub const NO_JOINT_SESSION: &str = "MR-X-09";
pub const BLANK_ELSEWHERE: &str = "MR-X-10";
