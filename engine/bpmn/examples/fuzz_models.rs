//! Reads mutated files for a while: `cargo xtask fuzz-models --seconds 60 --seed 1`.
//!
//! BPMN and DMN files of the folders named, changed at random, and bytes of no file at all: whatever
//! comes in, reading ends in bounded time with a model or with findings. What is read is written
//! again as it was.

#![expect(
    clippy::disallowed_methods,
    reason = "an example may read files and the clock"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tongban_bpmn::document::{Document, canonical};
use tongban_bpmn::limit::Limits;
use tongban_bpmn::soundness;
use tongban_feel::dmn::Model;

#[path = "../tests/all/mutation.rs"]
mod mutation;

use mutation::{Random, mutant};

/// What a file may take; the machine may be busy.
const TIME_MAX: Duration = Duration::from_secs(5);
/// Kilobytes the process may have had at most.
const MEMORY_KB_MAX: u64 = 1024 * 1024;

fn main() -> ExitCode {
    let seconds = number("--seconds").unwrap_or(60);
    let by_clock = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |it| it.as_secs())
    };
    let first = number("--seed").unwrap_or_else(by_clock);
    let folders: Vec<PathBuf> = std::env::args()
        .skip_while(|it| it != "--")
        .skip(1)
        .map(PathBuf::from)
        .collect();
    let (bpmn, dmn) = (seeds(&folders, "bpmn"), seeds(&folders, "dmn"));
    println!(
        "first seed {first}, {seconds} s, {} BPMN and {} DMN files",
        bpmn.len(),
        dmn.len()
    );
    let (begin, mut seed, mut accepted, mut slowest) =
        (Instant::now(), first, 0_u64, Duration::ZERO);
    while begin.elapsed() < Duration::from_secs(seconds) {
        let mut random = Random::new(seed);
        let is_bpmn = random.below(2) == 0;
        let file = mutant(&mut random, if is_bpmn { &bpmn } else { &dmn });
        let started = Instant::now();
        let read = if is_bpmn { read_bpmn } else { read_dmn };
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| read(&file))) else {
            return failed(seed, "a reader panicked", &file);
        };
        let took = started.elapsed();
        slowest = slowest.max(took);
        match outcome {
            Ok(is_accepted) => accepted += u64::from(is_accepted),
            Err(why) => return failed(seed, why, &file),
        }
        if took > TIME_MAX {
            return failed(seed, "a reader took too long", &file);
        }
        seed = seed.wrapping_add(1);
    }
    let memory_kb = memory_kb();
    println!(
        "{} files, {accepted} accepted, slowest {slowest:.1?}, {} MB at most: no panic",
        seed.wrapping_sub(first),
        memory_kb / 1024
    );
    if memory_kb > MEMORY_KB_MAX {
        eprintln!("more memory than {} MB", MEMORY_KB_MAX / 1024);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn failed(seed: u64, why: &str, file: &[u8]) -> ExitCode {
    let kept = std::env::temp_dir().join(format!("mutant-{seed}"));
    let place = match std::fs::write(&kept, file) {
        Ok(()) => format!(", the file is {}", kept.display()),
        Err(_) => String::new(),
    };
    eprintln!("seed {seed}: {why}{place}");
    ExitCode::FAILURE
}

/// Whether the file is accepted; an error if it is not written again as it was.
fn read_bpmn(bytes: &[u8]) -> Result<bool, &'static str> {
    let limits = Limits::default();
    if let Ok(document) = Document::read("x", bytes, &limits) {
        let written = document.write();
        let again = Document::read("x", written.as_bytes(), &limits);
        if again.as_ref() != Ok(&document) {
            return Err("what was written is another document");
        }
        let _ = canonical(&document);
    }
    let Ok(definitions) = tongban_bpmn::read("x", bytes, &limits) else {
        return Ok(false);
    };
    for process in &definitions.processes {
        let _ = soundness::check("x", process, &soundness::Options::default());
    }
    Ok(true)
}

fn read_dmn(bytes: &[u8]) -> Result<bool, &'static str> {
    let limits = tongban_feel::dmn::Limits::default();
    Ok(Model::parse("x", bytes, &limits).is_ok())
}

fn seeds(folders: &[PathBuf], extension: &str) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    for folder in folders {
        collect(folder, extension, &mut paths);
    }
    paths.sort();
    paths
        .iter()
        .filter_map(|it| std::fs::read(it).ok())
        .collect()
}

fn collect(folder: &Path, extension: &str, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_built = path.file_name().is_some_and(|it| it == "target");
        if path.is_dir() && !is_built {
            collect(&path, extension, paths);
        } else if path.extension().is_some_and(|it| it == extension) {
            paths.push(path);
        }
    }
}

/// The most memory this process has had, where the system says so.
fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|it| it.starts_with("VmHWM:"));
    let figure = line.and_then(|it| it.split_whitespace().nth(1));
    figure.and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// The number after `name`.
fn number(name: &str) -> Option<u64> {
    let mut arguments = std::env::args().skip_while(|it| it != name);
    arguments.nth(1).and_then(|it| it.parse().ok())
}
