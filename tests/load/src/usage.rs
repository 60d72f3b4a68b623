//! What processes use, as Linux tells in `/proc`.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// Length of a tick of `/proc/<pid>/stat`: Linux tells user space 100 a second on every machine.
const TICK_US: u64 = 10_000;

/// What a process has used since its start.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) cpu_us: u64,
    /// Bytes sent to the disk.
    pub(crate) written_bytes: u64,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let stat =
            fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
        // The name, in parentheses, may hold spaces; user and system time are the 12th and 13th field after it.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks = |idx: usize| {
            fields
                .get(idx)
                .and_then(|it| it.parse::<u64>().ok())
                .unwrap_or(0)
        };
        let io = fs::read_to_string(format!("/proc/{pid}/io"))
            .context("/proc/<pid>/io cannot be read")?;
        Ok(Self {
            cpu_us: (ticks(11) + ticks(12)) * TICK_US,
            written_bytes: field(&io, "write_bytes:"),
        })
    }

    /// What processes have used together. One that has ended in between is left out, and so is what it used.
    pub(crate) fn of_all(pids: &[u32]) -> anyhow::Result<Self> {
        let mut all = Self::default();
        for used in pids.iter().filter_map(|pid| Self::of(*pid).ok()) {
            all.cpu_us += used.cpu_us;
            all.written_bytes += used.written_bytes;
        }
        Ok(all)
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            cpu_us: self.cpu_us.saturating_sub(before.cpu_us),
            written_bytes: self.written_bytes.saturating_sub(before.written_bytes),
        }
    }
}

/// Memory of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) resident_bytes: u64,
    /// The most that was resident so far.
    pub(crate) peak_bytes: u64,
}

/// Memory of a process now.
pub(crate) fn memory(pid: u32) -> anyhow::Result<Memory> {
    let status =
        fs::read_to_string(format!("/proc/{pid}/status")).context("the process is gone")?;
    Ok(Memory {
        resident_bytes: field(&status, "VmRSS:") * 1024,
        peak_bytes: field(&status, "VmHWM:") * 1024,
    })
}

/// The number after `name` in a text of lines.
fn field(text: &str, name: &str) -> u64 {
    let rest = text.lines().find_map(|line| line.strip_prefix(name));
    let number = rest.and_then(|it| it.split_whitespace().next());
    number.and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// Load averages of the machine over 1, 5 and 15 minutes.
pub(crate) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}

/// p50 and p99 of one page written and flushed: what no commit can be quicker than.
pub(crate) fn flush_times(folder: &Path) -> anyhow::Result<(Duration, Duration)> {
    const FLUSHES: usize = 200;
    let mut file = File::create(folder.join("flush")).context("cannot create a file")?;
    let mut times = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        file.write_all(&[1; 4096])?;
        let started = Instant::now();
        file.sync_data()?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok((times[FLUSHES / 2], times[FLUSHES * 99 / 100]))
}

/// Whether a program can be run.
pub(crate) fn is_installed(program: &str) -> bool {
    Command::new(program)
        .arg("-V")
        .output()
        .is_ok_and(|it| it.status.success())
}
