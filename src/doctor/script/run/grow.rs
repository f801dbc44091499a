//! How large values are, and what is added to them later on.

use super::{Hidden, Module, Piece, Run, Span, Value, What};

/// Something is added to a text or list later on, which is not followed.
pub(super) fn grow(module: &Module, value: &mut Value, at: Span) {
    let hidden = Run::unknown(module, at);
    match &mut value.what {
        What::List(items) => items.push(hidden),
        What::Text(pieces) => {
            pieces.push(Piece { text: Err(module.excerpt(at)), at: Run::origin(module, at) });
        }
        What::Object(_, more) => more.push(Hidden { expression: module.excerpt(at), at: Run::origin(module, at) }),
        _ => {}
    }
}

/// How many values a value is made of; counting ends at `most`.
pub(super) fn size(value: &Value, most: usize) -> usize {
    let all: Box<dyn Iterator<Item = &Value>> = match &value.what {
        What::List(all) | What::Choice(all) => Box::new(all.iter()),
        What::Object(fields, _) => Box::new(fields.iter().map(|(_, value)| value)),
        _ => return 1,
    };
    let mut total = 1;
    for each in all {
        if total > most {
            break;
        }
        total += size(each, most - total.min(most));
    }
    total
}
