//! The options of a call.

use std::sync::Arc;

use crate::doctor::{
    project::Modules,
    script::{
        self, Hidden, Scope, Span, Value, What,
        tree::{Expr, Module, Node},
    },
};

use super::Setting;

/// Objects within objects of which options are taken out.
const MAX_DEPTH: usize = 4;

/// What an argument sets, and what of it could not be followed.
pub(super) fn of(
    modules: &Modules,
    scope: &Scope,
    module: &Arc<Module>,
    argument: &Expr,
) -> (Vec<Setting>, Vec<Hidden>) {
    let mut value = script::evaluate_in(modules, scope, module, argument);
    if let What::Function(home, function) = &value.what {
        value = script::result(modules, home, function);
    }
    let mut settings = Vec::new();
    let mut hidden = Vec::new();
    take(value, &mut settings, &mut hidden);
    for setting in &mut settings {
        setting.span = written(module, argument, &setting.name, &setting.value);
    }
    (settings, hidden)
}

fn take(value: Value, settings: &mut Vec<Setting>, hidden: &mut Vec<Hidden>) {
    match value.what {
        What::Object(fields, more) => {
            settings.extend(fields.into_iter().map(|(name, value)| Setting { name, value, span: None }));
            hidden.extend(more);
        }
        What::Undefined | What::Null => {}
        What::Unknown(more) => hidden.push(more),
        // Either of several objects: what each sets is only known where they agree.
        _ => hidden.push(Hidden { expression: "options that are chosen at run time".to_owned(), at: value.at }),
    }
}

/// Where an option is written in the call's own file: the property of the object literal whose value it is.
fn written(module: &Module, argument: &Expr, name: &str, value: &Value) -> Option<Span> {
    let Node::Object(properties) = &argument.node else { return None };
    let of_name = properties.iter().rev().find(|property| property.name.as_deref() == Some(name))?;
    // A spread behind it writes over it.
    let here = *value.at.path == *module.path;
    let behind = properties.iter().filter(|property| property.spread).any(|spread| {
        spread.span.start > of_name.span.start
            && here
            && value.at.span.start >= spread.span.start
            && value.at.span.end <= spread.span.end
    });
    (!behind).then_some(of_name.span)
}

/// The options within the one of a name.
pub(super) fn taken(settings: Vec<Setting>, name: &str) -> (Vec<Setting>, Vec<Hidden>) {
    let (mut inner, mut hidden) = (Vec::new(), Vec::new());
    if let Some(setting) = settings.into_iter().rev().find(|setting| setting.name == name) {
        take(setting.value, &mut inner, &mut hidden);
    }
    (inner, hidden)
}

/// Options with those of nested objects taken out: `sourcemaps.disable`.
pub(super) fn flat(settings: Vec<Setting>) -> Vec<Setting> {
    let mut out = Vec::new();
    for setting in settings {
        flatten(setting, 0, &mut out);
    }
    out
}

fn flatten(setting: Setting, depth: usize, out: &mut Vec<Setting>) {
    if let What::Object(fields, _) = &setting.value.what
        && depth < MAX_DEPTH
    {
        for (name, value) in fields {
            let inner = Setting { name: format!("{}.{name}", setting.name), value: value.clone(), span: None };
            flatten(inner, depth + 1, out);
        }
    }
    out.push(setting);
}
