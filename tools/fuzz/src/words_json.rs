//! Words that hurt readers of glTF, of run folders and of plain mesh text.

use crate::format::Words;

/// glTF.
pub(crate) const GLTF: Words = Words {
    snippets: &[
        "\"nodes\":[{\"children\":[0]}],",
        "\"nodes\":[{\"children\":[1]},{\"children\":[0]}],",
        "\"nodes\":[{\"mesh\":4294967295,\"matrix\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}],",
        "\"scale\":[1e308,-1,0],",
        "\"rotation\":[0,0,0,0],",
        "\"sparse\":{\"count\":1000000000,\"indices\":{\"bufferView\":0,\"componentType\":5125},\"values\":{\"bufferView\":0}},",
        "\"byteStride\":1,",
        "\"byteStride\":4294967295,",
        "\"byteOffset\":18446744073709551615,",
        "\"byteLength\":9007199254740993,",
        "\"count\":4294967295,",
        "\"componentType\":5130,",
        "\"type\":\"MAT4\",",
        "\"normalized\":true,",
        "\"mode\":5,",
        "\"mode\":6,",
        "\"mode\":0,",
        "\"uri\":\"/dev/zero\",",
        "\"uri\":\"case.gltf\",",
        "\"uri\":\"data:application/octet-stream;base64,AAAA\",",
        "\"extensionsRequired\":[\"KHR_draco_mesh_compression\"],",
        "\"extensions\":{\"KHR_texture_transform\":{}},",
        "\"indices\":4294967295,",
        "\"scene\":99,",
        "\"min\":[1e308],\"max\":[-1e308],",
        "\"\\ud800\":1,",
    ],
    tokens: &["null", "true", "[]", "{}", "\"\"", "-1", "5120", "5121", "5123", "5125", "5126", "\"SCALAR\"", "\"VEC3\"", "\"VEC2\"", ",", ":", "\"POSITION\"", "\"NORMAL\"", "\"TEXCOORD_0\""],
    nests: &[("[", "]"), ("{\"a\":", "}"), ("{\"extras\":", "}"), ("{\"children\":[", "]}")],
};

/// JSON of run folders.
pub(crate) const RUN: Words = Words {
    snippets: &["\"schema_version\":1,", "\"schema_version\":4294967295,", "\"iteration\":0,", "{\"iteration\":1e400}\n", "{\"iteration\":-1}\n", "{\"iteration\":1,\"iteration\":2}\n", "[]\n", "null\n", "\"a\":\"\\u0000\\ud800\","],
    tokens: &["null", "true", "[]", "{}", "\"\"", "-1", "1.5", ",", ":", "\n"],
    nests: &[("[", "]"), ("{\"a\":", "}")],
};

/// Wavefront OBJ.
pub(crate) const OBJ: Words = Words {
    snippets: &[
        "f 1 2 3", "f -1 -2 -3", "f 0 0 0", "f 1/1/1 2//2 3/3", "f 1// /2/ 3", "f 18446744073709551615 1 2",
        "f -9223372036854775808 1 2", "f 1 1 1 1 1 1 1 1 1 1 1 1", "f 1 2", "f 1", "f", "l 1 2", "p 1", "v 1 2",
        "v nan inf -inf", "v 1e308 1e308 1e308", "v 0 0 0 1 1 1 1", "vn 0 0 0", "vt 1", "vt", "vn", "v", "o", "g", "g a b",
        "usemtl none", "usemtl", "mtllib /dev/zero", "mtllib case.obj", "mtllib ", "s off", "s 99999999999", "f \\", "\\",
        "newmtl a", "Kd 1", "Kd nan 1e308 -1", "d 1e308", "Tr", "map_Kd /dev/zero", "map_Kd -s 1 1 1 x.png", "map_Kd", "curv 0 1 2", "call case.obj",
    ],
    tokens: &["f", "v", "vn", "vt", "o", "g", "usemtl", "mtllib", "/", "//", "\\", "#"],
    nests: &[("f ", "\n"), ("1 ", ""), ("\\\n", "")],
};

/// STL as text.
pub(crate) const STL: Words = Words {
    snippets: &[
        "solid", "endsolid", "solid a\nsolid b", "facet normal 0 0 0", "facet normal nan 1e308", "outer loop", "endloop", "endfacet", "vertex 1 2", "vertex nan inf 1e400", "vertex 1 2 3 4",
        "facet normal 0 0 0\nouter loop\nendloop\nendfacet",
    ],
    tokens: &["solid", "facet", "normal", "outer", "loop", "vertex", "endloop", "endfacet", "endsolid"],
    nests: &[("outer loop\n", "endloop\n"), ("facet normal 0 0 1\n", "endfacet\n"), ("solid a\n", "endsolid a\n")],
};
