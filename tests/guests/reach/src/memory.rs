//! The guest's own memory, all of it.

use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wharf_sdk::prelude::*;

use crate::act::{Act, Did};

/// Addresses that are told for each needle.
const TOLD: usize = 100;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    /// What to look for: in base64, each byte XOR the mask, so that the arguments themselves aren't found. Nothing puts
    /// the bytes together while they are looked for.
    needles_base64: Vec<String>,
    /// 165 if nothing is said.
    #[serde(default = "mask")]
    mask: u8,
    /// What to do first. An instance serves one call, and its memory goes with it.
    #[serde(default)]
    acts: Vec<Act>,
    /// A text that is put into memory before, to see that the search finds what is there.
    #[serde(default)]
    plant: String,
}

fn mask() -> u8 {
    0xa5
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Searched {
    /// How many bytes were looked at, from address 0.
    bytes: usize,
    /// For each needle, where it begins.
    found: Vec<Found>,
    /// What came of the acts.
    did: Vec<Did>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Found {
    times: u64,
    /// The first hundred.
    addresses: Vec<usize>,
}

/// Searches the guest's whole memory for byte strings, perhaps after having done something.
#[tool]
pub(crate) fn memory_search(args: Search) -> Result<Searched, String> {
    let decode = |needle: &String| STANDARD.decode(needle).map_err(|error| format!("{needle:?}: {error}"));
    let needles = args.needles_base64.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
    if needles.iter().any(Vec::is_empty) {
        return Err("a needle has at least one byte".into());
    }
    let did = args.acts.into_iter().map(Act::perform).collect();
    let planted = black_box(args.plant);
    let bytes = size();
    let found = needles.iter().map(|needle| search(needle, args.mask, bytes)).collect();
    drop(black_box(planted));
    Ok(Searched { bytes, found, did })
}

fn search(masked: &[u8], mask: u8, bytes: usize) -> Found {
    let mut found = Found { times: 0, addresses: Vec::new() };
    for address in 0..(bytes + 1).saturating_sub(masked.len()) {
        let is_there = (address..).zip(masked).all(|(place, byte)| byte_at(place) ^ mask == *byte);
        if is_there {
            found.times += 1;
            if found.addresses.len() < TOLD {
                found.addresses.push(address);
            }
        }
    }
    found
}

#[cfg(target_family = "wasm")]
fn size() -> usize {
    /// Of WebAssembly, in bytes.
    const PAGE: usize = 64 << 10;
    core::arch::wasm32::memory_size::<0>() * PAGE
}

/// Natively there is no memory that begins at 0 and has a size.
#[cfg(not(target_family = "wasm"))]
fn size() -> usize {
    0
}

#[expect(unsafe_code, reason = "no safe code looks at memory that nobody gave it")]
fn byte_at(address: usize) -> u8 {
    // The compiler is not to know the address: it takes the first one for nobody's.
    let pointer = black_box(address) as *const u8;
    // SAFETY: the address is below the size of the memory, where every byte can be read; nothing else runs meanwhile, and
    // what the byte means is of no interest.
    unsafe { pointer.read_volatile() }
}
