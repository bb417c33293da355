//! `wharf plugin add`.

mod shown;

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use dialoguer::{Confirm, Input};
use toml_edit::{DocumentMut, Item, Table, value};

use self::shown::{question, tell};
use super::inspect;
use crate::capability::files;
use crate::cli::{DEFAULT_FILE, environment, print};
use crate::config::Config;
use crate::plugin::{Inspection, one_line};
use crate::policy::in_short;
use crate::policy::propose::{DIRECTORY, Entry, Proposal, proposals};
use crate::surface::check_plugin_id;

/// Shows what a component imports and asks for, and why; asks which of it to grant; and writes that to the configuration.
/// Where nobody can be asked, it prints what it would write, with all that the plugin asks for. Nothing of it runs.
#[derive(Debug, Args)]
pub(in crate::cli) struct Add {
    /// The component
    file: PathBuf,
    /// What to call it [default: its own name, or the file's]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Grant everything that it asks for without asking; what nobody can know is left to be filled in
    #[arg(long, conflicts_with = "print")]
    yes: bool,
    /// Print what would be written, and write nothing
    #[arg(long)]
    print: bool,
    /// The configuration to write to; it is made if it isn't there [default: wharf.toml]
    #[arg(long, value_name = "FILE", env = environment::CONFIG)]
    config: Option<PathBuf>,
}

/// What was decided of one capability.
struct Decided {
    capability: &'static str,
    /// Entries of its list; none: it is refused.
    entries: Vec<String>,
}

impl Add {
    pub(in crate::cli) fn run(self) -> anyhow::Result<ExitCode> {
        let inspection = inspect::read(&self.file)?;
        inspection.interfaces().map_err(|error| inspect::unfit(&self.file, &error))?;
        let wanted = proposals(&inspection.imports, inspection.request.as_ref());
        let wanted = wanted.map_err(|problem| anyhow::anyhow!("{}: {}", self.file.display(), one_line(&problem)))?;
        let id = self.id(&inspection)?;
        let asks = !self.yes && !self.print && std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        let decided = wanted.iter().map(|proposal| decide(proposal, asks)).collect::<anyhow::Result<Vec<_>>>()?;
        let path = self.config.clone().unwrap_or_else(|| DEFAULT_FILE.into());
        let document = self.document(&path, &id, &decided)?;
        if asks || self.yes {
            return write(&path, &document, &id);
        }
        print(entry(&document, &id)?.trim_end())?;
        Ok(ExitCode::SUCCESS)
    }

    fn id(&self, inspection: &Inspection) -> anyhow::Result<String> {
        let of_file = || self.file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let named = self.id.clone().or_else(|| inspection.name.clone()).or_else(of_file).unwrap_or_default();
        let id = if self.id.is_some() { named } else { named.to_lowercase().replace(['_', ' ', '.'], "-") };
        check_plugin_id(&id)
            .map_err(|problem| anyhow::anyhow!("`{}` can't be its id: {problem}; name one with --id", in_short(&id)))?;
        Ok(id)
    }

    /// The configuration with the plugin in it.
    fn document(&self, path: &Path, id: &str, decided: &[Decided]) -> anyhow::Result<String> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let mut document: DocumentMut = text.parse().with_context(|| format!("{} is not valid", path.display()))?;
        let plugins = document.entry("plugins").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let plugins = plugins.as_table_mut().context("`plugins` of the configuration is no table")?;
        if plugins.contains_key(id) {
            bail!("{} has a plugin `{id}` already: name another with --id, or edit it", path.display());
        }
        let mut table = Table::new();
        let source = fs::canonicalize(&self.file).with_context(|| self.file.display().to_string())?;
        table.insert("source", value(source.to_string_lossy().into_owned()));
        table.insert("grants", Item::Table(grants(decided)?));
        plugins.insert(id, Item::Table(table));
        let written = document.to_string();
        Config::parse(&written, path)?;
        Ok(written)
    }
}

/// Says what is wanted of one capability, and asks whether to grant it.
fn decide(proposal: &Proposal, asks: bool) -> anyhow::Result<Decided> {
    let Proposal { capability, entries, .. } = proposal;
    // To standard error, since standard output has what is written.
    std::io::stderr().write_all(tell(proposal).as_bytes()).context("can't write to standard error")?;
    let is_agreed = !asks || entries.is_empty() || {
        Confirm::new().with_prompt(question(proposal)).default(false).interact().context("can't ask")?
    };
    let granted = entries.iter().filter(|_| is_agreed);
    // What it is about says the capability, never a text in it: that one is the plugin's.
    let entries = if asks && *capability == files::NAME {
        granted.map(with_directory).collect::<anyhow::Result<_>>()?
    } else {
        granted.map(|entry| entry.line.clone()).collect()
    };
    Ok(Decided { capability, entries })
}

/// The entry with a directory that somebody names.
fn with_directory(entry: &Entry) -> anyhow::Result<String> {
    let prompt = format!("which directory for {}", in_short(&entry.line));
    let directory: String = Input::new().with_prompt(prompt).interact_text().context("can't ask")?;
    // Its key comes first; the same text may be in what the plugin wrote.
    Ok(entry.line.replacen(&format!("\"{DIRECTORY}\""), &value(directory).to_string(), 1))
}

/// A list for each capability, an entry a line; an empty one refuses it on purpose.
fn grants(decided: &[Decided]) -> anyhow::Result<Table> {
    let lists = decided.iter().map(|Decided { capability, entries }| {
        let lines: String = entries.iter().map(|entry| format!("\n    {entry},")).collect();
        if entries.is_empty() { format!("{capability} = []\n") } else { format!("{capability} = [{lines}\n]\n") }
    });
    let text: String = lists.collect();
    let parsed: DocumentMut = text.parse().with_context(|| format!("what it asks for can't be written:\n{text}"))?;
    Ok(parsed.as_table().clone())
}

/// The plugin's own part of the text.
fn entry(document: &str, id: &str) -> anyhow::Result<String> {
    let mut document: DocumentMut = document.parse()?;
    let plugin = document.get_mut("plugins").and_then(|plugins| plugins.get_mut(id)).map(std::mem::take);
    let mut plugins = Table::new();
    plugins.set_implicit(true);
    plugins.insert(id, plugin.context("the plugin isn't in the text")?);
    let mut alone = DocumentMut::new();
    alone.insert("plugins", Item::Table(plugins));
    Ok(alone.to_string())
}

/// Puts the new text in the place of the old one, as a whole.
fn write(path: &Path, text: &str, id: &str) -> anyhow::Result<ExitCode> {
    // What a link points to is written.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let problem = || format!("can't write {}", path.display());
    let mut draft = tempfile::NamedTempFile::new_in(folder).with_context(problem)?;
    draft.write_all(text.as_bytes()).with_context(problem)?;
    if let Ok(known) = fs::metadata(path) {
        fs::set_permissions(draft.path(), known.permissions()).with_context(problem)?;
    }
    draft.persist(path).with_context(problem)?;
    print(&format!(
        "{}: plugin `{id}` was added; see it with `wharf check`, and `wharf policy check`",
        path.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}
