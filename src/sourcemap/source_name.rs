//! Names that bundlers give to sources → plain paths. Pure.

/// A source name without what the bundler wrapped it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceName {
    /// With `/`, without `.` and without inner `..`; may begin with `../`, or with `/` or a drive when absolute.
    pub(super) path: String,
    /// Code of a package, not of the app.
    pub(super) vendor: bool,
    /// Code that the bundler itself wrote (bootstrap, runtime, polyfills).
    pub(super) runtime: bool,
}

/// Unwraps a source name: `webpack://app/./src/cart.ts?ab12`, `/@fs/home/me/app/src/cart.ts`, `turbopack:///[project]/…`.
pub(super) fn normal(source: &str) -> SourceName {
    let plain = unwrapped(source);
    let virtual_name = source.starts_with('\0') || plain.starts_with(['\0', '<']);
    let runtime = virtual_name
        || ["webpack/", "(webpack)", "[turbopack]", "vite/", "@vite/", "/@vite/", "/@react-refresh"]
            .iter()
            .any(|start| plain.starts_with(start))
        || plain.contains("(webpack)")
        || plain.contains("/[turbopack]");
    let path = resolved(&plain);
    let vendor = ["node_modules/", ".yarn/", ".pnpm/", "bower_components/"]
        .iter()
        .any(|folder| path.starts_with(folder) || path.contains(&format!("/{folder}")));
    SourceName { path, vendor, runtime }
}

fn unwrapped(source: &str) -> String {
    let mut name = source.trim().replace('\\', "/");
    for scheme in ["webpack-internal://", "webpack://", "turbopack://", "rollup://", "parcel://", "ng://", "app://"] {
        if let Some(rest) = name.strip_prefix(scheme) {
            // What stands before the first slash is the bundle's name, not a folder.
            name = rest.split_once('/').map_or(rest, |(_, path)| path).to_owned();
        }
    }
    if let Some(rest) = name.strip_prefix("file://") {
        name = rest.to_owned();
        // file:///C:/… is a drive.
        if name.get(2..3) == Some(":") {
            name.remove(0);
        }
    } else if let Some(rest) = name.strip_prefix("http://").or_else(|| name.strip_prefix("https://")) {
        name = rest.split_once('/').map_or("", |(_, path)| path).to_owned();
    }
    if let Some(rest) = name.strip_prefix("/@fs/").or_else(|| name.strip_prefix("@fs/")) {
        name = if rest.get(1..2) == Some(":") { rest.to_owned() } else { format!("/{rest}") };
    }
    if let Some((path, _)) = name.split_once('?') {
        name = path.to_owned();
    }
    let trimmed = name.trim_start_matches('/');
    if let Some(rest) = trimmed.strip_prefix("[project]/") {
        return rest.to_owned();
    }
    // Next.js puts the layer in front: `(app-pages-browser)/./src/page.tsx`.
    if let Some((layer, rest)) = trimmed.split_once(")/./")
        && layer.starts_with('(')
        && layer != "(webpack"
    {
        return rest.to_owned();
    }
    name
}

/// Resolves `.` and `..`; what leads out at the front stays as `../`.
fn resolved(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}

impl SourceName {
    /// The path without what leads out of the folder or is absolute: what a file in the workspace may end with.
    pub(super) fn tail(&self) -> &str {
        let mut tail = self.path.trim_start_matches('/');
        while let Some(rest) = tail.strip_prefix("../") {
            tail = rest;
        }
        tail
    }
}
