//! The whole tree: shadow trees, frames, masking, folding, budget, `find`, `root`, refs that stay.

use std::fmt::Write as _;

use fixloop::browser::{SnapshotOptions, Target};
use serde_json::json;

use super::{Desk, Site, reference};

#[tokio::test]
async fn open_shadow_trees_and_slots_are_shown_in_place() {
    let desk = Desk::new().await;
    desk.show(
        "<div id=host><i>slotted</i></div><p>after</p><script>
         const root = host.attachShadow({mode: 'open'});
         root.innerHTML = '<label>Card <input></label><slot></slot><button>Pay</button>';
         root.querySelector('button').onclick = () => { root.querySelector('input').value = 'paid'; };
         </script>",
    )
    .await;
    insta::assert_snapshot!(desk.tree().await, @r#"
    - textbox "Card" [e1]
    - text: slotted
    - button "Pay" [e2]
    - text: after
    "#);
    desk.did(json!({"do": "click", "role": "button", "name": "Pay"})).await;
    desk.did(json!({"do": "expect", "label": "Card", "value": "paid"})).await;
    desk.close().await;
}

#[tokio::test]
async fn frames_of_other_sites_are_stitched_in_and_can_be_acted_on() {
    let inner = Site::page(
        "<button onclick='this.textContent = \"Clicked\"'>In frame</button><iframe srcdoc='<button>Deep</button>'></iframe>",
    )
    .serve()
    .await;
    // Another host is another site, and so another process.
    let other = inner.replace("127.0.0.1", "localhost");
    let desk = Desk::new().await;
    desk.show(&format!(
        "<h1>Top</h1><div style='height:900px'></div><iframe title=Pay src='{other}'></iframe><p>end</p>"
    ))
    .await;
    let tree = desk.tree().await;
    insta::assert_snapshot!(tree, @r#"
    - heading "Top" level=1
    - iframe "Pay" [e1]
      - button "In frame" [f1e1]
      - iframe [f1e2]
        - button "Deep" [f2e1]
    - text: end
    "#);
    let button = reference(&tree, "In frame");
    assert_eq!(desk.did(json!({"do": "click", "ref": button})).await, "clicked button «In frame»");
    // By locator as well, in whatever frame it is.
    desk.did(json!({"do": "expect", "role": "button", "name": "Clicked"})).await;
    desk.did(json!({"do": "expect", "role": "button", "name": "In frame", "gone": true})).await;
    desk.value("document.body.insertAdjacentHTML('beforeend', '<div role=dialog aria-label=Cover style=\\'position:fixed;inset:0\\'></div>'), 0").await;
    let error = desk.fails(json!({"do": "click", "role": "button", "name": "Clicked"})).await;
    assert!(error.starts_with("dialog «Cover» (e2) is in the way of iframe «Pay» (e1)"), "{error}");
    let found = desk.find("Deep").await.tree;
    assert!(found.contains(r#"button "Deep" [f2e1]"#), "{found}");
    desk.close().await;
}

#[tokio::test]
async fn secrets_in_fields_never_leave_the_page() {
    let desk = Desk::new().await;
    desk.show(
        "<label>Password <input id=p type=password value=hunter2a></label>
         <input aria-label=Card autocomplete=cc-number value=hunter2b><input aria-label=CVC name=cvc value=hunter2c>
         <input aria-label=Code autocomplete=one-time-code value=hunter2d>
         <label>Wraps <button>x</button><input type=password value=hunter2e></label>
         <input aria-label=Key name=api_key value=hunter2f>
         <button onclick=\"p.type = 'text'\">Show</button><input aria-label=Plain value=seen>",
    )
    .await;
    let mut all = desk.tree().await;
    desk.did(json!({"do": "click", "name": "Show"})).await;
    all += &desk.tree().await;
    assert!(all.contains(r#"textbox "Password" [e1] value="•••""#) && all.contains(r#"value="seen""#), "{all}");
    for label in ["Password", "Card", "CVC", "Code", "Key"] {
        let target = Target { label: Some(label.into()), ..Target::default() };
        all += &desk.session.read(&fixloop::browser::Read::Element(target)).await.unwrap();
        all += &desk.fails(json!({"do": "expect", "label": label, "value": "something else"})).await;
    }
    all += &desk.session.read(&fixloop::browser::Read::Text(None)).await.unwrap();
    let filled = desk.act(json!({"do": "fill", "label": "Password", "value": "hunter2z"})).await.unwrap();
    assert!(filled.secret, "what was typed must not be recorded");
    all += &filled.summary;
    assert!(!all.contains("hunter2"), "{all}");
    desk.did(json!({"do": "expect", "label": "Password", "value": "hunter2z"})).await;
    desk.close().await;
}

fn big_page() -> String {
    let mut html = String::from("<title>Big</title><header><a href=/>Home</a></header><main><h1>Orders</h1><table>");
    for row in 0..600 {
        let _ = write!(
            html,
            "<tr><td>Order {row}<td>{}<td><a href=/o/{row}>Open {row}</a><td><button>Drop {row}</button></tr>",
            row * 3
        );
    }
    html += "</table>";
    for section in 0..1_300 {
        let _ = write!(
            html,
            "<section><h2>Part {section}</h2><p>text {section} <b>b</b></p><button>Go {section}</button></section>"
        );
    }
    html + "</main><footer><button>Imprint</button></footer>"
}

#[tokio::test]
async fn a_page_of_ten_thousand_nodes_is_folded_into_the_budget() {
    let desk = Desk::new().await;
    desk.show(&big_page()).await;
    assert!(desk.value("document.querySelectorAll('*').length").await.as_u64() > Some(9_000));
    for max_chars in [7_000, 1_500] {
        let shot = desk.snapshot(SnapshotOptions { max_chars, ..SnapshotOptions::default() }).await;
        assert!(shot.tree.chars().count() <= max_chars, "{}", shot.tree.chars().count());
        assert!(shot.tree.contains("button \"Imprint\""), "what comes last is still there:\n{}", shot.tree);
        assert!(shot.tree.contains("more rows like these; use find or root"), "{}", shot.tree);
        // Nothing is lost silently: lines shown and counted make all the nodes.
        let lines = shot.tree.lines().filter(|line| !line.contains("- … ")).count();
        assert_eq!(lines, shot.shown);
        assert_eq!(shot.shown + shot.left_out, 600 * 3 + 1_300 * 3 + 7);
    }
    let found = desk.find("Order 417").await;
    insta::assert_snapshot!(regex::Regex::new(r"\[e\d+\]").unwrap().replace_all(&found.tree, "[e]"), @r#"
    - main [e]:
      - table [e]:
        - row: Order 417 | 1251
          - link "Open 417" [e] → /o/417
          - button "Drop 417" [e]
    "#);
    assert_eq!(found.left_out, 0);
    assert_eq!(desk.find("no such text").await.tree, "");
    desk.close().await;
}

#[tokio::test]
async fn root_shows_a_part_by_ref_or_selector() {
    let desk = Desk::new().await;
    desk.show("<nav aria-label=A><a href=/1>One</a></nav><nav aria-label=B id=b><a href=/2>Two</a></nav>").await;
    let tree = desk.tree().await;
    let root = |text: &str| SnapshotOptions { root: Some(Target::ref_or_css(text)), max_chars: 2_000, find: None };
    let part = desk.snapshot(root(&reference(&tree, "\"A\""))).await.tree;
    assert_eq!(part, "- navigation \"A\" [e1]:\n  - link \"One\" [e2] → /1");
    assert!(desk.snapshot(root("#b")).await.tree.starts_with("- navigation \"B\" [e3]:"));
    let error = desk.session.snapshot(&root("nav")).await.unwrap_err().to_string();
    assert!(error.starts_with("2 elements match css «nav»: navigation «A» (e1), navigation «B» (e3)."), "{error}");
    desk.close().await;
}

#[tokio::test]
async fn a_ref_stays_with_its_element_and_is_never_used_again() {
    let desk = Desk::new().await;
    let url = desk
        .show(
            "<button>Keep</button><div id=list><button>Old</button></div>
             <script>function draw() { list.innerHTML = '<button>Old</button><button>New</button>'; document.querySelector('button').textContent = 'Kept'; }</script>",
        )
        .await;
    let before = desk.tree().await;
    desk.value("draw()").await;
    let after = desk.tree().await;
    assert_eq!(reference(&before, "Keep"), reference(&after, "Kept"));
    let (old, redrawn) = (reference(&before, "Old"), reference(&after, "Old"));
    assert_ne!(old, redrawn, "a new element has a new ref");
    insta::assert_snapshot!(desk.fails(json!({"do": "click", "ref": old})).await, @"
    Ref e2 is stale: button «Old» is no longer on the page.
    An element with the same role and name is there now: button «Old» (e3).
    ");
    desk.go(&format!("{url}/?again")).await;
    let next = desk.tree().await;
    assert!(!next.contains("[e1]") && !next.contains("[e4]"), "numbers of the page before are not used again:\n{next}");
    insta::assert_snapshot!(desk.fails(json!({"do": "click", "ref": "e3"})).await, @"
    Ref e3 is not of the page as it is now.
    Take a browser_snapshot for the refs of now, or use a locator.
    ");
    desk.close().await;
}
