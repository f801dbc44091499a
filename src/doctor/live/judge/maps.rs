//! SRC001, live: source maps that anyone can fetch.

use crate::{
    doctor::{
        finding::{At, Finding, Fix, Found, Severity},
        live::{Live, answer::shown},
        project::App,
    },
    http::is_loopback,
};

/// Public source maps. On this machine they are usual: development servers give them out.
pub fn public_maps(live: &Live, _app: Option<&App>, found: &mut Found) {
    let Some(first) = live.maps.first() else { return };
    let local = is_loopback(&live.url);
    if local && is_development(live) {
        return;
    }
    let severity = if local { Severity::Info } else { Severity::Warning };
    let place = if local { "In production that" } else { "That" };
    let message = format!(
        "{} is served to anyone. {place} gives your source code away; Sentry needs the maps only uploaded.",
        shown(&first.map)
    );
    let mut finding = Finding::new("SRC001", severity, "live", message);
    for map in &live.maps {
        finding = finding.at(At::whole(shown(&map.map)));
    }
    let finding = finding.evidence("begin of the map", first.begin.clone()).fix(Fix {
        title: "Upload source maps, and do not serve them".to_owned(),
        edits: Vec::new(),
        steps: vec![
            "Let the build plugin delete them after the upload: `sourcemaps: { deleteSourcemapsAfterUpload: true }` (Next.js), `sourcemaps: { filesToDeleteAfterUpload: [\"./dist/**/*.map\"] }` (Vite and others).".to_owned(),
            "If they are meant to be public, ignore this.".to_owned(),
        ],
    });
    found.add(if local { finding.likely() } else { finding });
}

/// Servers for development serve maps, and nothing that they serve is deployed.
fn is_development(live: &Live) -> bool {
    const WORDS: [&str; 5] = ["/@vite/", "/@id/", "hmr-client", "_development_", "react-refresh"];
    let mut scripts = live.pages.iter().flat_map(|page| &page.scripts);
    scripts.any(|script| WORDS.iter().any(|word| script.src.contains(word)))
}
