//! Over TLS: an authority of the operator's own is trusted, and nobody else's.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use wharf_tests::{NameServer, Origin, Part, answer, find, run};

use super::reach::{Setup, decisions};

/// Makes an authority, and a certificate by it for `a.test`.
fn certificates(program: &Path, folder: &Path) {
    let openssl = |arguments: &str| {
        let mut command = Command::new(program);
        command.current_dir(folder).args(arguments.split(' '));
        let done = run(&mut command, "");
        assert_eq!(done.code, Some(0), "{done:?}");
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc";
    openssl(&format!(
        "req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=tests -addext keyUsage=critical,keyCertSign"
    ));
    openssl(&format!(
        "req -x509 {key} -keyout a.key -out a.pem -days 2 -subj /CN=a.test -addext subjectAltName=DNS:a.test \
         -addext basicConstraints=critical,CA:FALSE -CA ca.pem -CAkey ca.key"
    ));
}

fn server(folder: &Path) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(folder.join("a.pem")).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(folder.join("a.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())
}

#[test]
fn an_own_authority_is_trusted_for_its_names() {
    let Some(openssl) = find(Part::Program("openssl")) else { return };
    let setup = Setup::new();
    let authority = setup.path("ca.pem");
    let folder = authority.parent().unwrap().to_owned();
    certificates(&openssl, &folder);
    let origin = Origin::private(server(&folder), |_, wire| wire.write_all(&answer(200, &[], "in private")));
    let port = origin.port();
    let names = NameServer::start(&[("*", &[&["127.0.0.1"]])]);
    let grants = format!(
        "http = [{{ host = '*', port = {port}, networks = ['127.0.0.0/8'] }}, \
         {{ scheme = 'http', host = '*', port = {port}, networks = ['127.0.0.0/8'] }}]\nkeyvalue = []\nsigning = []"
    );
    let cases = [
        (true, format!("https://a.test:{port}/"), None),
        // The certificate is for another name.
        (true, format!("https://b.test:{port}/"), Some("TLS-protocol-error")),
        (true, format!("http://a.test:{port}/"), Some("HTTP-protocol-error")),
        (false, format!("https://a.test:{port}/"), Some("TLS-protocol-error")),
    ];
    for is_trusted in [true, false] {
        let trust = if is_trusted { format!("\nauthorities = [{authority:?}]") } else { String::new() };
        let address = names.address().to_string();
        let setup = Setup::new().host(|host| host.config(&format!("[network]\nnameservers = [{address:?}]{trust}")));
        let Some(setup) = setup.plugin("a", "", &grants) else { return };
        let mut reach = setup.start();
        for (_, url, code) in cases.iter().filter(|(trusted, ..)| *trusted == is_trusted) {
            let told = reach.get("a", url);
            let found = told["error"]["code"].as_str();
            assert_eq!(found, *code, "{is_trusted} {url}: {told}");
            assert_eq!(told["status"] == 200, code.is_none(), "{is_trusted} {url}: {told}");
            assert!(decisions(&reach.uses())[0].starts_with("allowed by http["));
        }
    }
    let requests = origin.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(requests[0].header("host"), format!("a.test:{port}"));
}
