//! What a file exports, the options of a config file, and what a middleware function does first.

use oxc_ast::ast::{
    Argument, ArrowFunctionBody, AssignmentTarget, BindingPattern, Declaration, ExportDefaultDeclarationKind,
    Expression, FunctionBody, ObjectExpression, ObjectPropertyKind, Statement, VariableDeclaration,
    VariableDeclarationKind,
};
use oxc_span::GetSpan;

use super::{Evaluated, Script, Span, Unknown, span};

/// An exported constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// Its value, or the expression that hides it.
    pub value: Result<Evaluated, Unknown>,
    /// Whether it is `export const NAME = …`, the only form that Next.js reads.
    pub direct: bool,
    /// Where it is written.
    pub span: Span,
}

/// An `if (…) return …` among the first statements of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Guard {
    /// The condition, as it is written, shortened.
    pub condition: String,
    /// What is returned, shortened; empty = nothing.
    pub returns: String,
    /// Where the `if` is.
    pub span: Span,
}

/// Objects that are looked into for an option, and functions in functions.
const MAX_DEPTH: usize = 16;
/// Guards that are told of one function.
const MAX_GUARDS: usize = 20;

impl<'a> Script<'a> {
    /// The constant that the file exports by this name.
    pub fn exported(&self, name: &str) -> Option<Exported> {
        for statement in &self.program.body {
            if let Statement::ExportDeclaration(export) = statement
                && let Declaration::VariableDeclaration(declared) = &export.declaration
                && let Some((init, at)) = initial(declared, name)
            {
                let direct = declared.kind == VariableDeclarationKind::Const;
                return Some(Exported { value: self.evaluate(init), direct, span: at });
            }
            if let Statement::ExportNamedDeclaration(export) = statement
                && let Some(specifier) = export.specifiers.iter().find(|each| each.exported.name().as_str() == name)
            {
                let (at, local) = (span(specifier.span), specifier.local.name());
                let value = match self.constant(local.as_str()) {
                    Some(init) => self.evaluate(init),
                    None => Err(Unknown { expression: self.excerpt(at, 120), span: at }),
                };
                return Some(Exported { value, direct: false, span: at });
            }
        }
        self.reexported(name)
    }

    /// `export { NAME } from '…'`: what it is stands in another file.
    fn reexported(&self, name: &str) -> Option<Exported> {
        self.program.body.iter().find_map(|statement| {
            let Statement::ExportFromDeclaration(export) = statement else { return None };
            let specifier = export.specifiers.iter().find(|each| each.exported.name().as_str() == name)?;
            let at = span(specifier.span);
            let value = Err(Unknown { expression: self.excerpt(span(export.span), 120), span: at });
            Some(Exported { value, direct: false, span: at })
        })
    }

    /// The initial value of a constant at the top of the file.
    pub(super) fn constant(&self, name: &str) -> Option<&'a Expression<'a>> {
        self.program.body.iter().find_map(|statement| match statement {
            Statement::VariableDeclaration(declared) if declared.kind == VariableDeclarationKind::Const => {
                initial(declared, name).map(|(init, _)| init)
            }
            Statement::ExportDeclaration(export) => match &export.declaration {
                Declaration::VariableDeclaration(declared) if declared.kind == VariableDeclarationKind::Const => {
                    initial(declared, name).map(|(init, _)| init)
                }
                _ => None,
            },
            _ => None,
        })
    }

    /// An option of a config file: looked for in the default export, through the calls that wrap it, the names that it
    /// goes by, and the functions that return it. The first object that has it decides.
    pub fn option(&self, name: &str) -> Option<Result<Evaluated, Unknown>> {
        let mut objects = Vec::new();
        self.objects(self.default_export()?, 0, &mut objects);
        objects.iter().find_map(|object| {
            object.properties.iter().find_map(|property| match property {
                ObjectPropertyKind::ObjectProperty(property) if property.key.is_specific_static_name(name) => {
                    Some(self.evaluate(&property.value))
                }
                _ => None,
            })
        })
    }

    fn default_export(&self) -> Option<&'a Expression<'a>> {
        self.program.body.iter().find_map(|statement| match statement {
            Statement::ExportDefaultDeclaration(export) => export.declaration.as_expression(),
            Statement::TSExportAssignment(export) => Some(&export.expression),
            Statement::ExpressionStatement(statement) => match &statement.expression {
                Expression::AssignmentExpression(assign) if is_module_exports(&assign.left) => Some(&assign.right),
                _ => None,
            },
            _ => None,
        })
    }

    fn objects(&self, expression: &'a Expression<'a>, depth: usize, found: &mut Vec<&'a ObjectExpression<'a>>) {
        if depth > MAX_DEPTH || found.len() > MAX_DEPTH {
            return;
        }
        match expression.get_inner_expression() {
            Expression::ObjectExpression(object) => found.push(object),
            Expression::Identifier(name) => {
                if let Some(constant) = self.constant(name.name.as_str()) {
                    self.objects(constant, depth + 1, found);
                }
            }
            Expression::CallExpression(call) => {
                for argument in call.arguments.iter().filter_map(Argument::as_expression) {
                    self.objects(argument, depth + 1, found);
                }
                self.objects(&call.callee, depth + 1, found);
            }
            Expression::AwaitExpression(inner) => self.objects(&inner.argument, depth + 1, found),
            Expression::ArrowFunctionExpression(function) => match &function.body {
                ArrowFunctionBody::FunctionBody(body) => self.returned(body, depth, found),
                body => {
                    if let Some(value) = body.as_expression() {
                        self.objects(value, depth + 1, found);
                    }
                }
            },
            Expression::FunctionExpression(function) => {
                if let Some(body) = &function.body {
                    self.returned(body, depth, found);
                }
            }
            _ => {}
        }
    }

    fn returned(&self, body: &'a FunctionBody<'a>, depth: usize, found: &mut Vec<&'a ObjectExpression<'a>>) {
        for statement in &body.statements {
            if let Statement::ReturnStatement(returns) = statement
                && let Some(value) = &returns.argument
            {
                self.objects(value, depth + 1, found);
            }
        }
    }

    /// The `if (…) return …` statements at the top of the function that the file exports by one of these names or as the
    /// default, also of a function that is handed to a wrapper.
    pub fn guards(&self, names: &[&str]) -> Vec<Guard> {
        let mut guards = Vec::new();
        for body in self.functions(names) {
            for statement in &body.statements {
                if let Statement::IfStatement(branch) = statement
                    && let Some(returns) = only_return(&branch.consequent)
                    && guards.len() < MAX_GUARDS
                {
                    let returns = returns.map(|value| self.excerpt(span(value.span()), 160)).unwrap_or_default();
                    let condition = self.excerpt(span(branch.test.span()), 160);
                    guards.push(Guard { condition, returns, span: span(branch.span) });
                }
            }
        }
        guards
    }

    fn functions(&self, names: &[&str]) -> Vec<&'a FunctionBody<'a>> {
        let mut found = Vec::new();
        for statement in &self.program.body {
            match statement {
                Statement::ExportDeclaration(export) => match &export.declaration {
                    Declaration::FunctionDeclaration(function) => {
                        let named = function.id.as_ref().is_some_and(|id| names.contains(&id.name.as_str()));
                        found.extend(function.body.as_deref().filter(|_| named));
                    }
                    Declaration::VariableDeclaration(declared) => {
                        for init in names.iter().filter_map(|name| initial(declared, name)) {
                            self.bodies(init.0, 0, &mut found);
                        }
                    }
                    _ => {}
                },
                Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                    ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                        found.extend(function.body.as_deref());
                    }
                    other => {
                        if let Some(value) = other.as_expression() {
                            self.bodies(value, 0, &mut found);
                        }
                    }
                },
                _ => {}
            }
        }
        found
    }

    fn bodies(&self, expression: &'a Expression<'a>, depth: usize, found: &mut Vec<&'a FunctionBody<'a>>) {
        if depth > MAX_DEPTH || found.len() > MAX_DEPTH {
            return;
        }
        match expression.get_inner_expression() {
            Expression::ArrowFunctionExpression(function) => {
                if let ArrowFunctionBody::FunctionBody(body) = &function.body {
                    found.push(body);
                }
            }
            Expression::FunctionExpression(function) => found.extend(function.body.as_deref()),
            Expression::CallExpression(call) => {
                for argument in call.arguments.iter().filter_map(Argument::as_expression) {
                    self.bodies(argument, depth + 1, found);
                }
            }
            Expression::Identifier(name) => match self.constant(name.name.as_str()) {
                Some(constant) => self.bodies(constant, depth + 1, found),
                None => found.extend(self.declared_function(name.name.as_str())),
            },
            _ => {}
        }
    }

    fn declared_function(&self, name: &str) -> Option<&'a FunctionBody<'a>> {
        self.program.body.iter().find_map(|statement| match statement {
            Statement::FunctionDeclaration(function) => {
                function.body.as_deref().filter(|_| function.id.as_ref().is_some_and(|id| id.name.as_str() == name))
            }
            _ => None,
        })
    }
}

fn initial<'a>(declared: &'a VariableDeclaration<'a>, name: &str) -> Option<(&'a Expression<'a>, Span)> {
    declared.declarations.iter().find_map(|each| match &each.id {
        BindingPattern::BindingIdentifier(id) if id.name.as_str() == name => {
            each.init.as_ref().map(|init| (init, span(each.span)))
        }
        _ => None,
    })
}

fn is_module_exports(target: &AssignmentTarget<'_>) -> bool {
    match target {
        AssignmentTarget::StaticMemberExpression(member) => {
            member.property.name.as_str() == "exports"
                && matches!(&member.object, Expression::Identifier(object) if object.name.as_str() == "module")
        }
        _ => false,
    }
}

/// The value of the return that a branch is; none where it is something else.
fn only_return<'a>(branch: &'a Statement<'a>) -> Option<Option<&'a Expression<'a>>> {
    match branch {
        Statement::ReturnStatement(returns) => Some(returns.argument.as_ref()),
        Statement::BlockStatement(block) => match block.body.last() {
            Some(Statement::ReturnStatement(returns)) => Some(returns.argument.as_ref()),
            _ => None,
        },
        _ => None,
    }
}
