//! Monitors as text.

use super::{Cron, Render, Report, SHOWN, Text, Uptime, count, redact};

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let (crons, uptimes) = (self.shown.len() as u64, self.shown_uptime.len() as u64);
        if self.detail {
            text.line(format!("Monitor {}.", self.place));
        } else {
            let broken = self.crons.iter().filter(|cron| cron.broken).count() as u64;
            let broken = if broken > 0 { format!(" ({broken} with an open incident)") } else { String::new() };
            let page = if self.next.is_some() { " on this page" } else { "" };
            text.line(format!(
                "{}{page}{broken} and {} {}.",
                count(crons, "cron monitor"),
                count(uptimes, "uptime monitor"),
                self.place
            ));
        }
        self.shown.iter().take(SHOWN).for_each(|cron| said(text, cron));
        for uptime in self.shown_uptime.iter().take(SHOWN) {
            text.line(format!("- {}", said_uptime(uptime)));
        }
        if let Some(more @ 1..) = self.shown_uptime.len().checked_sub(SHOWN) {
            text.line(format!("({} left out: give `project` or `monitor`.)", count(more as u64, "uptime monitor")));
        }
        if !self.check_ins.is_empty() {
            text.line("Check-ins, newest first:");
        }
        for check_in in &self.check_ins {
            let at = check_in.at.as_deref().map(|at| format!("{} ", Text::quoted(at, 40))).unwrap_or_default();
            let took =
                check_in.duration_ms.map(|millis| format!(", {:.1} s", millis as f64 / 1000.0)).unwrap_or_default();
            let place = check_in.environment.as_deref().map(|name| format!(" in {}", Text::word(name, 60)));
            text.line(format!("- {at}{}{}{took}", Text::word(&check_in.status, 40), place.unwrap_or_default()));
        }
        for note in &self.notes {
            text.line(note);
        }
        if let Some(next) = &self.next {
            text.line(format!("More: cursor {}", Text::plain(next, 100)));
        }
    }
}

fn said(text: &mut Text, cron: &Cron) {
    let project = cron.project.as_deref().map(|slug| format!(" of {}", Text::word(slug, 100))).unwrap_or_default();
    let mut said: Vec<String> = Vec::new();
    said.extend(cron.schedule.as_deref().map(|schedule| format!("schedule {}", Text::quoted(schedule, 60))));
    said.extend(cron.timezone.as_deref().map(|zone| Text::quoted(zone, 40)));
    said.extend(cron.margin.map(|minutes| format!("{minutes} min late allowed")));
    said.extend(cron.max_runtime.map(|minutes| format!("{minutes} min long at most")));
    said.extend(cron.status.as_deref().filter(|status| *status != "active").map(|status| Text::word(status, 40)));
    said.extend(cron.muted.then(|| "muted".to_owned()));
    text.line(format!("- cron {}{project}: {}", Text::word(&cron.slug, 100), said.join(", ")));
    for environment in cron.environments.iter().take(5) {
        let status = environment.status.as_deref().unwrap_or("unknown");
        let time =
            |name: &str, at: &Option<String>| at.as_deref().map(|at| format!(", {name} {}", Text::quoted(at, 40)));
        let rest: String = [
            time("last check-in", &environment.last),
            time("next", &environment.next),
            time("broken since", &environment.broken_since),
        ]
        .into_iter()
        .flatten()
        .collect();
        text.line(format!("  {}: {}{rest}", Text::word(&environment.name, 60), Text::word(status, 40)));
    }
    if cron.environments.len() > 5 {
        text.line(format!("  ({} left out)", count((cron.environments.len() - 5) as u64, "environment")));
    }
}

fn said_uptime(uptime: &Uptime) -> String {
    let state = match (uptime.enabled, uptime.up) {
        (Some(false), _) => "switched off",
        (_, Some(true)) => "up",
        (_, Some(false)) => "DOWN",
        _ if uptime.issue.is_some() => "not known whether it is up",
        _ => "no incident is told",
    };
    let method = uptime.method.as_deref().map(|method| format!("{} ", Text::word(method, 12))).unwrap_or_default();
    let url = uptime.url.as_deref().map(|url| format!(" {method}{}", Text::quoted(&redact::url(url), 200)));
    let every = uptime.interval.map(|seconds| format!(" every {seconds} s")).unwrap_or_default();
    let issue =
        uptime.issue.as_ref().map(|(id, status)| format!(", issue {} {}", Text::word(id, 60), Text::word(status, 40)));
    let name = uptime.name.as_deref().map(|name| format!(" {}", Text::quoted(name, 80))).unwrap_or_default();
    format!(
        "uptime {}{name}:{}{every}: {state}{}",
        Text::word(&uptime.id, 60),
        url.unwrap_or_default(),
        issue.unwrap_or_default()
    )
}
