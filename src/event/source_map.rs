//! Why frames are not mapped to source, as Sentry tells it, turned into causes and what to do about each (pure).

use super::{Event, quoted};

/// Characters of a server's word within a sentence of ours.
const LINE: usize = 120;

/// What Sentry tried for the frames of an event. Missing = not said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceMapDebug {
    /// Release of the event.
    pub release: Option<String>,
    /// Its dist.
    pub dist: Option<String>,
    /// Version of the SDK that sent it.
    pub sdk_version: Option<String>,
    /// The first one that knows debug ids.
    pub needs_sdk: Option<String>,
    /// `full`, `needs-upgrade`, `not-supported`, `unofficial-sdk`.
    pub sdk_support: Option<String>,
    /// The event carries debug ids.
    pub has_debug_ids: Option<bool>,
    /// The project has uploaded anything.
    pub project_has_files: Option<bool>,
    /// Something was uploaded for the release.
    pub release_has_files: Option<bool>,
    /// Something with a debug id was uploaded.
    pub uploaded_debug_ids: Option<bool>,
    /// The frames of all exceptions.
    pub frames: Vec<FrameDebug>,
}

/// What Sentry tried for one frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FrameDebug {
    /// Number of the exception in the event, and of the frame in it.
    pub place: (usize, usize),
    /// The debug id that the event gives for the file.
    pub debug_id: Option<String>,
    /// The built file was uploaded with this debug id.
    pub file_by_id: bool,
    /// Its map was.
    pub map_by_id: bool,
    /// Address of the built file.
    pub file: Option<String>,
    /// Names under which it would be found in a release: `~/assets/app.js`.
    pub names: Vec<String>,
    /// Name under which its map would be.
    pub map_name: Option<String>,
    /// What its `sourceMappingURL` says.
    pub reference: Option<String>,
    /// Whether the release has the file.
    pub file_lookup: Option<Lookup>,
    /// Whether the release has the map.
    pub map_lookup: Option<Lookup>,
    /// Whether Sentry could fetch the file.
    pub scraped_file: Option<Scraped>,
    /// Whether Sentry could fetch the map.
    pub scraped_map: Option<Scraped>,
}

/// How a search in a release ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// It is there.
    Found,
    /// It is there under another dist.
    WrongDist,
    /// It is not there.
    Missing,
}

/// How a fetch from the app's own server ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scraped {
    /// It was fetched.
    pub ok: bool,
    /// It was tried at all.
    pub tried: bool,
    /// Why not.
    pub why: String,
}

/// One cause, and the frames that share it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// Short name: `not_uploaded`.
    pub kind: &'static str,
    /// What is wrong; values from the server are in it as they are.
    pub what: String,
    /// What to do, with the exact command or setting.
    pub fix: String,
    /// Built files, each once, with the number of their frames.
    pub files: Vec<(String, usize)>,
}

impl Cause {
    /// Frames that share it.
    pub fn frames(&self) -> usize {
        self.files.iter().map(|(_, frames)| frames).sum()
    }
}

/// How it stands with the frames of an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Diagnosis {
    /// Frames that are mapped.
    pub mapped: usize,
    /// Frames of built code.
    pub frames: usize,
    /// By which way they are mapped: `debug id`, `release`, `fetched from the app`; frames of each.
    pub ways: Vec<(&'static str, usize)>,
    /// Why the others are not; most frames first.
    pub causes: Vec<Cause>,
}

/// Where an upload has to go.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Organization slug.
    pub organization: String,
    /// Project slug or id.
    pub project: String,
    /// Address of a server other than sentry.io.
    pub url: Option<String>,
}

impl Diagnosis {
    /// Adds a mapped frame.
    pub fn map(&mut self, way: &'static str) {
        self.frames += 1;
        self.mapped += 1;
        match self.ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, frames)) => *frames += 1,
            None => self.ways.push((way, 1)),
        }
    }

    /// Adds a frame of `file` that is not mapped.
    pub fn fail(&mut self, kind: &'static str, what: String, fix: String, file: String) {
        self.frames += 1;
        let cause = match self.causes.iter_mut().position(|cause| cause.kind == kind && cause.what == what) {
            Some(at) => self.causes.get_mut(at),
            None => {
                self.causes.push(Cause { kind, what, fix, files: Vec::new() });
                self.causes.last_mut()
            }
        };
        let Some(cause) = cause else { return };
        match cause.files.iter_mut().find(|(known, _)| *known == file) {
            Some((_, frames)) => *frames += 1,
            None => cause.files.push((file, 1)),
        }
    }

    /// Puts the causes of most frames first.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.causes.sort_by_key(|cause| std::cmp::Reverse(cause.frames()));
        self
    }
}

impl FrameDebug {
    /// The built file that the frame is of; none = it is of no file (native code, `<anonymous>`) and has nothing to map.
    fn built_file(&self) -> Option<String> {
        let of_runtime = |file: &str| file.starts_with("node:") || file.starts_with("native") || file.starts_with('<');
        match &self.file {
            Some(file) if of_runtime(file) => None,
            Some(file) => Some(file.clone()).filter(|file| self.debug_id.is_some() || file.contains('/')),
            // A debug id is only of a built file.
            None => self.debug_id.as_ref().map(|_| "(file not told)".to_owned()),
        }
    }
}

impl SourceMapDebug {
    /// Gives frames whose file the server does not tell (it does so only for a release, or what it fetched) that of the
    /// event's own frame.
    pub fn name_files(&mut self, event: &Event) {
        for frame in self.frames.iter_mut().filter(|frame| frame.file.is_none()) {
            let (exception, index) = frame.place;
            let of_event = event.exceptions.get(exception).and_then(|exception| exception.frames.get(index));
            frame.file = of_event.and_then(|frame| frame.abs_path.clone().or_else(|| frame.filename.clone()));
        }
    }

    /// The causes, frame by frame.
    pub fn diagnose(&self, target: &Target) -> Diagnosis {
        let mut diagnosis = Diagnosis::default();
        for frame in &self.frames {
            let Some(file) = frame.built_file() else { continue };
            if frame.debug_id.is_some() && frame.file_by_id && frame.map_by_id {
                diagnosis.map("debug id");
            } else if frame.file_lookup == Some(Lookup::Found) && frame.map_lookup == Some(Lookup::Found) {
                diagnosis.map("release");
            } else if [&frame.scraped_file, &frame.scraped_map].iter().all(|it| it.as_ref().is_some_and(|it| it.ok)) {
                diagnosis.map("fetched from the app");
            } else {
                let (kind, what, fix) = self.cause(frame, target);
                diagnosis.fail(kind, what, fix, file);
            }
        }
        diagnosis.sorted()
    }

    fn cause(&self, frame: &FrameDebug, target: &Target) -> (&'static str, String, String) {
        if frame.debug_id.is_some() {
            return self.by_debug_id(frame, target);
        }
        if self.has_debug_ids == Some(true) {
            let what = "The event has debug ids, but none for this file: it was not injected (a script of somebody \
                        else, or a chunk that the upload step did not see)";
            let fix = format!(
                "For a script of your own build, {}. A script of a third party cannot be mapped.",
                inject(target)
            );
            return ("not_injected", what.to_owned(), fix);
        }
        if matches!(self.sdk_support.as_deref(), Some("needs-upgrade")) && frame.file_lookup != Some(Lookup::Found) {
            let (has, needs) = (said(&self.sdk_version), said(&self.needs_sdk));
            let what = format!("The SDK {has} is too old to send debug ids (they came with {needs})");
            return ("old_sdk", what, format!("Upgrade the SDK to {needs} or newer, then {}.", inject(target)));
        }
        self.by_release(frame, target)
    }

    fn by_debug_id(&self, frame: &FrameDebug, target: &Target) -> (&'static str, String, String) {
        match (frame.file_by_id, frame.map_by_id) {
            (true, _) => (
                "map_not_uploaded",
                "The built file was uploaded with its debug id, its source map was not".to_owned(),
                format!("Let the build write source maps (Vite: build.sourcemap \"hidden\"; webpack: devtool \"hidden-source-map\"), \
                         keep the .map files next to the .js files until the upload, then {}.", inject(target)),
            ),
            (false, true) => (
                "file_not_uploaded",
                "The source map was uploaded with the debug id, the built file was not".to_owned(),
                format!("Upload the .js files together with their .map files: {}.", upload(target, "./dist", "")),
            ),
            (false, false) if self.project_has_files == Some(false) => (
                "nothing_uploaded",
                "The file has a debug id, but nothing was ever uploaded to this project".to_owned(),
                format!("After each build, before the deploy: {}. Check that organization and project are these.", upload(target, "./dist", "")),
            ),
            (false, false) => (
                "not_uploaded",
                "The file has a debug id, and nothing with that id was uploaded: the upload did not run for this build, went to \
                 another project, or the deployed files are of a later build than the uploaded ones"
                    .to_owned(),
                format!("Upload exactly the files that are deployed: {}. Do not build again between upload and deploy.", upload(target, "./dist", "")),
            ),
        }
    }

    fn by_release(&self, frame: &FrameDebug, target: &Target) -> (&'static str, String, String) {
        let Some(release) = &self.release else {
            let what = "The file has no debug id, and the event no release to look in".to_owned();
            return ("no_debug_id", what, format!("Inject debug ids: {}.", inject(target)));
        };
        let release_arguments = |prefix: &str| {
            let dist =
                self.dist.as_deref().map(|dist| format!(" --dist {}", argument(dist, "DIST"))).unwrap_or_default();
            format!(" --release {}{dist}{prefix}", argument(release, "RELEASE"))
        };
        let better = format!("Better, since it needs no names: debug ids, {}.", inject(target));
        let fetched = |scraped: &Option<Scraped>| match scraped {
            Some(it) if it.tried && !it.ok && !it.why.is_empty() => {
                format!("; fetching it from the app failed too ({})", quoted(&it.why, LINE))
            }
            _ => String::new(),
        };
        let (dist, version) = (said(&self.dist), quoted(release, LINE));
        match (frame.file_lookup, frame.map_lookup) {
            (Some(Lookup::WrongDist), _) | (Some(Lookup::Found), Some(Lookup::WrongDist)) => (
                "wrong_dist",
                format!("The file is in release {version}, but not under the event's dist ({dist})"),
                format!("Upload with the same dist as Sentry.init has: {}. {better}", upload(target, "./dist", &release_arguments(""))),
            ),
            (Some(Lookup::Found), _) if frame.map_name.is_none() && frame.reference.is_none() => (
                "no_reference",
                "The uploaded file does not name its source map (no //# sourceMappingURL at its end, no SourceMap header)".to_owned(),
                format!("Let the build write the comment (not the \"hidden\" kind of maps), or use what needs none: {}.", inject(target)),
            ),
            (Some(Lookup::Found), _) => {
                let name = frame.map_name.clone().or_else(|| frame.reference.clone()).unwrap_or_default();
                let name = quoted(&pattern(&name), LINE);
                (
                    "map_name",
                    format!("The built file is in release {version}, its source map is not there as {name}{}", fetched(&frame.scraped_map)),
                    format!("Upload the .map files under the names that the built files refer to: {}. {better}", upload(target, "./dist", &release_arguments(""))),
                )
            }
            _ if self.release_has_files == Some(false) => (
                "release_empty",
                format!("The file has no debug id, and nothing was uploaded for release {version}{}", fetched(&frame.scraped_file)),
                format!("Inject debug ids: {}. By release instead: {}.", inject(target), upload(target, "./dist", &release_arguments(&prefix(frame)))),
            ),
            _ => {
                let names = frame.names.first().map(|name| quoted(&pattern(name), LINE)).unwrap_or_else(|| "its address".to_owned());
                (
                    "file_name",
                    format!("The file has no debug id, and release {version} has files, but none named {names}{}", fetched(&frame.scraped_file)),
                    format!("Upload with the prefix under which the app serves the files: {}. {better}", upload(target, "./dist", &release_arguments(&prefix(frame)))),
                )
            }
        }
    }
}

/// The folder of an artifact's name, so that files of one folder share a cause: `~/assets/*.js`.
fn pattern(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or_default();
    let folder = name.strip_suffix(file).unwrap_or_default();
    let ending = if file.ends_with(".map") { "*.js.map" } else { "*.js" };
    if folder.is_empty() { name.to_owned() } else { format!("{folder}{ending}") }
}

/// ` --url-prefix '~/assets'`, from the name that Sentry looks for.
fn prefix(frame: &FrameDebug) -> String {
    let name = frame.names.iter().find(|name| name.starts_with("~/"));
    let folder = name.and_then(|name| name.rsplit_once('/')).map(|(folder, _)| argument(folder, "~/FOLDER"));
    folder.map(|folder| format!(" --url-prefix '{folder}'")).unwrap_or_default()
}

fn inject(target: &Target) -> String {
    format!("`sentry-cli sourcemaps inject ./dist`, then {}", upload(target, "./dist", ""))
}

fn upload(target: &Target, folder: &str, arguments: &str) -> String {
    let url = target.url.as_deref().map(|url| format!(" --url {}", argument(url, "URL"))).unwrap_or_default();
    format!(
        "`sentry-cli{url} sourcemaps upload --org {} --project {}{arguments} {folder}`",
        argument(&target.organization, "ORG"),
        argument(&target.project, "PROJECT")
    )
}

/// A value for a command of ours, or a word that stands for it where it might be more than a value.
fn argument(value: &str, word: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-@+/~:".contains(c);
    let fine = !value.is_empty() && value.len() <= 200 && !value.starts_with('-') && value.chars().all(good);
    if fine { value.to_owned() } else { word.to_owned() }
}

fn said(value: &Option<String>) -> String {
    value.as_deref().map_or_else(|| "none".to_owned(), |value| quoted(value, LINE))
}
