//! A script as an owned tree: what rules look at, small and without types.
//!
//! Wrappers that change nothing at run time are gone: parentheses, `as`, `satisfies`, `!`, optional chaining.

use std::sync::Arc;

use super::Span;

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// Where.
    pub span: Span,
    /// What.
    pub node: Node,
}

/// What an expression is.
#[derive(Debug, Clone)]
pub enum Node {
    /// `null`
    Null,
    /// `true`
    Bool(bool),
    /// `0.1`
    Number(f64),
    /// `'text'`
    Text(String),
    /// `/re/g`: pattern and flags.
    Regex(String, String),
    /// A template: its texts with their places, and what stands between them.
    Template(Vec<(String, Span)>, Vec<Expr>),
    /// `[…]`
    List(Vec<Item>),
    /// `{…}`
    Object(Vec<Property>),
    /// `name`
    Name(String),
    /// `object.name`, the place of the name.
    Member(Box<Expr>, String, Span),
    /// `object[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `callee(…)`, and `new callee(…)` where the flag is set.
    Call(Box<Expr>, Vec<Item>, bool),
    /// A function of any kind.
    Function(Arc<Function>),
    /// `left op right`, also `&&`, `||`, `??`.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `!value`, `typeof value`, …
    Unary(&'static str, Box<Expr>),
    /// `test ? then : other`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `target = value`, also `+=` and the like.
    Assign(&'static str, Box<Expr>, Box<Expr>),
    /// `await value`
    Await(Box<Expr>),
    /// `import('source')`
    Import(Box<Expr>),
    /// `import.meta`
    ImportMeta,
    /// `<Name attribute={…}>children</Name>`; a fragment has no name. Text between is a `Text`.
    Element(String, Vec<Property>, Vec<Expr>),
    /// `a, b`; also the members of a class and other things whose parts matter and whose value does not.
    Parts(Vec<Expr>),
    /// Something else.
    Other,
}

/// An element of a list, or an argument.
#[derive(Debug, Clone)]
pub struct Item {
    /// `...value`
    pub spread: bool,
    /// It; a hole of a list is `Other`.
    pub value: Expr,
}

/// A property of an object, or an attribute.
#[derive(Debug, Clone)]
pub struct Property {
    /// Its name; none = computed, or a spread.
    pub name: Option<String>,
    /// `...value`
    pub spread: bool,
    /// The whole of it.
    pub span: Span,
    /// Its value; of a method the function.
    pub value: Expr,
}

/// A function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its own name.
    pub name: Option<String>,
    /// The whole of it.
    pub span: Span,
    /// Its parameters: the name, or none where a pattern takes it apart (its names are bindings of the module's list).
    pub params: Vec<Option<String>>,
    /// Its statements; of an arrow function with an expression, the one `return` of it.
    pub body: Vec<Stmt>,
    /// `async`
    pub is_async: bool,
}

/// A statement.
#[derive(Debug, Clone)]
pub struct Stmt {
    /// Where.
    pub span: Span,
    /// What.
    pub node: Act,
}

/// What a statement does.
#[derive(Debug, Clone)]
pub enum Act {
    /// `const name = value`; what a pattern takes apart has the name none. Names are in the module's list of bindings.
    Declare(Vec<(Option<String>, Option<Arc<Expr>>)>),
    /// `function name() {}`
    Function(Arc<Function>),
    /// An expression.
    Expr(Expr),
    /// `return value`
    Return(Option<Expr>),
    /// `throw value`
    Throw(Expr),
    /// `if (test) then else other`
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// `{ … }`, `try`, `catch`, `finally`, labels
    Block(Vec<Stmt>),
    /// Loops: what stands in the head, and the body.
    Loop(Vec<Expr>, Vec<Stmt>),
    /// `switch (value) { case test: … }`
    Switch(Expr, Vec<(Option<Expr>, Vec<Stmt>)>),
    /// Imports, types and whatever does nothing.
    Other,
}

/// A name and what it stands for.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Where the name can be used.
    pub scope: Span,
    /// What it stands for.
    pub value: Bound,
    /// It is assigned to after its declaration.
    pub reassigned: bool,
    /// Something is added to it: `+=`, `.push()`, `name.field = …`.
    pub grown: bool,
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub enum Bound {
    /// A declaration's value, and the names and numbers that a pattern takes out of it, outermost first.
    Value(Arc<Expr>, Vec<String>),
    /// A function.
    Function(Arc<Function>),
    /// The export of another module: its source, and the name; `default`, and `*` for all of it.
    Import(String, String),
    /// The parameter with this number of the function that begins at this byte, and what a pattern takes out of it.
    Param(usize, usize, Vec<String>),
    /// Not known: no value, a class, a loop's variable.
    Unknown,
}

/// An export.
#[derive(Debug, Clone)]
pub struct Export {
    /// Its name; `default`; `*` for `export * from`.
    pub name: String,
    /// Where.
    pub span: Span,
    /// What it is.
    pub value: Exports,
    /// It is written as `export const name = …`.
    pub direct: bool,
}

/// What an export is.
#[derive(Debug, Clone)]
pub enum Exports {
    /// A name of this module.
    Name(String),
    /// A value.
    Value(Arc<Expr>),
    /// An export of another module: source and name.
    From(String, String),
}

/// A parsed script.
#[derive(Debug, Clone)]
pub struct Module {
    /// Path relative to the workspace.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
    /// Its statements.
    pub body: Vec<Stmt>,
    /// Every name in it.
    pub bindings: Vec<Binding>,
    /// What it exports, CommonJS too.
    pub exports: Vec<Export>,
    /// Sources of all imports, `require` and `import()` with a literal too, with their places.
    pub imports: Vec<(String, Span)>,
    /// `'use client'` and the like.
    pub directives: Vec<String>,
}

impl Module {
    /// What a name stands for at a byte of the text.
    pub fn binding(&self, name: &str, at: usize) -> Option<&Binding> {
        let here = self.bindings.iter().filter(|each| each.name == name);
        let here = here.filter(|each| each.scope.start <= at && at < each.scope.end.max(each.scope.start + 1));
        here.min_by_key(|each| each.scope.end - each.scope.start)
    }

    /// The export of a name.
    pub fn export(&self, name: &str) -> Option<&Export> {
        self.exports.iter().find(|each| each.name == name)
    }

    /// The text of a place, in one line, at most 160 characters.
    pub fn excerpt(&self, at: Span) -> String {
        let text = self.text.get(at.start..at.end).unwrap_or_default();
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > 160 { line.chars().take(160).collect::<String>() + "…" } else { line }
    }

    /// Calls `see` with every expression of the module, the outer before the inner.
    pub fn each<'m>(&'m self, see: &mut dyn FnMut(&'m Expr)) {
        each_in(&self.body, see);
        for export in &self.exports {
            if let (Exports::Value(value), false) = (&export.value, export.direct) {
                value.each(see);
            }
        }
    }
}

/// Calls `see` with every expression of these statements, the outer before the inner.
pub fn each_in<'m>(body: &'m [Stmt], see: &mut dyn FnMut(&'m Expr)) {
    for statement in body {
        match &statement.node {
            Act::Declare(all) => all.iter().filter_map(|(_, init)| init.as_deref()).for_each(|init| init.each(see)),
            Act::Function(function) => each_in(&function.body, see),
            Act::Expr(value) | Act::Throw(value) | Act::Return(Some(value)) => value.each(see),
            Act::If(test, then, other) => {
                test.each(see);
                each_in(then, see);
                each_in(other, see);
            }
            Act::Block(body) => each_in(body, see),
            Act::Loop(head, body) => {
                head.iter().for_each(|value| value.each(see));
                each_in(body, see);
            }
            Act::Switch(value, cases) => {
                value.each(see);
                for (test, body) in cases {
                    if let Some(test) = test {
                        test.each(see);
                    }
                    each_in(body, see);
                }
            }
            Act::Return(None) | Act::Other => {}
        }
    }
}

impl Expr {
    /// Calls `see` with this expression and all within, those of functions too.
    pub fn each<'m>(&'m self, see: &mut dyn FnMut(&'m Self)) {
        see(self);
        match &self.node {
            Node::Template(_, parts) | Node::Parts(parts) => parts.iter().for_each(|part| part.each(see)),
            Node::List(items) => items.iter().for_each(|item| item.value.each(see)),
            Node::Object(properties) => properties.iter().for_each(|property| property.value.each(see)),
            Node::Member(inner, ..) | Node::Unary(_, inner) | Node::Await(inner) | Node::Import(inner) => {
                inner.each(see)
            }
            Node::Index(a, b) | Node::Binary(_, a, b) | Node::Assign(_, a, b) => {
                a.each(see);
                b.each(see);
            }
            Node::Call(callee, items, _) => {
                callee.each(see);
                items.iter().for_each(|item| item.value.each(see));
            }
            Node::Function(function) => each_in(&function.body, see),
            Node::If(a, b, c) => [a, b, c].into_iter().for_each(|part| part.each(see)),
            Node::Element(_, attributes, children) => {
                attributes.iter().for_each(|attribute| attribute.value.each(see));
                children.iter().for_each(|child| child.each(see));
            }
            _ => {}
        }
    }

    /// The names of `a.b.c`, outermost first; none where it is anything else. `import.meta` counts as two.
    pub fn dotted(&self) -> Option<Vec<&str>> {
        match &self.node {
            Node::Name(name) => Some(vec![name]),
            Node::ImportMeta => Some(vec!["import", "meta"]),
            Node::Member(object, name, _) => {
                let mut path = object.dotted()?;
                path.push(name);
                Some(path)
            }
            Node::Index(object, index) => {
                let Node::Text(name) = &index.node else { return None };
                let mut path = object.dotted()?;
                path.push(name);
                Some(path)
            }
            _ => None,
        }
    }

    /// The env variable that it reads: `process.env.X`, `import.meta.env.X`, `Deno.env.get('X')` and `Bun.env.X`.
    pub fn env(&self) -> Option<&str> {
        if let Node::Call(callee, items, false) = &self.node
            && callee.dotted()? == ["Deno", "env", "get"]
            && let Some(Item { value: Self { node: Node::Text(name), .. }, .. }) = items.first()
        {
            return Some(name);
        }
        match self.dotted()?.as_slice() {
            ["process" | "Bun", "env", name] | ["globalThis", "process", "env", name] => Some(name),
            ["import", "meta", "env", name] => Some(name),
            _ => None,
        }
    }

    /// The text that it is, where it is a plain one.
    pub fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Text(text) => Some(text),
            Node::Template(texts, parts) if parts.is_empty() => texts.first().map(|(text, _)| text.as_str()),
            _ => None,
        }
    }

    /// The property of an object as it is written: of several with the name, the last.
    pub fn property(&self, name: &str) -> Option<&Property> {
        let Node::Object(properties) = &self.node else { return None };
        properties.iter().rev().find(|property| property.name.as_deref() == Some(name))
    }
}
