//! Marriage registration (婚姻登记): the plugin of the marriage registration authority.
//!
//! So far it has two procedures. Marriage registration (结婚登记): both appear, are checked, declare
//! and are registered on the spot. Divorce registration (离婚登记): application, thirty days of
//! cooling-off (离婚冷静期), thirty days to claim the certificate together, else the application counts
//! as withdrawn. The processes stand in `processes/`, what staff may change in `decisions/` and the
//! parameters of `plugin.toml`; what the statute fixes is a guard in the operations here.
//!
//! It does not know the server, the database or the exchange platform. Start with
//! [`marriage::case::MarriageCase`] and [`divorce::case::DivorceCase`], the truth of a case, and
//! [`marriage`] and [`divorce`], what can be done with them.

pub mod age;
pub mod appointment;
pub mod archive;
pub mod area;
pub mod authority;
pub mod blank;
pub mod case;
pub mod certificate;
pub mod certificate_number;
pub mod code;
pub mod correction;
pub mod counselling;
pub mod course;
pub mod court_note;
pub mod dates;
pub mod divorce;
pub mod fraud;
pub mod historic;
pub mod kinship;
pub mod marriage;
pub mod notice;
pub mod party;
pub mod presence;
pub mod proof;
pub mod reissue;
pub mod schedule;
pub mod statistics;
pub mod upload;

tongban_sdk::plugin! {
    records: [
        authority::Authority,
        authority::Registrar,
        archive::MarriageRecord,
        archive::Certificate,
        divorce::case::DivorceCase,
        divorce::finding::DivorceFinding,
        marriage::case::MarriageCase,
        marriage::examination::MarriageExamination,
        blank::CertificateBlank,
        area::AreaCode,
        statistics::StatisticsDay,
        schedule::report::StatisticsReport,
        proof::RecordProof,
        reissue::case::ReissueCase,
        court_note::CourtNote,
        fraud::FraudRevocation,
        correction::CorrectionCase,
        historic::batch::BackfillBatch,
        historic::HistoricRecord,
        appointment::Appointment,
        appointment::SlotCapacity,
        counselling::CounsellingSession,
        schedule::conflict::RegistryConflict,
        schedule::spot_check::SpotCheckDraw,
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
        divorce::deadline::note_moved,
        divorce::dates::compute,
        marriage::draft::save,
        marriage::precheck::precheck,
        marriage::check_in::check_in,
        marriage::requirements::note,
        marriage::requirements::refer,
        marriage::materials::verify,
        marriage::materials::supply,
        marriage::materials::close_unsupplied,
        marriage::accept::accept,
        marriage::party_check::prepare,
        marriage::party_check::plan,
        marriage::party_check::note_silent,
        marriage::hold::hold,
        marriage::hold::resume,
        marriage::hold::end_day,
        marriage::status::assess,
        marriage::status::note,
        marriage::status::demand_proof,
        marriage::status::review,
        marriage::vouch::vouch,
        marriage::vouch::confirm,
        marriage::interview::open,
        marriage::interview::interview,
        marriage::interview::note_kinship,
        marriage::interview::protect::protect,
        marriage::review::check_second,
        marriage::review::review,
        marriage::register::register,
        marriage::refuse::refuse_by_status,
        marriage::refuse::refuse_by_guard,
        marriage::finish::hand_over,
        marriage::finish::prepare_upload,
        marriage::finish::record_upload,
        marriage::finish::settle_conflict,
        marriage::finish::archive,
        marriage::close::close,
        marriage::repair::record,
        certificate::verify,
        statistics::month::month,
        schedule::claim::repair_opening,
        schedule::claim::repair_withdrawal,
        schedule::claim::remind,
        schedule::limit::repair_unsupplied,
        schedule::limit::tell_overdue,
        schedule::limit::close_counselling,
        schedule::registrar::warn,
        schedule::upload::alarm_divorce,
        schedule::upload::alarm_marriage,
        schedule::report::monthly,
        schedule::report::yearly,
        schedule::watch::watch,
        schedule::watch::recheck,
        schedule::watch::prepare,
        schedule::watch::assess,
        divorce::finding::answer,
        upload::prepare,
        upload::record,
        proof::request,
        proof::note_outcome,
        proof::issue,
        reissue::request::request,
        reissue::request::note_requirements,
        reissue::request::close_case,
        reissue::search::prepare,
        reissue::search::search,
        reissue::search::record_reply,
        reissue::search::end_reply,
        reissue::search::remind,
        reissue::evidence::supply,
        reissue::evidence::weigh,
        reissue::evidence::refuse,
        reissue::evidence::close_unsupplied,
        reissue::issue::review,
        reissue::finish::hand_over,
        reissue::finish::note_uploaded,
        reissue::finish::archive,
        court_note::request,
        court_note::receive,
        court_note::compare,
        fraud::report,
        fraud::add_evidence,
        fraud::propose,
        fraud::record_comment,
        fraud::end_comment,
        fraud::decide,
        fraud::serve,
        correction::request,
        correction::check,
        correction::reject,
        correction::approve,
        historic::batch::open,
        historic::batch::import,
        historic::batch::note_sealed,
        historic::batch::tell_overdue,
        historic::page::scan,
        historic::page::key,
        historic::page::check,
        historic::matching::find_twins,
        historic::matching::resolve,
        historic::matching::confirm,
        historic::matching::seal,
        appointment::slot::offer,
        appointment::slot::slots,
        appointment::book::book,
        appointment::book::settle,
        appointment::book::confirm,
        appointment::book::cancel,
        appointment::attend::check_in,
        appointment::attend::cancel_day,
        appointment::sweep::sweep,
        appointment::sweep::remind,
        counselling::offer,
        counselling::answer,
        counselling::end_offer,
        counselling::schedule,
        counselling::hold,
        schedule::held::claim,
        schedule::held::held_marriage,
        schedule::held::unfiled_marriage,
        schedule::held::unfiled_divorce,
        schedule::held::unfiled_reissue,
        schedule::owed::recheck,
        schedule::conflict::watch,
        schedule::conflict::prepare,
        schedule::conflict::assess,
        schedule::conflict::answer,
        schedule::spot_check::begin,
        schedule::spot_check::draw,
        schedule::spot_check::examine,
    ],
}
