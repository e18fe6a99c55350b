//! Programs that the chores start: those that are missing are installed where we may, or named.
//!
//! Must not install anything when everything is there, and must not wait for somebody at a keyboard.

use crate::process;
use anyhow::{Result, bail};
use std::path::Path;
use std::process::Command;

/// Makes sure that every program of the tests is there.
pub(crate) fn ensure() -> Result<()> {
    ensure_all(&FOR_TESTS)
}

/// Makes sure that what the benchmark compares us with is there.
pub(crate) fn ensure_for_bench() -> Result<()> {
    ensure_all(&FOR_BENCH)
}

fn ensure_all(need: &Need) -> Result<()> {
    let packages = missing_packages(need);
    if packages.is_empty() {
        return Ok(());
    }
    let Some(prefix) = way_to_install() else { bail!("{}", what_to_install(need, &packages)) };
    eprintln!("The {} need {}; installing.", need.who, packages.join(", "));
    let next = format!("install the packages named above by hand and run `{}` again", need.command);
    process::run(&mut apt_get(prefix, &["update", "-qq"]), &next)?;
    let mut install = apt_get(prefix, &["install", "-y", "-qq", "--no-install-recommends"]);
    process::run(install.args(&packages), &next)?;
    let still = missing_packages(need);
    if !still.is_empty() {
        bail!("{}", what_to_install(need, &still));
    }
    Ok(())
}

/// What one chore needs, and how to speak of it.
struct Need {
    who: &'static str,
    command: &'static str,
    versions: &'static str,
    programs: &'static [Program],
}

/// One program, how to see that it works, and the Debian packages that bring it.
struct Program {
    name: &'static str,
    probe: &'static [&'static str],
    packages: &'static [&'static str],
}

const FOR_TESTS: Need = Need {
    who: "tests",
    command: "cargo xtask test",
    versions: "; Node 18 or newer, Python 3.9 or newer, PHP with its curl extension",
    programs: &PROGRAMS,
};

const FOR_BENCH: Need = Need {
    who: "comparisons",
    command: "cargo xtask bench",
    versions: "",
    programs: &[
        Program { name: "nginx", probe: &["-v"], packages: &["nginx"] },
        Program { name: "haproxy", probe: &["-v"], packages: &["haproxy"] },
    ],
};

const PROGRAMS: [Program; 7] = [
    Program {
        name: "php",
        probe: &["-r", "exit(extension_loaded('curl') ? 0 : 1);"],
        packages: &["php-cli", "php-curl"],
    },
    Program {
        name: "node",
        // The clients under test state Node 18 as their oldest.
        probe: &["-e", "process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)"],
        packages: &["nodejs"],
    },
    Program { name: "npm", probe: &["--version"], packages: &["npm"] },
    Program {
        name: "python3",
        // The clients under test state Python 3.8 as their oldest, and what they need 3.9.
        probe: &["-c", "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 9))"],
        packages: &["python3", "python3-venv"],
    },
    Program { name: "curl", probe: &["--version"], packages: &["curl"] },
    // Proxies that ask before they forward; Envoy comes with Python's packages.
    Program { name: "nginx", probe: &["-v"], packages: &["nginx"] },
    Program { name: "caddy", probe: &["version"], packages: &["caddy"] },
];

fn missing_packages(need: &Need) -> Vec<&'static str> {
    need.programs
        .iter()
        .filter(|program| !process::succeeds(&path_of(program.name), program.probe))
        .flat_map(|program| program.packages)
        .copied()
        .collect()
}

/// How to call a program that Debian may keep where only root's path leads.
pub(crate) fn path_of(name: &str) -> String {
    let beside = format!("/usr/sbin/{name}");
    if Path::new(&beside).is_file() { beside } else { name.to_owned() }
}

/// What to put before `apt-get`, or nothing when we may not install.
fn way_to_install() -> Option<&'static [&'static str]> {
    if !process::succeeds("apt-get", &["--version"]) {
        None
    } else if is_root() {
        Some(&["env"])
    } else if process::succeeds("sudo", &["-n", "true"]) {
        Some(&["sudo", "-n", "env"])
    } else {
        None
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Command {
    let mut words = prefix.iter();
    let mut command = Command::new(words.next().copied().unwrap_or("env"));
    command.args(words).args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    command
}

fn what_to_install(need: &Need, packages: &[&str]) -> String {
    let Need { who, command, versions, .. } = need;
    format!(
        "The {who} need programs that are missing or too old here; install the packages `{}` (Debian's \
         names{versions}) and run `{command}` again.",
        packages.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_names_every_missing_package_and_the_next_step() {
        let text = what_to_install(&FOR_TESTS, &["php-cli", "npm"]);
        assert!(text.contains("php-cli npm") && text.contains("cargo xtask test"), "{text}");
    }

    #[test]
    fn apt_get_never_asks_a_question() {
        for prefix in [&["env"][..], &["sudo", "-n", "env"][..]] {
            let command = apt_get(prefix, &["update"]);
            let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
            assert!(words.iter().any(|word| word == "DEBIAN_FRONTEND=noninteractive"), "{words:?}");
        }
    }
}
