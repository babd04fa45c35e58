/**
 * Writes `client/custom-elements.json` (Custom Elements Manifest 1.0.0) from the comment on the element's class,
 * which is its contract, and from the comments on its public methods. A test holds it to the class itself.
 *
 *     deno run -A scripts/make_manifest.ts
 */
import { repositoryRoot } from "./repository_root.ts";

const source = "client/widget/sync_status.ts";
/** Where the manifest lies, from the repository's root. */
export const manifestFile = "client/custom-elements.json";

/** A line of the comment: `@tag {type} name - description`. */
interface Tag {
  tag: string;
  type?: string;
  name: string;
  description: string;
}

/** The manifest as JSON text; throws if the element's comment is not where it should be. */
export async function makeManifest(root = repositoryRoot()): Promise<string> {
  const code = await Deno.readTextFile(`${root}/${source}`);
  const [, comment, className] =
    /\/\*\*((?:(?!\*\/)[^])*?@element[^]*?)\*\/\s*export class (\w+)/.exec(code) ?? [];
  if (comment === undefined || className === undefined) {
    throw new Error(`Cannot make the manifest: no class with an @element comment in ${source}`);
  }
  const tags = tagsOf(comment);
  const named = (tag: string) => tags.filter((one) => one.tag === tag);
  const plain = (tag: string) =>
    named(tag).map(({ name, description }) => ({ name, ...described(description) }));
  const fields = named("prop").map(({ name, type, description }) => ({
    kind: "field",
    name,
    type: { text: type ?? "unknown" },
    ...(description.startsWith("readonly; ") && { readonly: true }),
    ...described(description.replace("readonly; ", "")),
  }));
  const declaration = {
    kind: "class",
    customElement: true,
    name: className,
    tagName: named("element")[0]?.name,
    description: comment.slice(0, comment.indexOf("@element")).replaceAll(/^\s*\* ?/gm, "").trim(),
    attributes: named("attr").map(({ name, type, description }) => ({
      name,
      type: { text: type ?? "string" },
      description,
      ...fieldOf(name),
    })),
    members: [...fields, ...methodsOf(code)],
    events: named("event").map(({ name, type, description }) => ({
      name,
      type: { text: type ?? "CustomEvent" },
      description,
    })),
    slots: plain("slot"),
    cssParts: plain("csspart"),
    cssProperties: plain("cssprop"),
    cssStates: plain("cssstate"),
  };
  const declared = { name: className, module: source };
  const manifest = {
    schemaVersion: "1.0.0",
    readme: "client/README.md",
    modules: [{
      kind: "javascript-module",
      path: source,
      declarations: [declaration],
      exports: [
        { kind: "js", name: className, declaration: declared },
        { kind: "custom-element-definition", name: "sync-status", declaration: declared },
      ],
    }],
  };
  return JSON.stringify(manifest, null, 2) + "\n";
}

function tagsOf(comment: string): Tag[] {
  const tags: Tag[] = [];
  for (const [, tag = "", type, name = "", description = ""] of comment.matchAll(line)) {
    tags.push({ tag, name, description, ...(type !== undefined && { type }) });
  }
  return tags;
}

/** A type may have braces of its own; it ends at the brace before the name. */
const line = /^\s*\* @(\w+) (?:\{(.+)\} )?(\S+)(?: - (.+))?$/gm;

function described(description: string): { description?: string } {
  return description ? { description } : {};
}

/** Attributes whose property has another name, or none. */
function fieldOf(attribute: string): { fieldName?: string } {
  return { fieldName: attribute.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) };
}

/** Public methods: all promises, each with a comment before it. */
function methodsOf(code: string) {
  const method =
    /\/\*\* ((?:(?!\*\/).)+) \*\/\n {2}async (\w+)\(([^)]*(?:\([^)]*\))?[^)]*)\): (Promise<\w+>) \{/g;
  return [...code.matchAll(method)].map(([, description, name, parameters = "", result]) => ({
    kind: "method",
    name,
    description,
    parameters: parameters.split(/,\s*(?![^<{]*[>}])/).filter(Boolean).map((one) => {
      const [, parameter, optional, type] = /^(\w+)(\?)?: ([^]+)$/.exec(one.trim()) ?? [];
      return { name: parameter, type: { text: type }, ...(optional && { optional: true }) };
    }),
    return: { type: { text: result } },
  }));
}

if (import.meta.main) {
  await Deno.writeTextFile(`${repositoryRoot()}/${manifestFile}`, await makeManifest());
  console.log(`Wrote ${manifestFile}`);
}
