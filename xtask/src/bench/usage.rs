//! What processes have used: processor time of a whole tree, and resident memory of one.
//!
//! Must not hold a process of its own; it only reads what the kernel tells of them.

use anyhow::{Context, Result, anyhow};
use std::fs;

/// What `/proc/<pid>/stat` tells that matters here, of a process or of a thread.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pid: u32,
    /// The kernel's letter: R runs, S sleeps, D waits for the disk.
    pub(super) state: char,
    parent: u32,
    /// User and system time of the process and of its children that have ended, in ticks.
    ticks: u64,
}

impl Stat {
    /// User and system time of the process and of its children that have ended.
    pub(super) const fn processor_us(&self) -> u64 {
        self.ticks * TICK_US
    }
}

/// Processor time in microseconds of this process and all below it.
pub(super) fn processor_us(root: u32) -> Result<u64> {
    let stats = all()?;
    Ok(tree(&stats, root).iter().map(|stat| stat.processor_us()).sum())
}

/// The processes of the tree, the root first.
pub(super) fn processes(root: u32) -> Result<Vec<u32>> {
    Ok(tree(&all()?, root).iter().map(|stat| stat.pid).collect())
}

/// Resident memory of one process in bytes.
pub(super) fn resident_bytes(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("{path} can't be read"))?;
    resident(&text).with_context(|| format!("{path} does not tell the resident memory."))
}

fn all() -> Result<Vec<Stat>> {
    let folder = fs::read_dir("/proc").context("/proc can't be read; is this Linux?")?;
    let mut stats = Vec::new();
    for entry in folder {
        let path = entry.context("/proc can't be read")?.path();
        // Processes end while we look; those have no say.
        if let Ok(text) = fs::read_to_string(path.join("stat"))
            && let Some(stat) = stat(&text)
        {
            stats.push(stat);
        }
    }
    if stats.is_empty() {
        Err(anyhow!("/proc shows no process; is this Linux?"))
    } else {
        Ok(stats)
    }
}

fn tree(stats: &[Stat], root: u32) -> Vec<&Stat> {
    let mut found: Vec<&Stat> = stats.iter().filter(|stat| stat.pid == root).collect();
    let mut next = 0;
    while let Some(&Stat { pid, .. }) = found.get(next).copied() {
        found.extend(stats.iter().filter(|stat| stat.parent == pid && stat.pid != pid));
        next += 1;
    }
    found
}

/// Reads one line of `/proc/<pid>/stat`; the name in it may hold anything, brackets too.
pub(super) fn stat(line: &str) -> Option<Stat> {
    let (pid, rest) = line.split_once(' ')?;
    let fields: Vec<&str> = rest.rsplit_once(')')?.1.split_whitespace().collect();
    // The kernel counts fields from 1 and the name is the second: the first here is the third.
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat {
        pid: pid.parse().ok()?,
        state: fields.first()?.chars().next()?,
        parent: u32::try_from(field(4)?).ok()?,
        ticks: (14..=17).map(field).sum::<Option<u64>>()?,
    })
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The kernel shows times in hundredths of a second on every platform that we build for.
const TICK_US: u64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "4242 (nginx: (w) x) S 17 4242 4242 0 -1 4194624 2033 99 0 0 \
        150 50 7 3 20 0 1 0 8817 12345 678 18446744073709551615 1 1 0 0 0 0 0 4096 0";

    #[test]
    fn times_are_those_of_the_process_and_of_its_ended_children() {
        assert_eq!(stat(LINE), Some(Stat { pid: 4242, state: 'S', parent: 17, ticks: 210 }));
    }

    #[test]
    fn a_line_that_breaks_off_is_no_stat() {
        for text in ["", "4242", "4242 (name", "4242 (name) S 17", "x (name) S 1 2 3"] {
            assert_eq!(stat(text), None, "{text}");
        }
    }

    #[test]
    fn a_tree_holds_children_of_children_and_nobody_else() {
        let one = |pid, parent| Stat { pid, state: 'S', parent, ticks: 1 };
        let stats = [one(30, 20), one(20, 10), one(10, 1), one(40, 1), one(21, 10)];
        let mut pids: Vec<u32> = tree(&stats, 10).iter().map(|stat| stat.pid).collect();
        assert_eq!(pids[0], 10);
        pids.sort_unstable();
        assert_eq!(pids, [10, 20, 21, 30]);
        assert!(tree(&stats, 99).is_empty());
    }

    #[test]
    fn resident_memory_is_read_in_bytes() {
        assert_eq!(resident("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t3\n"), Some(2048 * 1024));
        assert_eq!(resident("Name:\tx\n"), None);
    }

    #[test]
    fn this_process_has_used_memory() {
        assert!(resident_bytes(std::process::id()).expect("our own status") > 0);
        assert_eq!(processes(std::process::id()).expect("our own tree")[0], std::process::id());
    }
}
