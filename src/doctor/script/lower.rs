//! oxc's syntax tree → the owned one.

mod expr;
mod module;
mod name;

use oxc_ast::ast::{
    ArrowFunctionBody, BindingPattern, Declaration, ForStatementInit, ForStatementLeft, FormalParameters, Statement,
    VariableDeclaration,
};
use oxc_span::GetSpan;
use std::sync::Arc;

use super::{
    Script, Span, span,
    tree::{Act, Binding, Bound, Expr, Function, Module, Stmt},
};

/// Deeper nested code becomes `Other`: whoever walks the tree calls itself.
const MAX_DEPTH: usize = 250;

/// A name that is changed: which, where, and whether something is only added to it.
struct Assigned {
    name: String,
    at: usize,
    grows: bool,
}

/// What is collected on the way.
struct Lower<'s, 'a> {
    script: &'s Script<'a>,
    bindings: Vec<Binding>,
    /// Names that are assigned to.
    assigned: Vec<Assigned>,
    imports: Vec<(String, Span)>,
    /// The scopes that are open, outermost first.
    scopes: Vec<Span>,
    depth: usize,
}

impl<'a> Script<'a> {
    /// The file as an owned tree.
    pub(super) fn module(&self, path: &str) -> Module {
        let whole = Span { start: 0, end: self.text.len() };
        let mut lower = Lower {
            script: self,
            bindings: Vec::new(),
            assigned: Vec::new(),
            imports: Vec::new(),
            scopes: vec![whole],
            depth: 0,
        };
        let (body, exports) = lower.top(&self.program.body);
        let directives = self.program.directives.iter().map(|each| each.expression.value.to_string()).collect();
        let (mut bindings, imports) = (lower.bindings, lower.imports);
        for Assigned { name, at, grows } in lower.assigned {
            let inner = bindings.iter_mut().filter(|each| each.name == name);
            let inner = inner.filter(|each| each.scope.start <= at && at < each.scope.end);
            if let Some(binding) = inner.min_by_key(|each| each.scope.end - each.scope.start) {
                binding.reassigned |= !grows;
                binding.grown |= grows;
            }
        }
        Module { path: path.to_owned(), text: self.text.into(), body, bindings, exports, imports, directives }
    }
}

impl<'a> Lower<'_, 'a> {
    fn scope(&self) -> Span {
        self.scopes.last().copied().unwrap_or(Span { start: 0, end: self.script.text.len() })
    }

    fn bind(&mut self, name: &str, at: Span, value: Bound) {
        let scope = self.scope();
        self.bindings.push(Binding { name: name.to_owned(), span: at, scope, value, reassigned: false, grown: false });
    }

    fn within<T>(&mut self, scope: Span, run: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(scope);
        let value = run(self);
        self.scopes.pop();
        value
    }

    fn statements(&mut self, all: &[Statement<'a>]) -> Vec<Stmt> {
        all.iter().map(|statement| self.statement(statement)).collect()
    }

    /// A branch or a loop's body: the statements of a block, or the one that stands there.
    fn body(&mut self, statement: &Statement<'a>) -> Vec<Stmt> {
        match statement {
            Statement::BlockStatement(block) => self.within(span(block.span), |lower| lower.statements(&block.body)),
            other => vec![self.statement(other)],
        }
    }

    fn statement(&mut self, statement: &Statement<'a>) -> Stmt {
        let at = span(statement.span());
        self.depth += 1;
        let node = if self.depth > MAX_DEPTH { Act::Other } else { self.act(statement) };
        self.depth -= 1;
        Stmt { span: at, node }
    }

    fn act(&mut self, statement: &Statement<'a>) -> Act {
        match statement {
            Statement::ExpressionStatement(each) => Act::Expr(self.expr(&each.expression)),
            Statement::ReturnStatement(each) => Act::Return(each.argument.as_ref().map(|value| self.expr(value))),
            Statement::ThrowStatement(each) => Act::Throw(self.expr(&each.argument)),
            Statement::IfStatement(each) => {
                let test = self.expr(&each.test);
                let then = self.body(&each.consequent);
                let other = each.alternate.as_ref().map(|other| self.body(other)).unwrap_or_default();
                Act::If(test, then, other)
            }
            Statement::BlockStatement(_) => Act::Block(self.body(statement)),
            Statement::LabeledStatement(each) => Act::Block(self.body(&each.body)),
            Statement::TryStatement(each) => {
                let mut all = self.within(span(each.block.span), |lower| lower.statements(&each.block.body));
                if let Some(handler) = &each.handler {
                    let body = self.within(span(handler.span), |lower| lower.statements(&handler.body.body));
                    all.push(Stmt { span: span(handler.span), node: Act::Block(body) });
                }
                if let Some(block) = &each.finalizer {
                    let body = self.within(span(block.span), |lower| lower.statements(&block.body));
                    all.push(Stmt { span: span(block.span), node: Act::Block(body) });
                }
                Act::Block(all)
            }
            Statement::SwitchStatement(each) => {
                let value = self.expr(&each.discriminant);
                let cases = self.within(span(each.span), |lower| {
                    let case = |case: &oxc_ast::ast::SwitchCase<'a>, lower: &mut Self| {
                        let test = case.test.as_ref().map(|test| lower.expr(test));
                        (test, lower.statements(&case.consequent))
                    };
                    each.cases.iter().map(|each| case(each, lower)).collect()
                });
                Act::Switch(value, cases)
            }
            Statement::VariableDeclaration(each) => self.declare(each),
            Statement::FunctionDeclaration(function) => self.function_declared(function),
            Statement::ClassDeclaration(class) => {
                if let Some(id) = &class.id {
                    self.bind(id.name.as_str(), span(id.span), Bound::Unknown);
                }
                Act::Expr(self.class(class))
            }
            other => self.repeated(other),
        }
    }

    fn repeated(&mut self, statement: &Statement<'a>) -> Act {
        let whole = span(statement.span());
        match statement {
            Statement::WhileStatement(each) => Act::Loop(vec![self.expr(&each.test)], self.body(&each.body)),
            Statement::DoWhileStatement(each) => Act::Loop(vec![self.expr(&each.test)], self.body(&each.body)),
            Statement::ForStatement(each) => self.within(whole, |lower| {
                if let Some(ForStatementInit::VariableDeclaration(declared)) = &each.init {
                    drop(lower.declare(declared));
                }
                let head = each.test.iter().chain(&each.update).map(|value| lower.expr(value)).collect();
                Act::Loop(head, lower.body(&each.body))
            }),
            Statement::ForOfStatement(each) => self.within(whole, |lower| {
                lower.looped(&each.left);
                Act::Loop(vec![lower.expr(&each.right)], lower.body(&each.body))
            }),
            Statement::ForInStatement(each) => self.within(whole, |lower| {
                lower.looped(&each.left);
                Act::Loop(vec![lower.expr(&each.right)], lower.body(&each.body))
            }),
            _ => Act::Other,
        }
    }

    fn looped(&mut self, left: &ForStatementLeft<'a>) {
        if let ForStatementLeft::VariableDeclaration(declared) = left {
            for each in &declared.declarations {
                self.names(&each.id, &mut Vec::new(), &|_| Bound::Unknown);
            }
        }
    }

    fn declare(&mut self, declared: &VariableDeclaration<'a>) -> Act {
        let mut all = Vec::new();
        for each in &declared.declarations {
            let init = each.init.as_ref().map(|init| Arc::new(self.expr(init)));
            let value = |path: &[String]| match &init {
                Some(init) => Bound::Value(Arc::clone(init), path.to_vec()),
                None => Bound::Unknown,
            };
            self.names(&each.id, &mut Vec::new(), &value);
            let name = match &each.id {
                BindingPattern::BindingIdentifier(id) => Some(id.name.to_string()),
                _ => None,
            };
            all.push((name, init));
        }
        Act::Declare(all)
    }

    /// The declaration of an export.
    fn declaration(&mut self, declaration: &Declaration<'a>) -> Act {
        match declaration {
            Declaration::VariableDeclaration(each) => self.declare(each),
            Declaration::FunctionDeclaration(function) => self.function_declared(function),
            Declaration::ClassDeclaration(class) => Act::Expr(self.class(class)),
            _ => Act::Other,
        }
    }

    fn function_declared(&mut self, function: &oxc_ast::ast::Function<'a>) -> Act {
        let lowered = self.function(function);
        if let Some(id) = &function.id {
            self.bind(id.name.as_str(), span(id.span), Bound::Function(Arc::clone(&lowered)));
        }
        Act::Function(lowered)
    }

    fn function(&mut self, function: &oxc_ast::ast::Function<'a>) -> Arc<Function> {
        let at = span(function.span);
        let name = function.id.as_ref().map(|id| id.name.to_string());
        let (params, body) = self.within(at, |lower| {
            let params = lower.params(&function.params, at.start);
            let body = function.body.as_ref().map(|body| lower.statements(&body.statements)).unwrap_or_default();
            (params, body)
        });
        Arc::new(Function { name, span: at, params, body, is_async: function.r#async })
    }

    fn arrow(&mut self, function: &oxc_ast::ast::ArrowFunctionExpression<'a>) -> Arc<Function> {
        let at = span(function.span);
        let (params, body) = self.within(at, |lower| {
            let params = lower.params(&function.params, at.start);
            let body = match &function.body {
                ArrowFunctionBody::FunctionBody(body) => lower.statements(&body.statements),
                body => match body.as_expression() {
                    Some(value) => {
                        let value: Expr = lower.expr(value);
                        vec![Stmt { span: value.span, node: Act::Return(Some(value)) }]
                    }
                    None => Vec::new(),
                },
            };
            (params, body)
        });
        Arc::new(Function { name: None, span: at, params, body, is_async: function.r#async })
    }

    fn params(&mut self, params: &FormalParameters<'a>, function: usize) -> Vec<Option<String>> {
        let mut all = Vec::new();
        for (number, param) in params.items.iter().enumerate() {
            self.names(&param.pattern, &mut Vec::new(), &|path| Bound::Param(function, number, path.to_vec()));
            all.push(match &param.pattern {
                BindingPattern::BindingIdentifier(id) => Some(id.name.to_string()),
                _ => None,
            });
        }
        if let Some(rest) = &params.rest {
            self.names(&rest.rest.argument, &mut Vec::new(), &|_| Bound::Unknown);
        }
        all
    }
}
