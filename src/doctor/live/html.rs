//! What a page's HTML says: policies in `<meta>`, and scripts.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// Scripts that are kept.
const MAX_SCRIPTS: usize = 60;
/// Policies that are kept.
const MAX_POLICIES: usize = 10;

/// A script that the HTML loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptSeen {
    /// As it is written.
    pub src: String,
    /// Its tag has a nonce.
    pub nonce: bool,
}

/// What the HTML says.
#[derive(Debug, Default)]
pub(super) struct Html {
    /// Policies of `<meta>` tags of the head.
    pub policies: Vec<String>,
    /// Scripts.
    pub scripts: Vec<ScriptSeen>,
}

/// Reads a page. Browsers heed a policy only in the head, and do not read what stands in `<noscript>` or `<template>`.
pub(super) fn read(bytes: &[u8]) -> Html {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut html = Html::default();
    let (mut head, mut inert) = (true, 0_usize);
    for Ok(token) in Tokenizer::new_with_emitter(bytes, emitter) {
        match token {
            Token::StartTag(tag) => {
                let name = &*tag.name;
                match &**name {
                    b"noscript" | b"template" => inert += 1,
                    b"meta" if head && inert == 0 && html.policies.len() < MAX_POLICIES => {
                        html.policies.extend(policy(&tag))
                    }
                    b"script" if inert == 0 && html.scripts.len() < MAX_SCRIPTS => html.scripts.extend(script(&tag)),
                    // Anything else that is shown ends the head.
                    b"html" | b"head" | b"title" | b"base" | b"link" | b"style" | b"meta" | b"script" => {}
                    _ if inert == 0 => head = false,
                    _ => {}
                }
            }
            Token::EndTag(tag) => match &**tag.name {
                b"noscript" | b"template" => inert = inert.saturating_sub(1),
                b"head" => head = false,
                _ => {}
            },
            _ => {}
        }
    }
    html
}

fn policy(tag: &StartTag<()>) -> Option<String> {
    let equiv = attribute(tag, b"http-equiv")?;
    equiv.trim().eq_ignore_ascii_case("content-security-policy").then(|| attribute(tag, b"content")).flatten()
}

fn script(tag: &StartTag<()>) -> Option<ScriptSeen> {
    let src = attribute(tag, b"src").filter(|src| !src.trim().is_empty())?;
    Some(ScriptSeen { src: src.trim().to_owned(), nonce: attribute(tag, b"nonce").is_some() })
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
}
