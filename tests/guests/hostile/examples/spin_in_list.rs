//! Computes for ever where it is asked for its tools.

struct SpinInList;

impl hostile::Hostile for SpinInList {
    fn list() -> Vec<hostile::Tool> {
        hostile::spin()
    }
}

hostile::export!(SpinInList);
