//! The corpus: requests in a text file, each for one dialect, with the status that the gateway gives.
//!
//! Must not say what a door makes of a request; that is compared.

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) dialect: String,
    pub(crate) status: u16,
    /// From which address of this machine it is sent.
    pub(crate) from: String,
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names and values, with placeholders.
    pub(crate) lines: Vec<(String, String)>,
}

/// All cases of a dialect.
pub(crate) fn of(dialect: &str) -> Vec<Case> {
    let blocks = include_str!("corpus.txt").split("\n\n").map(str::trim);
    let blocks = blocks.filter(|block| block.lines().any(|line| !line.starts_with('#')));
    let mut cases: Vec<Case> = blocks.map(read).collect();
    let mut names: Vec<_> = cases.iter().map(|case| (&case.dialect, &case.name)).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|two| two[0] != two[1]), "a name for each case");
    cases.retain(|case| case.dialect == dialect);
    cases
}

fn read(block: &str) -> Case {
    let mut lines = block.lines().filter(|line| !line.starts_with('#'));
    let first: Vec<&str> = lines.next().expect("a first line").splitn(3, ' ').collect();
    let [dialect, status, name] = first[..] else { panic!("dialect, status and name: {block}") };
    let mut from = "127.0.0.1";
    let mut request = lines.next().expect("a request line");
    if let Some(address) = request.strip_prefix("from ") {
        from = address;
        request = lines.next().expect("a request line");
    }
    let (method, target) = request.split_once(' ').expect("a method and a target");
    let pair = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("a header line: {line}"));
        (name.to_owned(), value.trim().to_owned())
    };
    Case {
        name: name.to_owned(),
        dialect: dialect.to_owned(),
        status: status.parse().expect("a status"),
        from: from.to_owned(),
        method: method.to_owned(),
        target: target.to_owned(),
        lines: lines.map(pair).collect(),
    }
}
