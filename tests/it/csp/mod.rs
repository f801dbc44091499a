//! The policies of pages: decided as Chromium decides, linted, patched, told.

mod cases;
mod chromium;
mod differential;
mod fuzz;
mod lint;
mod patch;
mod second;
mod tool;

use fixloop::doctor::csp::{Judged, Kind, Page, Role, Target, judge, read};

pub const PAGE: &str = "https://app.example.com/";

pub fn page(address: &str) -> Page {
    Page::new(address).unwrap()
}

pub fn target(kind: Kind, url: &str, page: &Page) -> Target {
    let url = page.url().join(url).unwrap();
    Target { label: "", kind, url, role: Role::Needed, note: "" }
}

/// Judges one address by policies given as text.
pub fn judged(policies: &[&str], kind: Kind, url: &str, at: &str) -> Judged {
    let texts: Vec<String> = policies.iter().map(|text| (*text).to_owned()).collect();
    let page = page(at);
    let target = target(kind, url, &page);
    judge(&read(&texts), &page, target)
}
