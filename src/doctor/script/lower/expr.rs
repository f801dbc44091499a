//! Expressions.

use oxc_ast::ast::{
    Argument, ArrayExpressionElement, AssignmentTarget, Class, ClassElement, Expression, JSXAttributeItem,
    JSXAttributeName, JSXAttributeValue, JSXChild, JSXElement, JSXElementName, ObjectExpression, ObjectPropertyKind,
};
use oxc_span::GetSpan;

use super::{Assigned, Lower, MAX_DEPTH};
use crate::doctor::script::{
    Span, span,
    tree::{Expr, Item, Node, Property},
};

impl<'a> Lower<'_, 'a> {
    pub(super) fn expr(&mut self, expression: &Expression<'a>) -> Expr {
        let inner = expression.get_inner_expression();
        let at = span(inner.span());
        self.depth += 1;
        let node = if self.depth > MAX_DEPTH { Node::Other } else { self.node(inner) };
        self.depth -= 1;
        Expr { span: at, node }
    }

    fn boxed(&mut self, expression: &Expression<'a>) -> Box<Expr> {
        Box::new(self.expr(expression))
    }

    fn node(&mut self, expression: &Expression<'a>) -> Node {
        match expression {
            Expression::NullLiteral(_) => Node::Null,
            Expression::BooleanLiteral(literal) => Node::Bool(literal.value),
            Expression::NumericLiteral(literal) => Node::Number(literal.value),
            Expression::StringLiteral(literal) => Node::Text(literal.value.to_string()),
            Expression::RegExpLiteral(literal) => {
                Node::Regex(literal.regex.pattern.text.to_string(), literal.regex.flags.to_string())
            }
            Expression::TemplateLiteral(template) => self.template(template),
            Expression::Identifier(name) => Node::Name(name.name.to_string()),
            Expression::ArrayExpression(array) => {
                let items = array.elements.iter().map(|element| match element {
                    ArrayExpressionElement::SpreadElement(each) => {
                        Item { spread: true, value: self.expr(&each.argument) }
                    }
                    element => match element.as_expression() {
                        Some(value) => Item { spread: false, value: self.expr(value) },
                        None => Item { spread: false, value: other(span(element.span())) },
                    },
                });
                Node::List(items.collect())
            }
            Expression::ObjectExpression(object) => self.object(object),
            Expression::ArrowFunctionExpression(function) => Node::Function(self.arrow(function)),
            Expression::FunctionExpression(function) => Node::Function(self.function(function)),
            Expression::ClassExpression(class) => self.class(class).node,
            Expression::AwaitExpression(each) => Node::Await(self.boxed(&each.argument)),
            Expression::BinaryExpression(each) => {
                Node::Binary(each.operator.as_str(), self.boxed(&each.left), self.boxed(&each.right))
            }
            Expression::LogicalExpression(each) => {
                Node::Binary(each.operator.as_str(), self.boxed(&each.left), self.boxed(&each.right))
            }
            Expression::UnaryExpression(each) => Node::Unary(each.operator.as_str(), self.boxed(&each.argument)),
            Expression::ConditionalExpression(each) => {
                Node::If(self.boxed(&each.test), self.boxed(&each.consequent), self.boxed(&each.alternate))
            }
            Expression::AssignmentExpression(each) => {
                let grows = each.operator.as_str() == "+=";
                let target = Box::new(self.target(&each.left, grows));
                Node::Assign(each.operator.as_str(), target, self.boxed(&each.right))
            }
            Expression::CallExpression(call) => self.call(&call.callee, &call.arguments, false),
            Expression::NewExpression(call) => self.call(&call.callee, &call.arguments, true),
            Expression::SequenceExpression(each) => {
                Node::Parts(each.expressions.iter().map(|value| self.expr(value)).collect())
            }
            Expression::TaggedTemplateExpression(each) => {
                let mut parts = vec![self.expr(&each.tag)];
                parts.extend(each.quasi.expressions.iter().map(|value| self.expr(value)));
                Node::Parts(parts)
            }
            Expression::YieldExpression(each) => {
                Node::Parts(each.argument.iter().map(|value| self.expr(value)).collect())
            }
            Expression::ImportExpression(each) => {
                let source = self.boxed(&each.source);
                if let Node::Text(text) = &source.node {
                    self.imports.push((text.clone(), source.span));
                }
                Node::Import(source)
            }
            Expression::ImportMeta(_) => Node::ImportMeta,
            Expression::JSXElement(element) => self.element(element),
            Expression::JSXFragment(fragment) => {
                Node::Element(String::new(), Vec::new(), self.children(&fragment.children))
            }
            other => self.member(other),
        }
    }

    fn member(&mut self, expression: &Expression<'a>) -> Node {
        if let Expression::ChainExpression(chain) = expression {
            return match &chain.expression {
                oxc_ast::ast::ChainElement::CallExpression(call) => self.call(&call.callee, &call.arguments, false),
                oxc_ast::ast::ChainElement::TSNonNullExpression(each) => self.expr(&each.expression).node,
                element => match element.as_member_expression() {
                    Some(member) => self.member_of(member),
                    None => Node::Other,
                },
            };
        }
        expression.as_member_expression().map_or(Node::Other, |member| self.member_of(member))
    }

    fn member_of(&mut self, member: &oxc_ast::ast::MemberExpression<'a>) -> Node {
        let object = self.boxed(member.object());
        match member {
            oxc_ast::ast::MemberExpression::StaticMemberExpression(each) => {
                Node::Member(object, each.property.name.to_string(), span(each.property.span))
            }
            oxc_ast::ast::MemberExpression::ComputedMemberExpression(each) => {
                Node::Index(object, self.boxed(&each.expression))
            }
            oxc_ast::ast::MemberExpression::PrivateFieldExpression(each) => {
                Node::Member(object, format!("#{}", each.field.name), span(each.field.span))
            }
        }
    }

    /// What is assigned to. A name of which a field is set grows.
    fn target(&mut self, target: &AssignmentTarget<'a>, grows: bool) -> Expr {
        let at = span(target.span());
        match target {
            AssignmentTarget::AssignmentTargetIdentifier(name) => {
                self.assigned.push(Assigned { name: name.name.to_string(), at: at.start, grows });
                Expr { span: at, node: Node::Name(name.name.to_string()) }
            }
            target => match target.as_member_expression() {
                Some(member) => {
                    let target = Expr { span: at, node: self.member_of(member) };
                    self.grows(&target);
                    target
                }
                None => other(at),
            },
        }
    }

    /// Something is added to the name that an expression begins with.
    fn grows(&mut self, expr: &Expr) {
        let mut root = expr;
        while let Node::Member(object, ..) | Node::Index(object, _) = &root.node {
            root = object;
        }
        if let Node::Name(name) = &root.node {
            self.assigned.push(Assigned { name: name.clone(), at: root.span.start, grows: true });
        }
    }

    fn call(&mut self, callee: &Expression<'a>, arguments: &[Argument<'a>], new: bool) -> Node {
        let callee = self.boxed(callee);
        let items: Vec<Item> = arguments
            .iter()
            .filter_map(|argument| match argument {
                Argument::SpreadElement(each) => Some(Item { spread: true, value: self.expr(&each.argument) }),
                argument => argument.as_expression().map(|value| Item { spread: false, value: self.expr(value) }),
            })
            .collect();
        if let Node::Member(object, method, _) = &callee.node
            && ["push", "unshift", "splice", "pop", "shift", "sort", "fill"].contains(&method.as_str())
        {
            self.grows(object);
        }
        if let (Node::Name(name), [Item { value: Expr { node: Node::Text(source), span }, .. }]) =
            (&callee.node, items.as_slice())
            && name == "require"
        {
            self.imports.push((source.clone(), *span));
        }
        Node::Call(callee, items, new)
    }

    fn template(&mut self, template: &oxc_ast::ast::TemplateLiteral<'a>) -> Node {
        let text = |quasi: &oxc_ast::ast::TemplateElement<'a>| {
            let text = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw);
            (text.to_string(), span(quasi.span))
        };
        let texts = template.quasis.iter().map(text).collect();
        Node::Template(texts, template.expressions.iter().map(|value| self.expr(value)).collect())
    }

    fn object(&mut self, object: &ObjectExpression<'a>) -> Node {
        let property = |property: &ObjectPropertyKind<'a>, lower: &mut Self| match property {
            ObjectPropertyKind::SpreadProperty(each) => {
                Property { name: None, spread: true, span: span(each.span), value: lower.expr(&each.argument) }
            }
            ObjectPropertyKind::ObjectProperty(each) => {
                let computed = each.key.as_expression().filter(|_| each.computed).and_then(static_text);
                let name = if each.computed { computed } else { each.key.static_name().map(|name| name.into_owned()) };
                Property { name, spread: false, span: span(each.span), value: lower.expr(&each.value) }
            }
        };
        Node::Object(object.properties.iter().map(|each| property(each, self)).collect())
    }

    /// The members of a class: of its value nothing is known.
    pub(super) fn class(&mut self, class: &Class<'a>) -> Expr {
        let mut parts = Vec::new();
        for member in &class.body.body {
            match member {
                ClassElement::MethodDefinition(each) => {
                    let function = self.function(&each.value);
                    parts.push(Expr { span: span(each.span), node: Node::Function(function) });
                }
                ClassElement::PropertyDefinition(each) => {
                    parts.extend(each.value.as_ref().map(|value| self.expr(value)))
                }
                _ => {}
            }
        }
        Expr { span: span(class.span), node: Node::Parts(parts) }
    }

    fn element(&mut self, element: &JSXElement<'a>) -> Node {
        self.depth += 1;
        let node = if self.depth > MAX_DEPTH { Node::Other } else { self.element_of(element) };
        self.depth -= 1;
        node
    }

    fn element_of(&mut self, element: &JSXElement<'a>) -> Node {
        let name = match &element.opening_element.name {
            JSXElementName::Identifier(id) => id.name.to_string(),
            JSXElementName::IdentifierReference(id) => id.name.to_string(),
            name => self.script.excerpt(span(name.span()), 100),
        };
        let mut attributes = Vec::new();
        for each in &element.opening_element.attributes {
            attributes.push(match each {
                JSXAttributeItem::SpreadAttribute(each) => {
                    Property { name: None, spread: true, span: span(each.span), value: self.expr(&each.argument) }
                }
                JSXAttributeItem::Attribute(each) => {
                    let at = span(each.span);
                    let name = match &each.name {
                        JSXAttributeName::Identifier(id) => id.name.to_string(),
                        JSXAttributeName::NamespacedName(name) => self.script.excerpt(span(name.span), 100),
                    };
                    let value = each
                        .value
                        .as_ref()
                        .map_or(Expr { span: at, node: Node::Bool(true) }, |value| self.attribute(value));
                    Property { name: Some(name), spread: false, span: at, value }
                }
            });
        }
        Node::Element(name, attributes, self.children(&element.children))
    }

    fn attribute(&mut self, value: &JSXAttributeValue<'a>) -> Expr {
        let at = span(value.span());
        match value {
            JSXAttributeValue::StringLiteral(text) => Expr { span: at, node: Node::Text(text.value.to_string()) },
            JSXAttributeValue::ExpressionContainer(each) => {
                each.expression.as_expression().map_or_else(|| other(at), |value| self.expr(value))
            }
            JSXAttributeValue::Element(element) => Expr { span: at, node: self.element(element) },
            JSXAttributeValue::Fragment(_) => other(at),
        }
    }

    fn children(&mut self, children: &[JSXChild<'a>]) -> Vec<Expr> {
        self.depth += 1;
        let mut all = Vec::new();
        for child in children.iter().take(if self.depth > MAX_DEPTH { 0 } else { usize::MAX }) {
            let at = span(child.span());
            match child {
                JSXChild::Text(text) => all.push(Expr { span: at, node: Node::Text(text.value.to_string()) }),
                JSXChild::Element(element) => all.push(Expr { span: at, node: self.element(element) }),
                JSXChild::Fragment(fragment) => all.extend(self.children(&fragment.children)),
                JSXChild::ExpressionContainer(each) => {
                    all.extend(each.expression.as_expression().map(|value| self.expr(value)));
                }
                JSXChild::Spread(each) => all.push(self.expr(&each.expression)),
            }
        }
        self.depth -= 1;
        all
    }
}

fn other(at: Span) -> Expr {
    Expr { span: at, node: Node::Other }
}

/// The text of a computed key that is a plain text.
fn static_text(key: &Expression<'_>) -> Option<String> {
    match key {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        _ => None,
    }
}
