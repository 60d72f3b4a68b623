//! Walks one case of each procedure of the domains, and prints what the schedules did while its clock was moved.

use std::process::ExitCode;

use tongban_tests_e2e::procedure::{self, Made};
use tongban_tests_support::database::{self, Kind};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    database::choose(Kind::Sqlite);
    let mut n_failed = 0;
    for it in procedure::all()? {
        let place = format!("{} {}", it.domain, it.scenario);
        match procedure::walk(&it).await {
            Ok((n_steps, made)) => {
                println!("{} ({place}): {n_steps} steps, walked", it.title);
                for (key, made) in made.iter().filter(|it| it.1.items + it.1.failed > 0) {
                    let Made {
                        runs,
                        items,
                        failed,
                    } = made;
                    println!("    {key}: {runs} runs, {items} items, {failed} failed");
                }
                let idle = made.values().filter(|it| it.items + it.failed == 0);
                let (n, runs) = idle.fold((0, 0), |(n, runs), it| (n + 1, runs + it.runs));
                println!("    {n} other schedules found nothing to do in {runs} runs");
                n_failed += usize::from(made.values().any(|it| it.failed > 0));
            }
            Err(error) => {
                n_failed += 1;
                println!("{} ({place}): FAILED {error:#}", it.title);
            }
        }
    }
    Ok(if n_failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
