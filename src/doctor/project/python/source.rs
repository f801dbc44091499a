//! Files of Python, parsed when they are asked for, and what a name in one of them means.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use ruff_python_ast::{Expr, Stmt, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};

use crate::doctor::{
    files::Files,
    project::{App, Tree},
    script::{Origin, Place, Span},
};

/// A larger file is not parsed.
const MAX_SOURCE: usize = 256 * 1024;
/// Brackets within brackets.
const MAX_NESTING: usize = 200;

/// Files that take a name from each other.
const MAX_DEPTH: usize = 12;

/// A parsed file.
pub struct Source {
    /// Path relative to the workspace.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its statements.
    pub body: Vec<Stmt>,
}

impl Source {
    /// What is written at a range.
    pub fn written(&self, range: TextRange) -> &str {
        let span = span(range);
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Where something is written.
    pub fn origin(&self, ranged: &impl Ranged) -> Origin {
        Origin { path: self.path.as_str().into(), span: span(ranged.range()) }
    }
}

pub fn span(range: TextRange) -> Span {
    Span { start: range.start().to_usize(), end: range.end().to_usize() }
}

/// What a name stands for.
pub enum Bound {
    /// Values that are assigned to it; several where conditions decide.
    Values(Vec<Expr>),
    /// A class.
    Class(Box<StmtClassDef>),
    /// A name of another file.
    Imported(Rc<Source>, String),
    /// A file.
    Module(Rc<Source>),
    /// A name of a package that is installed: `csp.constants`, `SELF`.
    Foreign(String, String),
}

type Parsed = Result<Rc<Source>, String>;

/// The files of one app.
pub struct Sources<'a> {
    files: &'a Files,
    tree: &'a Tree,
    /// The app whose files they are.
    pub app: &'a App,
    parsed: RefCell<HashMap<String, Option<Parsed>>>,
    /// Names that are being looked for on behalf of other names.
    depth: Cell<usize>,
}

impl<'a> Sources<'a> {
    pub fn new(files: &'a Files, tree: &'a Tree, app: &'a App) -> Self {
        Self { files, tree, app, parsed: RefCell::default(), depth: Cell::new(0) }
    }

    /// A file; none where there is none.
    pub fn get(&self, path: &str) -> Option<Parsed> {
        if let Some(known) = self.parsed.borrow().get(path) {
            return known.clone();
        }
        let read = match self.files.read(path) {
            Ok(None) => None,
            Ok(Some(text)) => Some(parse(path, text)),
            Err(why) => Some(Err(why)),
        };
        self.parsed.borrow_mut().insert(path.to_owned(), read.clone());
        read
    }

    /// What a name of a file means: of a function's own, then of the file.
    pub fn bound(&self, source: &Rc<Source>, locals: &[Stmt], name: &str) -> Option<Bound> {
        if self.depth.get() > MAX_DEPTH {
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let found = [locals, &source.body].into_iter().find_map(|body| {
            let mut finder = Finder { sources: self, source, name, values: Vec::new(), other: None };
            finder.body(body, false);
            finder.other.or_else(|| (!finder.values.is_empty()).then_some(Bound::Values(finder.values)))
        });
        self.depth.set(self.depth.get() - 1);
        found
    }

    /// The files that are Django's settings, those of a production first.
    pub fn settings(&self) -> Vec<Rc<Source>> {
        let is_settings = |path: &&str| path.ends_with("settings.py") || path.contains("settings/");
        let mut paths: Vec<&str> =
            self.app.paths(self.tree).filter(|path| path.ends_with(".py")).filter(is_settings).collect();
        paths.sort_by_key(|path| !path.contains("prod"));
        paths.into_iter().take(20).filter_map(|path| self.get(path)?.ok()).collect()
    }

    /// The file that `from …module import` or `import module` means.
    fn module(&self, from: &Source, module: &str, level: u32) -> Option<Rc<Source>> {
        let own = from.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut bases: Vec<String> = Vec::new();
        if level > 0 {
            let mut folder = own;
            for _ in 1..level {
                folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            }
            bases.push(folder.to_owned());
        } else {
            let mut folder = own;
            loop {
                bases.push(folder.to_owned());
                if folder.is_empty() {
                    break;
                }
                folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
            }
        }
        let inner = module.replace('.', "/");
        bases.into_iter().find_map(|base| {
            let head =
                if base.is_empty() || inner.is_empty() { format!("{base}{inner}") } else { format!("{base}/{inner}") };
            let package = if head.is_empty() { "__init__.py".to_owned() } else { format!("{head}/__init__.py") };
            let paths = [format!("{head}.py"), package];
            paths.into_iter().filter(|path| self.tree.has(path)).find_map(|path| self.get(&path)?.ok())
        })
    }
}

fn parse(path: &str, text: String) -> Parsed {
    if text.len() > MAX_SOURCE {
        return Err(format!("it is larger than {} KiB", MAX_SOURCE / 1024));
    }
    let (mut depth, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    if most > MAX_NESTING {
        return Err(format!("its brackets are nested deeper than {MAX_NESTING}"));
    }
    match ruff_python_parser::parse_module(&text) {
        Ok(parsed) => {
            let body = parsed.into_syntax().body.into_iter().collect();
            Ok(Rc::new(Source { path: path.to_owned(), text, body }))
        }
        Err(error) => {
            let place = Place::of(&text, error.location.start().to_usize());
            Err(format!("{place}: {}", error.error))
        }
    }
}

/// Looks for what is bound to a name, the last of all; within branches all count.
struct Finder<'a, 'b> {
    sources: &'a Sources<'b>,
    source: &'a Rc<Source>,
    name: &'a str,
    values: Vec<Expr>,
    other: Option<Bound>,
}

impl Finder<'_, '_> {
    fn body(&mut self, body: &[Stmt], in_branch: bool) {
        for stmt in body {
            match stmt {
                Stmt::Assign(assign) if assign.targets.iter().any(|target| self.is_it(target)) => {
                    self.take(&assign.value, in_branch);
                }
                Stmt::AnnAssign(assign) if self.is_it(&assign.target) => {
                    if let Some(value) = &assign.value {
                        self.take(value, in_branch);
                    }
                }
                Stmt::ClassDef(class) if class.name.as_str() == self.name => {
                    self.other = Some(Bound::Class(Box::new(class.clone())));
                }
                Stmt::Import(import) => {
                    for alias in &import.names {
                        let name = alias.name.as_str();
                        let bound = alias.asname.as_ref().map_or(name, |own| own.as_str());
                        if bound == self.name {
                            self.other = Some(match self.sources.module(self.source, name, 0) {
                                Some(module) => Bound::Module(module),
                                None => Bound::Foreign(name.to_owned(), String::new()),
                            });
                        }
                    }
                }
                Stmt::ImportFrom(import) => self.import_from(import),
                Stmt::If(branch) => {
                    self.body(&branch.body, true);
                    branch.elif_else_clauses.iter().for_each(|clause| self.body(&clause.body, true));
                }
                Stmt::Try(attempt) => {
                    self.body(&attempt.body, in_branch);
                    self.body(&attempt.orelse, in_branch);
                }
                Stmt::With(with) => self.body(&with.body, in_branch),
                _ => {}
            }
        }
    }

    fn import_from(&mut self, import: &ruff_python_ast::StmtImportFrom) {
        let module = import.module.as_ref().map_or("", |module| module.as_str());
        for alias in &import.names {
            let name = alias.name.as_str();
            if alias.asname.as_ref().map_or(name, |own| own.as_str()) != self.name {
                // `from .base import *` brings every name that base has.
                if name == "*"
                    && self.other.is_none()
                    && self.values.is_empty()
                    && let Some(base) = self.sources.module(self.source, module, import.level)
                    && base.path != self.source.path
                    && !base.text.contains("import *")
                    && base.text.contains(self.name)
                {
                    self.other = Some(Bound::Imported(base, self.name.to_owned()));
                }
                continue;
            }
            let inner = if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") };
            self.other = Some(match self.sources.module(self.source, module, import.level) {
                Some(file) if self.sources.bound(&file, &[], name).is_some() => Bound::Imported(file, name.to_owned()),
                _ => match self.sources.module(self.source, &inner, import.level) {
                    Some(file) => Bound::Module(file),
                    None => Bound::Foreign(module.to_owned(), name.to_owned()),
                },
            });
        }
    }

    fn is_it(&self, target: &Expr) -> bool {
        matches!(target, Expr::Name(name) if name.id.as_str() == self.name)
    }

    fn take(&mut self, value: &Expr, in_branch: bool) {
        if !in_branch {
            self.values.clear();
            self.other = None;
        }
        if self.values.len() < 8 {
            self.values.push(value.clone());
        }
    }
}
