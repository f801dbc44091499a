//! Imports and exports, ES modules and CommonJS.

use std::sync::Arc;

use oxc_ast::ast::{
    BindingPattern, Declaration, ExportDefaultDeclarationKind, Expression, ImportDeclarationSpecifier, Statement,
};
use oxc_span::GetSpan;

use super::{Act, Bound, Lower, Stmt};
use crate::doctor::script::{
    Span, span,
    tree::{Export, Exports, Expr, Node},
};

impl<'a> Lower<'_, 'a> {
    /// The statements of the file, with what they export.
    pub(super) fn top(&mut self, all: &[Statement<'a>]) -> (Vec<Stmt>, Vec<Export>) {
        let (mut body, mut exports) = (Vec::new(), Vec::new());
        for statement in all {
            let at = span(statement.span());
            let node = match statement {
                Statement::ImportDeclaration(import) => {
                    self.import(import);
                    Act::Other
                }
                Statement::ExportDeclaration(export) => {
                    let act = self.declaration(&export.declaration);
                    declared(&export.declaration, &mut exports);
                    act
                }
                Statement::ExportNamedDeclaration(export) => {
                    for each in &export.specifiers {
                        let value = Exports::Name(each.local.name().to_string());
                        exports.push(exported(each.exported.name().as_str(), span(each.span), value));
                    }
                    Act::Other
                }
                Statement::ExportFromDeclaration(export) => {
                    let source = export.source.value.to_string();
                    self.imports.push((source.clone(), span(export.source.span)));
                    for each in &export.specifiers {
                        let value = Exports::From(source.clone(), each.local.name().to_string());
                        exports.push(exported(each.exported.name().as_str(), span(each.span), value));
                    }
                    Act::Other
                }
                Statement::ExportAllDeclaration(export) => {
                    let source = export.source.value.to_string();
                    self.imports.push((source.clone(), span(export.source.span)));
                    let name = export.exported.as_ref().map_or_else(|| "*".to_owned(), |name| name.name().to_string());
                    exports.push(exported(&name, at, Exports::From(source, "*".to_owned())));
                    Act::Other
                }
                Statement::ExportDefaultDeclaration(export) => self.default(&export.declaration, at, &mut exports),
                Statement::TSExportAssignment(export) => self.value(&export.expression, at, &mut exports),
                other => self.statement(other).node,
            };
            if let Act::Expr(value) = &node {
                common_js(value, &mut exports);
            }
            body.push(Stmt { span: at, node });
        }
        (body, exports)
    }

    fn value(&mut self, value: &Expression<'a>, at: Span, exports: &mut Vec<Export>) -> Act {
        let value = Exports::Value(Arc::new(self.expr(value)));
        exports.push(exported("default", at, value));
        Act::Other
    }

    fn default(&mut self, value: &ExportDefaultDeclarationKind<'a>, at: Span, exports: &mut Vec<Export>) -> Act {
        match value {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                let lowered = self.function(function);
                let own = span(function.span);
                if let Some(id) = &function.id {
                    self.bind(id.name.as_str(), span(id.span), Bound::Function(Arc::clone(&lowered)));
                }
                let value = Exports::Value(Arc::new(Expr { span: own, node: Node::Function(lowered) }));
                exports.push(exported("default", at, value));
                Act::Other
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                let value = Exports::Value(Arc::new(self.class(class)));
                exports.push(exported("default", at, value));
                Act::Other
            }
            other => match other.as_expression() {
                Some(value) => self.value(value, at, exports),
                None => Act::Other,
            },
        }
    }

    fn import(&mut self, import: &oxc_ast::ast::ImportDeclaration<'a>) {
        let source = import.source.value.to_string();
        // What only has types is gone at run time.
        if import.import_kind.is_type() {
            return;
        }
        self.imports.push((source.clone(), span(import.source.span)));
        for each in import.specifiers.iter().flatten() {
            let (local, name) = match each {
                ImportDeclarationSpecifier::ImportSpecifier(each) => (&each.local, each.imported.name().to_string()),
                ImportDeclarationSpecifier::ImportDefaultSpecifier(each) => (&each.local, "default".to_owned()),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(each) => (&each.local, "*".to_owned()),
            };
            self.bind(local.name.as_str(), span(local.span), Bound::Import(source.clone(), name));
        }
    }
}

fn exported(name: &str, at: Span, value: Exports) -> Export {
    Export { name: name.to_owned(), span: at, value, direct: false }
}

fn declared(declaration: &Declaration<'_>, exports: &mut Vec<Export>) {
    let mut push = |name: &str, at: Span, direct: bool| {
        let value = Exports::Name(name.to_owned());
        exports.push(Export { name: name.to_owned(), span: at, value, direct });
    };
    match declaration {
        Declaration::VariableDeclaration(all) => {
            for each in &all.declarations {
                let simple = matches!(each.id, BindingPattern::BindingIdentifier(_));
                for id in each.id.get_binding_identifiers() {
                    push(id.name.as_str(), span(each.span), simple && all.kind.is_const());
                }
            }
        }
        Declaration::FunctionDeclaration(function) => {
            if let Some(id) = &function.id {
                push(id.name.as_str(), span(function.span), false);
            }
        }
        Declaration::ClassDeclaration(class) => {
            if let Some(id) = &class.id {
                push(id.name.as_str(), span(class.span), false);
            }
        }
        _ => {}
    }
}

/// `module.exports = …`, `module.exports.name = …`, `exports.name = …`
fn common_js(value: &Expr, exports: &mut Vec<Export>) {
    let Node::Assign("=", target, value) = &value.node else { return };
    let name = match target.dotted().as_deref() {
        Some(["module", "exports"]) => "default",
        Some(["module", "exports", name] | ["exports", name]) => *name,
        _ => return,
    };
    exports.push(exported(name, target.span, Exports::Value(Arc::new((**value).clone()))));
}
