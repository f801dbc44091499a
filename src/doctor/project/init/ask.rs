//! What others ask of the starts: the DSN of a runtime, and the address of the tunnel.

use crate::doctor::{
    csp::Dsn,
    finding::At,
    project::{App, Project},
    script::{Origin, Value, What},
};

use super::{Init, Plugin, Runtime, Setting};

/// The DSN that a runtime uses.
#[derive(Debug, Clone)]
pub struct DsnSetting {
    /// It, where all of it is known. It may be no valid one, and it may have a secret part.
    pub text: Option<String>,
    /// It, read; none = not known, or not valid.
    pub dsn: Option<Dsn>,
    /// The value as it is written.
    pub value: Value,
    /// The start that has it.
    pub path: String,
    /// The option, else the call.
    pub span: crate::doctor::script::Span,
}

/// What says where the tunnel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TunnelFrom {
    /// `tunnel` of the start in the browser.
    Init,
    /// `tunnelRoute` of the build plugin, which wins over `tunnel`.
    Route,
}

/// The tunnel of the browser SDK.
#[derive(Debug, Clone)]
pub struct Tunnel {
    /// Path with the base path before it, or a URL; none = only known at build or run time.
    pub address: Option<String>,
    /// What sets it.
    pub from: TunnelFrom,
    /// The value as it is written.
    pub value: Value,
    /// The file whose call has the option.
    pub path: String,
    /// Where the option is written, else the call.
    pub span: crate::doctor::script::Span,
}

impl App {
    /// The starts of a runtime that run: those that are certain, else those that are likely.
    pub fn starts(&self, runtime: Runtime) -> Vec<&Init> {
        let all = self.inits.iter().filter(|init| init.runtime == runtime && init.reachable);
        let lives = |init: &&Init| init.conditions.iter().all(|condition| condition.holds != Some(false));
        let sure: Vec<&Init> = all.clone().filter(|init| init.sure).filter(lives).collect();
        if sure.is_empty() { all.filter(lives).collect() } else { sure }
    }

    /// The start in the browser.
    pub fn client_init(&self) -> Option<&Init> {
        self.starts(Runtime::Client).into_iter().next()
    }

    /// The DSN of a runtime; none = nothing starts there, or sets one.
    pub fn dsn(&self, runtime: Runtime) -> Option<DsnSetting> {
        let (init, setting) =
            self.starts(runtime).into_iter().find_map(|init| init.option("dsn").map(|setting| (init, setting)))?;
        let text = setting.value.text().or_else(|| only_text(&setting.value));
        let dsn = text.as_deref().and_then(|text| Dsn::read(text).ok());
        let span = setting.span.unwrap_or(init.span);
        Some(DsnSetting { text, dsn, value: setting.value.clone(), path: init.path.clone(), span })
    }

    /// The plugin that wraps next.config.
    pub fn next_plugin(&self) -> Option<&Plugin> {
        self.plugins.iter().find(|plugin| plugin.name == "withSentryConfig")
    }

    /// The tunnel of the browser SDK; none = it has none.
    pub fn tunnel(&self) -> Option<Tunnel> {
        self.tunnel_route().or_else(|| self.tunnel_option())
    }

    /// `tunnelRoute` of the build plugin.
    pub fn tunnel_route(&self) -> Option<Tunnel> {
        let plugin = self.plugins.iter().find(|plugin| plugin.option("tunnelRoute").is_some())?;
        let setting = plugin.option("tunnelRoute")?;
        let address = match &setting.value.what {
            What::Undefined | What::Null | What::Bool(false) => return None,
            // A random path, made at each build.
            What::Bool(true) => None,
            _ => setting.value.text(),
        };
        if address.as_deref() == Some("") {
            return None;
        }
        // The SDK puts the base path before it.
        let base = self.base_path();
        let address = match (address, base) {
            (Some(address), Ok(base)) => Some(format!("{base}{address}")),
            _ => None,
        };
        Some(Self::made(address, TunnelFrom::Route, setting, &plugin.path, plugin.span))
    }

    /// `tunnel` of the start in the browser.
    pub fn tunnel_option(&self) -> Option<Tunnel> {
        let starts = self.starts(Runtime::Client);
        let (init, setting) =
            starts.into_iter().find_map(|init| init.option("tunnel").map(|setting| (init, setting)))?;
        match &setting.value.what {
            What::Undefined | What::Null | What::Bool(false) => return None,
            _ => {}
        }
        let text = setting.value.text().or_else(|| only_text(&setting.value));
        if text.as_deref() == Some("") {
            return None;
        }
        Some(Self::made(text, TunnelFrom::Init, setting, &init.path, init.span))
    }

    fn made(
        address: Option<String>,
        from: TunnelFrom,
        setting: &Setting,
        path: &str,
        call: crate::doctor::script::Span,
    ) -> Tunnel {
        let span = setting.span.unwrap_or(call);
        Tunnel { address, from, value: setting.value.clone(), path: path.to_owned(), span }
    }

    /// `basePath` of next.config: empty where there is none, the error is its expression where it is not known.
    pub fn base_path(&self) -> Result<String, String> {
        let Some(setting) =
            self.next.as_ref().and_then(|next| next.options.iter().rev().find(|o| o.name == "basePath"))
        else {
            return Ok(String::new());
        };
        match &setting.value.what {
            What::Undefined | What::Null | What::Bool(false) => Ok(String::new()),
            _ => setting.value.text().ok_or_else(|| shown(&setting.value)),
        }
    }
}

/// The text of a value that is one known text, or at run time something that is not known: `process.env.X ?? 'https://…'`.
fn only_text(value: &Value) -> Option<String> {
    let What::Choice(_) = &value.what else { return None };
    let mut texts: Vec<String> =
        value.choices().into_iter().filter_map(Value::text).filter(|text| !text.is_empty()).collect();
    texts.dedup();
    match texts.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// A value that is not known, as it can be shown.
fn shown(value: &Value) -> String {
    match &value.what {
        What::Env(name) => name.clone(),
        What::Unknown(hidden) => hidden.expression.clone(),
        _ => "an expression".to_owned(),
    }
}

impl Project {
    /// The place of a value as findings show it.
    pub fn at(&self, origin: &Origin) -> At {
        match self.files.read(&origin.path) {
            Ok(Some(text)) => At::span(&*origin.path, &text, origin.span),
            _ => At::whole(&*origin.path),
        }
    }
}
