use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::plugin::engine::code_config;

/// A component without anything in it.
const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

const NAME: &str = "entry.cwasm";

struct Place {
    folder: tempfile::TempDir,
    engine: Engine,
}

impl Place {
    fn new() -> Self {
        let engine = Engine::new(&code_config()).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), engine }
    }

    fn cache(&self) -> Cache {
        Cache::open_at(self.entries(), &self.state()).unwrap()
    }

    fn entries(&self) -> PathBuf {
        self.folder.path().join("components")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// A cache with one good entry.
    fn filled(&self) -> Cache {
        let cache = self.cache();
        let draft = cache.draft(NAME).unwrap();
        let code = self.engine.precompile_component(EMPTY_COMPONENT).unwrap();
        draft.output().unwrap().write_all(&code).unwrap();
        cache.finish(&self.engine, draft).unwrap();
        cache
    }

    fn change(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.entries().join(NAME);
        let mut bytes = fs::read(&path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn what_was_finished_is_found_again_by_any_later_cache() {
    let place = Place::new();
    let cache = place.filled();
    assert!(cache.load(&place.engine, NAME).is_some());
    assert!(place.cache().load(&place.engine, NAME).is_some());
    assert!(cache.load(&place.engine, "other.cwasm").is_none());
}

#[test]
fn an_entry_that_is_not_whole_and_ours_is_removed_and_never_mapped() {
    type Change = fn(&mut Vec<u8>);
    let changes: [(&str, Change); 6] = [
        ("the first byte", |bytes| bytes[0] ^= 1),
        ("a byte in the middle", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x80;
        }),
        ("the seal", |bytes| *bytes.last_mut().unwrap() ^= 1),
        ("cut short", |bytes| bytes.truncate(bytes.len() - 1)),
        ("longer", |bytes| bytes.push(0)),
        ("empty", Vec::clear),
    ];
    for (what, change) in changes {
        let place = Place::new();
        let cache = place.filled();
        place.change(change);
        assert!(cache.load(&place.engine, NAME).is_none(), "{what}");
        assert!(!place.entries().join(NAME).exists(), "{what}");
    }
}

#[test]
fn an_entry_under_another_name_or_another_key_is_not_ours() {
    let place = Place::new();
    let cache = place.filled();
    fs::rename(place.entries().join(NAME), place.entries().join("other.cwasm")).unwrap();
    assert!(cache.load(&place.engine, "other.cwasm").is_none());

    let place = Place::new();
    place.filled();
    fs::remove_file(place.state().join("cache-key")).unwrap();
    assert!(place.cache().load(&place.engine, NAME).is_none());
}

#[test]
fn what_others_can_write_or_read_is_not_used() {
    let place = Place::new();
    drop(place.cache());
    fs::set_permissions(place.entries(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(Cache::open_at(place.entries(), &place.state()).is_err());

    fs::set_permissions(place.entries(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(place.state().join("cache-key"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(Cache::open_at(place.entries(), &place.state()).is_err());
}

#[test]
fn other_settings_have_other_names() {
    let engine = Engine::new(&code_config()).unwrap();
    let mut settings = code_config();
    settings.epoch_interruption(false);
    let other = Engine::new(&settings).unwrap();
    assert_eq!(entry_name(&engine, "d"), entry_name(&engine, "d"));
    assert_ne!(entry_name(&engine, "d"), entry_name(&other, "d"));
    assert_ne!(entry_name(&engine, "d"), entry_name(&engine, "e"));
}

#[test]
fn what_nobody_has_used_for_long_is_removed_once_a_day() {
    let place = Place::new();
    let cache = place.filled();
    let age = |path: &Path, time: Duration| File::open(path).unwrap().set_modified(SystemTime::now() - time).unwrap();
    let (entry, draft) = (place.entries().join(NAME), place.entries().join(".draft-left-behind"));
    let a_day_later = || {
        age(&place.entries().join(SWEPT), SWEEP_EVERY + DRAFT_TIME);
        place.cache()
    };
    fs::write(&draft, "half").unwrap();

    age(&entry, UNUSED_TIME + DRAFT_TIME);
    assert!(cache.load(&place.engine, NAME).is_some(), "loading makes it young again");
    age(&draft, 2 * DRAFT_TIME);
    a_day_later();
    assert!(entry.exists() && !draft.exists());

    age(&entry, UNUSED_TIME + DRAFT_TIME);
    place.cache();
    assert!(entry.exists(), "it was looked for just now");
    a_day_later();
    assert!(!entry.exists());
}
