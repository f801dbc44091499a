//! A profile as plain data, and what was hot in it: pure aggregation of samples, of the sink and of Sentry alike.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::lenient::{text_of, time_of};

/// Samples of one profile that are read.
const SAMPLES: usize = 200_000;
/// Frames of one stack that are read.
const DEPTH: usize = 500;

/// A function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileFrame {
    /// Its name; untrusted.
    pub function: String,
    /// File or module; untrusted.
    pub file: String,
    /// Line, 1-based.
    pub line: Option<u32>,
    /// Column, 1-based.
    pub column: Option<u32>,
    /// The app's own code.
    pub in_app: bool,
}

/// A stack that was seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stack {
    /// Places in [`Profile::frames`], the outermost call first.
    pub frames: Vec<usize>,
    /// Thread id.
    pub thread: String,
    /// Nanoseconds, or samples where [`Profile::timed`] is false.
    pub weight: f64,
}

/// A profile, or several that were put together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Functions.
    pub frames: Vec<ProfileFrame>,
    /// Stacks.
    pub stacks: Vec<Stack>,
    /// Names of threads by id.
    pub threads: BTreeMap<String, String>,
    /// Weights are nanoseconds; else samples.
    pub timed: bool,
    /// Samples read.
    pub samples: u64,
    /// Profiles that it is made of.
    pub profiles: u64,
    /// Platform.
    pub platform: String,
    /// Transaction.
    pub transaction: String,
    /// Seconds since the epoch.
    pub start: Option<f64>,
    /// What could not be read, in words of ours.
    pub notes: Vec<String>,
}

impl Profile {
    /// Reads the sample format: a profile of version 1 (`elapsed_since_start_ns`) or a chunk of version 2 (`timestamp`).
    /// Stacks begin with the innermost call in it.
    pub fn read(value: &Value) -> Self {
        let none = Value::Null;
        let held = value.get("profile").unwrap_or(&none);
        let list = |key: &str| held.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let word = |key: &str| value.as_object().and_then(|map| text_of(map, key)).unwrap_or_default();
        let transaction = value.get("transaction").or_else(|| value.get("transactions").and_then(|all| all.get(0)));
        let mut profile = Self {
            frames: list("frames").iter().map(frame_of).collect(),
            threads: threads_of(held.get("thread_metadata")),
            platform: word("platform"),
            transaction: transaction.and_then(|it| text_of(it.as_object()?, "name")).unwrap_or_default(),
            start: time_of(value.get("timestamp")),
            profiles: 1,
            ..Self::default()
        };
        let stacks: Vec<Vec<usize>> = list("stacks").iter().map(stack_of).collect();
        let samples: Vec<(String, usize, Option<f64>)> =
            list("samples").iter().take(SAMPLES).filter_map(sample_of).collect();
        profile.samples = samples.len() as u64;
        profile.start = profile.start.or_else(|| time_of(held.get("samples")?.get(0)?.get("timestamp")));
        profile.timed = samples.len() > 1 && samples.iter().all(|(_, _, at)| at.is_some());
        profile.add(&stacks, samples);
        profile
    }

    fn add(&mut self, stacks: &[Vec<usize>], samples: Vec<(String, usize, Option<f64>)>) {
        let mut threads: BTreeMap<String, Vec<(usize, f64)>> = BTreeMap::new();
        for (thread, stack, at) in samples {
            threads.entry(thread).or_default().push((stack, at.unwrap_or_default()));
        }
        for (thread, mut seen) in threads {
            seen.sort_by(|a, b| a.1.total_cmp(&b.1));
            let mut gaps: Vec<f64> =
                seen.windows(2).map(|pair| if let [a, b] = pair { b.1 - a.1 } else { 0.0 }).collect();
            // The last sample lasted as long as the middle one: what came after it is not known.
            let mut sorted = gaps.clone();
            sorted.sort_by(f64::total_cmp);
            gaps.push(sorted.get(sorted.len() / 2).copied().unwrap_or_default());
            for ((stack, _), gap) in seen.into_iter().zip(gaps) {
                let frames = stacks.get(stack).cloned().unwrap_or_default();
                let weight = if self.timed { gap } else { 1.0 };
                self.stacks.push(Stack { frames, thread: thread.clone(), weight });
            }
        }
    }

    /// Puts several profiles together; equal functions are one. None = none has a sample.
    pub fn merge(profiles: impl IntoIterator<Item = Self>) -> Option<Self> {
        let (profiles, empty): (Vec<Self>, Vec<Self>) =
            profiles.into_iter().partition(|profile| !profile.stacks.is_empty());
        // Samples and nanoseconds cannot be added up: where some have times, those without are left out.
        let timed = profiles.iter().any(|profile| profile.timed);
        let (profiles, timeless): (Vec<Self>, Vec<Self>) =
            profiles.into_iter().partition(|profile| profile.timed == timed);
        let mut profiles = profiles.into_iter();
        let mut all = profiles.next()?;
        all.notes.extend(left_out(timeless.len(), empty.len()));
        let mut places: HashMap<ProfileFrame, usize> =
            all.frames.iter().cloned().enumerate().map(|(place, frame)| (frame, place)).collect();
        for other in profiles {
            let moved: Vec<usize> = other
                .frames
                .into_iter()
                .map(|frame| {
                    *places.entry(frame.clone()).or_insert_with(|| {
                        all.frames.push(frame);
                        all.frames.len() - 1
                    })
                })
                .collect();
            all.stacks.extend(other.stacks.into_iter().map(|mut stack| {
                stack.frames = stack.frames.iter().filter_map(|place| moved.get(*place).copied()).collect();
                stack
            }));
            for (id, name) in other.threads {
                all.threads.entry(id).or_insert(name);
            }
            all.samples += other.samples;
            all.profiles += other.profiles;
            all.start = [all.start, other.start].into_iter().flatten().min_by(f64::total_cmp);
        }
        Some(all)
    }

    /// All time in it, where it was measured.
    pub fn nanos(&self) -> Option<f64> {
        let longest = self.by_thread().into_iter().map(|(_, weight)| weight).fold(0.0, f64::max);
        self.timed.then_some(longest).filter(|nanos| *nanos > 0.0)
    }

    /// Weight of each thread, the heaviest first.
    pub fn by_thread(&self) -> Vec<(String, f64)> {
        let mut all: BTreeMap<&str, f64> = BTreeMap::new();
        for stack in &self.stacks {
            *all.entry(&stack.thread).or_default() += stack.weight;
        }
        let mut all: Vec<(String, f64)> = all.into_iter().map(|(thread, weight)| (thread.to_owned(), weight)).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all
    }
}

/// What was not put together with the others, a sentence.
fn left_out(timeless: usize, empty: usize) -> Option<String> {
    let parts = [(timeless, "without times"), (empty, "without samples")];
    let parts: Vec<String> =
        parts.iter().filter(|(profiles, _)| *profiles > 0).map(|(profiles, why)| format!("{profiles} {why}")).collect();
    (!parts.is_empty()).then(|| format!("Profiles left out: {}.", parts.join(", ")))
}

/// A function that was hot.
#[derive(Debug, Clone, PartialEq)]
pub struct Hot {
    /// Place in [`Profile::frames`].
    pub frame: usize,
    /// While it ran itself.
    pub own: f64,
    /// While it ran, or what it called that is not the app's.
    pub with_libraries: f64,
    /// While it was on the stack.
    pub total: f64,
}

/// What was hot in a profile.
#[derive(Debug, Clone, Default)]
pub struct HotPaths {
    /// Weight of all stacks with a frame.
    pub whole: f64,
    /// Weight of stacks without one: idle.
    pub idle: f64,
    /// Functions of the app, by the time in them and the libraries they called.
    pub functions: Vec<Hot>,
    /// Functions that are not the app's, by their own time.
    pub libraries: Vec<Hot>,
    /// Paths through the app's code and their weights, the heaviest first.
    pub paths: Vec<(Vec<usize>, f64)>,
    /// Some frame is marked as the app's; else all count as its.
    pub marked: bool,
}

/// Finds what was hot: a function counts once a stack, however often it is on it.
pub fn hot_paths(profile: &Profile) -> HotPaths {
    let marked = profile.frames.iter().any(|frame| frame.in_app);
    let in_app = |place: &usize| !marked || profile.frames.get(*place).is_some_and(|frame| frame.in_app);
    let mut found = HotPaths { marked, ..HotPaths::default() };
    let mut hot: BTreeMap<usize, Hot> = BTreeMap::new();
    let mut paths: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
    for stack in &profile.stacks {
        let Some(innermost) = stack.frames.last() else {
            found.idle += stack.weight;
            continue;
        };
        found.whole += stack.weight;
        let mut add = |place: usize, own: f64, with_libraries: f64, total: f64| {
            let hot = hot.entry(place).or_insert(Hot { frame: place, own: 0.0, with_libraries: 0.0, total: 0.0 });
            hot.own += own;
            hot.with_libraries += with_libraries;
            hot.total += total;
        };
        for place in stack.frames.iter().collect::<HashSet<_>>() {
            add(*place, 0.0, 0.0, stack.weight);
        }
        add(*innermost, stack.weight, 0.0, 0.0);
        let mut path: Vec<usize> = stack.frames.iter().copied().filter(|place| in_app(place)).collect();
        path.dedup();
        if let Some(last) = path.last() {
            add(*last, 0.0, stack.weight, 0.0);
            *paths.entry(path).or_default() += stack.weight;
        }
    }
    let (mut own, mut other): (Vec<Hot>, Vec<Hot>) = hot.into_values().partition(|hot| in_app(&hot.frame));
    own.sort_by(|a, b| b.with_libraries.total_cmp(&a.with_libraries).then(b.total.total_cmp(&a.total)));
    other.sort_by(|a, b| b.own.total_cmp(&a.own).then(b.total.total_cmp(&a.total)));
    let mut paths: Vec<_> = paths.into_iter().collect();
    paths.sort_by(|a, b| b.1.total_cmp(&a.1));
    (found.functions, found.libraries, found.paths) = (own, other, paths);
    found
}

/// A frame of the sample format, or of a flamegraph (`name`, `is_application`).
pub fn frame_of(value: &Value) -> ProfileFrame {
    let word = |keys: &[&str]| keys.iter().find_map(|key| text_of(value.as_object()?, key)).unwrap_or_default();
    let number = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| value.get(*key)?.as_u64())?;
        u32::try_from(found).ok().filter(|number| *number > 0)
    };
    let truth = |key: &str| value.get(key).and_then(Value::as_bool);
    ProfileFrame {
        function: word(&["function", "name"]),
        file: word(&["filename", "file", "path", "abs_path", "module", "package"]),
        line: number(&["lineno", "line"]),
        column: number(&["colno", "col", "column"]),
        in_app: truth("in_app").or_else(|| truth("is_application")).unwrap_or(false),
    }
}

fn stack_of(value: &Value) -> Vec<usize> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut frames: Vec<usize> =
        list.iter().take(DEPTH).filter_map(|place| usize::try_from(place.as_u64()?).ok()).collect();
    frames.reverse();
    frames
}

/// Thread, stack, and when (nanoseconds).
fn sample_of(value: &Value) -> Option<(String, usize, Option<f64>)> {
    let map = value.as_object()?;
    let stack = usize::try_from(map.get("stack_id")?.as_u64()?).ok()?;
    let nanos = time_of(map.get("elapsed_since_start_ns"));
    let at = nanos.or_else(|| Some(time_of(map.get("timestamp"))? * 1e9));
    Some((text_of(map, "thread_id").unwrap_or_default(), stack, at))
}

fn threads_of(value: Option<&Value>) -> BTreeMap<String, String> {
    let Some(Value::Object(map)) = value else { return BTreeMap::new() };
    map.iter().take(200).filter_map(|(id, about)| Some((id.clone(), text_of(about.as_object()?, "name")?))).collect()
}
