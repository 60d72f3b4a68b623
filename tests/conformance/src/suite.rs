//! The suites by name. Start from [`Suite::run`].

use std::path::{Path, PathBuf};

use crate::expected::Expected;
use crate::report::Report;
use crate::{betsy_constraints, betsy_executable, dmn_tck, miwg};

/// A suite.
#[derive(Debug, Clone, Copy)]
pub struct Suite {
    /// Its name.
    pub name: &'static str,
    /// Where its files are within the folder of all suites.
    pub folder: &'static str,
    run: fn(&Path, &Expected, &mut Report) -> anyhow::Result<()>,
}

/// All suites.
pub static SUITES: &[Suite] = &[
    Suite {
        name: "miwg",
        folder: "miwg",
        run: miwg::run,
    },
    Suite {
        name: "betsy-executable",
        folder: "betsy",
        run: betsy_executable::run,
    },
    Suite {
        name: "betsy-constraints",
        folder: "betsy/constraints",
        run: betsy_constraints::run,
    },
    Suite {
        name: "dmn-tck",
        folder: "dmn-tck",
        run: dmn_tck::run,
    },
];

impl Suite {
    /// The suite with a name.
    pub fn find(name: &str) -> Option<Suite> {
        SUITES.iter().find(|it| it.name == name).copied()
    }

    /// Runs it on the files under `root`; nothing if they are not there.
    ///
    /// # Errors
    /// If a file of the suite cannot be read, or there is no case among them.
    pub fn run(self, root: &Path, expected: &Expected) -> anyhow::Result<Option<Report>> {
        let folder = root.join(self.folder);
        if !folder.is_dir() {
            return Ok(None);
        }
        let mut report = Report::new(self.name);
        (self.run)(&folder, expected, &mut report)?;
        // Files that have been moved are not a suite that passes.
        let n_cases = report.cases.len();
        anyhow::ensure!(n_cases > 0, "{} holds no case", folder.display());
        Ok(Some(report))
    }
}

/// Where the suites are if nobody says: beside the repository, or what `TONGBAN_CONFORMANCE` names.
pub fn default_root() -> PathBuf {
    if let Some(root) = std::env::var_os("TONGBAN_CONFORMANCE") {
        return PathBuf::from(root);
    }
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|above| above.join("shared/conformance"))
        .find(|it| it.is_dir());
    found.unwrap_or_else(|| PathBuf::from("../shared/conformance"))
}
