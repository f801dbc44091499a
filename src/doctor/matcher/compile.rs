//! Next.js's compilation of a matcher: `getMiddlewareMatchers` of `build/analysis/get-page-static-info.js`.

use super::{
    declared::{Condition, ConditionKind, Declared, Entry, Invalid},
    emit,
    generation::{Grammar, Next, Suffix},
    js::JsRegex,
    tokens,
};

/// What of the app's config decides, besides the matcher.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Site {
    /// The version of Next.js.
    pub next: Next,
    /// `basePath`; empty = none.
    pub base_path: String,
    /// `i18n.locales`, the default one first; none = no i18n of the pages router.
    pub locales: Option<Vec<String>>,
}

/// A matcher, ready to be asked.
#[derive(Debug)]
pub struct Matcher {
    pub(super) site: Site,
    /// None = everywhere.
    pub(super) entries: Option<Vec<Compiled>>,
}

/// One entry, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// As it is written.
    pub entry: Entry,
    /// Matches the whole path.
    pub regex: JsRegex,
    pub(super) has: Vec<Check>,
    pub(super) missing: Vec<Check>,
}

/// A condition, compiled.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) condition: Condition,
    /// None where any value will do.
    pub(super) value: Option<JsRegex>,
}

/// Longest source, with what Next.js adds to it, in UTF-16 code units.
const MAX_SOURCE: usize = 4096;

impl Matcher {
    /// Compiles what is declared; refuses what Next.js refuses.
    pub fn new(declared: &Declared, site: &Site) -> Result<Self, Invalid> {
        let entries = match declared {
            Declared::Everywhere => None,
            Declared::Entries(entries) => {
                Some(entries.iter().map(|entry| compile(entry, site)).collect::<Result<_, _>>()?)
            }
        };
        Ok(Self { site: site.clone(), entries })
    }

    /// Its entries; none = the middleware runs everywhere.
    pub fn entries(&self) -> Option<&[Compiled]> {
        self.entries.as_deref()
    }

    /// The version, base path and locales that it was compiled for.
    pub fn site(&self) -> &Site {
        &self.site
    }
}

/// The regular expression of a route in the way of path-to-regexp: of a rewrite, of Clerk's lists. None where it is none.
pub fn route(source: &str) -> Option<JsRegex> {
    let grammar = Grammar::Six3;
    let text = emit::expression(&tokens::parse(source, grammar).ok()?, grammar).ok()?;
    JsRegex::new(&emit::source(&text)).ok()
}

fn compile(entry: &Entry, site: &Site) -> Result<Compiled, Invalid> {
    let invalid = |why: String| Invalid::new(format!("`{}`: {why}", entry.source), entry.span);
    // Next.js checks the source as it is written, and again with what it has added.
    checked(&entry.source, site.next).map_err(invalid)?;
    let source = checked(&built_source(entry, site), site.next).map_err(invalid)?;
    let regex = JsRegex::new(&source).map_err(invalid)?;
    let checks = |list: &[Condition]| list.iter().map(check).collect::<Result<Vec<_>, _>>().map_err(invalid);
    let (has, missing) = (checks(&entry.has)?, checks(&entry.missing)?);
    Ok(Compiled { entry: entry.clone(), regex, has, missing })
}

/// The source with base path, data prefix, locale and suffix.
fn built_source(entry: &Entry, site: &Site) -> String {
    let root = entry.source == "/";
    let mut source = entry.source.clone();
    if site.locales.is_some() && entry.locale {
        let rest = if root { "" } else { &source };
        source = format!("/:nextInternalLocale((?!_next/)[^/.]{{1,}}){rest}");
    }
    let i18n = if site.locales.is_some() { r"|\.json|" } else { "" };
    let suffix = match (site.next.suffix(), root) {
        (Suffix::Bare, false) => "(.json)?".to_owned(),
        (Suffix::Data, false) => r"{(\.json)}?".to_owned(),
        (Suffix::Transport, false) => r"{(\.json|\.rsc|\.segments/.+\.segment\.rsc)}?".to_owned(),
        (Suffix::Bare | Suffix::Data, true) => format!(r"({i18n}/?index|/?index\.json)?"),
        (Suffix::Transport, true) => {
            format!(r"({i18n}/?index|/?index\.json|/?index(?:\.rsc|\.segments/.+\.segment\.rsc))?")
        }
    };
    format!("{}/:nextData(_next/data/[^/]{{1,}})?{source}{suffix}", site.base_path)
}

/// The regular expression of a source that Next.js takes.
fn checked(source: &str, next: Next) -> Result<String, String> {
    let units = |text: &str| text.encode_utf16().count();
    if !source.starts_with('/') {
        return Err("the source does not start with /".to_owned());
    }
    if next.strict() && units(source) > MAX_SOURCE {
        return Err(format!("the source is longer than {MAX_SOURCE} characters"));
    }
    let text = emit::expression(&tokens::parse(source, next.grammar())?, next.grammar())?;
    let text = emit::source(&text);
    if !next.strict() && units(&text) > MAX_SOURCE {
        return Err(format!("its regular expression is longer than {MAX_SOURCE} characters"));
    }
    JsRegex::new(&text)?;
    Ok(text)
}

fn check(condition: &Condition) -> Result<Check, String> {
    let value = match &condition.value {
        // Next.js compiles it with each request: a wrong one answers 500 there.
        Some(value) => Some(JsRegex::new(&format!("^{value}$")).map_err(|error| {
            let key = if condition.kind == ConditionKind::Host { "host" } else { &condition.key };
            format!("the value of {key} cannot be used: {error}")
        })?),
        None => None,
    };
    Ok(Check { condition: condition.clone(), value })
}
