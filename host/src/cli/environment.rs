//! Every environment variable that wharf reads. A flag goes before its variable, and that before the file.

pub(super) const CONFIG: &str = "WHARF_CONFIG";
pub(super) const HTTP: &str = "WHARF_HTTP";
pub(super) const TOKEN: &str = "WHARF_TOKEN";
pub(super) const TOKEN_FILE: &str = "WHARF_TOKEN_FILE";

pub(super) const HELP: &str = "\
Environment:
  WHARF_CONFIG      the configuration file, as --config
  WHARF_HTTP        where HTTP listens, as --http
  WHARF_TOKEN       the bearer token that clients must present
  WHARF_TOKEN_FILE  a file that holds it, as --token-file
  WHARF_PLUGINS     where the bundled plugins lie, when not in `plugins/` beside the program
  WHARF_LOG         what is logged, such as `debug` or `warn,wharf::guest=debug`";
