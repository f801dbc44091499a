//! Which addresses a pattern is for: pages that a browser shows, or something else.

/// Endings of what is no page.
const ASSETS: [&str; 24] = [
    "js", "mjs", "css", "map", "json", "svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "woff", "woff2",
    "ttf", "otf", "eot", "pdf", "mp4", "webm", "txt", "xml", "wasm",
];
/// Folders of what is no page.
const FOLDERS: [&str; 11] =
    ["api", "_next", "static", "assets", "images", "img", "fonts", "uploads", "media", ".well-known", "_nuxt"];

/// Whether a pattern of any dialect (`/(.*)`, `/:path*`, `/*`, `/**`, `~* \.svg$`) can mean a page. What it is not sure of is one.
pub(super) fn are_shown(pattern: &str) -> bool {
    let pattern = pattern.trim().trim_start_matches(['^', '/']).trim_end_matches('$');
    let first = pattern.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let whole = pattern.len() > first.len() || !first.contains(['(', '*', ':']);
    if whole && FOLDERS.contains(&first.as_str()) {
        return false;
    }
    !is_asset(pattern)
}

/// Whether a pattern means every page.
pub fn are_all(pattern: &str) -> bool {
    let all = [
        "/(.*)",
        "/*",
        "/**",
        "/:path*",
        "/:path(.*)",
        "/(.*)?",
        "*",
        "**",
        "/",
        "/((?!api/).*)",
        "/((?!api).*)",
        "/(.*)/",
        "/:slug*",
        "/:all*",
    ];
    all.contains(&pattern)
}

/// Whether every ending that the pattern names is one of no page: `sw.js`, `(.*).svg`, `.*\.(js|css)`.
fn is_asset(pattern: &str) -> bool {
    let last = pattern.rsplit('/').next().unwrap_or_default();
    let Some((_, ending)) = last.rsplit_once('.') else { return false };
    let ending = ending.trim_start_matches("(?:").trim_matches(['(', ')', '{', '}', '$', '?', '+']);
    let mut names = ending.split(['|', ',']).map(|name| name.trim().to_ascii_lowercase()).peekable();
    names.peek().is_some() && names.all(|name| ASSETS.contains(&name.trim_end_matches('?')) || name == "jpe?g")
}
