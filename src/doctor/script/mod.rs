//! JavaScript and TypeScript, read without running them: the one user of oxc.
//!
//! A file is parsed and asked for what it exports and for the literals in it; nothing of the syntax tree leaves this room.

mod evaluate;
mod literal;
mod look;
mod lower;
mod run;
pub mod tree;
mod value;

pub use evaluate::{Evaluated, Unknown};
pub use literal::{Literal, Place, Plain, Span};
pub use look::{Exported, Guard};
pub use run::{Called, Given, Scope, evaluate, evaluate_given, evaluate_in, exported, result};
pub use value::{Hidden, Origin, Piece, Value, What};

use std::thread;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::Parser;
use oxc_span::SourceType;

/// A larger file is not read.
pub const MAX_SCRIPT: usize = 512 * 1024;
/// Brackets within brackets: more are no code that a person wrote.
const MAX_NESTING: usize = 400;
/// The parser calls itself; the longest file of nothing but nested operators fits in here.
const STACK: usize = 512 * 1024 * 1024;

/// A parsed file.
pub struct Script<'a> {
    program: &'a Program<'a>,
    text: &'a str,
}

/// Parses a file and lets `ask` look at it. `name` says by its extension what the file is. The error says why it cannot be
/// read, with line and column where it is the syntax.
pub fn read<T: Send>(name: &str, text: &str, ask: impl FnOnce(&Script<'_>) -> T + Send) -> Result<T, String> {
    if text.len() > MAX_SCRIPT {
        return Err(format!("it is larger than {} KiB", MAX_SCRIPT / 1024));
    }
    if nesting(text) > MAX_NESTING {
        return Err(format!("its brackets are nested deeper than {MAX_NESTING}"));
    }
    let kind = SourceType::from_path(name).unwrap_or_else(|_| SourceType::tsx());
    // JSX in `.js` is common, and harmless to allow.
    let kind = if kind.is_typescript() { kind } else { kind.with_jsx(true) };
    thread::scope(|scope| {
        let reader = thread::Builder::new().name("script".to_owned()).stack_size(STACK);
        let reader = reader.spawn_scoped(scope, || parse(text, kind, ask));
        let reader = reader.map_err(|error| format!("no thread to read it: {error}"))?;
        reader.join().unwrap_or_else(|_| Err("the parser failed on it".to_owned()))
    })
}

/// Parses a file into an owned tree. The error says why it cannot be read, as of [`read`].
pub fn module(path: &str, text: &str) -> Result<tree::Module, String> {
    read(path, text, |script| script.module(path))
}

fn parse<T>(text: &str, kind: SourceType, ask: impl FnOnce(&Script<'_>) -> T) -> Result<T, String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, kind).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        let first = parsed.diagnostics.iter().next();
        let message = first.map_or_else(|| "a syntax error".to_owned(), |first| first.message.to_string());
        let at = first.and_then(|first| first.labels.as_ref().first());
        let place = at.map(|label| format!("{}: ", Place::of(text, label.offset() as usize)));
        return Err(format!("{}{message}", place.unwrap_or_default()));
    }
    Ok(ask(&Script { program: &parsed.program, text }))
}

/// How deep brackets are nested, strings and comments taken for code: an upper bound, near enough.
fn nesting(text: &str) -> usize {
    let (mut depth, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

fn span(span: oxc_span::Span) -> Span {
    Span { start: span.start as usize, end: span.end as usize }
}
