//! Who listens: we on the preferred port, a sibling process of this workspace whose store we share, or we on a free port.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{http, relay::Relay, store::Store};

/// A live sibling answers its health check within this time.
const PROBE: Duration = Duration::from_millis(1_500);
/// Three heartbeats missed: the sibling hangs.
const SILENCE: Duration = Duration::from_secs(30);
/// Between two tries to take over or to find a sibling again, and how many there are.
const RETRY: Duration = Duration::from_millis(20);
const PATIENCE: usize = 100;

/// Where the sink of this workspace listens, and who does.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The address; none = nobody listens.
    pub address: Option<SocketAddr>,
    /// A sibling listens.
    pub shared: bool,
    /// Said in `status`.
    pub note: String,
}

/// The listening side of a sink.
#[derive(Debug)]
pub struct Listening {
    place: RwLock<Place>,
    relay: Arc<Relay>,
    stopping: CancellationToken,
    task: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Listening {
    /// Not listening.
    pub fn off(note: &str, relay: Arc<Relay>) -> Arc<Self> {
        Self::at(Place { note: note.to_owned(), ..Place::default() }, relay)
    }

    fn at(place: Place, relay: Arc<Relay>) -> Arc<Self> {
        Arc::new(Self {
            place: RwLock::new(place),
            relay,
            stopping: CancellationToken::new(),
            task: std::sync::Mutex::default(),
        })
    }

    /// Listens on `port`, or follows the sibling that does, or listens on a free port. `port` 0 = a free one.
    pub async fn start(port: u16, store: &Store, relay: Arc<Relay>) -> Arc<Self> {
        let this = Self::at(Place::default(), relay);
        let role = find_role(port, store).await;
        let task = this.take(role, port, store).await;
        *this.task.lock().unwrap_or_else(PoisonError::into_inner) = task;
        this
    }

    /// Where it listens now.
    pub fn place(&self) -> Place {
        self.place.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fires when it stops.
    pub fn stopped(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Stops listening or following.
    pub async fn stop(&self) {
        self.stopping.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // It ends by itself; a panic in it has been reported.
            let _ = task.await;
        }
    }

    fn set(&self, place: Place) {
        *self.place.write().unwrap_or_else(PoisonError::into_inner) = place;
    }

    async fn take(self: &Arc<Self>, role: Role, port: u16, store: &Store) -> Option<JoinHandle<()>> {
        match role {
            Role::Owner { listener, note } => {
                let serving = self.own(listener, note, store).await;
                Some(tokio::spawn(serving))
            }
            Role::Guest { address } => {
                self.follow_place(address);
                let (this, store) = (Arc::clone(self), store.clone());
                Some(tokio::spawn(async move { this.follow(address, port, store).await }))
            }
            Role::None { note } => {
                self.set(Place { note, ..Place::default() });
                None
            }
        }
    }

    /// Announces the address and makes the server.
    async fn own(
        &self,
        listener: TcpListener,
        note: String,
        store: &Store,
    ) -> impl Future<Output = ()> + Send + 'static {
        let address = listener.local_addr().ok();
        let port = address.map_or(0, |address| address.port());
        let mut listeners = vec![listener];
        // `localhost` may mean ::1. Where that is taken or missing, clients fall back to 127.0.0.1.
        if let Ok(also) = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            listeners.push(also);
        }
        self.set(Place { address, shared: false, note });
        store.set_listening(format!("127.0.0.1:{port}")).await;
        http::serve(listeners, store.clone(), Arc::clone(&self.relay), port, self.stopping.clone())
    }

    fn follow_place(&self, address: SocketAddr) {
        let note =
            format!("Another fixloop of this workspace listens on port {}; its store is shared.", address.port());
        self.set(Place { address: Some(address), shared: true, note });
    }

    /// Wakes our waiters when the sibling commits, and takes its place when it dies.
    async fn follow(self: Arc<Self>, mut address: SocketAddr, port: u16, store: Store) {
        loop {
            tokio::select! {
                () = self.stopping.cancelled() => return,
                result = listen_to(address, &store) => tracing::debug!(?result, "the sibling's stream ended"),
            }
            // What it committed last may not have been told.
            store.wake().send_modify(|commits| *commits += 1);
            match self.successor(port, &store).await {
                Role::Owner { listener, note } => return self.own(listener, note, &store).await.await,
                Role::Guest { address: next } => {
                    address = next;
                    self.follow_place(address);
                }
                Role::None { note } => self.set(Place { note, ..Place::default() }),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Our role after the sibling went away. A dying process closes its connections before its port is free, so a port
    /// that is held by nobody we know is tried again for a while before we go to another.
    async fn successor(&self, port: u16, store: &Store) -> Role {
        for _ in 0..PATIENCE {
            match try_role(port, store).await {
                Ok(role) => return role,
                Err(_) if self.stopping.is_cancelled() => break,
                Err(_) => tokio::time::sleep(RETRY).await,
            }
        }
        find_role(port, store).await
    }
}

enum Role {
    Owner { listener: TcpListener, note: String },
    Guest { address: SocketAddr },
    None { note: String },
}

async fn find_role(port: u16, store: &Store) -> Role {
    if port == 0 {
        return free(String::new()).await;
    }
    match try_role(port, store).await {
        Ok(role) => role,
        Err(error) => {
            let why = match error.kind() {
                io::ErrorKind::AddrInUse => "is held by another program".to_owned(),
                _ => format!("cannot be listened on ({error})"),
            };
            free(format!("Port {port} {why}, so the sink is on a free port: SDKs need its DSN or its /stream URL."))
                .await
        }
    }
}

/// Owner or guest; the error of listening where neither can be.
async fn try_role(port: u16, store: &Store) -> io::Result<Role> {
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let error = match TcpListener::bind(wanted).await {
        Ok(listener) => return Ok(Role::Owner { listener, note: String::new() }),
        Err(error) => error,
    };
    // A store in memory cannot be shared.
    if store.path().is_some() {
        let known = store.listening().await.and_then(|text| text.parse::<SocketAddr>().ok());
        for address in std::iter::once(wanted).chain(known.filter(|known| known.ip().is_loopback() && *known != wanted))
        {
            if is_sibling(address, store.id()).await {
                return Ok(Role::Guest { address });
            }
        }
    }
    Err(error)
}

async fn free(note: String) -> Role {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await {
        Ok(listener) => Role::Owner { listener, note },
        Err(error) => Role::None { note: format!("{note} Cannot listen on any port: {error}.").trim().to_owned() },
    }
}

/// Asks who is there. By hand, since an HTTP client might send this through a proxy.
async fn is_sibling(address: SocketAddr, id: &str) -> bool {
    let ask = async {
        let mut stream = request(address, "/health", "close").await?;
        let mut answer = Vec::new();
        (&mut stream).take(8_192).read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = tokio::time::timeout(PROBE, ask).await;
    matches!(answer, Ok(Ok(answer)) if answer.contains("\"server\":\"fixloop\"") && answer.contains(id))
}

/// Reads a sibling's stream until it ends; every byte of it may mean a commit.
async fn listen_to(address: SocketAddr, store: &Store) -> io::Result<()> {
    let mut stream = tokio::time::timeout(PROBE, request(address, "/stream", "keep-alive"))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let mut buffer = [0; 4_096];
    loop {
        let read = tokio::time::timeout(SILENCE, stream.read(&mut buffer))
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        if read == 0 {
            return Ok(());
        }
        store.wake().send_modify(|commits| *commits += 1);
    }
}

async fn request(address: SocketAddr, path: &str, connection: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: {connection}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    Ok(stream)
}
