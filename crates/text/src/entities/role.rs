use std::fmt;

/// What kind of attribute a reading is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Who makes it.
    Brand,
    /// What it is: a product type or a category.
    ProductType,
    /// Its colour.
    Colour,
    /// Its size.
    Size,
    /// What it is made of.
    Material,
    /// Women, men, girls, boys.
    Gender,
    /// Babies, children, adults.
    Age,
    /// For whom: mother, friend, teacher, dog.
    Audience,
    /// What for: wedding, birthday, work.
    Occasion,
    /// The season.
    Season,
    /// The model or article number.
    Model,
    /// Any other attribute.
    Other,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 12] = [
        Role::Brand,
        Role::ProductType,
        Role::Colour,
        Role::Size,
        Role::Material,
        Role::Gender,
        Role::Age,
        Role::Audience,
        Role::Occasion,
        Role::Season,
        Role::Model,
        Role::Other,
    ];

    /// The role's stable name.
    pub fn name(self) -> &'static str {
        match self {
            Role::Brand => "brand",
            Role::ProductType => "product_type",
            Role::Colour => "colour",
            Role::Size => "size",
            Role::Material => "material",
            Role::Gender => "gender",
            Role::Age => "age",
            Role::Audience => "audience",
            Role::Occasion => "occasion",
            Role::Season => "season",
            Role::Model => "model",
            Role::Other => "other",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether it tells for whom an item is.
    pub fn is_of_persons(self) -> bool {
        matches!(self, Role::Gender | Role::Age | Role::Audience)
    }

    /// Whether the lexicon has words for it.
    pub(super) fn has_lexicon(self) -> bool {
        !matches!(self, Role::Brand | Role::ProductType | Role::Model | Role::Other)
    }

    /// Whether a concept of role `concept` may be looked for inside the values of an attribute of this role. Shops put
    /// girls under age and babies under gender, and seasons among occasions.
    pub(super) fn speaks_of(self, concept: Role) -> bool {
        let same_family = (self.is_of_persons() && concept.is_of_persons())
            || (matches!(self, Role::Occasion | Role::Season) && matches!(concept, Role::Occasion | Role::Season));
        self == concept || same_family
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
