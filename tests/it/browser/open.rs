//! Opening, navigating, closing; missing and wrong browsers and drivers.

use fixloop::browser::Step;
use tokio_util::sync::CancellationToken;

use super::{chrome, web::Site};

#[tokio::test]
async fn opens_a_page_and_knows_its_title() {
    let url = Site::page("<title>Shop</title><h1>Hello</h1>").serve().await;
    let (browsers, session) = chrome().await;
    let outcome = session.perform(&Step::navigate(&url), &CancellationToken::new()).await.unwrap();
    let info = session.info().await.unwrap();
    assert_eq!(outcome.summary, format!("went to {url}/"));
    assert_eq!((info.id.as_str(), info.title.as_str(), info.url), ("s1", "Shop", format!("{url}/")));
    browsers.shutdown().await;
}
