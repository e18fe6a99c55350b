//! What was measured on: figures without their machine and versions mean nothing.
//!
//! Must not name the machine or its user.

use crate::programs;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

/// The machine and the versions of what ran on it.
pub(super) struct Machine {
    cores: usize,
    processor: String,
    memory_mib: u64,
    kernel: String,
    chaveiro: String,
    nginx: String,
    rustc: String,
}

impl Machine {
    /// Looks around.
    pub(super) fn look(binary: &Path) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let memory_kib = after(&read("/proc/meminfo"), "MemTotal").trim_end_matches(" kB").parse();
        Self {
            cores: cores(),
            processor: after(&read("/proc/cpuinfo"), "model name"),
            memory_mib: memory_kib.unwrap_or(0_u64) / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            chaveiro: said(&binary.to_string_lossy(), "--version"),
            nginx: said(&programs::path_of("nginx"), "-v"),
            rustc: said("rustc", "--version"),
        }
    }

    /// One line for people.
    pub(super) fn to_text(&self) -> String {
        let Self { cores, processor, memory_mib, kernel, chaveiro, nginx, rustc } = self;
        format!(
            "{cores} cores, {processor}, {memory_mib} MiB, Linux {kernel}; {chaveiro}; {nginx}; {rustc}"
        )
    }

    /// The same for programs.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "cores": self.cores,
            "processor": self.processor,
            "memory_mib": self.memory_mib,
            "kernel": self.kernel,
            "chaveiro": self.chaveiro,
            "nginx": self.nginx,
            "rustc": self.rustc,
        })
    }
}

/// How many processors we may use.
pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// What stands behind the first line's name and colon.
fn after(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|rest| rest.split_once(':')).map(|(_, value)| value.trim());
    value.unwrap_or("unknown").to_owned()
}

/// The first line that a program says about its version, wherever it says it.
fn said(program: &str, flag: &str) -> String {
    let output = Command::new(program).arg(flag).output();
    let text = output.map(|output| [output.stdout, output.stderr].concat()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().next().unwrap_or("version unknown").trim();
    line.trim_start_matches("nginx version: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_behind_its_name_and_colon() {
        assert_eq!(after("a\t: b: c\nmodel name\t: X(R) 1\n", "model name"), "X(R) 1");
        assert_eq!(after("", "model name"), "unknown");
    }
}
