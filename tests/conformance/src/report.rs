//! What a suite found. Start from [`Report`].

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As the suite expects.
    Passed,
    /// Otherwise: what was expected and found.
    Failed(String),
    /// A stable code says that the engine does not do this.
    Refused(String),
    /// Not run, as `expected.txt` says.
    Skipped,
    /// Not run, since the file is a drawing and nothing else: why it cannot be executed.
    Drawing(String),
}

impl Outcome {
    /// The word for it in `expected.txt`.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed(_) => "failed",
            Outcome::Refused(_) => "refused",
            Outcome::Skipped => "skipped",
            Outcome::Drawing(_) => "drawing",
        }
    }

    /// Why, if it did not pass.
    pub fn why(&self) -> &str {
        match self {
            Outcome::Passed | Outcome::Skipped => "",
            Outcome::Failed(why) | Outcome::Refused(why) | Outcome::Drawing(why) => why,
        }
    }
}

/// The cases of one suite.
#[derive(Debug)]
pub struct Report {
    /// The name of the suite.
    pub suite: &'static str,
    /// Names of the cases and how they ended, in their order.
    pub cases: Vec<(String, Outcome)>,
    /// What is to be known besides, a line each.
    pub notes: Vec<String>,
}

impl Report {
    /// Of a suite that has not begun.
    pub fn new(suite: &'static str) -> Report {
        Report {
            suite,
            cases: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Notes a case.
    pub fn add(&mut self, name: impl Into<String>, outcome: Outcome) {
        self.cases.push((name.into(), outcome));
    }

    /// How many cases ended so.
    pub fn count(&self, word: &str) -> usize {
        self.cases
            .iter()
            .filter(|(_, it)| it.word() == word)
            .count()
    }

    /// `suite: passed 1, failed 0, …`.
    pub fn summary(&self) -> String {
        let words = ["passed", "failed", "refused", "skipped", "drawing"];
        let counts = words.map(|word| format!("{word} {}", self.count(word)));
        let (counts, n_cases) = (counts.join(", "), self.cases.len());
        let notes = self.notes.iter().map(|it| format!("; {it}"));
        format!(
            "{}: {counts} of {n_cases}{}",
            self.suite,
            notes.collect::<String>()
        )
    }
}
