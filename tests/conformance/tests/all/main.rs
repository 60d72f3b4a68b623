//! The suites, where their files are at hand, against the list of what does not pass.

use tongban_tests_conformance::expected::Expected;
use tongban_tests_conformance::suite::{SUITES, default_root};

#[test]
fn what_passes_goes_on_passing_and_what_does_not_is_listed() -> anyhow::Result<()> {
    let expected = Expected::list()?;
    for suite in SUITES {
        let Some(report) = suite.run(&default_root(), &expected)? else {
            println!("{}: not run: no conformance material", suite.name);
            continue;
        };
        println!("{}", report.summary());
        let differences = expected.differences(&report);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
    Ok(())
}
