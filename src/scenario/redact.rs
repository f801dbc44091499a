//! Values from the environment taken out of a run: out of what people wrote and pages said, never out of what runs are
//! told apart by. A user named `admin` does not rename the file `admin-login.yaml`. Pure.

use super::{run::Run, template::Secrets};
use crate::event::{Csp, Fault, Frame, Observation, Request, SentEnvelope, What};

/// Shortest value that is taken out of what a later step says than the one that used it.
const MIN_LATER: usize = 3;

/// Takes the values out of the texts of a run. `uses[n - 1]` says whether step `n` uses a variable.
pub(super) fn redact(run: &mut Run, uses: &[bool], secrets: &Secrets) {
    let clean = |text: &mut String, step: usize| *text = secrets.redact_words(text, shortest(uses, step));
    let plain = |text: &mut String| *text = secrets.redact(text);
    // Of the reason and the words on steps, the parts that are not ours are clean already, or hold long values only.
    run.reason.iter_mut().for_each(plain);
    plain(&mut run.environment.url);
    run.steps.iter_mut().for_each(|step| plain(&mut step.what));
    for fault in &mut run.faults {
        clean(&mut fault.title, fault.step);
        fault.location.iter_mut().for_each(plain);
    }
    for seen in &mut run.observations {
        let step = seen.observation.step;
        observation(&mut seen.observation, &|text| clean(text, step), &plain);
    }
}

/// Shortest value that is taken out where step `number` says something.
pub(super) fn shortest(uses: &[bool], number: usize) -> usize {
    match uses.iter().take(number).rposition(|uses| *uses) {
        Some(index) if index + 1 == number => 1,
        Some(_) => MIN_LATER,
        None => usize::MAX,
    }
}

/// `clean` is for what a page says, `plain` for addresses and places in code.
fn observation(observation: &mut Observation, clean: &dyn Fn(&mut String), plain: &dyn Fn(&mut String)) {
    plain(&mut observation.page_url);
    match &mut observation.what {
        What::UncaughtError(fault) | What::UnhandledRejection(fault) | What::ConsoleError(fault) => {
            let Fault { name: _, message, frames, causes } = fault;
            clean(message);
            causes.iter_mut().for_each(clean);
            frames.iter_mut().for_each(|it| frame(it, plain));
        }
        What::FailedRequest(request) | What::HttpError(request) => {
            let Request { method: _, url, status: _, error: _, destination: _ } = request;
            plain(url);
        }
        What::CspViolation(csp) => {
            let Csp { directive: _, blocked_url, disposition: _, location } = csp;
            plain(blocked_url);
            location.iter_mut().for_each(plain);
        }
        What::Crash { message } | What::Dialog { dialog: _, message, answer: _ } => clean(message),
        What::SentryEnvelope(sent) => {
            let SentEnvelope { event_id: _, items: _, to, fate: _, status: _, issue: _ } = sent;
            plain(to);
        }
    }
}

fn frame(frame: &mut Frame, plain: &dyn Fn(&mut String)) {
    // By destructuring, so that a new text cannot be forgotten here.
    let Frame {
        filename,
        abs_path,
        function,
        module,
        package,
        lineno: _,
        colno: _,
        in_app: _,
        pre_context,
        context_line,
        post_context,
        vars,
        generated,
        workspace: _,
    } = frame;
    [filename, abs_path, function, module, package, context_line].into_iter().flatten().for_each(plain);
    pre_context.iter_mut().chain(post_context).for_each(plain);
    // A browser gives none.
    vars.clear();
    if let Some(generated) = generated {
        plain(&mut generated.abs_path);
        generated.function.iter_mut().for_each(plain);
    }
}
