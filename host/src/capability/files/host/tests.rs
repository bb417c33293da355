use std::os::unix::net::UnixListener;
use std::path::Path;

use tempfile::TempDir;
use wasmtime::Engine;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::{WasiCtx, WasiCtxView};

use super::super::grant::Want;
use super::*;
use crate::audit::Audit;
use crate::caller::CallId;

/// A host without an engine.
struct Guest {
    ctx: WasiCtx,
    table: ResourceTable,
    places: Places,
    witness: Witness,
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.ctx, table: &mut self.table }
    }
}

impl FilesView for Guest {
    fn places(&mut self) -> &mut Places {
        &mut self.places
    }

    fn witness(&self) -> &Witness {
        &self.witness
    }
}

impl Guest {
    /// With this folder, and where it finds it.
    fn new(folder: &Path, asked: Option<Access>, granted: Access, is_read_only: bool) -> (Self, u32) {
        let grant = Grant { directory: folder.to_owned(), at: "/data".into(), access: granted };
        let asked = asked.map(|access| vec![Want { at: "/data".into(), access }]);
        let rules = Arc::new(Rules::new(asked, vec![grant], is_read_only));
        let mut builder = WasiCtxBuilder::new();
        rules.given().iter().for_each(|grant| preopen(&mut builder, grant).unwrap());
        let witness = Witness::new(Audit::off(), CallId::new(), "p".into());
        let (ctx, table) = (builder.build(), ResourceTable::new());
        let mut guest = Self { ctx, table, places: Places::new(rules), witness };
        let opened = preopens::Host::get_directories(&mut guest.filesystem()).unwrap().remove(0).0.rep();
        guest.places.open.insert(opened, Place { path: "/data".into(), at: "/data".into() });
        (guest, opened)
    }

    async fn open(&mut self, folder: u32, path: &str, writes: bool) -> Result<u32, ErrorCode> {
        let flags = if writes { DescriptorFlags::WRITE } else { DescriptorFlags::READ };
        let opening = (Resource::new_borrow(folder), PathFlags::SYMLINK_FOLLOW, path.into(), OpenFlags::empty(), flags);
        open_at(self, opening).await.unwrap().0.map(|opened| opened.rep())
    }

    /// What was refused, and by whom.
    fn denied(&self) -> String {
        let denied = self.witness.denied().into_iter().map(|denied| format!("{}: {}", denied.what, denied.by));
        denied.collect::<Vec<_>>().join(", ")
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "here").unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("/", folder.path().join("out")).unwrap();
    folder
}

#[tokio::test]
async fn who_holds_a_folder_to_reading_is_on_record() {
    use Access::{Read, ReadWrite};
    let folder = folder();
    let cases = [
        (None, ReadWrite, false, ""),
        (None, Read, false, "operator"),
        (Some(Read), ReadWrite, false, "plugin"),
        (Some(ReadWrite), Read, false, "operator"),
        (None, ReadWrite, true, "read-only"),
    ];
    for (asked, granted, is_read_only, by) in cases {
        let (mut guest, data) = Guest::new(folder.path(), asked, granted, is_read_only);
        guest.open(data, "a", false).await.unwrap();
        assert_eq!(guest.denied(), "", "reading");
        let inner = guest.open(data, "folder", false).await.unwrap();
        let written = guest.open(data, "a", true).await;
        assert_eq!(written.is_ok(), by.is_empty(), "{asked:?} {granted:?}: {written:?}");
        let made = Doing::at(&mut guest, "write", &Resource::new_borrow(inner), "new");
        let done = guest.filesystem().create_directory_at(Resource::new_borrow(inner), "new".into()).await;
        let _ = made.end(&mut guest, done).await.unwrap();
        let expected = format!("write /data/a: {by}, write /data/folder/new: {by}");
        assert_eq!(guest.denied(), if by.is_empty() { String::new() } else { expected }, "{asked:?} {granted:?}");
    }
}

#[tokio::test]
async fn what_leads_out_or_is_no_file_is_refused() {
    let folder = folder();
    let _socket = UnixListener::bind(folder.path().join("socket")).unwrap();
    for (path, is_refused) in [
        ("a", false),
        ("none", false),
        ("socket", true),
        ("out", true),
        ("out/etc/passwd", true),
        ("../a", true),
        ("/etc/passwd", true),
    ] {
        let (mut guest, data) = Guest::new(folder.path(), None, Access::ReadWrite, false);
        let opened = guest.open(data, path, false).await;
        let expected = if is_refused { format!("read /data/{path}: operator") } else { String::new() };
        assert_eq!(guest.denied(), expected, "{path}: {opened:?}");
        assert_eq!(opened.is_ok(), path == "a", "{path}: {opened:?}");
    }
}

#[tokio::test]
async fn what_the_system_refuses_nobody_has_refused() {
    let folder = folder();
    let (mut guest, data) = Guest::new(folder.path(), None, Access::ReadWrite, false);
    let on = || Resource::new_borrow(data);
    // A folder has one name: no system gives it a second one.
    let doing = Doing::at(&mut guest, "write", &on(), "link").and(&mut guest, &on(), "folder");
    let done = guest.filesystem().link_at(on(), PathFlags::empty(), "folder".into(), on(), "link".into()).await;
    let (done,) = doing.end(&mut guest, done).await.unwrap();
    assert!(matches!(done, Err(ErrorCode::NotPermitted)), "{done:?}");
    assert_eq!(guest.denied(), "");
    for (target, denied) in [("a", ""), ("/etc", "write /data/new: operator")] {
        let doing = Doing::at(&mut guest, "write", &on(), "new").leading_to(target);
        let done = guest.filesystem().symlink_at(on(), target.into(), "new".into()).await;
        let _ = doing.end(&mut guest, done).await.unwrap();
        assert_eq!(guest.denied(), denied, "{target}");
        let _ = std::fs::remove_file(folder.path().join("new"));
    }
}

#[test]
fn it_stands_in_front_of_what_is_there() {
    let mut linker: Linker<Guest> = Linker::new(&Engine::default());
    assert!(guard(&mut linker).is_err(), "there is nothing to stand in front of");
    let mut linker: Linker<Guest> = Linker::new(&Engine::default());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
    guard(&mut linker).unwrap();
}
