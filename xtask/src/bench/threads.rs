//! What the threads of one process have used, and how often one of them was at work.
//!
//! Must not disturb them: it only reads what the kernel tells.
#![expect(clippy::disallowed_methods, reason = "looks again and again")]

use super::usage::{self, Stat};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Processor time in microseconds of the threads whose names begin so.
pub(super) fn processor_us(pid: u32, name: &str) -> Result<u64> {
    Ok(named(pid, name)?.iter().filter_map(Task::look).map(|stat| stat.processor_us()).sum())
}

/// Watches a thread from now on, until it is asked.
pub(super) struct Watched {
    is_ending: Arc<AtomicBool>,
    watching: JoinHandle<[u32; 2]>,
}

impl Watched {
    /// Watches the first thread whose name begins so.
    pub(super) fn start(pid: u32, name: &str) -> Result<Self> {
        let task = named(pid, name)?.into_iter().next();
        let task = task.with_context(|| format!("The server has no thread {name}."))?;
        let is_ending = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&is_ending);
        let watching = thread::spawn(move || {
            let [mut looked, mut busy] = [0; 2];
            while !end.load(Ordering::Relaxed) {
                if let Some(stat) = task.look() {
                    looked += 1;
                    // One that sleeps waits to be asked; one that waits for the disk does not.
                    busy += u32::from(stat.state != 'S');
                }
                thread::sleep(EVERY);
            }
            [looked, busy]
        });
        Ok(Self { is_ending, watching })
    }

    /// The part of the time in which it was at work or waited for the disk, from 0 to 1; no number
    /// if it was never seen.
    pub(super) fn share(self) -> f64 {
        self.is_ending.store(true, Ordering::Relaxed);
        let [looked, busy] = self.watching.join().unwrap_or_default();
        f64::from(busy) / f64::from(looked)
    }
}

/// A thread of another process.
struct Task(PathBuf);

impl Task {
    /// How it stands, unless it has ended.
    fn look(&self) -> Option<Stat> {
        usage::stat(&fs::read_to_string(self.0.join("stat")).ok()?)
    }
}

fn named(pid: u32, name: &str) -> Result<Vec<Task>> {
    let folder = PathBuf::from(format!("/proc/{pid}/task"));
    let entries = fs::read_dir(&folder);
    let entries = entries.with_context(|| format!("{} can't be read", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let meant = paths.filter(|path| {
        let called = fs::read_to_string(path.join("comm")).unwrap_or_default();
        called.starts_with(name)
    });
    Ok(meant.map(Task).collect())
}

const EVERY: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_found_by_name() {
        let (leave, wait) = std::sync::mpsc::channel::<()>();
        let idle = thread::Builder::new().name("bench-idle".into());
        let idle = idle.spawn(move || wait.recv()).expect("a thread");
        let own = std::process::id();
        // A thread takes its name when it begins.
        while named(own, "bench-idle").expect("our own threads").is_empty() {
            thread::yield_now();
        }
        assert!(processor_us(own, "bench-idle").expect("our own threads") < 1_000_000);
        assert!(Watched::start(own, "bench-none").is_err());
        let share = Watched::start(own, "bench-idle").expect("it is there").share();
        assert!(share.is_nan() || (0.0..=1.0).contains(&share), "{share}");
        drop(leave);
        assert!(idle.join().expect("it ended").is_err());
    }
}
