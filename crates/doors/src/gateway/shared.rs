//! The connections of HTTP/2 of one thread to one server, each shared by as many requests as the
//! server takes at a time.
//!
//! Must not open connections. Must not lend more streams than the server allows: nobody sees which
//! requests h2 holds back, and their wait would be taken for the server's silence.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tokio::sync::Notify;

use super::h2::Sender;
use super::upstream::Protocol;

/// Most connections that one thread keeps to one server.
const CONNECTIONS_MAX: usize = 8;

/// The connections of one thread to one server.
#[derive(Debug, Default)]
pub(super) struct Shared {
    trunks: RefCell<Vec<Rc<Trunk>>>,
    is_opening: Cell<bool>,
    /// Told when a stream or a connection may have become free.
    changed: Notify,
}

/// One connection.
#[derive(Debug)]
struct Trunk {
    sender: Sender,
    /// How many streams the server allows, as far as it has said.
    allowed: Rc<Cell<usize>>,
    taken: Cell<usize>,
}

/// One stream of a connection; free again when this is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    shared: Rc<Shared>,
    trunk: Rc<Trunk>,
}

/// Leave to open a connection.
#[derive(Debug)]
pub(super) enum Opening {
    /// As many as are wanted: the server may speak HTTP/1.1.
    Freely,
    /// While this is held, nobody else opens one.
    Alone(Rc<Shared>),
}

impl Shared {
    /// A stream of the first connection that has one. The others fall idle, and are closed.
    pub(super) fn take(self: &Rc<Self>) -> Option<Ticket> {
        let trunks = self.trunks.borrow();
        let trunk = trunks.iter().find(|trunk| trunk.has_room())?;
        Some(Ticket::new(self, Rc::clone(trunk)))
    }

    /// A stream of a new connection, which is kept if there is room for it.
    pub(super) fn add(self: &Rc<Self>, sender: Sender, allowed: Rc<Cell<usize>>) -> Ticket {
        let trunk = Rc::new(Trunk { sender, allowed, taken: Cell::new(0) });
        let mut trunks = self.trunks.borrow_mut();
        trunks.retain(|trunk| trunk.sender.is_ready());
        if trunks.len() < CONNECTIONS_MAX {
            trunks.push(Rc::clone(&trunk));
        }
        Ticket::new(self, trunk)
    }

    /// Leave to open another connection; `None` while another is opened, and when there are as many
    /// as there may be.
    pub(super) fn opening(self: &Rc<Self>, protocol: Protocol) -> Option<Opening> {
        let kept = self.trunks.borrow().iter().filter(|trunk| trunk.sender.is_ready()).count();
        match protocol {
            Protocol::Http1 => return Some(Opening::Freely),
            Protocol::Negotiated if kept == 0 => return Some(Opening::Freely),
            Protocol::Negotiated | Protocol::Http2 => {}
        }
        if kept >= CONNECTIONS_MAX || self.is_opening.replace(true) {
            return None;
        }
        Some(Opening::Alone(Rc::clone(self)))
    }

    /// Whether somebody opens a connection.
    pub(super) const fn is_opening(&self) -> bool {
        self.is_opening.get()
    }

    /// Returns when a stream or a connection may have become free.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Lends nothing more of this connection; what it carries goes on.
    pub(super) fn retire(&self, ticket: &Ticket) {
        self.trunks.borrow_mut().retain(|trunk| !Rc::ptr_eq(trunk, &ticket.trunk));
        self.changed.notify_waiters();
    }

    /// Closes what nobody needs any more.
    pub(super) fn tidy(&self) {
        let mut is_first = true;
        self.trunks.borrow_mut().retain(|trunk| {
            let is_open = trunk.sender.is_ready();
            is_open && (std::mem::take(&mut is_first) || trunk.taken.get() > 0)
        });
    }
}

impl Trunk {
    fn has_room(&self) -> bool {
        self.sender.is_ready() && self.taken.get() < self.allowed.get()
    }
}

impl Ticket {
    fn new(shared: &Rc<Shared>, trunk: Rc<Trunk>) -> Self {
        trunk.taken.set(trunk.taken.get() + 1);
        Self { shared: Rc::clone(shared), trunk }
    }

    /// What sends a request over the connection.
    pub(super) fn sender(&self) -> Sender {
        self.trunk.sender.clone()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.trunk.taken.set(self.trunk.taken.get() - 1);
        self.shared.changed.notify_one();
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        match self {
            Self::Freely => {}
            Self::Alone(shared) => {
                shared.is_opening.set(false);
                shared.changed.notify_waiters();
            }
        }
    }
}
