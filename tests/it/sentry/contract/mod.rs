//! The contract with Sentry: every request that our server makes is one of the official OpenAPI schema, and it reads every
//! answer that the schema allows. Runs where `SENTRY_OPENAPI` names the file of the schema.

mod answer;
mod check;
mod drive;
mod exempt;
mod itself;
mod schema;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use answer::Form;
use serde_json::Value;

use crate::support::sentry::{Answer, Request, Sentry};

/// A Sentry made from the schema, which writes down what breaks the contract.
struct Contract {
    sentry: Sentry,
    log: Arc<Mutex<Log>>,
}

#[derive(Debug, Default)]
struct Log {
    /// Requests that break the contract, and how.
    wrong: Vec<String>,
    /// `GET /organizations/…/` and what was answered.
    served: Vec<(String, Value)>,
}

impl Contract {
    async fn start(schema: &PathBuf, form: Form) -> Self {
        let sentry = Sentry::start().await;
        let log = Arc::<Mutex<Log>>::default();
        for operation in schema::operations(schema) {
            let (log, method, template) = (Arc::clone(&log), operation.method.clone(), operation.template.clone());
            sentry.on_with(&method, &template, move |request: &Request| {
                let mut log = log.lock().unwrap();
                log.wrong.extend(check::request(&operation, request));
                let body = answer::body(&operation, form);
                log.served
                    .push((format!("{} {}", operation.method, operation.template), body.clone().unwrap_or_default()));
                let answer = Answer::status(operation.status);
                body.map_or(answer.clone(), |body| answer.body_json(body)).pages(None, None)
            });
        }
        for known in exempt::UNDOCUMENTED {
            assert!(!known.reason.is_empty());
            let log = Arc::clone(&log);
            sentry.on_with(known.method, known.template, move |_| {
                let body = (known.answer)();
                if form == Form::Documented && !known.needed {
                    return Answer::detail(404, "The requested resource does not exist");
                }
                log.lock().unwrap().served.push((format!("{} {}", known.method, known.template), body.clone()));
                Answer::json(body).pages(None, None)
            });
        }
        Self { sentry, log }
    }

    /// What broke the contract so far, with what is not in the schema at all.
    fn wrong(&self) -> Vec<String> {
        let unknown = self.sentry.requests().into_iter().filter(|request| request.route.is_none());
        let unknown = unknown.map(|request| format!("{}\n    no such method and path in the schema", request.line()));
        self.log.lock().unwrap().wrong.iter().cloned().chain(unknown).collect()
    }

    /// `GET /organizations/…/` and what was answered, so far.
    fn served(&self) -> Vec<(String, Value)> {
        self.log.lock().unwrap().served.clone()
    }
}
