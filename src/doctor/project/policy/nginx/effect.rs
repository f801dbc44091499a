//! Which headers the blocks of nginx send: one `add_header` in a block drops all that it would inherit.

use crate::doctor::project::policy::{Draft, Header, Layer, PolicyText, pages};

use super::{
    syntax::Directive,
    value::{Variables, learn, value},
};

/// What a block gets from those around it.
#[derive(Clone, Default)]
struct Around {
    added: Vec<PolicyText>,
    /// `more_set_headers`, which is not dropped.
    more: Vec<PolicyText>,
    variables: Variables,
}

/// The policies that pages get.
pub(super) fn policies(directives: &[Directive]) -> Vec<PolicyText> {
    let mut found = Vec::new();
    block(directives, &Around::default(), None, &mut found);
    found
}

fn block(directives: &[Directive], around: &Around, pages: Option<&str>, found: &mut Vec<PolicyText>) {
    let own = own(directives, around);
    let inner: Vec<&Directive> = directives.iter().filter(|directive| directive.block.is_some()).collect();
    let mut covered = false;
    for directive in &inner {
        let Some(block_of) = &directive.block else { continue };
        match directive.name() {
            "http" | "server" => {
                covered = true;
                block(block_of, &own, pages, found);
            }
            "location" => {
                let (pattern, all) = location(directive);
                let shown = all && sends_index(block_of) && inner.iter().any(|other| is_index(other));
                covered |= all;
                if !pattern.starts_with('@') && !shown && pages::are_shown(&pattern) {
                    let pattern = (!all).then_some(pattern);
                    block(block_of, &own, pattern.as_deref().or(pages), found);
                }
            }
            _ => {}
        }
    }
    if !covered {
        for policy in own.added.iter().chain(&own.more) {
            let mut policy = policy.clone();
            policy.pages = pages.map(str::to_owned);
            found.push(policy);
        }
    }
}

/// What a block sends, and hands on.
fn own(directives: &[Directive], around: &Around) -> Around {
    let mut own = Around { added: Vec::new(), more: around.more.clone(), variables: around.variables.clone() };
    let merge = directives.iter().any(|each| each.name() == "add_header_inherit" && each.word(1) == "merge");
    let any = directives.iter().any(|each| each.name() == "add_header");
    if merge || !any {
        own.added.clone_from(&around.added);
    }
    for directive in directives {
        learn(directive, &mut own.variables);
        match directive.name() {
            "add_header" => {
                let Some(header) = Header::named(directive.word(1)) else { continue };
                let Some(word) = directive.words.get(2) else { continue };
                let draft = value(&directive.path, word, &own.variables);
                if !draft.text.is_empty() {
                    own.added.push(PolicyText::new(Layer::Server, &directive.path, word.span, draft).named(header));
                }
            }
            "more_set_headers" => own.more.extend(more(directive, &own.variables)),
            _ => {}
        }
    }
    own
}

/// `more_set_headers 'Content-Security-Policy: …'`
fn more(directive: &Directive, variables: &Variables) -> Vec<PolicyText> {
    let mut found = Vec::new();
    for word in directive.words.iter().skip(1) {
        let Some((name, rest)) = word.raw.split_once(':') else { continue };
        let Some(header) = Header::named(name) else { continue };
        let lead = name.len() + 1 + rest.len() - rest.trim_start().len();
        let mut word = word.clone();
        word.raw = rest.trim_start().to_owned();
        word.span.start += lead;
        let draft: Draft = value(&directive.path, &word, variables);
        found.push(PolicyText::new(Layer::Server, &directive.path, word.span, draft).named(header));
    }
    found
}

/// The address of a location, and whether it is for all that no other is for.
fn location(directive: &Directive) -> (String, bool) {
    let (modifier, address) = match directive.words.len() {
        0..=2 => ("", directive.word(1)),
        _ => (directive.word(1), directive.word(2)),
    };
    let all = match modifier {
        "" | "^~" => address == "/",
        "~" | "~*" => matches!(address, "." | ".*" | "/" | "^/" | "^/(.*)$" | "^(.*)$" | "^.*$"),
        _ => false,
    };
    (address.to_owned(), all)
}

/// `try_files … /index.html`: the page is sent by the location of that address.
fn sends_index(block: &[Directive]) -> bool {
    let last = |each: &Directive| each.words.last().is_some_and(|word| word.raw == "/index.html");
    block.iter().any(|each| each.name() == "try_files" && last(each))
}

fn is_index(directive: &Directive) -> bool {
    directive.name() == "location" && directive.words.last().is_some_and(|word| word.raw == "/index.html")
}
