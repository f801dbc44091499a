//! The client's roots: the folders that it works in.
#![expect(deprecated, reason = "clients before 2026-07-28 still name their folders in this way")]

use std::{path::PathBuf, time::Duration};

use rmcp::{Peer, RoleServer};

/// A client that takes longer to list its roots has none.
const LIMIT: Duration = Duration::from_secs(5);

/// The folders that the client lists, in its order; none when it does not answer in time.
pub(super) async fn of(peer: &Peer<RoleServer>) -> Vec<PathBuf> {
    match tokio::time::timeout(LIMIT, peer.list_roots()).await {
        Ok(Ok(listed)) => listed.roots.iter().filter_map(|root| path(&root.uri)).collect(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the client did not list its roots");
            Vec::new()
        }
        Err(_) => {
            tracing::warn!("the client did not list its roots in time");
            Vec::new()
        }
    }
}

/// The path of a `file:` URI: percent-encoding decoded, Windows drives (`file:///c%3A/x`, `file:///C:/x`) and shares.
/// Some clients send a plain path; it is taken as it is.
fn path(uri: &str) -> Option<PathBuf> {
    let Some(rest) = uri.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:")).and_then(|_| uri.get(5..))
    else {
        let path = PathBuf::from(uri);
        return path.is_absolute().then_some(path);
    };
    // Some editors write the drive's colon encoded, which URL parsers do not take for a drive.
    let rest = rest.replacen("%3A", ":", 1).replacen("%3a", ":", 1);
    url::Url::parse(&format!("file:{rest}")).ok()?.to_file_path().ok()
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn reads_the_forms_that_clients_send() {
        let checks: &[(&str, Option<&str>)] = if cfg!(windows) {
            &[
                ("file:///C:/work/a%20b", Some(r"C:\work\a b")),
                ("file:///c%3A/work", Some(r"c:\work")),
                ("https://example.org/x", None),
            ]
        } else {
            &[
                ("file:///work/a%20b", Some("/work/a b")),
                ("FILE:///work/%C3%A9t%C3%A9", Some("/work/été")),
                ("file://localhost/work", Some("/work")),
                ("/work/plain", Some("/work/plain")),
                ("https://example.org/x", None),
                ("relative", None),
                ("", None),
            ]
        };
        for (uri, expect) in checks {
            assert_eq!(path(uri), expect.map(Into::into), "{uri}");
        }
    }
}
