//! Names that must differ, compared when a plugin is compiled.

/// Whether all names differ.
#[doc(hidden)]
pub const fn all_differ(all: &[&str]) -> bool {
    let mut rest = all;
    while let [one, others @ ..] = rest {
        let mut remaining = others;
        while let [other, more @ ..] = remaining {
            if same(one.as_bytes(), other.as_bytes()) {
                return false;
            }
            remaining = more;
        }
        rest = others;
    }
    true
}

/// `==`, which isn't to be had in constants yet.
const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    loop {
        match (a, b) {
            ([], []) => return true,
            ([x, rest_of_a @ ..], [y, rest_of_b @ ..]) if *x == *y => (a, b) = (rest_of_a, rest_of_b),
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_one_name_are_noticed() {
        let cases: [(&[&str], bool); 5] = [
            (&[], true),
            (&["a"], true),
            (&["a", "ab", "b"], true),
            (&["a", "b", "a"], false),
            (&["b", "a", "a"], false),
        ];
        for (names, differ) in cases {
            assert_eq!(all_differ(names), differ, "{names:?}");
        }
    }
}
