//! Computes for ever while its instance is made, before any of its functions is called.

struct SpinAtStart;

impl hostile::Hostile for SpinAtStart {}

/// A constructor: the component's initialisation runs it.
#[used]
#[expect(unsafe_code, reason = "that is how a constructor is declared")]
// SAFETY: the section holds pointers to functions of this type.
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = construct;

extern "C" fn construct() {
    hostile::spin();
}

hostile::export!(SpinAtStart);
