//! Finds browsers and their drivers: by flag or environment, then PATH, then the usual places.

use std::path::{Path, PathBuf};

use crate::{
    config::BrowserConfig,
    error::{Result, ToolError},
};

/// Which browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Chrome, Chromium and what is built on it.
    Chrome,
    /// Firefox.
    Firefox,
}

/// A browser and the driver that goes with it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Which browser.
    pub kind: Kind,
    /// Its binary; none = the driver finds it.
    pub binary: Option<PathBuf>,
    /// Its driver.
    pub driver: PathBuf,
}

impl Kind {
    /// `chrome` or `firefox`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chrome => "chrome",
            Self::Firefox => "firefox",
        }
    }

    fn parse(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "chrome" | "chromium" => Ok(Self::Chrome),
            "firefox" => Ok(Self::Firefox),
            _ => Err(ToolError::new(
                format!("There is no browser {:?}.", name.chars().take(40).collect::<String>()),
                "Use `chrome` or `firefox`, or leave it out.",
            )),
        }
    }

    fn binaries(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Chrome => (
                &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "brave-browser"],
                &[
                    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
                    "/Applications/Chromium.app/Contents/MacOS/Chromium",
                    "/opt/google/chrome/chrome",
                    "/snap/bin/chromium",
                    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
                    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
                ],
            ),
            Self::Firefox => (
                &["firefox", "firefox-esr"],
                &[
                    "/Applications/Firefox.app/Contents/MacOS/firefox",
                    "/snap/bin/firefox",
                    r"C:\Program Files\Mozilla Firefox\firefox.exe",
                ],
            ),
        }
    }

    fn drivers(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Chrome => (
                &["chromedriver"],
                &[
                    "/usr/bin/chromedriver",
                    "/usr/lib/chromium/chromedriver",
                    "/usr/lib/chromium-browser/chromedriver",
                    "/opt/homebrew/bin/chromedriver",
                    "/usr/local/bin/chromedriver",
                ],
            ),
            Self::Firefox => (
                &["geckodriver"],
                &["/usr/bin/geckodriver", "/opt/homebrew/bin/geckodriver", "/usr/local/bin/geckodriver"],
            ),
        }
    }

    /// What to do when browser or driver is missing or does not fit.
    pub fn install_hint(self) -> &'static str {
        match self {
            Self::Chrome if cfg!(target_os = "macos") => {
                "Install both: brew install --cask google-chrome chromedriver. Or name them: --browser-binary and --driver \
                 (FIXLOOP_BROWSER_BINARY, FIXLOOP_DRIVER)."
            }
            Self::Chrome if cfg!(windows) => {
                "Install both: winget install Google.Chrome, and chromedriver of the same version from \
                 https://googlechromelabs.github.io/chrome-for-testing/. Or name them: --browser-binary and --driver \
                 (FIXLOOP_BROWSER_BINARY, FIXLOOP_DRIVER)."
            }
            Self::Chrome => {
                "Install both, of the same version (Debian, Ubuntu: apt-get install chromium chromium-driver), or name \
                 them: --browser-binary and --driver (FIXLOOP_BROWSER_BINARY, FIXLOOP_DRIVER)."
            }
            Self::Firefox => {
                "Install firefox (Debian: apt-get install firefox-esr) and geckodriver (cargo install geckodriver), or \
                 name them: --browser-binary and --driver (FIXLOOP_BROWSER_BINARY, FIXLOOP_DRIVER)."
            }
        }
    }
}

/// The browser and driver to use: what `wanted` or the configuration names, else Chrome where it is found, else Firefox.
pub fn find(config: &BrowserConfig, wanted: Option<&str>) -> Result<Found> {
    match wanted.or(config.kind.as_deref()) {
        Some(name) => find_kind(config, Kind::parse(name)?),
        None if named_driver_is(config, "gecko") => find_kind(config, Kind::Firefox),
        None => find_kind(config, Kind::Chrome).or_else(|no_chrome| {
            if config.binary.is_some() || config.driver.is_some() {
                return Err(no_chrome);
            }
            find_kind(config, Kind::Firefox).map_err(|_| no_chrome)
        }),
    }
}

fn named_driver_is(config: &BrowserConfig, part: &str) -> bool {
    let name =
        config.driver.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().to_ascii_lowercase());
    name.is_some_and(|name| name.contains(part))
}

fn find_kind(config: &BrowserConfig, kind: Kind) -> Result<Found> {
    let other = if kind == Kind::Chrome { "gecko" } else { "chrome" };
    let configured_driver = config.driver.as_ref().filter(|_| !named_driver_is(config, other));
    // A configured binary belongs to the configured (or first) kind only.
    let configured_is_ours = config.kind.as_deref().is_none_or(|name| Kind::parse(name).ok() == Some(kind))
        && (config.driver.is_none() || configured_driver.is_some());
    let binary = match config.binary.as_ref().filter(|_| configured_is_ours) {
        Some(binary) if is_file(binary) => binary.clone(),
        Some(binary) => {
            return Err(ToolError::new(
                format!("There is no browser at {} (--browser-binary, FIXLOOP_BROWSER_BINARY).", binary.display()),
                kind.install_hint(),
            ));
        }
        None => search(config, kind.binaries()).ok_or_else(|| {
            ToolError::new(format!("No {} was found on this machine.", kind.name()), kind.install_hint())
        })?,
    };
    let driver = match configured_driver {
        Some(driver) if is_file(driver) => driver.clone(),
        Some(driver) => {
            return Err(ToolError::new(
                format!("There is no driver at {} (--driver, FIXLOOP_DRIVER).", driver.display()),
                kind.install_hint(),
            ));
        }
        None => search(config, kind.drivers()).ok_or_else(|| {
            let (names, _) = kind.drivers();
            ToolError::new(
                format!("{} is here ({}), but no {}.", kind.name(), binary.display(), names.join(" or ")),
                kind.install_hint(),
            )
        })?,
    };
    Ok(Found { kind, binary: Some(binary), driver })
}

fn search(config: &BrowserConfig, (names, places): (&[&str], &[&str])) -> Option<PathBuf> {
    let on_path = names.iter().flat_map(|name| {
        config.path.iter().map(move |folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
    });
    // An empty PATH in the configuration means: look nowhere but where we are told.
    let usual = places.iter().filter(|_| !config.path.is_empty()).map(PathBuf::from);
    on_path.chain(usual).find(|path| is_file(path))
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file())
}
