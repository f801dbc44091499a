//! Values of expressions, followed through names, classes and files, without running anything.

use std::rc::Rc;

use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprCall, Number, Operator, Stmt, StmtClassDef, UnaryOp};
use ruff_text_size::Ranged;

use crate::doctor::script::{Hidden, Piece, Value, What};

use super::source::{Bound, Source, Sources};

/// Names that mean names.
const MAX_DEPTH: usize = 24;
/// Signs of an expression that are kept.
const MAX_EXPRESSION: usize = 120;

/// Where an expression stands.
#[derive(Clone)]
pub struct Scope<'a> {
    /// The file.
    pub source: Rc<Source>,
    /// Statements of the function around it; empty = it is in none.
    pub locals: &'a [Stmt],
    depth: usize,
}

impl<'a> Scope<'a> {
    pub fn new(source: &Rc<Source>, locals: &'a [Stmt]) -> Self {
        Self { source: Rc::clone(source), locals, depth: 0 }
    }

    fn deeper(&self) -> Self {
        Self { depth: self.depth + 1, ..self.clone() }
    }

    fn of(&self, source: Rc<Source>) -> Scope<'static> {
        Scope { source, locals: &[], depth: self.depth + 1 }
    }
}

/// The expression as something that only running the code would tell.
pub fn unknown(scope: &Scope<'_>, expr: &impl Ranged) -> Value {
    let at = scope.source.origin(expr);
    let words: Vec<&str> = scope.source.written(expr.range()).split_whitespace().collect();
    let expression = words.join(" ").chars().take(MAX_EXPRESSION).collect();
    Value { what: What::Unknown(Hidden { expression, at: at.clone() }), at, env: Vec::new() }
}

impl Sources<'_> {
    /// The value of an expression.
    pub fn value(&self, scope: &Scope<'_>, expr: &Expr) -> Value {
        if scope.depth > MAX_DEPTH {
            return unknown(scope, expr);
        }
        let deeper = scope.deeper();
        let is = |what: What| Value { what, at: scope.source.origin(expr), env: Vec::new() };
        match expr {
            Expr::StringLiteral(text) => {
                let part = |part: &ruff_python_ast::StringLiteral| Piece {
                    text: Ok(part.value.to_string()),
                    at: scope.source.origin(part),
                };
                is(What::Text(text.value.iter().map(part).collect()))
            }
            Expr::BooleanLiteral(bool) => is(What::Bool(bool.value)),
            Expr::NoneLiteral(_) => is(What::Null),
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(int) => {
                    int.as_i64().map_or_else(|| unknown(scope, expr), |int| is(What::Number(int as f64)))
                }
                Number::Float(float) => is(What::Number(*float)),
                Number::Complex { .. } => unknown(scope, expr),
            },
            Expr::List(list) => is(What::List(list.elts.iter().map(|item| self.value(&deeper, item)).collect())),
            Expr::Tuple(list) => is(What::List(list.elts.iter().map(|item| self.value(&deeper, item)).collect())),
            Expr::Set(list) => is(What::List(list.elts.iter().map(|item| self.value(&deeper, item)).collect())),
            Expr::Dict(dict) => self.dict(&deeper, dict),
            Expr::Name(name) => self.named(&deeper, expr, name.id.as_str()),
            Expr::Attribute(attribute) => self.attribute(&deeper, expr, &attribute.value, attribute.attr.as_str()),
            Expr::Subscript(subscript) => {
                let name = self.value(&deeper, &subscript.slice).text();
                match name.filter(|_| is_environ(&subscript.value)) {
                    Some(name) => self.env(scope, expr, &name, None),
                    None => unknown(scope, expr),
                }
            }
            Expr::Call(call) => self.call(&deeper, expr, call),
            Expr::FString(_) => self.formatted(&deeper, expr),
            Expr::BinOp(sum) if sum.op == Operator::Add => {
                let (left, right) = (self.value(&deeper, &sum.left), self.value(&deeper, &sum.right));
                match (&left.what, &right.what) {
                    (What::List(a), What::List(b)) => is(What::List(a.iter().chain(b).cloned().collect())),
                    (What::List(_), _) | (_, What::List(_)) => unknown(scope, expr),
                    _ => is(What::Text([left, right].iter().flat_map(pieces).collect())),
                }
            }
            Expr::BoolOp(either) => {
                let values = either.values.iter().map(|each| self.value(&deeper, each)).collect();
                choose(is(What::Null), values, either.op == BoolOp::Or)
            }
            Expr::If(either) => {
                let test = self.value(&deeper, &either.test).truthy();
                let (yes, no) = (self.value(&deeper, &either.body), self.value(&deeper, &either.orelse));
                match test {
                    Some(true) => yes,
                    Some(false) => no,
                    None => {
                        let env = [yes.env.clone(), no.env.clone()].concat();
                        Value { env, ..is(What::Choice(vec![yes, no])) }
                    }
                }
            }
            Expr::UnaryOp(unary) => {
                let inner = self.value(&deeper, &unary.operand);
                match (unary.op, inner.truthy(), inner.number()) {
                    (UnaryOp::Not, Some(truthy), _) => is(What::Bool(!truthy)),
                    (UnaryOp::USub, _, Some(number)) => is(What::Number(-number)),
                    _ => unknown(scope, expr),
                }
            }
            Expr::Compare(compare) => {
                let left = self.value(&deeper, &compare.left);
                let right = compare.comparators.first().map(|right| self.value(&deeper, right));
                match (compare.ops.as_ref(), left.text(), right.and_then(|right| right.text())) {
                    ([CmpOp::Eq], Some(left), Some(right)) => is(What::Bool(left == right)),
                    ([CmpOp::NotEq], Some(left), Some(right)) => is(What::Bool(left != right)),
                    _ => unknown(scope, expr),
                }
            }
            _ => unknown(scope, expr),
        }
    }

    fn dict(&self, scope: &Scope<'_>, dict: &ruff_python_ast::ExprDict) -> Value {
        let (mut fields, mut hidden) = (Vec::new(), Vec::new());
        for item in &dict.items {
            let value = self.value(scope, &item.value);
            match item.key.as_ref().map(|key| self.value(scope, key).text()) {
                Some(Some(key)) => fields.push((key, value)),
                None => match value.what {
                    What::Object(inner, more) => {
                        fields.extend(inner);
                        hidden.extend(more);
                    }
                    _ => hidden.extend(unknown(scope, &item.value).hidden().cloned()),
                },
                Some(None) => hidden.extend(item.key.as_ref().and_then(|key| unknown(scope, key).hidden().cloned())),
            }
        }
        Value { what: What::Object(fields, hidden), at: scope.source.origin(dict), env: Vec::new() }
    }

    fn named(&self, scope: &Scope<'_>, expr: &Expr, name: &str) -> Value {
        match self.bound(&scope.source, scope.locals, name) {
            Some(Bound::Values(values)) => {
                let values: Vec<Value> = values.iter().map(|value| self.value(scope, value)).collect();
                match <[Value; 1]>::try_from(values) {
                    Ok([one]) => one,
                    Err(several) => {
                        let env = several.iter().flat_map(|value| value.env.clone()).collect();
                        Value { what: What::Choice(several), at: scope.source.origin(expr), env }
                    }
                }
            }
            Some(Bound::Imported(source, name)) => self.name_of(scope, source, &name),
            Some(Bound::Foreign(module, name)) => self.foreign(scope, expr, &module, &name),
            Some(Bound::Class(_) | Bound::Module(_)) | None => unknown(scope, expr),
        }
        .or_at(scope, expr)
    }

    fn name_of(&self, scope: &Scope<'_>, source: Rc<Source>, name: &str) -> Value {
        let other = scope.of(source);
        match self.bound(&other.source, &[], name) {
            Some(Bound::Values(values)) if values.len() == 1 => {
                values.first().map_or_else(|| hidden(scope, name), |value| self.value(&other, value))
            }
            Some(Bound::Imported(source, name)) if other.depth < MAX_DEPTH => self.name_of(&other, source, &name),
            _ => hidden(scope, name),
        }
    }

    /// Constants of packages that hold parts of a policy.
    fn foreign(&self, scope: &Scope<'_>, expr: &Expr, module: &str, name: &str) -> Value {
        let keyword = match name {
            "SELF" | "NONE" | "UNSAFE_INLINE" | "UNSAFE_EVAL" | "UNSAFE_HASHES" | "STRICT_DYNAMIC"
            | "REPORT_SAMPLE" | "WASM_UNSAFE_EVAL" => {
                format!("'{}'", name.to_ascii_lowercase().replace('_', "-"))
            }
            _ => return unknown(scope, expr),
        };
        if !module.contains("csp") {
            return unknown(scope, expr);
        }
        let at = scope.source.origin(expr);
        Value { what: What::Text(vec![Piece { text: Ok(keyword), at: at.clone() }]), at, env: Vec::new() }
    }

    /// `Config.DSN`, `settings.sentry_dsn`, `config.DSN` of a file.
    fn attribute(&self, scope: &Scope<'_>, expr: &Expr, object: &Expr, name: &str) -> Value {
        let Expr::Name(object) = object else { return unknown(scope, expr) };
        self.member(scope, &scope.source, scope.locals, object.id.as_str(), name, expr)
            .unwrap_or_else(|| unknown(scope, expr))
    }

    fn member(
        &self,
        scope: &Scope<'_>,
        source: &Rc<Source>,
        locals: &[Stmt],
        object: &str,
        name: &str,
        expr: &Expr,
    ) -> Option<Value> {
        match self.bound(source, locals, object)? {
            Bound::Class(class) => {
                self.field(&Scope { source: Rc::clone(source), locals: &[], depth: scope.depth }, &class, name)
            }
            Bound::Module(module) => Some(self.name_of(scope, module, name)),
            Bound::Imported(source, object) if scope.depth < MAX_DEPTH => {
                self.member(&scope.deeper(), &source, &[], &object, name, expr)
            }
            // `settings = Settings()`
            Bound::Values(values) => match values.as_slice() {
                [Expr::Call(call)] => match call.func.as_ref() {
                    Expr::Name(class) if scope.depth < MAX_DEPTH && class.id.as_str() != object => {
                        self.member(&scope.deeper(), source, locals, class.id.as_str(), name, expr)
                    }
                    _ => None,
                },
                _ => None,
            },
            Bound::Foreign(module, object) if module == "django.conf" && object == "settings" => {
                let found = self.settings().into_iter().find(|source| self.bound(source, &[], name).is_some())?;
                Some(self.name_of(scope, found, name))
            }
            Bound::Foreign(module, object) if object == "CSP" => Some(self.foreign(scope, expr, &module, name)),
            _ => None,
        }
    }

    /// A field of a class; of a class of settings an env variable of its name counts more.
    fn field(&self, scope: &Scope<'_>, class: &StmtClassDef, name: &str) -> Option<Value> {
        let written = class.body.iter().rev().find_map(|stmt| match stmt {
            Stmt::Assign(assign) => {
                let is_it = |target: &Expr| matches!(target, Expr::Name(own) if own.id.as_str() == name);
                assign.targets.iter().any(is_it).then_some(Some(assign.value.as_ref()))
            }
            Stmt::AnnAssign(assign) => match assign.target.as_ref() {
                Expr::Name(own) if own.id.as_str() == name => Some(assign.value.as_deref()),
                _ => None,
            },
            _ => None,
        })?;
        let bases = class.arguments.iter().flat_map(|arguments| arguments.args.iter());
        let mut bases = bases.map(|base| scope.source.written(base.range()));
        if bases.any(|base| base.ends_with("BaseSettings")) {
            let default = written.map(|value| self.value(&scope.deeper(), value));
            let at = written.map_or_else(|| scope.source.origin(class), |value| scope.source.origin(value));
            return Some(self.env_at(at, &name.to_ascii_uppercase(), default));
        }
        written.map(|value| self.value(&scope.deeper(), value))
    }

    fn call(&self, scope: &Scope<'_>, expr: &Expr, call: &ExprCall) -> Value {
        let first = call.arguments.args.first();
        let default = || {
            let named = call
                .arguments
                .keywords
                .iter()
                .find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == "default"));
            let value = call.arguments.args.get(1).or_else(|| named.map(|keyword| &keyword.value))?;
            Some(self.value(scope, value))
        };
        let text = |expr: &Expr| self.value(scope, expr).text();
        let callee = scope.source.written(call.func.range());
        let reads_env =
            matches!(callee, "os.environ.get" | "os.getenv" | "getenv" | "environ.get" | "config" | "decouple.config")
                || callee == "env"
                || ["env.str", "env.url", "env.bool", "env.float", "env.int"].contains(&callee);
        if reads_env && let Some(name) = first.and_then(text) {
            return self.env(scope, expr, &name, default());
        }
        match (callee, first, call.func.as_ref()) {
            ("str" | "float" | "int" | "bool", Some(inner), _) => {
                let value = self.value(scope, inner);
                let number = value.text().and_then(|text| text.trim().parse().ok());
                match number.filter(|_| callee == "float" || callee == "int") {
                    Some(number) => Value { what: What::Number(number), ..value },
                    None => value,
                }
            }
            (_, Some(list), Expr::Attribute(method)) if method.attr.as_str() == "join" => {
                match (text(&method.value), self.value(scope, list).what) {
                    (Some(between), What::List(items)) => join(scope, expr, &between, &items),
                    _ => unknown(scope, expr),
                }
            }
            (_, None, Expr::Attribute(method)) if method.attr.as_str() == "strip" => self.value(scope, &method.value),
            _ => unknown(scope, expr),
        }
    }

    fn formatted(&self, scope: &Scope<'_>, expr: &Expr) -> Value {
        let Expr::FString(text) = expr else { return unknown(scope, expr) };
        let mut all = Vec::new();
        for part in text.value.iter() {
            match part {
                ruff_python_ast::FStringPart::Literal(literal) => {
                    all.push(Piece { text: Ok(literal.value.to_string()), at: scope.source.origin(literal) });
                }
                ruff_python_ast::FStringPart::FString(inner) => {
                    for element in &inner.elements {
                        match element {
                            ruff_python_ast::InterpolatedStringElement::Literal(literal) => {
                                all.push(Piece {
                                    text: Ok(literal.value.to_string()),
                                    at: scope.source.origin(literal),
                                });
                            }
                            ruff_python_ast::InterpolatedStringElement::Interpolation(hole) => {
                                all.extend(pieces(&self.value(scope, &hole.expression)));
                            }
                        }
                    }
                }
            }
        }
        Value { what: What::Text(all), at: scope.source.origin(expr), env: Vec::new() }
    }

    fn env(&self, scope: &Scope<'_>, expr: &Expr, name: &str, default: Option<Value>) -> Value {
        self.env_at(scope.source.origin(expr), name, default)
    }

    fn env_at(&self, at: crate::doctor::script::Origin, name: &str, default: Option<Value>) -> Value {
        let env = vec![name.to_owned()];
        if let Some(value) = self.app.modules.env.get(name) {
            return Value { what: What::Text(vec![Piece { text: Ok(value.clone()), at: at.clone() }]), at, env };
        }
        let own = Value { what: What::Env(name.to_owned()), at: at.clone(), env: env.clone() };
        match default.filter(|default| !matches!(default.what, What::Null)) {
            Some(default) => Value { what: What::Choice(vec![own, default]), at, env },
            None => own,
        }
    }
}

trait OrAt {
    fn or_at(self, scope: &Scope<'_>, expr: &Expr) -> Self;
}

impl OrAt for Value {
    /// What is not known is better shown as it is written here than where it was followed to.
    fn or_at(self, scope: &Scope<'_>, expr: &Expr) -> Self {
        if matches!(self.what, What::Unknown(_)) { unknown(scope, expr) } else { self }
    }
}

fn hidden(scope: &Scope<'_>, name: &str) -> Value {
    let at = crate::doctor::script::Origin {
        path: scope.source.path.as_str().into(),
        span: crate::doctor::script::Span { start: 0, end: 0 },
    };
    Value { what: What::Unknown(Hidden { expression: name.to_owned(), at: at.clone() }), at, env: Vec::new() }
}

fn is_environ(expr: &Expr) -> bool {
    match expr {
        Expr::Attribute(attribute) => attribute.attr.as_str() == "environ",
        Expr::Name(name) => name.id.as_str() == "environ",
        _ => false,
    }
}

/// A value as pieces of a text.
fn pieces(value: &Value) -> Vec<Piece> {
    let whole = |text: Result<String, String>| vec![Piece { text, at: value.at.clone() }];
    match &value.what {
        What::Text(pieces) => pieces.clone(),
        What::Number(number) => whole(Ok(number.to_string())),
        What::Env(name) => whole(Err(format!("os.environ[\"{name}\"]"))),
        What::Unknown(hidden) => whole(Err(hidden.expression.clone())),
        _ => whole(Err("…".to_owned())),
    }
}

fn join(scope: &Scope<'_>, expr: &Expr, between: &str, items: &[Value]) -> Value {
    let at = scope.source.origin(expr);
    let mut all = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            all.push(Piece { text: Ok(between.to_owned()), at: at.clone() });
        }
        all.extend(pieces(item));
    }
    Value { what: What::Text(all), at, env: Vec::new() }
}

/// `a or b`, `a and b`
fn choose(whole: Value, values: Vec<Value>, is_or: bool) -> Value {
    let mut left = Vec::new();
    let last = values.len().saturating_sub(1);
    for (index, value) in values.into_iter().enumerate() {
        match value.truthy() {
            // It never is the result.
            Some(truthy) if truthy != is_or && index < last => {}
            Some(truthy) if truthy == is_or => {
                left.push(value);
                break;
            }
            _ => left.push(value),
        }
    }
    match <[Value; 1]>::try_from(left) {
        Ok([one]) => one,
        Err(several) => {
            let env = several.iter().flat_map(|value| value.env.clone()).collect();
            Value { what: What::Choice(several), env, ..whole }
        }
    }
}
