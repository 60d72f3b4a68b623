//! What the clients were told.

/// One case as its client knows it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Business key; also the stem of its idempotency keys.
    pub(crate) key: String,
    /// Global id of its instance, once acknowledged.
    pub(crate) instance: Option<String>,
    /// Global id of its first task, once seen.
    pub(crate) task: Option<String>,
    /// What is known of the completion of its first task.
    pub(crate) completion: Completion,
}

/// What a client knows of a completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Completion {
    /// It never asked.
    NotAsked,
    /// It asked, and no answer came.
    Asked,
    /// It was told so.
    Acknowledged,
}

/// All cases of all rounds.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) cases: Vec<Case>,
    /// Cases before this index are settled: nothing about them is unanswered.
    pub(crate) n_settled: usize,
    /// Commands that were sent again after a restart.
    pub(crate) n_asked_again: u64,
}

impl Ledger {
    /// Effects that some client was told of.
    pub(crate) fn n_acknowledged(&self) -> u64 {
        let of_case = |it: &Case| {
            u64::from(it.instance.is_some()) + u64::from(it.completion == Completion::Acknowledged)
        };
        self.cases.iter().map(of_case).sum()
    }
}
