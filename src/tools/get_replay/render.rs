//! A replay as text.

use super::{
    Attachment, BUDGET, Moment, Render, ReplayError, Report, Text, WINDOW, WINDOWS, count, plain_line, redact,
    timeline, window,
};

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let shown = &self.shown;
        text.heading(format!("Replay {} {}", self.id, shown.place));
        text.line(self.facts());
        if let Some(url) = &shown.url {
            text.line(url);
        }
        for note in &shown.notes {
            text.line(plain_line(note));
        }
        if shown.moments.is_empty() {
            text.line("The recording has no moment to show.");
        } else if let Some(at) = shown.at {
            text.heading(format!("Around {at} s"));
            let zero = shown.start + at;
            self.timeline(text, window(&shown.moments, zero, WINDOW.0, WINDOW.1), zero, BUDGET);
        } else if shown.errors.iter().any(|error| error.at.is_some()) {
            self.windows(text);
        } else {
            text.heading("No error with a known time in it: the whole");
            text.untrusted("replay", &timeline::whole(&shown.moments, shown.start, BUDGET));
        }
        if let Some(uri) = &self.timeline {
            text.line(format!("The whole timeline ({}): {uri}", count(shown.moments.len() as u64, "moment")));
        }
    }

    fn attachments(&self) -> Vec<Attachment> {
        let link = |uri: &String| Attachment {
            uri: uri.clone(),
            name: format!("{}.json", self.id),
            mime: "application/json".to_owned(),
            description: "The whole timeline of the replay".to_owned(),
            inline: None,
        };
        self.timeline.iter().map(link).collect()
    }
}

impl Report {
    /// Everything that is known besides the recording, in a few sentences.
    fn facts(&self) -> String {
        let replay = &self.shown.replay;
        let kind = replay.kind.as_deref().map(|kind| Text::word(kind, 20)).unwrap_or_else(|| "replay".to_owned());
        let mut said = match self.duration_s {
            Some(seconds) => format!("{kind} of {seconds:.0} s"),
            None => format!("{kind} of unknown length"),
        };
        if let Some(started) = &self.started {
            said.push_str(&format!(" from {started}"));
        }
        let mut add = |name: &str, values: &[String]| {
            let all: Vec<String> = values.iter().take(4).map(|value| Text::quoted(value, 80)).collect();
            if !all.is_empty() {
                said.push_str(&format!("; {name} {}", all.join(" ")));
            }
        };
        add("with", &replay.with);
        add("release", &replay.releases);
        add("environment", replay.environment.as_slice());
        add("user", &replay.user.iter().map(|user| redact::text(user)).collect::<Vec<_>>());
        add("trace", replay.trace_ids.get(..1).unwrap_or_default());
        let segments = match self.segments {
            Some(all) => format!("{} of {} read", self.segments_read, count(all, "segment")),
            None => format!("{} read", count(self.segments_read as u64, "segment")),
        };
        let counts = [(self.error_count, "error"), (self.dead_clicks, "dead click"), (self.rage_clicks, "rage click")];
        let counts = counts.iter().map(|(number, noun)| match number {
            Some(number) => count(*number, noun),
            None => format!("{noun}s not known"),
        });
        format!("{said}. {}; {segments}.", counts.collect::<Vec<_>>().join(", "))
    }

    /// The moments around each error; what falls into the window of the one before is shown there.
    fn windows(&self, text: &mut Text) {
        let shown = &self.shown;
        let mut groups: Vec<(f64, Vec<&ReplayError>)> = Vec::new();
        for error in &shown.errors {
            let Some(at) = error.at else { continue };
            match groups.last_mut() {
                Some((zero, errors)) if at - *zero <= WINDOW.1 => errors.push(error),
                _ => groups.push((at, vec![error])),
            }
        }
        let budget = BUDGET / groups.len().clamp(1, WINDOWS);
        for (zero, errors) in groups.iter().take(WINDOWS) {
            let names: Vec<String> = errors.iter().take(5).map(|error| name(error)).collect();
            let more = errors.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            text.heading(format!("At {}: {}{more}", timeline::relative(zero - shown.start), names.join(", ")));
            self.timeline(text, window(&shown.moments, *zero, WINDOW.0, WINDOW.1), *zero, budget);
        }
        let rest: Vec<&ReplayError> =
            groups.iter().skip(WINDOWS).flat_map(|(_, errors)| errors.iter().copied()).collect();
        let unknown = shown.errors.iter().filter(|error| error.at.is_none());
        let all = rest.len() + unknown.clone().count();
        let rest: Vec<String> = rest
            .into_iter()
            .chain(unknown)
            .take(10)
            .map(|error| {
                let at = error.at.map(|at| format!("at {:.0} ", at - shown.start)).unwrap_or_default();
                format!("{at}{}", name(error))
            })
            .collect();
        if !rest.is_empty() {
            let more = all.saturating_sub(rest.len());
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            text.line(format!("Errors without a window here: {}{more}. Give `at` to see one.", rest.join("; ")));
        }
    }

    fn timeline(&self, text: &mut Text, moments: &[Moment], zero: f64, budget: usize) {
        if moments.is_empty() {
            text.line("The recording has nothing around it.");
        } else {
            text.untrusted("replay", &timeline::around(moments, zero, budget));
        }
    }
}

/// `FRONTEND-4K, event a11ce…`.
fn name(error: &ReplayError) -> String {
    let issue = error.issue.as_deref().map(|issue| format!("{}, ", Text::word(issue, 60))).unwrap_or_default();
    format!("{issue}event {}", Text::word(&error.event, 40))
}
