//! Reads the matrix: sections with a heading of actors, and a row of statuses for each route.

/// A section: one kind of listener, and the actors that it may meet.
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) actors: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// A route, and what each actor is answered; nothing where the actor makes no sense.
pub(crate) struct Row {
    pub(crate) route: String,
    pub(crate) cells: Vec<Option<u16>>,
}

/// The whole matrix.
pub(crate) fn read() -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let lines = include_str!("matrix.txt").lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push(Section { name: name.to_owned(), actors: Vec::new(), rows: Vec::new() });
            continue;
        }
        let section = sections.last_mut().expect("a section comes first");
        let mut words = line.split_whitespace().map(str::to_owned);
        if section.actors.is_empty() {
            section.actors = words.collect();
            continue;
        }
        let route = [words.next().expect("a method"), words.next().expect("a path")].join(" ");
        let cell = |word: String| match word.as_str() {
            "-" => None,
            status => Some(status.parse().unwrap_or_else(|_| panic!("{line}: {status}"))),
        };
        let cells: Vec<_> = words.map(cell).collect();
        assert_eq!(cells.len(), section.actors.len(), "{line}");
        section.rows.push(Row { route, cells });
    }
    sections
}
