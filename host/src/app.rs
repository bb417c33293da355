//! The composition root: the one place that puts sandbox, plugins and surface together.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio_util::task::AbortOnDropHandle;

use crate::audit::Audit;
use crate::capability::Services;
use crate::capability::http::Network;
use crate::capability::keyvalue::Stores;
use crate::capability::learner::Learner;
use crate::config::{Config, PluginConfig};
use crate::database;
use crate::plugin::{Announced, LoadError, Plugin, Sandbox, one_line};
use crate::secret::Secrets;
use crate::surface::{Endpoint, Endpoints, LeftOut, NAME_ADVISED, Published};

/// How long clients who ask what there is wait for plugins that are still being loaded. After that they see those that
/// are there; compiling a plugin for the first time may take longer.
const SETTLE_TIME: Duration = Duration::from_secs(10);

/// How often what was loaded meanwhile is shown: each time costs a little for each plugin, and there may be a thousand.
const PUBLISH_EVERY: Duration = Duration::from_millis(25);

/// What capabilities need, as configured. Uses are not put on record. Blocks on the disk for a moment.
///
/// # Errors
/// When certificates or name servers can't be used.
pub fn services(config: &Config) -> anyhow::Result<Services> {
    let file = database::folder().map(|folder| folder.join("state.redb"));
    Ok(Services {
        network: Network::new(&config.network)?,
        secrets: Secrets::new(config.secrets.clone()),
        stores: Arc::new(Stores::new(config.stores.clone(), file)),
        audit: Audit::off(),
        learner: Learner::default(),
    })
}

/// A running host: plugins, and what clients see of them. Share it behind an [`Arc`].
pub struct Host {
    endpoints: Arc<Endpoints>,
    reports: ArcSwap<Vec<PluginReport>>,
    sandbox: Sandbox,
}

/// What became of one configured plugin.
#[derive(Clone)]
pub struct PluginReport {
    /// Its id.
    pub id: String,
    /// The plugin, or why it isn't served.
    pub outcome: Result<Arc<Plugin>, Arc<LoadError>>,
    /// The endpoints that don't show it, and why.
    pub left_out: Vec<LeftOut>,
}

impl Host {
    /// Starts a host and loads its plugins in the background; see [`Host::loaded`]. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When this machine can't run the sandbox. What is wrong with a plugin is in its report.
    pub fn start(config: Config) -> anyhow::Result<Arc<Self>> {
        Self::start_recorded(config, Audit::off())
    }

    /// As [`Host::start`], with a record of what becomes of calls.
    ///
    /// # Errors
    /// As there.
    pub fn start_recorded(config: Config, audit: Audit) -> anyhow::Result<Arc<Self>> {
        let services = Services { audit, ..services(&config)? };
        Self::with(config, services)
    }

    /// The same, with these services in place of those that are configured.
    ///
    /// # Errors
    /// See [`Host::start`].
    pub fn with(config: Config, services: Services) -> anyhow::Result<Arc<Self>> {
        let sandbox = Sandbox::new(services).map_err(|error| anyhow::anyhow!("the sandbox can't start: {error:#}"))?;
        let rules = config.plugins.iter().map(|plugin| (plugin.spec.id.clone(), plugin.tools.clone())).collect();
        let endpoints = Arc::new(Endpoints::new(config.endpoints, rules));
        let host = Arc::new(Self { endpoints, reports: ArcSwap::default(), sandbox });
        let loading = Arc::clone(&host);
        let listening = Arc::downgrade(&host);
        tokio::spawn(async move {
            loading.load(config.plugins).await;
            drop(loading);
            follow(listening).await;
        });
        Ok(host)
    }

    /// Returns when every plugin was loaded or refused.
    pub async fn loaded(&self) {
        self.published().completed().await;
    }

    /// Returns when what calls have left behind is cleaned up. To be awaited before the runtime goes.
    pub async fn cleaned_up(&self) {
        self.sandbox.cleaned_up().await;
    }

    /// What clients see at the default endpoint, now and later.
    #[must_use]
    pub fn published(&self) -> &Arc<Published> {
        &self.endpoints.default_one().published
    }

    /// All places where clients connect.
    #[must_use]
    pub const fn endpoints(&self) -> &Arc<Endpoints> {
        &self.endpoints
    }

    /// The endpoint of this name.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<&Arc<Endpoint>> {
        self.endpoints.get(name)
    }

    /// What the operator wrote of tools that no plugin has. For when all plugins are loaded.
    #[must_use]
    pub fn idle_settings(&self) -> Vec<String> {
        self.endpoints.idle(&self.served())
    }

    /// What became of each configured plugin, ordered by id.
    #[must_use]
    pub fn reports(&self) -> Arc<Vec<PluginReport>> {
        self.reports.load_full()
    }

    /// The plugins that are served, ordered by id.
    fn served(&self) -> Vec<Arc<Plugin>> {
        self.reports().iter().filter_map(|report| report.outcome.clone().ok()).collect()
    }

    /// Loads all at once, and publishes each as it comes: one that compiles slowly or fails delays no other.
    async fn load(&self, plugins: Vec<PluginConfig>) {
        let mut loads: FuturesUnordered<_> = plugins
            .into_iter()
            .enumerate()
            .map(async |(place, plugin)| (place, self.load_apart(plugin).await))
            .collect();
        let mut reports = BTreeMap::new();
        let mut publishing = tokio::time::interval(PUBLISH_EVERY);
        let mut settling = pin!(tokio::time::sleep(SETTLE_TIME));
        let mut unpublished = Vec::new();
        loop {
            tokio::select! {
                loaded = loads.next() => match loaded {
                    Some((place, report)) => {
                        reports.insert(place, report);
                        unpublished.push(place);
                    }
                    None => break,
                },
                _ = publishing.tick(), if !unpublished.is_empty() => {
                    self.publish(&mut reports, false);
                    log(&reports, &mut unpublished);
                }
                () = &mut settling, if !self.published().is_settled() => self.endpoints.settle(),
            }
        }
        self.publish(&mut reports, true);
        log(&reports, &mut unpublished);
        self.reports.store(Arc::new(reports.into_values().collect()));
        self.remark();
        self.endpoints.complete();
    }

    /// Loads a plugin in a task of its own: one that keeps a thread busy, or with which the host itself fails, is no other
    /// one's concern.
    async fn load_apart(&self, plugin: PluginConfig) -> PluginReport {
        let (sandbox, id) = (self.sandbox.clone(), plugin.spec.id.clone());
        let loading = tokio::spawn(async move { load_one(&sandbox, plugin).await });
        AbortOnDropHandle::new(loading).await.unwrap_or_else(|error| {
            let outcome = Err(Arc::new(LoadError::Compile(format!("the host failed while loading: {error}"))));
            PluginReport { id, outcome, left_out: Vec::new() }
        })
    }

    /// Logs what only shows when all plugins are there.
    fn remark(&self) {
        for left_out in self.reports().iter().flat_map(|report| &report.left_out) {
            tracing::error!("{}; {}", one_line(&left_out.to_string()), left_out.collision.hint());
        }
        for setting in self.idle_settings() {
            tracing::warn!("{}", one_line(&setting));
        }
        for tool in self.published().current().tools().iter().filter(|tool| tool.name.len() > NAME_ADVISED) {
            tracing::warn!(
                plugin = tool.plugin.id(),
                tool = tool.name,
                "some clients cut names beyond {NAME_ADVISED} characters; a shorter plugin id helps"
            );
        }
    }

    /// Asks a plugin again what it offers, if it says that it has changed, and tells clients.
    async fn look_into(&self, id: &str, announced: &Announced) {
        let served = self.served();
        let Some(plugin) = served.iter().find(|plugin| plugin.id() == id) else { return };
        if announced.is_of_lists() {
            match plugin.list_again().await {
                Ok(true) => {
                    for left_out in self.endpoints.publish(&served, true) {
                        tracing::error!(plugin = id, "{}", one_line(&left_out.to_string()));
                    }
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(plugin = id, "what it offers stays as it was: {}", one_line(&error.to_string()));
                    return;
                }
            }
        }
        self.endpoints.announce(id, announced);
    }

    fn publish(&self, reports: &mut BTreeMap<usize, PluginReport>, is_complete: bool) {
        let served: Vec<Arc<Plugin>> = reports.values().filter_map(|report| report.outcome.clone().ok()).collect();
        let left_out = self.endpoints.publish(&served, is_complete);
        for report in reports.values_mut() {
            report.left_out =
                left_out.iter().filter(|left_out| left_out.collision.plugin == report.id).cloned().collect();
        }
    }
}

/// Looks into what plugins say has changed, for as long as the host is there.
async fn follow(host: Weak<Host>) {
    loop {
        let Some(sandbox) = host.upgrade().map(|host| host.sandbox.clone()) else { return };
        let announced = tokio::select! {
            announced = sandbox.announced() => announced,
            // To see whether the host is still there.
            () = tokio::time::sleep(SETTLE_TIME) => continue,
        };
        let Some(host) = host.upgrade() else { return };
        for (plugin, announced) in announced {
            host.look_into(&plugin, &announced).await;
        }
    }
}

async fn load_one(sandbox: &Sandbox, plugin: PluginConfig) -> PluginReport {
    let id = plugin.spec.id.clone();
    let outcome = read_and_load(sandbox, plugin).await;
    PluginReport { id, outcome: outcome.map(Arc::new).map_err(Arc::new), left_out: Vec::new() }
}

async fn read_and_load(sandbox: &Sandbox, plugin: PluginConfig) -> Result<Plugin, LoadError> {
    let source = plugin.source?;
    let limit = plugin.spec.limits.component_bytes;
    Plugin::load(sandbox, plugin.spec, move || Ok(source.read(limit)?)).await
}

/// Says what became of these plugins, now that it holds: whoever reads that one is loaded can call it.
fn log(reports: &BTreeMap<usize, PluginReport>, places: &mut Vec<usize>) {
    places.drain(..).filter_map(|place| reports.get(&place)).for_each(log_one);
}

fn log_one(report: &PluginReport) {
    let id = &*report.id;
    match &report.outcome {
        Ok(plugin) => {
            let offers = plugin.offers();
            let (tools, resources, prompts) = (offers.tools.len(), offers.resources.len(), offers.prompts.len());
            tracing::info!(plugin = id, tools, resources, templates = offers.templates.len(), prompts, "loaded");
        }
        Err(error) => {
            tracing::error!(plugin = id, "not served: {}; {}", one_line(&error.to_string()), one_line(error.hint()));
        }
    }
}
