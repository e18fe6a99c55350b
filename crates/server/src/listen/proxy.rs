//! The PROXY protocol: what a balancer says of a connection before the connection begins.
//!
//! Read where the listener demands it, and from balancers that are trusted alone; what a client
//! sends elsewhere is no request and is refused as such. Must not read a byte of what follows.

use std::io;
use std::net::IpAddr;

use domain::ip_list::IpList;
use ppp::{HeaderResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What the binary form begins with; the textual one is longer too.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// What the textual form begins with.
const TEXT: &[u8] = b"PROXY ";
/// Longest line of the textual form.
const TEXT_MAX: usize = 107;
/// Most bytes of the binary form behind its length; addresses need 36, the rest is for extensions.
const BINARY_MAX: usize = 2_048;

/// Whose word is taken for where a connection comes from.
#[derive(Clone, Debug)]
pub(crate) enum Announced {
    /// Nobody's: connections begin with what they carry.
    Never,
    /// Every connection begins with it, and comes from one of these.
    By(IpList),
}

/// Reads what is announced. `None` where the connection is to be closed unanswered: there is
/// nothing to be said to somebody who cannot announce himself.
pub(super) async fn client(
    stream: &mut (impl AsyncRead + Unpin),
    peer: IpAddr,
    trusted: &IpList,
) -> Option<IpAddr> {
    if !trusted.allows(Some(peer.to_canonical())) {
        tracing::debug!(%peer, "a connection came past the balancer");
        return None;
    }
    match read(stream).await {
        Ok(address) => Some(address.unwrap_or(peer)),
        Err(error) => {
            tracing::debug!(%peer, %error, "a connection did not announce itself");
            None
        }
    }
}

/// The address that is announced; `None` when the balancer speaks for itself.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<IpAddr>> {
    let mut header = vec![0; SIGNATURE.len()];
    stream.read_exact(&mut header).await?;
    if header == SIGNATURE {
        header.resize(16, 0);
        stream.read_exact(&mut header[12..]).await?;
        let length = usize::from(u16::from_be_bytes([header[14], header[15]]));
        if length > BINARY_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        header.resize(16 + length, 0);
        stream.read_exact(&mut header[16..]).await?;
    } else if header.starts_with(TEXT) {
        while !header.ends_with(b"\r\n") {
            if header.len() >= TEXT_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            header.push(stream.read_u8().await?);
        }
    } else {
        return Err(io::ErrorKind::InvalidData.into());
    }
    address(&header)
}

fn address(header: &[u8]) -> io::Result<Option<IpAddr>> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    Ok(match HeaderResult::parse(header) {
        HeaderResult::V1(Ok(header)) => match header.addresses {
            v1::Addresses::Unknown => None,
            v1::Addresses::Tcp4(ip) => Some(ip.source_address.into()),
            v1::Addresses::Tcp6(ip) => Some(ip.source_address.into()),
        },
        HeaderResult::V2(Ok(header)) => match (header.command, header.addresses) {
            (v2::Command::Local, _) => None,
            (v2::Command::Proxy, v2::Addresses::IPv4(ip)) => Some(ip.source_address.into()),
            (v2::Command::Proxy, v2::Addresses::IPv6(ip)) => Some(ip.source_address.into()),
            (v2::Command::Proxy, v2::Addresses::Unspecified | v2::Addresses::Unix(_)) => None,
        },
        HeaderResult::V1(Err(_)) | HeaderResult::V2(Err(_)) => return Err(invalid()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of these bytes, and what is left of them.
    async fn heard(bytes: &[u8]) -> (Option<Option<IpAddr>>, usize) {
        let mut rest = bytes;
        let outcome = read(&mut rest).await.ok();
        (outcome, rest.len())
    }

    fn binary(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let length = u16::try_from(addresses.len()).expect("short").to_be_bytes();
        [&SIGNATURE[..], &[command, family], &length, addresses].concat()
    }

    #[tokio::test]
    async fn both_forms_are_read_to_their_last_byte_and_no_further() {
        let one: IpAddr = "203.0.113.9".parse().expect("an address");
        let six: IpAddr = "2001:db8::9".parse().expect("an address");
        let four = [203, 0, 113, 9, 10, 0, 0, 1, 0, 1, 0, 2];
        let mut long = [0_u8; 36];
        long[..16]
            .copy_from_slice(&"2001:db8::9".parse::<std::net::Ipv6Addr>().expect("v6").octets());
        let with_extension = [&four[..], &[4, 0, 1, 0]].concat();
        for (header, expected) in [
            (b"PROXY TCP4 203.0.113.9 10.0.0.1 1 2\r\n".to_vec(), Some(one)),
            (b"PROXY TCP6 2001:db8::9 ::1 1 2\r\n".to_vec(), Some(six)),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (binary(0x21, 0x11, &four), Some(one)),
            (binary(0x21, 0x11, &with_extension), Some(one)),
            (binary(0x21, 0x21, &long), Some(six)),
            (binary(0x20, 0x00, &[]), None),
        ] {
            let whole = [&header[..], b"GET / HTTP/1.1"].concat();
            assert_eq!(heard(&whole).await, (Some(expected), 14), "{}", header.escape_ascii());
            for end in 0..header.len() {
                assert_eq!(heard(&header[..end]).await.0, None, "{end} bytes");
            }
        }
    }

    #[tokio::test]
    async fn what_announces_nothing_is_no_connection() {
        let endless = [&b"PROXY TCP4 "[..], &[b'1'; 200]].concat();
        for bytes in [
            b"GET / HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.999 10.0.0.1 1 2\r\n".to_vec(),
            b"PROXY TCP9 203.0.113.9 10.0.0.1 1 2\r\n".to_vec(),
            b"PROXY TCP4 ::1 ::1 1 2\r\n".to_vec(),
            endless,
            binary(0x31, 0x11, &[0; 12]),
            binary(0x21, 0x11, &[0; 4]),
            binary(0x21, 0x11, &[0; 3_000]),
        ] {
            assert_eq!(heard(&bytes).await.0, None, "{}", bytes.escape_ascii());
        }
    }
}
