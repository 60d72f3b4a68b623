//! Marriage registration (婚姻登记): the plugin of the marriage registration authority.
//!
//! So far it has the divorce procedure (离婚登记): application, thirty days of cooling-off
//! (离婚冷静期), thirty days to claim the certificate together, else the application counts as
//! withdrawn. The process stands in `processes/`, what staff may change in `decisions/` and the
//! parameters of `plugin.toml`; what the statute fixes is a guard in the operations here.
//!
//! It does not know the server, the database or the exchange platform. Start with
//! [`divorce::case::DivorceCase`], the truth of a case, and [`divorce`], what can be done with it.

pub mod archive;
pub mod authority;
pub mod blank;
pub mod case;
pub mod code;
pub mod dates;
pub mod divorce;
pub mod party;
pub mod presence;

tongban_sdk::plugin! {
    records: [
        authority::Authority,
        authority::Registrar,
        archive::MarriageRecord,
        archive::Certificate,
        divorce::case::DivorceCase,
    ],
    operations: [
        divorce::check_in::check_in,
        divorce::requirements::note_requirements,
        divorce::counselling::record_answer,
        divorce::counselling::respond,
        divorce::counselling::close,
        divorce::counselling::offer_session,
        divorce::materials::verify,
        divorce::materials::supply,
        divorce::marriage_check::prepare,
        divorce::marriage_check::assess,
        divorce::marriage_check::record_manual,
        divorce::decide::decide,
        divorce::decide::refuse,
        divorce::cooling_off::withdraw,
        divorce::cooling_off::open_claim_window,
        divorce::cooling_off::deem_withdrawn,
        divorce::claim::check_in,
        divorce::claim::record_visit,
        divorce::claim::hold,
        divorce::claim::note_source_back,
        divorce::examine::examine,
        divorce::examine::refuse_overdue,
        divorce::register::register,
        divorce::finish::hand_over,
        divorce::finish::record_upload,
        divorce::finish::archive,
        divorce::terminate::terminate,
        divorce::dates::compute,
    ],
}
