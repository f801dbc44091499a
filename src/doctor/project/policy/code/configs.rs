//! Configuration of SvelteKit, Astro and Nuxt.

use crate::doctor::{
    csp::Delivery,
    project::{
        PolicyText,
        policy::{Draft, Layer},
    },
    script::{
        Value, What,
        tree::{Expr, Property},
    },
};

use super::{
    Script,
    object::{self, Reads},
    property, text,
};

/// `kit.csp`: `directives` and `reportOnly`, keywords without quotes.
pub(super) fn svelte(script: &Script<'_>, found: &mut Vec<PolicyText>) {
    let mut all: Vec<(Value, bool)> = Vec::new();
    script.objects(&mut |_, properties| {
        let Some(csp) = property(properties, "csp") else { return };
        let value = script.value(&csp.value);
        for (name, report_only) in [("directives", false), ("reportOnly", true)] {
            all.extend(value.field(name).map(|directives| (directives.clone(), report_only)));
        }
    });
    for (value, report_only) in all {
        let reads = Reads { defaults: &[], bare: true };
        let mut policy = policy(script, &value, reads);
        policy.report_only = report_only;
        found.push(policy);
    }
}

/// `csp: { directives: ["connect-src 'self'"] }`, which Astro writes into a `<meta>`.
pub(super) fn astro(script: &Script<'_>, found: &mut Vec<PolicyText>) {
    let mut all: Vec<Value> = Vec::new();
    script.objects(&mut |_, properties: &[Property]| {
        all.extend(property(properties, "csp").map(|csp| script.value(&csp.value)));
    });
    for value in all {
        let Some(directives) = value.field("directives") else { continue };
        let mut draft = Draft::default();
        for (number, item) in directives.items().iter().enumerate() {
            draft.compute(if number > 0 { "; " } else { "" });
            if let Ok(text) = text::draft(script.modules, item) {
                draft.append(text);
            }
        }
        let path = directives.at.path.to_string();
        let mut policy = PolicyText::new(Layer::Framework, &path, directives.at.span, draft);
        policy.delivery = Delivery::Meta;
        found.push(policy);
    }
}

/// What nuxt-security 2 sends where nothing is said. It has no default-src: requests are not restricted.
const NUXT_SECURITY: &[(&str, &str)] = &[
    ("base-uri", "'none'"),
    ("font-src", "'self' https: data:"),
    ("form-action", "'self'"),
    ("frame-ancestors", "'self'"),
    ("img-src", "'self' data:"),
    ("object-src", "'none'"),
    ("script-src-attr", "'none'"),
    ("style-src", "'self' https: 'unsafe-inline'"),
    ("script-src", "'self' https: 'unsafe-inline' 'strict-dynamic' 'nonce-abc'"),
    ("upgrade-insecure-requests", ""),
];

/// `security.headers.contentSecurityPolicy` of nuxt-security.
pub(super) fn nuxt(script: &Script<'_>, found: &mut Vec<PolicyText>) {
    let mut all: Vec<Value> = Vec::new();
    let mut take = |expr: &Expr| all.push(script.value(expr));
    script.objects(&mut |_, properties| {
        if let Some(csp) = property(properties, "contentSecurityPolicy") {
            take(&csp.value);
        }
    });
    for value in all {
        match &value.what {
            What::Object(..) => {
                let mut policy = policy(script, &value, Reads { defaults: NUXT_SECURITY, bare: false });
                policy.defaults = Some("the defaults of nuxt-security".to_owned());
                found.push(policy);
            }
            What::Text(_) => {
                if let Ok(draft) = text::draft(script.modules, &value) {
                    found.push(PolicyText::new(Layer::Framework, &value.at.path, value.at.span, draft));
                }
            }
            _ => {}
        }
    }
}

fn policy(script: &Script<'_>, value: &Value, reads: Reads<'_>) -> PolicyText {
    match object::draft(script.modules, value, reads) {
        Some(draft) => PolicyText::new(Layer::Framework, &value.at.path, value.at.span, draft),
        None => {
            let expression = text::expression(script.modules, value);
            PolicyText::hidden(Layer::Framework, &script.module.path, value.at.span, expression)
        }
    }
}
