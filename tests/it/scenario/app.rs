//! A small shop whose bug can be turned on and off while it runs.

use std::sync::{
    Arc,
    atomic::{AtomicU8, AtomicUsize, Ordering},
};

use axum::{Router, extract::State, response::Html, routing::get};

/// What the pay button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// It thanks.
    None,
    /// It throws before it thanks, with the password in the message.
    Throws,
    /// It throws in every second page that is served.
    EverySecond,
    /// It thanks, and throws another error.
    Another,
    /// It does nothing at all.
    Silent,
}

/// The running shop.
#[derive(Debug, Clone, Default)]
pub struct Shop {
    bug: Arc<AtomicU8>,
    served: Arc<AtomicUsize>,
}

impl Shop {
    /// Serves it until the test ends; returns it with its address.
    pub async fn open(bug: Bug) -> (Self, String) {
        let shop = Self::default();
        shop.deploy(bug);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/checkout", get(page)).with_state(shop.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (shop, format!("http://{address}"))
    }

    /// Serves another version from now on.
    pub fn deploy(&self, bug: Bug) {
        self.bug.store(bug as u8, Ordering::SeqCst);
        self.served.store(0, Ordering::SeqCst);
    }
}

async fn page(State(shop): State<Shop>) -> Html<String> {
    let served = shop.served.fetch_add(1, Ordering::SeqCst);
    let thank = "document.getElementById('out').textContent = 'Thanks';";
    let throw = "throw new ReferenceError('cannot pay with ' + document.getElementById('p').value);";
    let bug = shop.bug.load(Ordering::SeqCst);
    let script = match bug {
        bug if bug == Bug::Throws as u8 => throw.to_owned(),
        bug if bug == Bug::EverySecond as u8 && served % 2 == 0 => throw.to_owned(),
        bug if bug == Bug::Another as u8 => format!("{thank} throw new TypeError('something new');"),
        bug if bug == Bug::Silent as u8 => String::new(),
        _ => thank.to_owned(),
    };
    Html(format!(
        "<!doctype html><title>Shop</title><h1>Checkout</h1>
         <label>Email <input id=e type=email></label> <label>Password <input id=p type=password></label>
         <button onclick=\"pay()\">Pay</button><p id=out></p>
         <script>function pay() {{ {script} }}</script>"
    ))
}
