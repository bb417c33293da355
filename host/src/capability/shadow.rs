//! Functions that stand in front of those which Wasmtime has for an import: they look at what a guest wants, and hand it on.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentNamedList, Lift, Linker, LinkerInstance, Lower};

/// One interface of Wasmtime's, under the name and version in which it implements it.
pub(in crate::capability) struct Shadow<'a, T: 'static> {
    linker: &'a mut Linker<T>,
    interface: &'static str,
}

/// What a function gives that takes time.
pub(in crate::capability) type Pending<'a, R> = Box<dyn Future<Output = wasmtime::Result<R>> + Send + 'a>;

impl<'a, T: 'static> Shadow<'a, T> {
    /// Stands in front of this interface, which the linker has.
    pub(in crate::capability) fn of(linker: &'a mut Linker<T>, interface: &'static str) -> Self {
        Self { linker, interface }
    }

    /// Puts a function in the place of another.
    ///
    /// # Errors
    /// When Wasmtime has no function of this name: then it has the interface in another version, and guests would go past
    /// this one.
    pub(in crate::capability) fn func_wrap<P, R>(
        &mut self,
        name: &str,
        function: impl Fn(StoreContextMut<'_, T>, P) -> wasmtime::Result<R> + Send + Sync + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentNamedList + Lower + 'static,
    {
        self.replace(name, |interface| interface.func_wrap(name, function))
    }

    /// As [`func_wrap`](Self::func_wrap), for a function that takes time.
    ///
    /// # Errors
    /// As there.
    pub(in crate::capability) fn func_wrap_async<P, R>(
        &mut self,
        name: &str,
        function: impl Fn(StoreContextMut<'_, T>, P) -> Pending<'_, R> + Send + Sync + 'static,
    ) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentNamedList + Lower + 'static,
    {
        self.replace(name, |interface| interface.func_wrap_async(name, function))
    }

    fn replace(
        &mut self,
        name: &str,
        define: impl FnOnce(&mut LinkerInstance<'_, T>) -> wasmtime::Result<()>,
    ) -> wasmtime::Result<()> {
        self.check(name)?;
        self.linker.allow_shadowing(true);
        let defined = define(&mut self.linker.instance(self.interface)?);
        self.linker.allow_shadowing(false);
        defined
    }

    /// A linker can't be asked what it has. But a name that it has can't be defined again.
    fn check(&mut self, name: &str) -> wasmtime::Result<()> {
        self.linker.allow_shadowing(false);
        let nothing = |_: StoreContextMut<'_, T>, (): ()| Ok(());
        match self.linker.instance(self.interface)?.func_wrap(name, nothing) {
            Err(_) => Ok(()),
            Ok(()) => {
                let interface = self.interface;
                Err(wasmtime::Error::msg(format!("Wasmtime has no `{name}` of {interface} to stand in front of")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wasmtime::Engine;

    use super::*;

    #[test]
    fn only_what_is_there_is_stood_in_front_of() {
        let mut linker: Linker<()> = Linker::new(&Engine::default());
        let function = |_: StoreContextMut<'_, ()>, (): ()| Ok((1_u32,));
        linker.instance("a:b/c@0.2.1").unwrap().func_wrap("f", function).unwrap();
        for (interface, name, is_there) in
            [("a:b/c@0.2.1", "f", true), ("a:b/c@0.2.1", "g", false), ("a:b/c@0.2.0", "f", false)]
        {
            let mut shadow = Shadow::of(&mut linker, interface);
            assert_eq!(shadow.func_wrap(name, function).is_ok(), is_there, "{interface} {name}");
            if is_there {
                shadow.func_wrap_async(name, |_, (): ()| Box::new(async { Ok((2_u32,)) })).unwrap();
            }
        }
        let again = linker.instance("a:b/c@0.2.1").unwrap().func_wrap("f", function);
        assert!(again.is_err(), "nobody else may");
    }
}
