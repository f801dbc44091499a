//! Targets: what a page wants to do.

use url::Url;

use super::Page;

/// What kind of act a policy is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// fetch, XHR, beacon, WebSocket, EventSource.
    Connect,
    /// A `<script src>` in the HTML.
    Script,
    /// A script that another script inserts.
    DynamicScript,
    /// An inline `<script>`.
    Inline,
    /// A worker.
    Worker,
    /// A picture.
    Image,
    /// A style sheet.
    Style,
    /// A font.
    Font,
    /// A frame.
    Frame,
    /// Audio or video.
    Media,
    /// A plugin.
    Object,
    /// A web app manifest.
    Manifest,
}

const KINDS: [(Kind, &str, &[&str]); 12] = [
    (Kind::Connect, "connect", &["connect-src", "default-src"]),
    (Kind::Script, "script", &["script-src-elem", "script-src", "default-src"]),
    (Kind::DynamicScript, "dynamic-script", &["script-src-elem", "script-src", "default-src"]),
    (Kind::Inline, "inline", &["script-src-elem", "script-src", "default-src"]),
    (Kind::Worker, "worker", &["worker-src", "child-src", "script-src", "default-src"]),
    (Kind::Image, "image", &["img-src", "default-src"]),
    (Kind::Style, "style", &["style-src-elem", "style-src", "default-src"]),
    (Kind::Font, "font", &["font-src", "default-src"]),
    (Kind::Frame, "frame", &["frame-src", "child-src", "default-src"]),
    (Kind::Media, "media", &["media-src", "default-src"]),
    (Kind::Object, "object", &["object-src", "default-src"]),
    (Kind::Manifest, "manifest", &["manifest-src", "default-src"]),
];

impl Kind {
    /// Its name: `connect`.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        KINDS.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// All names.
    pub fn names() -> Vec<&'static str> {
        KINDS.iter().map(|row| row.1).collect()
    }

    /// The directives that can decide, the first one that a policy has decides.
    pub fn chain(self) -> &'static [&'static str] {
        KINDS.iter().find(|row| row.0 == self).map_or(&[], |row| row.2)
    }

    /// Whether it runs code by a tag, where nonces and `'strict-dynamic'` count.
    pub fn is_script(self) -> bool {
        matches!(self, Self::Script | Self::DynamicScript | Self::Inline)
    }
}

/// How much hangs on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Without it nothing arrives; what was asked for by name.
    Needed,
    /// Without it something works less well.
    Useful,
    /// Needed only where the page does such a thing.
    Optional,
}

/// One thing that a page wants to do.
#[derive(Debug, Clone)]
pub struct Target {
    /// What it is for, in our words; empty where it was asked for by address.
    pub label: &'static str,
    /// The kind of act.
    pub kind: Kind,
    /// Its address; `blob:` stands for any blob of the page.
    pub url: Url,
    /// How much hangs on it.
    pub role: Role,
    /// What it means when it is blocked, in our words.
    pub note: &'static str,
}

impl Target {
    /// Reads `connect https://host/path`, `worker blob:`, `/path` (a kind that is not said is `connect`; a path is of the
    /// page's own origin). `None` where it is no address.
    pub fn read(text: &str, page: &Page) -> Option<Self> {
        let text = text.trim();
        let (kind, address) = match text.split_once(char::is_whitespace) {
            Some((kind, address)) => (Kind::named(&kind.to_ascii_lowercase())?, address.trim()),
            None if text == "inline" => (Kind::Inline, "/"),
            None => (Kind::Connect, text),
        };
        if address.is_empty() || address.contains(char::is_whitespace) {
            return None;
        }
        let url = page.url().join(address).ok()?;
        let known = matches!(url.scheme(), "blob" | "data" | "filesystem") || url.host_str().is_some();
        known.then_some(Self { label: "", kind, url, role: Role::Needed, note: "" })
    }
}
