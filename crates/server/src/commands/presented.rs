//! The text of a key as a command is given it: on standard input, or as words of the command line.
//!
//! Must not take a key from the command line without saying what that leaves behind.

use std::io::{BufRead, IsTerminal, Read, Write};

use zeroize::Zeroizing;

/// Most bytes that are read; whatever is longer is no key.
const INPUT_MAX: usize = 4096;

/// The words, or standard input without the line break at its end. The command is named in advice.
pub(crate) fn read(
    words: Option<Vec<&[u8]>>,
    command: &str,
    input: &mut (impl BufRead + IsTerminal),
    err: &mut dyn Write,
) -> std::io::Result<Zeroizing<Vec<u8>>> {
    if let Some(words) = words {
        let _ = writeln!(
            err,
            "Note: a key given as an argument stays in the shell's history and shows in the list of processes. `chaveiro {command} -` reads it from standard input."
        );
        return Ok(Zeroizing::new(words.join(&b' ')));
    }
    // The whole capacity at once: growing would leave copies behind that nobody wipes.
    let mut text = Zeroizing::new(Vec::with_capacity(INPUT_MAX + 1));
    let by_hand = input.is_terminal();
    let mut bounded = input.take(INPUT_MAX as u64 + 1);
    if by_hand {
        let _ = writeln!(err, "Paste the key and press Enter.");
        bounded.read_until(b'\n', &mut text)?;
    } else {
        bounded.read_to_end(&mut text)?;
    }
    // Files and `echo` end in a line break, and the shell's `$(…)` takes it away as well. A
    // carriage return before it would stay, so it is left to be diagnosed.
    if text.last() == Some(&b'\n') {
        text.pop();
    }
    Ok(text)
}
