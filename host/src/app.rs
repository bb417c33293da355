//! The composition root: the one place that puts sandbox, plugins and surface together.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

use crate::config::{Config, PluginConfig};
use crate::plugin::{LoadError, Plugin, Sandbox, one_line};
use crate::surface::{Collision, NAME_ADVISED, Published, Surface, tool_name};

/// How long clients who ask what there is wait for plugins that are still being loaded. After that they see those that
/// are there; compiling a plugin for the first time may take longer.
const SETTLE_TIME: Duration = Duration::from_secs(10);

/// How often what was loaded meanwhile is shown: each time costs a little for each plugin, and there may be a thousand.
const PUBLISH_EVERY: Duration = Duration::from_millis(25);

/// A running host: plugins, and what clients see of them. Share it behind an [`Arc`].
pub struct Host {
    published: Arc<Published>,
    reports: ArcSwap<Vec<PluginReport>>,
    sandbox: Sandbox,
}

/// What became of one configured plugin.
#[derive(Clone)]
pub struct PluginReport {
    /// Its id.
    pub id: String,
    /// The plugin, or why it isn't served.
    pub outcome: Result<Arc<Plugin>, Arc<PluginError>>,
}

/// Why a configured plugin isn't served.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// It can't be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Its names are taken.
    #[error(transparent)]
    Collision(#[from] Collision),
}

impl PluginError {
    /// What the operator can do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        match self {
            Self::Load(error) => error.hint(),
            Self::Collision(_) => "give one of the two plugins another id",
        }
    }
}

impl Host {
    /// Starts a host and loads its plugins in the background; see [`Host::loaded`]. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When this machine can't run the sandbox. What is wrong with a plugin is in its report.
    pub fn start(config: Config) -> anyhow::Result<Arc<Self>> {
        let sandbox = Sandbox::new().map_err(|error| anyhow::anyhow!("the sandbox can't start: {error:#}"))?;
        let host = Arc::new(Self { published: Arc::default(), reports: ArcSwap::default(), sandbox });
        let loading = Arc::clone(&host);
        tokio::spawn(async move { loading.load(config.plugins).await });
        Ok(host)
    }

    /// Returns when every plugin was loaded or refused.
    pub async fn loaded(&self) {
        self.published.completed().await;
    }

    /// Returns when what calls have left behind is cleaned up. To be awaited before the runtime goes.
    pub async fn cleaned_up(&self) {
        self.sandbox.cleaned_up().await;
    }

    /// What clients see, now and later.
    #[must_use]
    pub fn published(&self) -> &Arc<Published> {
        &self.published
    }

    /// What became of each configured plugin, ordered by id.
    #[must_use]
    pub fn reports(&self) -> Arc<Vec<PluginReport>> {
        self.reports.load_full()
    }

    /// Loads all at once, and publishes each as it comes: one that compiles slowly or fails delays no other.
    async fn load(&self, plugins: Vec<PluginConfig>) {
        let mut loads: FuturesUnordered<_> = plugins
            .into_iter()
            .enumerate()
            .map(async |(place, plugin)| (place, load_one(&self.sandbox, plugin).await))
            .collect();
        let mut reports = BTreeMap::new();
        let mut publishing = tokio::time::interval(PUBLISH_EVERY);
        let mut settling = pin!(tokio::time::sleep(SETTLE_TIME));
        let mut published = 0;
        loop {
            tokio::select! {
                loaded = loads.next() => match loaded {
                    Some((place, report)) => {
                        log(&report);
                        reports.insert(place, report);
                    }
                    None => break,
                },
                _ = publishing.tick(), if published < reports.len() => {
                    self.publish(&mut reports, false);
                    published = reports.len();
                }
                () = &mut settling, if !self.published.is_settled() => self.published.settle(),
            }
        }
        self.publish(&mut reports, true);
        self.reports.store(Arc::new(reports.into_values().collect()));
        self.published.complete();
    }

    fn publish(&self, reports: &mut BTreeMap<usize, PluginReport>, is_complete: bool) {
        let served: Vec<Arc<Plugin>> = reports.values().filter_map(|report| report.outcome.clone().ok()).collect();
        let (surface, collisions) = Surface::of(&served, is_complete);
        for (plugin, collision) in collisions {
            if let Some(report) = reports.values_mut().find(|report| report.id == plugin.id()) {
                report.outcome = Err(Arc::new(collision.into()));
                log(report);
            }
        }
        self.published.publish(surface);
    }
}

async fn load_one(sandbox: &Sandbox, plugin: PluginConfig) -> PluginReport {
    let id = plugin.spec.id.clone();
    let outcome = read_and_load(sandbox, plugin).await;
    PluginReport { id, outcome: outcome.map(Arc::new).map_err(|error| Arc::new(error.into())) }
}

async fn read_and_load(sandbox: &Sandbox, plugin: PluginConfig) -> Result<Plugin, LoadError> {
    let source = plugin.source?;
    let limit = plugin.spec.limits.component_bytes;
    let read = tokio::task::spawn_blocking(move || source.read(limit)).await;
    let bytes = read.map_err(|error| LoadError::Corrupt(error.to_string()))??;
    Plugin::load(sandbox, plugin.spec, bytes).await
}

fn log(report: &PluginReport) {
    let id = &*report.id;
    match &report.outcome {
        Ok(plugin) => {
            tracing::info!(plugin = id, tools = plugin.tools().len(), "loaded");
            let unserved = plugin.inspection().unserved();
            if !unserved.is_empty() {
                tracing::warn!(
                    plugin = id,
                    "this version of wharf does not show its {} to clients",
                    unserved.join(", ")
                );
            }
            for tool in plugin.tools() {
                let name = tool_name(id, &tool.name);
                if name.len() > NAME_ADVISED {
                    tracing::warn!(
                        plugin = id,
                        tool = name,
                        "some clients cut names beyond {NAME_ADVISED} characters; a shorter plugin id helps"
                    );
                }
            }
        }
        Err(error) => {
            tracing::error!(plugin = id, "not served: {}; {}", one_line(&error.to_string()), one_line(error.hint()));
        }
    }
}
