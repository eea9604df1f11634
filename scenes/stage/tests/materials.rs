//! Material bindings, each rule on a scene of its own, as usd-core 26.11 resolves them.

#![expect(clippy::unwrap_used, reason = "shared steps of tests fail loudly")]

#[path = "support/scene.rs"]
mod support;

use halle_stage::material::{MaterialCache, bound_materials};
use halle_stage::open::Scene;
use support::{prim, scene};

/// Materials `/M/A`, `/M/B`, `/M/C`, and something that is none.
const MATERIALS: &str = "def Scope \"M\" {\n def Material \"A\" {\n }\n def Material \"B\" {\n }\n \
                         def Material \"C\" {\n }\n def Scope \"Not\" {\n }\n}\n";

/// `/w` binds C; `/w/x` has the given text, and so has the cube `/w/x/c` below it.
fn nested(name: &str, outer: &str, inner: &str) -> Scene {
    let text = format!(
        "{MATERIALS}def Xform \"w\" (prepend apiSchemas = [\"MaterialBindingAPI\"]) {{\n \
         rel material:binding = </M/C>\n def Xform \"x\" (prepend apiSchemas = \
         [\"MaterialBindingAPI\", \"CollectionAPI:k\", \"CollectionAPI:j\"]) {{\n {outer}\n \
         def Cube \"c\" (prepend apiSchemas = [\"MaterialBindingAPI\"]) {{\n {inner}\n }}\n }}\n}}"
    );
    scene(name, &text)
}

/// The material's letter and where the binding stands, for one purpose; `-` if there is none.
fn bound(scene: &Scene, path: &str, purpose: &str) -> String {
    let found = bound_materials(scene, &prim(scene, path));
    found.get(purpose).map_or_else(
        || "-".to_owned(),
        |(material, relationship)| {
            let letter = material.rsplit('/').next().unwrap();
            format!(
                "{letter} {}",
                relationship.replace("material:binding", "mb")
            )
        },
    )
}

fn check(name: &str, outer: &str, inner: &str, expected: &[(&str, &str, &str)]) {
    let scene = nested(name, outer, inner);
    for (path, purpose, expected) in expected {
        assert_eq!(
            bound(&scene, path, purpose),
            *expected,
            "{name} {path} {purpose}"
        );
    }
}

#[test]
fn the_nearest_binding_wins_unless_one_above_is_stronger() {
    let a = "rel material:binding = </M/A>";
    check(
        "nearest",
        "",
        a,
        &[("/w/x/c", "all", "A /w/x/c.mb"), ("/w/x", "all", "C /w.mb")],
    );
    let strong = "rel material:binding = </M/B> (bindMaterialAs = \"strongerThanDescendants\")";
    check("stronger", strong, a, &[("/w/x/c", "all", "B /w/x.mb")]);
    let odd = "rel material:binding = </M/B> (bindMaterialAs = \"bogus\")";
    check("odd_strength", odd, a, &[("/w/x/c", "all", "A /w/x/c.mb")]);
}

#[test]
fn a_binding_for_the_purpose_wins_wherever_it_stands() {
    let outer = "rel material:binding:preview = </M/A>";
    let inner = "rel material:binding = </M/B>";
    let expected = [
        ("/w/x/c", "preview", "A /w/x.mb:preview"),
        ("/w/x/c", "full", "B /w/x/c.mb"),
        ("/w/x/c", "physics", "B /w/x/c.mb"),
        ("/w/x/c", "all", "B /w/x/c.mb"),
    ];
    check("purpose", outer, inner, &expected);
}

#[test]
fn a_binding_to_no_material_still_wins() {
    let not = [("/w/x/c", "all", "-"), ("/w/x", "all", "C /w.mb")];
    check("not_material", "", "rel material:binding = </M/Not>", &not);
    check("missing", "", "rel material:binding = </M/Missing>", &not);
    let preview = [("/w/x/c", "preview", "-"), ("/w/x/c", "all", "C /w.mb")];
    check(
        "missing_preview",
        "",
        "rel material:binding:preview = </M/Missing>",
        &preview,
    );
    // Two targets, no target and a property are no binding at all.
    let through = [("/w/x/c", "all", "C /w.mb")];
    check(
        "two",
        "",
        "rel material:binding = [</M/A>, </M/B>]",
        &through,
    );
    check("none", "", "rel material:binding = None", &through);
    check(
        "property",
        "",
        "rel material:binding = </M/A.out>",
        &through,
    );
}

#[test]
fn bindings_are_followed_through_relationships_and_need_no_applied_schema() {
    let text = format!(
        "{MATERIALS}def Cube \"c\" {{\n rel material:binding = </c.to>\n rel to = </M/A>\n}}"
    );
    let scene = scene("legacy", &text);
    assert_eq!(bound(&scene, "/c", "all"), "A /c.mb");
}

const BIND_K: &str = "rel material:binding:collection:k = [</w/x.collection:k>, </M/A>]";

fn by_k(rest: &str) -> String {
    format!("{BIND_K}\n {rest}")
}

#[test]
fn a_collection_binds_its_members_only() {
    let held = ("/w/x/c", "all", "A /w/x.mb:collection:k");
    let free = ("/w/x/c", "all", "C /w.mb");
    let above = ("/w/x", "all", "C /w.mb");
    check(
        "members",
        &by_k("rel collection:k:includes = </w/x/c>"),
        "",
        &[held, above],
    );
    // Either order of the two targets; three are too many.
    let reversed = "rel material:binding:collection:k = [</M/A>, </w/x.collection:k>]\n \
                    rel collection:k:includes = </w/x/c>";
    check("reversed", reversed, "", &[held]);
    let three = "rel material:binding:collection:k = [</w/x.collection:k>, </M/A>, </M/B>]\n \
                 rel collection:k:includes = </w/x/c>";
    check("three", three, "", &[free]);
    let excluded = "rel collection:k:includes = </w>\n rel collection:k:excludes = </w/x/c>";
    check(
        "excluded",
        &by_k(excluded),
        "",
        &[free, ("/w/x", "all", "A /w/x.mb:collection:k")],
    );
    let explicit = "uniform token collection:k:expansionRule = \"explicitOnly\"\n \
                    rel collection:k:includes = </w/x>";
    check("explicit", &by_k(explicit), "", &[free]);
    let nested =
        "rel collection:j:includes = </w/x/c>\n rel collection:k:includes = </w/x.collection:j>";
    check("nested", &by_k(nested), "", &[held, above]);
    let root = "bool collection:k:includeRoot = true";
    check("root", &by_k(root), "", &[held]);
    let expression = "uniform pathExpression collection:k:membershipExpression = \"//{isa:Cube}\"";
    check("expression", &by_k(expression), "", &[held, above]);
    let reference = "uniform pathExpression collection:j:membershipExpression = \"/w/x//\"\n \
                     uniform pathExpression collection:k:membershipExpression = \"%:j - /w/x\"";
    check("reference", &by_k(reference), "", &[held, above]);
    // Relationships win over the expression unless the mode says otherwise.
    let both = "uniform pathExpression collection:k:membershipExpression = \"/w/x\"\n \
                rel collection:k:includes = </w/x/c>";
    check("both", &by_k(both), "", &[held, above]);
    let mode = format!("{both}\n uniform token collection:k:mode = \"expression\"");
    check(
        "mode",
        &by_k(&mode),
        "",
        &[free, ("/w/x", "all", "A /w/x.mb:collection:k")],
    );
    // A collection that is not applied is none.
    let other = "rel material:binding:collection:k = [</w/x.collection:z>, </M/A>]\n \
                 rel collection:z:includes = </w/x/c>";
    check("unapplied", other, "", &[free]);
}

#[test]
fn at_one_prim_a_collection_wins_over_a_direct_binding_and_the_first_over_the_rest() {
    let same = by_k("rel material:binding = </M/B>\n rel collection:k:includes = </w/x>");
    check(
        "same",
        &same,
        "",
        &[("/w/x", "all", "A /w/x.mb:collection:k")],
    );
    // A direct binding nearer to the prim is nearer still.
    let held = by_k("rel collection:k:includes = </w/x/c>");
    let inner = "rel material:binding = </M/B>";
    check("nearer", &held, inner, &[("/w/x/c", "all", "B /w/x/c.mb")]);
    // Properties are in the order of their names, unless they are reordered.
    let two = by_k(
        "rel material:binding:collection:j = [</w/x.collection:j>, </M/B>]\n \
                    rel collection:k:includes = </w/x>\n rel collection:j:includes = </w/x>",
    );
    check(
        "two_collections",
        &two,
        "",
        &[("/w/x", "all", "B /w/x.mb:collection:j")],
    );
    let order = format!(
        "reorder properties = [\"material:binding:collection:k\", \
         \"material:binding:collection:j\"]\n {two}"
    );
    check(
        "reordered",
        &order,
        "",
        &[("/w/x", "all", "A /w/x.mb:collection:k")],
    );
    // A collection bound to no material keeps its members unbound.
    let not = "rel material:binding:collection:j = [</w/x.collection:k>, </M/Not>]\n \
               rel collection:k:includes = </w/x/c>";
    check("no_material", not, "", &[("/w/x/c", "all", "-")]);
}

#[test]
fn collections_bind_for_a_purpose_too() {
    let outer = "rel material:binding:collection:preview:k = [</w/x.collection:k>, </M/A>]\n \
                 rel collection:k:includes = </w/x/c>";
    let expected = [
        ("/w/x/c", "preview", "A /w/x.mb:collection:preview:k"),
        ("/w/x/c", "all", "C /w.mb"),
    ];
    check("purpose_collection", outer, "", &expected);
    // Deeper names belong to no purpose.
    let deep = "rel material:binding:collection:a:b:c = [</w/x.collection:k>, </M/A>]\n \
                rel collection:k:includes = </w/x/c>";
    check("deep", deep, "", &[("/w/x/c", "all", "C /w.mb")]);
}

#[test]
fn proxies_are_bound_in_the_namespace_of_their_instance() {
    let text = format!(
        "{MATERIALS}class \"P\" {{\n def Cube \"c\" {{\n rel material:binding = </P/Mat>\n }}\n \
         def Material \"Mat\" {{\n }}\n}}\ndef Xform \"i\" (instanceable = true\n inherits = </P>) \
         {{\n rel material:binding:preview = </M/A>\n}}"
    );
    let scene = scene("proxies", &text);
    let cache = MaterialCache::new(&scene);
    let found = cache.bound(&prim(&scene, "/i/c"));
    let pair = |material: &str, binding: &str| (material.to_owned(), binding.to_owned());
    assert_eq!(found["all"], pair("/i/Mat", "/i/c.material:binding"));
    assert_eq!(
        found["preview"],
        pair("/M/A", "/i.material:binding:preview")
    );
}
