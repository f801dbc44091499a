//! Joins what the browser saw with source maps and the sink: the only room that knows all three.

use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    event::{Fate, Fault, Frame, Observation, SentEnvelope, What, fingerprint},
    sink::{Sink, WaitFor},
    sourcemap::Resolver,
};

/// Envelopes whose issue is looked up in one call; a page that sends more is told of without.
const MAX_ENVELOPES: usize = 50;
/// Frames that are mapped of one stack.
const MAX_FRAMES: usize = 50;

/// Completes raw observations.
#[derive(Debug, Clone)]
pub struct Observer {
    sink: Sink,
    resolver: Resolver,
}

impl Observer {
    /// An observer over the sink and the resolver of this workspace.
    pub fn new(sink: Sink, resolver: Resolver) -> Self {
        Self { sink, resolver }
    }

    /// Source-maps stacks, finds the `LOCAL-n` of each accepted envelope, writes fingerprints, folds repetitions. Takes at
    /// most `limit`.
    pub async fn complete(&self, observations: &mut Vec<Observation>, limit: Duration) {
        for page in observations.iter().filter_map(|it| Url::parse(&it.page_url).ok()) {
            self.resolver.page(&page);
        }
        let mut frames = frames(observations);
        let wanted = self.wanted(observations);
        let (issues, ()) = tokio::join!(self.issues(wanted, limit), self.map(&mut frames, limit));
        put_frames(observations, frames);
        for observation in observations.iter_mut() {
            if let What::SentryEnvelope(sent) = &mut observation.what
                && let Some((id, _)) = self.awaited(sent)
                && let Some(issue) = issues.get(&id)
            {
                sent.issue = Some(issue.clone());
            }
            redact(observation);
            observation.fingerprint = fingerprint(observation);
        }
        fold(observations);
    }

    async fn map(&self, frames: &mut [Frame], limit: Duration) {
        if frames.is_empty() {
            return;
        }
        // The page may have loaded a new build since the last call: ask again.
        self.resolver.forget();
        self.resolver.resolve(frames, &[], limit).await;
    }

    /// Event ids of envelopes that this sink has accepted, with the item type that makes their issue.
    fn wanted(&self, observations: &[Observation]) -> Vec<(String, Option<String>)> {
        let mut wanted: Vec<(String, Option<String>)> = Vec::new();
        for observation in observations {
            let What::SentryEnvelope(sent) = &observation.what else { continue };
            let Some(id) = self.awaited(sent) else { continue };
            if wanted.len() < MAX_ENVELOPES && !wanted.iter().any(|(known, _)| *known == id.0) {
                wanted.push(id);
            }
        }
        wanted
    }

    fn awaited(&self, sent: &SentEnvelope) -> Option<(String, Option<String>)> {
        let ours = sent.fate == Fate::Accepted && Url::parse(&sent.to).is_ok_and(|to| self.sink.is_ours(&to));
        let has = |ty: &str| sent.items.iter().any(|item| item == ty);
        let item = match () {
            () if !ours || sent.issue.is_some() => return None,
            () if has("event") => None,
            () if has("feedback") => Some("feedback".to_owned()),
            () => return None,
        };
        Some((sent.event_id.clone()?, item))
    }

    /// The issue of each event. The browser may have seen the answer a moment before we see the event.
    async fn issues(&self, wanted: Vec<(String, Option<String>)>, limit: Duration) -> HashMap<String, String> {
        let until = Instant::now() + limit;
        let cancel = CancellationToken::new();
        let one = async |(id, item): (String, Option<String>)| {
            if let Ok(Some(stored)) = self.sink.event(&id).await {
                return Some((id, stored.issue?));
            }
            let what = WaitFor { event_id: Some(id.clone()), item, since_ms: Some(0), ..WaitFor::default() };
            let left = until.saturating_duration_since(Instant::now());
            match self.sink.wait(&what, left, &cancel).await {
                Ok(stored) => Some((id, stored?.issue?)),
                Err(error) => {
                    tracing::debug!(id, "the event's issue cannot be looked up: {error}");
                    None
                }
            }
        };
        let found = tokio::time::timeout_at(until, join_all(wanted.into_iter().map(one))).await;
        found.unwrap_or_default().into_iter().flatten().collect()
    }
}

fn fault(observation: &Observation) -> Option<&Fault> {
    match &observation.what {
        What::UncaughtError(fault) | What::UnhandledRejection(fault) | What::ConsoleError(fault) => Some(fault),
        _ => None,
    }
}

fn fault_mut(observation: &mut Observation) -> Option<&mut Fault> {
    match &mut observation.what {
        What::UncaughtError(fault) | What::UnhandledRejection(fault) | What::ConsoleError(fault) => Some(fault),
        _ => None,
    }
}

/// All frames of all observations in order, so that one call maps them; a CSP violation's place is one too.
fn frames(observations: &[Observation]) -> Vec<Frame> {
    let mut all = Vec::new();
    for observation in observations {
        match &observation.what {
            What::CspViolation(csp) => all.extend(csp.location.as_deref().and_then(place)),
            _ => all
                .extend(fault(observation).into_iter().flat_map(|fault| fault.frames.iter().take(MAX_FRAMES)).cloned()),
        }
    }
    all
}

/// Puts back what [`frames`] took, in the same order.
fn put_frames(observations: &mut [Observation], frames: Vec<Frame>) {
    let mut mapped = frames.into_iter();
    for observation in observations {
        match &mut observation.what {
            What::CspViolation(csp) => {
                if csp.location.as_deref().and_then(place).is_some()
                    && let Some(frame) = mapped.next()
                    && frame.generated.is_some()
                {
                    csp.location = frame.location();
                }
            }
            _ => {
                for frame in
                    fault_mut(observation).into_iter().flat_map(|fault| fault.frames.iter_mut().take(MAX_FRAMES))
                {
                    if let Some(mapped) = mapped.next() {
                        *frame = mapped;
                    }
                }
            }
        }
    }
}

/// `http://localhost:3000/app.js:10:5` as a frame.
fn place(location: &str) -> Option<Frame> {
    let (rest, column) = location.rsplit_once(':')?;
    let (url, line) = rest.rsplit_once(':')?;
    Some(Frame {
        abs_path: Some(url.to_owned()),
        lineno: Some(line.parse().ok()?),
        colno: Some(column.parse().ok()?),
        ..Frame::default()
    })
}

fn redact(observation: &mut Observation) {
    let clean = |address: &mut String| *address = crate::redact::url(address);
    clean(&mut observation.page_url);
    if let Some(fault) = fault_mut(observation) {
        for frame in &mut fault.frames {
            frame.abs_path.iter_mut().chain(frame.filename.iter_mut()).for_each(clean);
            frame.generated.iter_mut().for_each(|generated| clean(&mut generated.abs_path));
        }
    }
    match &mut observation.what {
        What::FailedRequest(request) | What::HttpError(request) => clean(&mut request.url),
        What::CspViolation(csp) => {
            clean(&mut csp.blocked_url);
            csp.location.iter_mut().for_each(clean);
        }
        What::SentryEnvelope(sent) => {
            clean(&mut sent.to);
            // The query of an envelope endpoint is nothing but auth: `sentry_key`, `sentry_version`, `sentry_client`.
            if let Some(query) = sent.to.find('?') {
                sent.to.truncate(query);
            }
        }
        _ => {}
    }
}

/// Counts the same thing in the same step once, where it was first seen; two envelopes are the same only in one issue.
fn fold(observations: &mut Vec<Observation>) {
    let mut first: HashMap<(usize, String, Option<String>), usize> = HashMap::new();
    let mut kept: Vec<Observation> = Vec::with_capacity(observations.len());
    for observation in observations.drain(..) {
        let issue = match &observation.what {
            What::SentryEnvelope(sent) => sent.issue.clone(),
            _ => None,
        };
        let at = *first.entry((observation.step, observation.fingerprint.clone(), issue)).or_insert(kept.len());
        match kept.get_mut(at) {
            Some(same) => same.count = same.count.saturating_add(observation.count),
            None => kept.push(observation),
        }
    }
    *observations = kept;
}
