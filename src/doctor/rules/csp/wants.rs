//! What the browser side of an app needs of a policy.

use url::Url;

use crate::doctor::{
    csp::{Dsn, Kind, Needs, Page, Role, Target, needs},
    project::{App, Init, Kind as Framework, Runtime},
    script::{Value, What},
};

/// Stands for the app's own address, which reading does not tell.
const PAGE: &str = "https://app.example.com/";

/// What is needed.
pub(super) struct Wants {
    /// Stands for a page of the app.
    pub(super) page: Page,
    /// What must get through, or better would.
    pub(super) targets: Vec<Target>,
    /// Events to a DSN that is not known: its host can be any.
    pub(super) any_host: Option<Target>,
    /// The expression that hides the DSN or the tunnel.
    pub(super) hidden: Option<String>,
}

/// Where the browser SDK sends to.
enum Tunnel {
    None,
    At(Url),
    Unknown(String),
}

/// What an app needs; none where nothing of Sentry runs in its pages.
pub(super) fn wants(app: &App) -> Option<Wants> {
    let page = Page::new(PAGE)?;
    let inits: Vec<&Init> = app.inits.iter().filter(|init| init.runtime == Runtime::Client).collect();
    if inits.is_empty() && app.scripts.is_empty() {
        return None;
    }
    let mut wants = Wants { page, targets: Vec::new(), any_host: None, hidden: None };
    for init in &inits {
        wants.of(app, init);
    }
    for script in &app.scripts {
        let label = if script.loader { "the loader" } else { "the SDK of the CDN" };
        wants.add(label, Kind::Script, Url::parse(&script.url).ok());
        if script.loader {
            let bundle = Url::parse("https://browser.sentry-cdn.com/bundle.min.js").ok();
            wants.add("the SDK that the loader fetches", Kind::DynamicScript, bundle);
        }
    }
    if inits.is_empty() {
        // The loader brings the DSN with it.
        wants.any_host = any_host(&wants.page);
    }
    Some(wants)
}

/// Stands for events to a host that is not known.
fn any_host(page: &Page) -> Option<Target> {
    let target = Target::read("connect https://o0.ingest.sentry.io/api/0/envelope/", page)?;
    Some(Target { label: "events to the host of the DSN", ..target })
}

impl Wants {
    fn add(&mut self, label: &'static str, kind: Kind, url: Option<Url>) {
        let Some(url) = url else { return };
        if !self.targets.iter().any(|target| target.kind == kind && target.url == url) {
            self.targets.push(Target { label, kind, url, role: Role::Needed, note: "" });
        }
    }

    fn of(&mut self, app: &App, init: &Init) {
        let dsn = init.option("dsn").and_then(|dsn| dsn.value.any_text()).and_then(|dsn| Dsn::read(&dsn).ok());
        let tunnel = tunnel(app, init, dsn.as_ref(), &self.page);
        if replays(init) {
            self.add("the worker of Replay", Kind::Worker, Url::parse("blob:").ok());
        }
        match (tunnel, dsn) {
            (Tunnel::Unknown(expression), _) => self.hidden = Some(expression),
            (Tunnel::At(url), _) => self.add("events through the tunnel", Kind::Connect, Some(url)),
            (Tunnel::None, Some(dsn)) => {
                let all = needs(&Needs { dsn: &dsn, tunnel: None, sink: None }, &self.page);
                let events = all.into_iter().find(|target| target.kind == Kind::Connect);
                self.add("events to the ingest host", Kind::Connect, events.map(|target| target.url));
            }
            (Tunnel::None, None) => {
                self.any_host = any_host(&self.page);
                self.hidden = init.option("dsn").and_then(|dsn| expression(&dsn.value));
            }
        }
    }
}

/// The expression that hides a value.
fn expression(value: &Value) -> Option<String> {
    match &value.what {
        What::Env(name) => Some(name.clone()),
        What::Choice(all) => all.iter().find_map(expression),
        _ => value.hidden().map(|hidden| hidden.expression.clone()),
    }
}

fn tunnel(app: &App, init: &Init, dsn: Option<&Dsn>, page: &Page) -> Tunnel {
    // withSentryConfig sets it behind the options of Sentry.init.
    let route = app.plugins.iter().find_map(|plugin| plugin.option("tunnelRoute"));
    // Without a host of an organization the SDK sends directly.
    let routed = app.framework.kind == Framework::Next && dsn.is_none_or(has_number);
    let settings = [route.filter(|_| routed), init.option("tunnel")];
    for setting in settings.into_iter().flatten() {
        let value = &setting.value;
        match (value.any_text(), value.truthy(), expression(value)) {
            (Some(path), ..) if !path.is_empty() => return page.url().join(&path).map_or(Tunnel::None, Tunnel::At),
            (_, Some(true), _) => return page.url().join("/tunnel").map_or(Tunnel::None, Tunnel::At),
            (_, None, Some(expression)) => return Tunnel::Unknown(expression),
            _ => {}
        }
    }
    Tunnel::None
}

/// Whether the host is one that `tunnelRoute` knows: `o1.ingest.de.sentry.io`.
fn has_number(dsn: &Dsn) -> bool {
    let number = dsn.host.split('.').next().and_then(|first| first.strip_prefix('o'));
    dsn.is_saas() && number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// Whether Replay records and compresses in a worker of its own.
fn replays(init: &Init) -> bool {
    let zero = |name: &str| match init.option(name) {
        None => true,
        Some(rate) => rate.value.number() == Some(0.0),
    };
    let Some(integrations) = init.option("integrations") else { return false };
    let items = match integrations.value.items() {
        [] => vec![&integrations.value],
        items => items.iter().flat_map(Value::choices).collect(),
    };
    let replay = items
        .into_iter()
        .filter_map(expression)
        .find(|words| words.contains("replayIntegration(") || words.contains("Replay("));
    let Some(words) = replay else { return false };
    let own_worker = !words.contains("workerUrl") && !words.contains("useCompression: false");
    own_worker && !(zero("replaysSessionSampleRate") && zero("replaysOnErrorSampleRate"))
}
