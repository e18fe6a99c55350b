//! `chaveiro completions`: a script that completes commands and options in a shell.
//!
//! Must not complete accounts or keys: a script that asks a server for them would need an admin key.

use std::io::Write;

use clap_complete::{Generator, Shell};

use super::Exit;

/// The arguments of `chaveiro completions`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  chaveiro completions bash > ~/.local/share/bash-completion/completions/chaveiro\n  chaveiro completions zsh > ~/.zfunc/_chaveiro    # in a folder of $fpath\n  chaveiro completions fish > ~/.config/fish/completions/chaveiro.fish"
)]
pub(crate) struct Args {
    /// The shell that reads the script
    #[arg(value_name = "SHELL")]
    shell: Supported,
}

/// The shells that are offered; scripts for others could be made, and no test looks at them.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Supported {
    Bash,
    Zsh,
    Fish,
}

impl From<Supported> for Shell {
    fn from(shell: Supported) -> Self {
        match shell {
            Supported::Bash => Self::Bash,
            Supported::Zsh => Self::Zsh,
            Supported::Fish => Self::Fish,
        }
    }
}

/// Runs the command.
pub(crate) fn run(
    args: &Args,
    mut command_line: clap::Command,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Exit {
    let name = command_line.get_name().to_owned();
    command_line.set_bin_name(name);
    command_line.build();
    let written =
        Shell::from(args.shell).try_generate(&command_line, out).and_then(|()| out.flush());
    match written {
        Ok(()) => Exit::Done,
        Err(error) => {
            let _ = writeln!(
                err,
                "The script could not be written ({error}). Send standard output to a file with room for it."
            );
            Exit::Refused
        }
    }
}
