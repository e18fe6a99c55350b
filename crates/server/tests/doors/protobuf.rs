//! Just enough of protobuf's wire format to ask as Envoy does, written here a second time so that a
//! mistake in the server's own messages is seen.
//!
//! Must not share code with the server.

/// A member that holds bytes: a text, or another message.
pub(crate) fn member(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    varint(&mut out, bytes.len());
    out.extend_from_slice(bytes);
    out
}

fn varint(out: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        out.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).expect("seven bits"));
}

/// What a member holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Held<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The members of a message, in order.
pub(crate) fn members(mut bytes: &[u8]) -> Vec<(u64, Held<'_>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = number(&mut bytes);
        let held = match tag & 7 {
            0 => Held::Number(number(&mut bytes)),
            2 => {
                let length = usize::try_from(number(&mut bytes)).expect("a length");
                let (held, rest) = bytes.split_at(length);
                bytes = rest;
                Held::Bytes(held)
            }
            other => panic!("a member of kind {other}"),
        };
        found.push((tag >> 3, held));
    }
    found
}

fn number(bytes: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (first, rest) = bytes.split_first().expect("a whole number");
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        shift += 7;
        if first & 0x80 == 0 {
            return number;
        }
    }
}

/// All members with this number that hold bytes.
pub(crate) fn all<'a>(message: &'a [u8], wanted: u64) -> Vec<&'a [u8]> {
    let held = |(number, held): (u64, Held<'a>)| match held {
        Held::Bytes(bytes) if number == wanted => Some(bytes),
        Held::Bytes(_) | Held::Number(_) => None,
    };
    members(message).into_iter().filter_map(held).collect()
}

/// The text of the one member with this number; empty where there is none.
pub(crate) fn text(message: &[u8], wanted: u64) -> String {
    let found = all(message, wanted);
    String::from_utf8(found.first().copied().unwrap_or_default().to_vec()).expect("text")
}

/// The number of the one member with this number; 0 where there is none.
pub(crate) fn value(message: &[u8], wanted: u64) -> u64 {
    let held = |(number, held): (u64, Held<'_>)| match held {
        Held::Number(value) if number == wanted => Some(value),
        Held::Bytes(_) | Held::Number(_) => None,
    };
    members(message).into_iter().find_map(held).unwrap_or(0)
}
