//! `expect` and `wait_for`: what holds, what comes to hold in time, and what was there instead.

use serde_json::json;

use super::{Desk, Site};

#[tokio::test]
async fn sees_what_is_so_or_becomes_so() {
    let desk = Desk::new().await;
    desk.show(
        "<h1>Cart</h1><p id=total>Total: 12 EUR</p><label>Email <input value=a@b.c></label><div id=spin role=status>Loading</div>
         <button onclick=go()>Go</button><script>const go = () => setTimeout(() => { spin.remove(); total.textContent = 'Paid'; history.pushState({}, '', '/done?x=1'); }, 200)</script>",
    )
    .await;
    for (step, summary) in [
        (json!({"do": "expect", "text": "Total: 12"}), "saw that text «Total: 12» is there"),
        (json!({"do": "expect", "label": "Email", "value": "a@b"}), "saw that label «Email» holds «a@b»"),
        (json!({"do": "click", "name": "Go"}), "clicked button «Go»"),
        (json!({"do": "wait_for", "role": "status", "gone": true}), "saw that status is not there"),
        (json!({"do": "expect", "text": "paid"}), "saw that text «paid» is there"),
        (
            json!({"do": "expect", "url": "/done", "css": "#total", "value": "Paid"}),
            "saw that css «#total» holds «Paid», the address contains «/done»",
        ),
        (json!({"do": "expect", "text": "nowhere", "gone": true}), "saw that text «nowhere» is not there"),
    ] {
        assert_eq!(desk.did(step).await, summary);
    }
    desk.close().await;
}

#[tokio::test]
async fn says_what_was_there_instead() {
    let desk = Desk::new().await;
    let url =
        desk.show("<h1>Cart</h1><p id=total>Total: 12 EUR</p><p hidden id=h>Hidden</p><button>Pay</button>").await;
    let steps = [
        json!({"do": "expect", "text": "Total: 13 EUR"}),
        json!({"do": "expect", "css": "#total", "value": "13 EUR"}),
        json!({"do": "expect", "css": "#h"}),
        json!({"do": "expect", "role": "button", "name": "Pay", "gone": true}),
        json!({"do": "expect", "url": "/done"}),
        json!({"do": "wait_for"}),
    ];
    let mut out = String::new();
    for step in steps {
        out += &format!("{step}\n{}\n\n", desk.fails(step.clone()).await.replace(&url, "http://app"));
    }
    desk.close().await;
    super::assert_reply("errors_of_expectations", &out);
}

#[tokio::test]
async fn expects_requests_that_the_last_act_caused() {
    let desk = Desk::new().await;
    let url = Site::page(
        "<button onclick=\"fetch('/api/pay?token=s3cret', {method: 'POST'})\">Pay</button><button>Idle</button>",
    )
    .with("/api/pay", 402, &[], "no money")
    .serve()
    .await;
    desk.go(&url).await;
    desk.did(json!({"do": "expect", "request": "GET / 200"})).await;
    desk.did(json!({"do": "click", "name": "Pay"})).await;
    assert_eq!(
        desk.did(json!({"do": "expect", "request": "POST /api/pay 402"})).await,
        "saw that request «POST /api/pay 402» was made"
    );
    desk.did(json!({"do": "expect", "request": "/api/pay 4xx"})).await;
    let error = desk.fails(json!({"do": "expect", "request": "POST /api/pay 200"})).await.replace(&url, "http://app");
    insta::assert_snapshot!(error, @"Not so: request «POST /api/pay 200» was made. It was sent but answered otherwise: «POST http://app/api/pay?token=[redacted] → 402» (waited N ms).");
    desk.did(json!({"do": "click", "name": "Idle"})).await;
    let error = desk.fails(json!({"do": "expect", "request": "POST /api/pay"})).await;
    insta::assert_snapshot!(error, @"
    Not so: request «POST /api/pay» was made. No such request was sent since the last act (waited N ms).
    None at all was sent.
    ");
    let network = desk.session.read(&fixloop::browser::Read::Network).await.unwrap().replace(&url, "http://app");
    assert!(
        network.contains("GET http://app/ → 200") && network.contains("/api/pay?token=[redacted] → 402"),
        "{network}"
    );
    desk.close().await;
}
