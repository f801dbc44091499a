//! Names of functions: read from the original source, since neither maps nor minified code hold them.

use fixloop::{event::Frame, sourcemap::Resolver};

use super::{LIMIT, Site};

/// Each `«name»` in the source stands where an error is thrown in the function of that name (`-`: in none, the engine's
/// own word stays; `<anonymous>`: in one without a name).
const SOURCES: [&str; 6] = [
    // Declarations, expressions, arrows.
    r#"
function plain(a: number) { «plain» if (a) { «plain» } else { «plain» } for (const x of [1]) { «plain» } }
async function later<T extends { a: string }>(a: T): Promise<Map<string, T>> { try { «later» } catch (e) { «later» } }
function* steps() { yield «steps»; }
async function* flow() { «flow» }
export default function main() { return function inner() { «inner» }; }
const arrow = (a) => { «arrow» };
const typed: Handler<string, (x: number) => void> = async (a: string): Promise<void> => { «typed» };
const short = a => a.map(b => «<anonymous>»).filter(Boolean) || «short»;
const next = (a = {}) => ({ a: «next» });
let assigned = function () { «assigned» };
window.onload = function () { «onload» };
export const generic = <T,>(a: T): a is T => { return «generic»; };
const wrapped = useCallback(() => { «<anonymous>» }, []);
button.addEventListener("click", async function () { «<anonymous>» });
«-»
"#,
    // Classes.
    r#"
export abstract class Cart<T> extends mixin(Base)<T> implements A, B {
  static #count = 0;
  private readonly items: Map<string, { n: number }> = new Map();
  handler = (e: Event): void => { «handler» };
  constructor(private a: string, b = () => 1) { super(); «new Cart» }
  total(currency: "EUR" | "USD"): { sum: number } | undefined { const f = () => { «f» }; «Cart.total» }
  async *[Symbol.iterator]() { «<anonymous>» }
  get size(): number { return «Cart.size»; }
  static async load<T>(url: string): Promise<T[]> { while (true) { «Cart.load» } }
  #hidden() { «Cart.#hidden» }
  @log("x") decorated() { «Cart.decorated» }
}
const Named = class { run() { «Named.run» } };
function after() { «after» }
"#,
    // Objects.
    r#"
const api = {
  pay() { «pay» },
  async refund(id: number) { «refund» },
  check: (a) => { «check» },
  'quoted-name': function () { «quoted-name» },
  nested: { deep: async () => «deep», other() { «other» } },
  [computed]() { «<anonymous>» },
};
const value = cond ? () => { «<anonymous>» } : null;
"#,
    // What must not confuse the reader.
    r#"
// function comment() { it's
/* class Comment { */
const text = "function no() {", apostrophe = 'it\'s {', template = `a ${ inner(() => { «<anonymous>» }) } } { ${`${1}`} '`;
const regex = /function [{/]"\/(/g.test(a) / 2 / b;
function real() { const x = a / b; const y = c / d; return /}/.test(x) && «real»; }
if (a) { «-» }
switch (a) { case f(b): { «-» } }
label: { «-» }
for await (const x of y) { «-» }
type T = { a(): void; b: () => string };
interface I { method(a: string): void }
function overload(a: string): void;
function overload(a: any) { «overload» }
"#,
    // No semicolons, JSX.
    r#"
const one = () => first()
const two = (a) => «two»
export function Button({ label }: Props): JSX.Element {
  const click = async () => { «click» }
  return <div className="x" onClick={() => { «<anonymous>» }}>it's {label} «Button»</div>
}
export default memo(function Memo() { return <p>{«Memo»}</p> })
"#,
    // Broken text, other alphabets, far columns (UTF-16).
    "const é = () => { «é» }; /* 😀😀 */ function 名前() { «名前» }\n}}}) function still() { «still» }\nfunction open() { ((( `${ «open»",
];

#[tokio::test]
async fn a_place_is_in_the_function_of_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start().await;
    let resolver = Resolver::new(folder.path().to_owned());
    for (number, marked) in SOURCES.iter().enumerate() {
        let (source, expected) = unmarked(marked);
        let mut map = sourcemap::SourceMapBuilder::new(None);
        let id = map.add_source("src/a.tsx");
        map.set_source_contents(id, Some(&source));
        let url = site.url(&format!("/{number}.js"));
        let mut frames = Vec::new();
        for (index, (line, column, _)) in expected.iter().enumerate() {
            map.add_raw(index as u32, 0, *line, *column, Some(id), None, false);
            frames.push(Frame {
                abs_path: Some(url.clone()),
                function: Some("t".to_owned()),
                lineno: Some(index as u32 + 1),
                colno: Some(1),
                ..Frame::default()
            });
        }
        let mut bytes = Vec::new();
        map.into_sourcemap().to_writer(&mut bytes).unwrap();
        site.put(&format!("/{number}.js"), format!("x()\n//# sourceMappingURL={number}.js.map"));
        site.put(&format!("/{number}.js.map"), bytes);
        resolver.resolve(&mut frames, &[], LIMIT).await;
        for (frame, (_, _, name)) in frames.iter().zip(&expected) {
            let expected = if name == "-" { "t" } else { name };
            assert_eq!(frame.function.as_deref(), Some(expected), "{:?}", frame.context_line);
        }
    }
}

/// The text without its marks; and of each its 0-based line, its column in UTF-16 units, and the name.
fn unmarked(marked: &str) -> (String, Vec<(u32, u32, String)>) {
    let (mut source, mut expected) = (String::new(), Vec::new());
    let mut parts = marked.split('«');
    source.push_str(parts.next().unwrap());
    for part in parts {
        let (name, rest) = part.split_once('»').unwrap();
        let line = source.matches('\n').count() as u32;
        let column = source.rsplit('\n').next().unwrap().encode_utf16().count() as u32;
        expected.push((line, column, name.to_owned()));
        source.push_str("boom()");
        source.push_str(rest);
    }
    (source, expected)
}
