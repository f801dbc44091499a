//! What a piece of HTML looks like in a snapshot: roles, names, states, values.

use super::{Desk, Site};

/// HTML → the lines of its snapshot, refs left out.
const LINES: &[(&str, &str)] = &[
    ("<button>Pay <b>now</b></button>", r#"- button "Pay now""#),
    ("<button aria-label='Close it'>×</button>", r#"- button "Close it""#),
    ("<p id=l>By id</p><button aria-labelledby=l>x</button>", "- text: By id\n- button \"By id\""),
    ("<button><img src=x alt=Cart></button>", r#"- button "Cart""#),
    ("<button><svg><title>Menu</title></svg></button>", r#"- button "Menu""#),
    ("<button title=Help>?</button>", r#"- button "?""#),
    ("<button disabled>Pay</button>", r#"- button "Pay" disabled"#),
    (
        "<fieldset disabled><legend>Ship</legend><button>Go</button></fieldset>",
        "- group \"Ship\" disabled:\n  - button \"Go\" disabled",
    ),
    ("<button aria-expanded=false>More</button>", r#"- button "More" collapsed"#),
    ("<button aria-pressed=true>Bold</button>", r#"- button "Bold" pressed"#),
    ("<a href='/cart?token=s'>Cart</a>", r#"- link "Cart" → /cart?…"#),
    ("<a href='https://x.example/a/b'>Out</a>", r#"- link "Out" → x.example/a/b"#),
    ("<a>No link</a>", "- text: No link"),
    ("<h2>Title</h2>", r#"- heading "Title" level=2"#),
    ("<div role=heading aria-level=4>Deep</div>", r#"- heading "Deep" level=4"#),
    ("<label>Email <input type=email required></label>", r#"- textbox "Email" required"#),
    ("<label for=q>Query</label><input id=q type=search value=x>", r#"- searchbox "Query" value="x""#),
    ("<input placeholder=Name>", r#"- textbox "Name""#),
    ("<input aria-label=Name placeholder='Ada'>", r#"- textbox "Name" placeholder="Ada""#),
    ("<input type=number aria-label=Qty value=2>", r#"- spinbutton "Qty" value="2""#),
    ("<label><input type=checkbox checked> Agree</label>", r#"- checkbox "Agree" checked"#),
    ("<label><input type=radio name=r> Fast</label>", r#"- radio "Fast""#),
    ("<input type=submit>", r#"- button "Submit""#),
    ("<input type=hidden name=csrf value=s3cret>", ""),
    ("<textarea aria-label=Notes>hi</textarea>", r#"- textbox "Notes" value="hi""#),
    ("<select aria-label=Size><option>S<option selected>M</select>", r#"- combobox "Size" value="M" options="S | M""#),
    ("<div role=switch aria-checked=true tabindex=0>Dark</div>", r#"- switch "Dark" checked"#),
    ("<div role=tab aria-selected=true tabindex=0>One</div>", r#"- tab "One" selected"#),
    ("<progress value=3 max=10 aria-label=Up></progress>", r#"- progressbar "Up" value="3""#),
    ("<div onclick='1'>Act</div>", r#"- generic "Act" clickable"#),
    ("<div style='cursor:pointer'><span>Act</span></div>", r#"- generic "Act" clickable"#),
    ("<details><summary>More</summary><p>inside</p></details>", r#"- button "More" collapsed"#),
    ("<ul><li>One</li><li>Two <b>bold</b></li></ul>", "- list:\n  - listitem: One\n  - listitem: Two bold"),
    (
        "<ul><li><a href=/a>A</a></li><li><a href=/b>B</a></li></ul>",
        "- list:\n  - link \"A\" → /a\n  - link \"B\" → /b",
    ),
    (
        "<table><tr><th>Name<th>Age</tr><tr><td>Ada<td>36</tr></table>",
        "- table:\n  - row (header): Name | Age\n  - row: Ada | 36",
    ),
    ("<table><tr><td>Ada<td><button>Edit</button></tr></table>", "- table:\n  - row: Ada\n    - button \"Edit\""),
    ("<section aria-label=News><p>Hi</p></section>", "- region \"News\":\n  - text: Hi"),
    ("<section><p>Hi</p></section>", "- text: Hi"),
    (
        "<nav aria-label=Main><a href=/ aria-current=page>Home</a></nav>",
        "- navigation \"Main\":\n  - link \"Home\" current=page → /",
    ),
    ("<div role=alert>Failed</div>", "- alert: Failed"),
    (
        "<dialog open aria-label=Sure>Really?<button>Yes</button></dialog>",
        "- dialog \"Sure\":\n  - text: Really?\n  - button \"Yes\"",
    ),
    ("<img src=x><img src=x alt=''><img src=x alt=Logo>", r#"- img "Logo""#),
    ("<p>one <b>two</b> <i>three</i></p><p>four</p>", "- text: one two three\n- text: four"),
    ("a<br>b", "- text: a b"),
    // Not to be perceived.
    ("<p hidden>no</p><p style='display:none'>no</p><p aria-hidden=true>no</p><p>yes</p>", "- text: yes"),
    ("<div style='visibility:hidden'>no <b style='visibility:visible'>yes</b></div>", "- text: yes"),
    ("<script>no</script><style>no</style><template>no</template><noscript>no</noscript>yes", "- text: yes"),
    ("<button role=none>Still</button>", r#"- button "Still""#),
    ("<ul role=presentation><li>x</li></ul>", "- listitem: x"),
    // A name stays one line, and cannot close its quotes.
    ("<button>a\n  \"b\"\n- button \"c\"</button>", r#"- button "a 'b' - button 'c'""#),
];

#[tokio::test]
async fn html_becomes_these_lines() {
    let mut site = Site::default();
    for (index, (html, _)) in LINES.iter().enumerate() {
        site = site.with(&format!("/{index}"), 200, &[], &format!("<!doctype html><body>{html}"));
    }
    let url = site.serve().await;
    let desk = Desk::new().await;
    let refs = regex::Regex::new(r" \[e\d+\]").unwrap();
    let mut wrong = Vec::new();
    for (index, (html, expected)) in LINES.iter().enumerate() {
        desk.go(&format!("{url}/{index}")).await;
        let tree = desk.tree().await;
        let shown = refs.replace_all(&tree, "").into_owned();
        if shown != *expected {
            wrong.push(format!("{html}\n  expected:\n{expected}\n  shown:\n{shown}"));
        }
    }
    desk.close().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
