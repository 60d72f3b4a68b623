//! Funeral benefits for the people (惠民殡葬): what a county waives at the hall, pays afterwards, and
//! rewards.
//!
//! The way of a case stands in `processes/`, what staff may change in `decisions/` and the parameters
//! of `plugin.toml`; what no county may relax is a guard in the operations here: whole fen, caps in
//! their order, four eyes, one benefit of a kind for one deceased.
//!
//! It does not know the server, the database or the exchange platform. Start with
//! [`case::FuneralCase`], the truth of a case, [`calculation`], which makes the amounts, and
//! [`batch`], which pays them.

pub mod application;
pub mod batch;
pub mod calculation;
pub mod case;
pub mod check;
pub mod code;
pub mod counter;
pub mod dossier;
pub mod draft;
pub mod duplicate;
pub mod eligibility;
pub mod estimate;
pub mod facts;
pub mod insurance;
pub mod late;
pub mod payment;
pub mod person;
pub mod plot;
pub mod policy;
pub mod publicity;
pub mod published;
pub mod recheck;
pub mod reminder;
pub mod review;
pub mod service;
pub mod settlement;
pub mod statistics;
pub mod submission;
pub mod watch;

use serde::Serialize;

/// The word that an enumeration without data is in JSON.
pub(crate) fn word(value: impl Serialize) -> String {
    let text = serde_json::to_value(value).ok();
    text.and_then(|it| it.as_str().map(str::to_owned))
        .unwrap_or_default()
}

tongban_sdk::plugin! {
    records: [
        case::FuneralCase,
        draft::FuneralDraft,
        service::FuneralHall,
        service::HallPrice,
        facts::BurialZone,
        payment::BurialSite,
        payment::FuneralPayment,
        batch::FuneralBatch,
        review::FuneralBudget,
        plot::BurialPlot,
        plot::PlotRequest,
        settlement::HallSettlement,
        recheck::FuneralRecheck,
        recheck::FuneralRecovery,
        statistics::FuneralStatisticsDay,
        statistics::report::FuneralStatisticsReport,
    ],
    operations: [
        counter::open,
        counter::record_services,
        counter::sign,
        counter::decline,
        counter::claim,
        check::prepare,
        check::note_silent,
        facts::assess,
        eligibility::note,
        eligibility::calculate_case,
        draft::save,
        draft::remove,
        submission::submit,
        application::note_limit,
        application::decide_late,
        application::accept,
        application::supply,
        application::lapse,
        application::alarm,
        application::withdraw,
        review::note_score,
        review::first,
        review::answer_return,
        review::end_return,
        review::county,
        review::investigate,
        review::approve,
        review::open_budget,
        review::object,
        review::end_publicity,
        publicity::list,
        payment::begin_checks,
        payment::verify,
        payment::update,
        payment::note_line,
        payment::resend,
        payment::archive,
        batch::add_line,
        batch::lock,
        batch::release,
        batch::send,
        batch::remove_line,
        batch::cancel,
        batch::import,
        plot::request,
        plot::note,
        plot::allocate,
        plot::contract,
        plot::bury,
        settlement::draft,
        settlement::submit,
        settlement::check,
        settlement::answer,
        settlement::approve,
        settlement::pay,
        recheck::report,
        recheck::select,
        recheck::note,
        recheck::judge,
        recheck::decide,
        recheck::book_repayment,
        late::note,
        reminder::note,
        reminder::remind,
        policy::watch,
        policy::note,
        insurance::check,
        insurance::note,
        duplicate::scan,
        duplicate::judge,
        watch::warn_of_acceptance,
        watch::alarm_limit,
        watch::remind_of_recovery,
        watch::remind_of_ashes,
        watch::warn_of_plot_term,
        watch::watch_budget,
        published::read,
        published::eco_options,
        estimate::estimate,
        statistics::period::statistics,
        statistics::report::monthly,
        statistics::report::yearly,
    ],
}
