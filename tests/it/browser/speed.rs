//! How long steps take: printed, never asserted. Run with `--ignored --nocapture`.

use fixloop::browser::{Action, Step, Target};
use tokio_util::sync::CancellationToken;

use super::{chrome, web::Site};

#[tokio::test]
#[ignore = "a measurement, not a test"]
async fn times_of_steps() {
    let html = "<button onclick=\"document.title='x'\">Title</button> \
        <button onclick=\"fetch('/ok').then(() => { out.textContent += 'x' })\">Fetch</button> \
        <button onclick=\"\">Nothing</button><a href=/two>Link</a> \
        <button onclick=\"throw new Error('x')\">Throw</button><p id=out></p>";
    let url = Site::page(html).with("/ok", 200, &[], "ok").with("/two", 200, &[], html).serve().await;
    let (browsers, session) = chrome().await;
    let cancel = CancellationToken::new();
    let mut went = Vec::new();
    for _ in 0..10 {
        went.push(session.perform(&Step::navigate(&url), &cancel).await.unwrap().took_ms);
    }
    println!("navigate {went:?}");
    for name in ["Nothing", "Title", "Fetch", "Throw", "Link"] {
        let role = if name == "Link" { "link" } else { "button" };
        let target = Target { role: Some(role.into()), name: Some(name.into()), ..Target::default() };
        let mut times = Vec::new();
        for _ in 0..10 {
            let outcome = session.perform(&Step::on(Action::Click, target.clone()), &cancel).await.unwrap();
            times.push(outcome.took_ms);
        }
        println!("{name} {times:?}");
    }
    browsers.shutdown().await;
}
