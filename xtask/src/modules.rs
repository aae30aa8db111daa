//! The modules of a crate, each a file, with what each declares and names.

mod paths;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::Visit;
use syn::{Attribute, Item, UseTree};

use paths::Paths;

use crate::step::Result;

/// Which files each file needs.
pub type Needs = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// A path as written, from the module that it stands in.
pub type Segments = Vec<String>;

/// One module in a file of its own.
#[derive(Default)]
struct Module {
    file: PathBuf,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// Names of what it declares itself.
    items: BTreeSet<String>,
    /// Those of them that are types.
    types: BTreeMap<String, Declared>,
    /// What it brings in by `use`, by the name that it has here.
    imports: Vec<(String, Segments)>,
    /// Modules of which it brings in everything.
    globs: Vec<Segments>,
    /// Every path that is written in it.
    named: Vec<Segments>,
}

/// A type, as others see it.
pub struct Declared {
    /// Whether other crates may see it, as far as the modules that it is in let them.
    pub is_public: bool,
    /// The first sentence of its documentation.
    pub meaning: String,
}

impl Declared {
    fn of(item: &Item) -> Self {
        let visibility = match item {
            Item::Enum(item) => Some(&item.vis),
            Item::Struct(item) => Some(&item.vis),
            Item::Trait(item) => Some(&item.vis),
            Item::Union(item) => Some(&item.vis),
            _ => None,
        };
        let lines = attributes(item).iter().filter_map(|attribute| {
            let syn::Meta::NameValue(pair) = &attribute.meta else {
                return None;
            };
            match &pair.value {
                syn::Expr::Lit(literal) if pair.path.is_ident("doc") => match &literal.lit {
                    syn::Lit::Str(text) => Some(text.value().trim().to_owned()),
                    _ => None,
                },
                _ => None,
            }
        });
        let paragraph: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let paragraph = paragraph.join(" ");
        let meaning = match paragraph.split_once(". ") {
            Some((first, _)) => format!("{first}."),
            None => paragraph,
        };
        Self {
            is_public: matches!(visibility, Some(syn::Visibility::Public(_))),
            meaning,
        }
    }
}

/// All modules of a crate, the root first.
pub struct Modules(Vec<Module>);

impl Modules {
    /// Reads the crate whose sources are in a folder. What stands under `#[cfg(test)]` is left out.
    pub fn read(source: &Path) -> Result<Self> {
        let mut modules = Self(Vec::new());
        // A program's own library, where it has one, is looked at beside it.
        for root in ["lib.rs", "main.rs"] {
            let file = source.join(root);
            if file.is_file() {
                modules.add(&file, source, None)?;
            }
        }
        Ok(modules)
    }

    /// Adds the module in `file`, whose children are in `folder`.
    fn add(&mut self, file: &Path, folder: &Path, parent: Option<usize>) -> Result<usize> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
        let parsed = syn::parse_file(&text).map_err(|error| failed(&error))?;
        let place = self.0.len();
        self.0.push(Module {
            file: file.to_owned(),
            parent,
            ..Module::default()
        });
        let mut paths = Paths::default();
        for item in parsed.items.iter().filter(|item| !is_of_tests(item)) {
            match item {
                Item::Mod(module) if module.content.is_none() => {
                    let name = module.ident.to_string();
                    let own = folder.join(&name);
                    let beside = folder.join(format!("{name}.rs"));
                    let file = if beside.is_file() {
                        beside
                    } else {
                        own.join("mod.rs")
                    };
                    let child = self.add(&file, &own, Some(place))?;
                    self.0[place].children.insert(name, child);
                }
                Item::Use(import) => {
                    let module = &mut self.0[place];
                    leaves(&import.tree, &mut Vec::new(), module);
                }
                item => {
                    self.0[place].items.extend(name_of(item));
                    if is_type(item)
                        && let Some(name) = name_of(item)
                    {
                        self.0[place].types.insert(name, Declared::of(item));
                    }
                    paths.visit_item(item);
                }
            }
        }
        self.0[place].named = paths.found;
        Ok(place)
    }

    /// The types that each file declares.
    pub fn types(&self) -> impl Iterator<Item = (&Path, &BTreeMap<String, Declared>)> {
        self.0
            .iter()
            .map(|module| (module.file.as_path(), &module.types))
    }

    /// Which files each file needs: where what it names is declared.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::new();
        for (place, module) in self.0.iter().enumerate() {
            let imported = module.imports.iter().map(|(_, path)| path);
            let all = imported.chain(&module.globs).chain(&module.named);
            let needed = all
                .filter_map(|path| self.home(place, path, 0))
                .filter(|other| *other != place)
                .map(|other| self.0[other].file.clone());
            needs.insert(module.file.clone(), needed.collect());
        }
        needs
    }

    /// The module that declares what a path of module `place` names; none for what another crate
    /// has or a macro makes.
    fn home(&self, place: usize, path: &[String], depth: usize) -> Option<usize> {
        // A circle of `use`, which a compiler would refuse.
        if depth > 16 {
            return None;
        }
        let (mut at, mut rest) = (place, path);
        match rest.first().map(String::as_str) {
            Some("crate") => {
                while let Some(parent) = self.0[at].parent {
                    at = parent;
                }
                rest = &rest[1..];
            }
            Some("self") => rest = &rest[1..],
            _ => {}
        }
        while rest.first().is_some_and(|first| first == "super") {
            at = self.0[at].parent?;
            rest = &rest[1..];
        }
        let is_local = rest.len() < path.len();
        for (passed, segment) in rest.iter().enumerate() {
            let module = &self.0[at];
            if let Some(child) = module.children.get(segment) {
                at = *child;
                continue;
            }
            if module.items.contains(segment) {
                return Some(at);
            }
            let import = module.imports.iter().find(|(name, _)| name == segment);
            if let Some((_, target)) = import {
                let whole = [target.as_slice(), &rest[passed + 1..]].concat();
                return self.home(at, &whole, depth + 1);
            }
            return module.globs.iter().find_map(|target| {
                let whole = [target.as_slice(), &rest[passed..]].concat();
                self.home(at, &whole, depth + 1)
            });
        }
        (is_local || at != place).then_some(at)
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_of_tests(item: &Item) -> bool {
    attributes(item).iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
    })
}

fn is_type(item: &Item) -> bool {
    matches!(
        item,
        Item::Enum(_) | Item::Struct(_) | Item::Trait(_) | Item::Union(_)
    )
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Mod(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// What a `use` brings in, each by the name that it has then.
fn leaves(tree: &UseTree, before: &mut Segments, module: &mut Module) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            leaves(&path.tree, before, module);
            before.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, before, module);
            }
        }
        UseTree::Glob(_) => module.globs.push(before.clone()),
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            if name == "self" {
                let own = before.last().cloned().unwrap_or_default();
                module.imports.push((own, before.clone()));
            } else {
                let whole = [before.as_slice(), std::slice::from_ref(&name)].concat();
                module.imports.push((name, whole));
            }
        }
        UseTree::Rename(rename) => {
            let whole = [before.as_slice(), &[rename.ident.to_string()]].concat();
            module.imports.push((rename.rename.to_string(), whole));
        }
    }
}
