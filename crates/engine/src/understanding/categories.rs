use std::collections::BTreeMap;
use std::sync::Arc;

use learn::CategoryTree;
use types::well_known::CATEGORY;
use types::{Item, Value};

/// A category from the root down.
pub(crate) type Path = Vec<Arc<str>>;

/// The shop's categories as a numbered tree, and by name.
#[derive(Default)]
pub(crate) struct Categories {
    attribute: Option<Arc<str>>,
    tree: Option<CategoryTree>,
    paths: Vec<Path>,
    numbers: BTreeMap<Path, u32>,
    by_name: BTreeMap<Arc<str>, Vec<u32>>,
}

impl Categories {
    /// The tree of the items' categories: of the attribute for them, else of the first that holds categories.
    pub(crate) fn of(items: &[Item]) -> Self {
        let mut all: BTreeMap<&Arc<str>, Vec<&Path>> = BTreeMap::new();
        for (name, value) in items.iter().flat_map(|item| &item.attributes) {
            if let Value::Categories(paths) = value {
                all.entry(name).or_default().extend(paths);
            }
        }
        let chosen = all.keys().find(|name| ****name == *CATEGORY).or_else(|| all.keys().next()).copied().cloned();
        let Some(attribute) = chosen else { return Self::default() };
        let mut categories = Self::default();
        let mut parents = Vec::new();
        for path in all.remove(&attribute).into_iter().flatten() {
            categories.add(path, &mut parents);
        }
        categories.attribute = Some(attribute);
        // Parents come before their children, so the tree is sound.
        categories.tree = CategoryTree::new(parents).ok();
        categories
    }

    fn add(&mut self, path: &[Arc<str>], parents: &mut Vec<Option<u32>>) {
        let mut parent = None;
        for end in 1..=path.len() {
            let here = &path[..end];
            let number = self.numbers.get(here).copied().unwrap_or_else(|| {
                let number = self.paths.len() as u32;
                self.paths.push(here.to_vec());
                self.numbers.insert(here.to_vec(), number);
                self.by_name.entry(Arc::clone(&here[end - 1])).or_default().push(number);
                parents.push(parent);
                number
            });
            parent = Some(number);
        }
    }

    /// The attribute that holds them; `None` where the shop has no categories.
    pub(crate) fn attribute(&self) -> Option<&Arc<str>> {
        self.attribute.as_ref()
    }

    pub(crate) fn tree(&self) -> Option<&CategoryTree> {
        self.tree.as_ref()
    }

    /// The numbers of the categories an item is in, the lowest ones.
    pub(crate) fn lowest_of(&self, item: &Item) -> Vec<u32> {
        let paths = self.attribute.iter().flat_map(|attribute| item.categories(attribute));
        paths.filter_map(|path| self.numbers.get(path).copied()).collect()
    }

    /// A category's path; empty for a number that is none.
    pub(crate) fn path(&self, category: u32) -> &[Arc<str>] {
        self.paths.get(category as usize).map_or(&[], Vec::as_slice)
    }

    /// A category's path joined by ` > `.
    pub(crate) fn name(&self, category: u32) -> Arc<str> {
        Arc::from(self.path(category).join(" > "))
    }

    /// The paths of all categories called `name`.
    pub(crate) fn called(&self, name: &str) -> impl Iterator<Item = &Path> {
        self.by_name.get(name).into_iter().flatten().map(|number| &self.paths[*number as usize])
    }

    /// Every category's path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter()
    }
}

#[cfg(test)]
mod tests {
    use types::ItemId;

    use super::*;

    #[test]
    fn categories_are_numbered_parents_first() {
        let path = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect::<Path>();
        let item =
            |id: &str, paths: Vec<Path>| Item::new(ItemId::new(id).unwrap()).with(CATEGORY, Value::Categories(paths));
        let dress = item("a", vec![path(&["服装", "连衣裙"])]);
        let items = [dress.clone(), item("b", vec![path(&["Sports", "Shoes"]), path(&["服装"])])];
        let categories = Categories::of(&items);
        assert_eq!(categories.attribute().map(|name| &**name), Some(CATEGORY));
        assert_eq!(categories.lowest_of(&dress), [1]);
        assert_eq!(&*categories.name(1), "服装 > 连衣裙");
        assert_eq!(categories.called("Shoes").count(), 1);
        assert_eq!(categories.tree().unwrap().path(1).collect::<Vec<_>>(), [1, 0]);
        assert!(Categories::of(&[]).attribute().is_none());
    }
}
