//! The figures of a run: medians beside their peer and their target, and every round for programs.
//!
//! Must not round what is stored, and must not leave a missed target out.

use super::machine::Machine;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// What a line has to reach.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    /// Our median, at most.
    AtMost(f64),
    /// Our median divided by the peer's, at least.
    RatioAtLeast(f64),
    /// Our median divided by the peer's, at most.
    RatioAtMost(f64),
}

/// One line: what was measured, in every round.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) part: &'static str,
    pub(super) what: String,
    pub(super) unit: &'static str,
    pub(super) ours: Vec<f64>,
    pub(super) peer: Option<(&'static str, Vec<f64>)>,
    pub(super) target: Option<Target>,
}

impl Row {
    /// A line without a peer.
    pub(super) fn alone(
        part: &'static str,
        what: impl Into<String>,
        unit: &'static str,
        ours: Vec<f64>,
    ) -> Self {
        Self { part, what: what.into(), unit, ours, peer: None, target: None }
    }

    /// The same with a peer.
    pub(super) fn beside(mut self, name: &'static str, rounds: Vec<f64>) -> Self {
        self.peer = Some((name, rounds));
        self
    }

    /// The same with a target.
    pub(super) fn with_target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    fn ratio(&self) -> Option<f64> {
        self.peer.as_ref().map(|(_, rounds)| median(&self.ours) / median(rounds))
    }

    fn is_met(&self) -> Option<bool> {
        // A figure that is no number has not reached anything.
        match self.target? {
            Target::AtMost(most) => Some(median(&self.ours) <= most),
            Target::RatioAtLeast(least) => Some(self.ratio().is_some_and(|ratio| ratio >= least)),
            Target::RatioAtMost(most) => Some(self.ratio().is_some_and(|ratio| ratio <= most)),
        }
    }

    fn to_json(&self) -> Value {
        let target = self.target.map(|target| match target {
            Target::AtMost(most) => json!({ "at_most": most }),
            Target::RatioAtLeast(least) => json!({ "ratio_at_least": least }),
            Target::RatioAtMost(most) => json!({ "ratio_at_most": most }),
        });
        json!({
            "part": self.part,
            "what": self.what,
            "unit": self.unit,
            "median": median(&self.ours),
            "rounds": self.ours,
            "peer": self.peer.as_ref().map(|(name, rounds)| {
                json!({ "name": name, "median": median(rounds), "rounds": rounds })
            }),
            "ratio": self.ratio(),
            "target": target,
            "met": self.is_met(),
        })
    }

    fn cells(&self) -> [String; 7] {
        let ratio = self.ratio().map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let peer = self.peer.as_ref();
        let target = match self.target {
            None => String::new(),
            Some(Target::AtMost(most)) => format!("≤ {}", number(most)),
            Some(Target::RatioAtLeast(least)) => format!("ratio ≥ {least}"),
            Some(Target::RatioAtMost(most)) => format!("ratio ≤ {most}"),
        };
        let met = match self.is_met() {
            None => "",
            Some(true) => "met",
            Some(false) => "MISSED",
        };
        [
            format!("{}: {}", self.part, self.what),
            self.unit.to_owned(),
            number(median(&self.ours)),
            peer.map_or(String::new(), |(name, rounds)| {
                format!("{} ({name})", number(median(rounds)))
            }),
            ratio,
            target,
            met.to_owned(),
        ]
    }
}

/// Everything that a run came to.
pub(crate) struct Report {
    pub(super) machine: Machine,
    pub(super) rows: Vec<Row>,
    /// What a reader has to know besides.
    pub(super) notes: Vec<String>,
}

impl Report {
    /// Whether no target was missed.
    pub(crate) fn is_met(&self) -> bool {
        self.rows.iter().all(|row| row.is_met() != Some(false))
    }

    /// A table for people.
    pub(crate) fn to_text(&self) -> String {
        let heading = ["measured", "unit", "Chaveiro", "peer", "ratio", "target", ""];
        let mut lines = vec![heading.map(str::to_owned)];
        lines.extend(self.rows.iter().map(Row::cells));
        let mut text = table(&lines);
        // Writing to a String can't fail.
        let _ = writeln!(text, "\n{}", self.machine.to_text());
        for note in &self.notes {
            let _ = writeln!(text, "{note}");
        }
        text
    }

    /// Every round of every line.
    pub(crate) fn to_json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(Row::to_json).collect();
        json!({ "machine": self.machine.to_json(), "rows": rows, "notes": self.notes })
    }
}

/// The middle value; no number when there is none.
pub(super) fn median(rounds: &[f64]) -> f64 {
    let mut sorted = rounds.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(middle)) {
        (_, None) => f64::NAN,
        (1, Some(value)) => *value,
        (_, Some(value)) => f64::midpoint(sorted[middle - 1], *value),
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn table(lines: &[[String; 7]]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let mut text = String::new();
    for line in lines {
        let mut shown = String::new();
        for (column, cell) in line.iter().enumerate() {
            let width = width(column).unwrap_or(0);
            let _ = if matches!(column, 2..=4) {
                write!(shown, "{cell:>width$}  ")
            } else {
                write!(shown, "{cell:<width$}  ")
            };
        }
        text.push_str(shown.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: &[f64]) -> Row {
        Row::alone("verify", "throughput", "requests/s", ours.to_vec())
    }

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middle_values() {
        assert!((median(&[9.0, 1.0, 5.0]) - 5.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 9.0]) - 3.0).abs() < f64::EPSILON);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn targets_are_met_at_the_border_and_missed_beyond_it() {
        let check =
            |row: Row, expected: Option<bool>| assert_eq!(row.is_met(), expected, "{row:?}");
        check(row(&[1.0]), None);
        check(row(&[1.0]).with_target(Target::AtMost(1.0)), Some(true));
        check(row(&[1.1]).with_target(Target::AtMost(1.0)), Some(false));
        let beside = |ours: f64| row(&[ours]).beside("nginx", vec![10.0]);
        check(beside(7.0).with_target(Target::RatioAtLeast(0.7)), Some(true));
        check(beside(6.9).with_target(Target::RatioAtLeast(0.7)), Some(false));
        check(beside(12.0).with_target(Target::RatioAtMost(1.2)), Some(true));
        check(beside(12.1).with_target(Target::RatioAtMost(1.2)), Some(false));
    }

    #[test]
    fn nothing_measured_is_a_missed_target() {
        let none = row(&[]).with_target(Target::AtMost(1.0));
        assert_eq!(none.is_met(), Some(false));
        for target in [Target::RatioAtLeast(0.7), Target::RatioAtMost(1.2)] {
            assert_eq!(row(&[1.0]).with_target(target).is_met(), Some(false));
        }
    }

    #[test]
    fn columns_of_the_table_stand_below_each_other() {
        let missed = row(&[6.0]).beside("nginx", vec![10.0]).with_target(Target::RatioAtLeast(0.7));
        let lines = [["a", "b", "c", "d", "e", "f", "g"].map(str::to_owned), missed.cells()];
        let text = table(&lines);
        assert!(text.contains("0.60  ratio ≥ 0.7  MISSED"), "{text}");
        let ends: Vec<_> = text.lines().map(|line| line.chars().count()).collect();
        assert!(ends[0] <= ends[1], "{text}");
    }
}
