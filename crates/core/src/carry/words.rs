//! What structs and enumerations of words need to be carried, in one line each.

/// A struct: every field is named, so that a new one does not compile before it is carried.
macro_rules! carried_struct {
    ($($name:ty { $($field:ident),* $(,)? })*) => {$(
        impl $crate::carry::Carry for $name {
            fn put(&self, out: &mut $crate::carry::Out<'_>) {
                let Self { $($field),* } = self;
                $($crate::carry::Carry::put($field, out);)*
            }
            fn take(from: &mut $crate::carry::In<'_>) -> Option<Self> {
                Some(Self { $($field: $crate::carry::Carry::take(from)?),* })
            }
        }
    )*};
}

/// An enumeration without members: every word is named, in an order of their own.
macro_rules! carried_words {
    ($($name:ty { $($word:ident),* $(,)? })*) => {$(
        impl $crate::carry::Carry for $name {
            fn put(&self, out: &mut $crate::carry::Out<'_>) {
                let words = [$(stringify!($word)),*];
                let word = match self { $(Self::$word => stringify!($word)),* };
                let number = words.iter().position(|known| *known == word).unwrap_or_default();
                $crate::carry::Carry::put(&number, out);
            }
            fn take(from: &mut $crate::carry::In<'_>) -> Option<Self> {
                let words = [$(Self::$word),*];
                let number: usize = $crate::carry::Carry::take(from)?;
                words.into_iter().nth(number)
            }
        }
    )*};
}

pub(crate) use {carried_struct, carried_words};
